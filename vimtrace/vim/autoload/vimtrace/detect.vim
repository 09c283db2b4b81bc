" Which tracer wrote a file, by its first lines.
"
" Cheap: one look at the first line settles it for nearly every other file; then at most 20 lines are looked
" at, of a long one its two ends. Never a file that is not a trace: its first line and at least half of them
" look like that tracer's, and at least one has what no other text has.

let s:cpo = &cpo
set cpo&vim

let s:most = 20
let s:longest = 600

" Calls that are common near the beginning of a trace: "read(...) = 3" alone may be mathematics.
let s:calls = 'access arch_prctl bind brk chdir chmod clock_gettime clock_nanosleep clone3\= close connect dup[23]\='
      \ . ' epoll_ctl epoll_p\=wait2\= epoll_create1\= eventfd2\= execve exit exit_group f\=chown fadvise64 fchdir fcntl f\=sync'
      \ . ' \%(new\)\=[fl]\=stat\%(at\|fs\|x\|64\)\= newfstatat futex getcwd getdents64 get[pt]id getpgrp getppid getrandom'
      \ . ' getrusage getsockname getsockopt gettimeofday gete\=[ug]id ioctl io_uring_enter kill listen lseek madvise mkdir\%(at\)\='
      \ . ' mmap2\= mprotect mremap munmap nanosleep openat2\= open pause pipe2\= p\=poll prctl p\=read\%(v\|64\|link\)\= prlimit64'
      \ . ' p\=select6\= readlinkat recv\%(from\|m\=msg\) restart_syscall rename\%(at2\=\)\= rseq rt_sig\w\+ sched_\w\+ send\%(to\|m\=msg\|file\)'
      \ . ' set_robust_list set_tid_address set[pug]\+id set_thread_area setsockopt shutdown sigaltstack socket\%(pair\)\= sysinfo'
      \ . ' tgkill timerfd_\w\+ umask uname unlink\%(at\)\= vfork fork wait4 waitid waitpid p\=write\%(v\|64\)\= wait'
let s:calls = '\%(' . join(split(s:calls), '\|') . '\)'

" What stands before a call: pid, command, times, number of the call, instruction pointer.
let s:lead = '^\s*\%(\[pid\s\+\d\+\%(<[^>]*>\)\=\]\s\+\|\d\{1,7}\%(<.\{-,40}>\)\=\s\+\)\='
      \ . '\%(\%(\d\d:\d\d:\d\d\|\d\{9,}\|\d\+\.\@=\)\%(\.\d\+\)\=\s\+\)\=\%((+\s*[0-9.]\+)\s\+\)\='
      \ . '\%(\[\a[^][ ]*:[^][ ]*\]\s\+\)\=\%(\[\s*\d\{1,5}\]\s\+\)\=\%(\[\%(\x\{8,16}\|?\+\)\]\s\+\)\='
let s:result = '\s\+= \%(?\|-\=\d\+\|0x\x\+\)\%(<.*>\)\=\%( E[A-Z0-9]\+\)\=\%( ([^()].*)\)*\%( <[0-9.]\+>\)\=$'

let s:strace = {'sure': [
      \ s:lead . s:calls . '(.*)' . s:result,
      \ s:lead . s:calls . '([^)]* <unfinished \.\.\.>$',
      \ s:lead . 'execve("[^"]*", \[.*\], \%(0x\x\+\|\[\)',
      \ s:lead . '<\.\.\. \h\w* resumed>',
      \ s:lead . '\h\w*(.*) \+= \%(-1 E[A-Z0-9]\+ (.*)\|? E[A-Z0-9]\+ (.*)\)\%( <[0-9.]\+>\)\=$',
      \ s:lead . '--- SIG[A-Z0-9_]\+ {.*} ---$',
      \ s:lead . '--- stopped by SIG[A-Z0-9_]\+ ---$',
      \ s:lead . '+++ \%(exited with \d\+\|killed by SIG.*\|superseded by execve in pid \d\+\) +++$',
      \ '^\%(/\S*/\)\=strace: Process \d\+\%( (.*)\)\= attached\%( with \d\+ threads\)\=$',
      \ '^\%(/\S*/\)\=strace: \[ Process PID=\d\+ runs in .* mode\. \]$',
      \ '^\s*\%(\%(% time\|seconds\|usecs/call\|calls\|errors\|syscall\|shortest\|longest\)\s*\)\{3,}$'],
      \ 'also': [
      \ s:lead . '\%(\h\w*\|?\+\)(.*\%()' . s:result . '\|<unfinished \.\.\.>$\)',
      \ '^ > .*\[0x\x\+\]', '^ | \x\{5,}  \x\x ', '^\%(/\S*/\)\=strace: ', '^\s*<detached \.\.\.>$',
      \ '^-\{3,}\%( -\+\)*$', '^[ 0-9.]*\d\s\+\h\w*$', '^\h\w*\s\+\d[0-9. ]*$']}

let s:ltrace_lead = s:lead . '\%(\[0x\x\+\]\s\+\)\=\s*'
let s:functions = '\%(__libc_start_main\|__errno_location\|__ctype_\w\+\|[cm]alloc\|realloc\|free\|str[a-z]\+\|mem[a-z]\+\|f\=puts'
      \ . '\|f\=printf\|getenv\|setlocale\|bindtextdomain\|textdomain\|__cxa_atexit\|_setjmp\|signal\|atoi\|fopen\|fclose\|__\w\+_chk\)'
let s:ltrace = {'sure': [
      \ s:ltrace_lead . 'SYS_\w\+(.*\%() \+= \|<unfinished \.\.\.>\|<no return \.\.\.>\)',
      \ s:ltrace_lead . '\S\+\(->\|@\)\h\w*(.*\%() \+= \|<unfinished \.\.\.>\)',
      \ s:ltrace_lead . '\S\+->\h[^("]*(.*) \+= ',
      \ s:ltrace_lead . '\h\S*(.*<no return \.\.\.>$',
      \ s:ltrace_lead . '\h\S*(.*) \+= \%(nil\|<void>\|".*"\.*\)\%( <[0-9.]\+>\)\=$',
      \ s:ltrace_lead . '__libc_start_main\%(@\S*\)\=(',
      \ s:ltrace_lead . s:functions . '(.*)' . s:result,
      \ s:lead . '+++ exited (status \d\+) +++$',
      \ '^% time     seconds  usecs/call     calls      function$'],
      \ 'also': [s:ltrace_lead . '\h\S*(.*\%()\s\+= \|<unfinished \.\.\.>$\)', s:lead . '<\.\.\. \h\S* resumed> ',
      \ s:lead . '--- ', '^-\{3,}\%( -\+\)*$', '^[ 0-9.]*\d\s\+\h\S*$']}

let s:perf = '^\s*\%(\d\+\.\d\+\|?\) (\s*\%(\d\+\.\d\+ ms\)\=\s*): '
let s:perftrace = {
      \ 'sure': [s:perf . '.\{-}\h[0-9A-Za-z_:]*(', s:perf . '.\{-}\%(min\|maj\)fault \[', '^ Summary of events:$'],
      \ 'also': [s:perf, '^ \S.* (\d\+), \d\+ events, [0-9.]\+%$', '^   syscall ', '^\s*(msec)', '^   -\+ -',
      \ '^   \h\w*\s\+\d\+\s\+\d\+\s.*%$', '^\s\+E[A-Z0-9]\+: \d\+$']}

let s:sysdig = {'sure': ['^\d\+ \%(\d\d\d\d-\d\d-\d\d \)\=[0-9:]\+\.\d\{9} \d\+ \%(\S\+ (\S\+) \)\=\S.\{-} (-\=[0-9.:]\+) [<>] \h\w*\%( \|$\)'],
      \ 'also': ['^\t0x\x\{4}: \x\{4} ']}

let s:tcpdump = {'sure': [
      \ '^\s*\%([0-9: .-]*\d\s\+\)\=\%(\S\+\s\+\%(In\|Out\|B\|M\|P\)\s\+\)\=IP6\= \S\+ > \S\+: \S',
      \ '^\s*[0-9: .-]*\d\.\d\+ \%(IP6\= (\%(tos\|hlim\|class\|flowlabel\) \|ARP, \%(Request\|Reply\|Ethernet\)\)',
      \ '^\s*[0-9: .-]*\d\.\d\+ \x\x\%(:\x\x\)\{5} .\{-}> .\{-}, ethertype ',
      \ '^listening on \S\+, link-type \S\+', '^reading from file .*, link-type '],
      \ 'also': ['^tcpdump: ', '^\t0x\x\{4}:  ', '^    \S\+ > \S\+: ', '^\t\%(IP6\= \|0x\)', '^\d\+ packets\= ']}

let s:bpftraceout = {'sure': ['^stdin:\d\+:[-0-9]\+: \%(ERROR\|WARNING\): ', '^Attaching \d\+ probes\=\.\.\.$', '^@\w*\%(\[.*\]\)\=: .', '^\[.*\_[)\]] \+\d\+ |[@ ]*|$'],
      \ 'also': ['^@\w*\%(\[.*\]\)\=: *$', '^\S*\%(ERROR\|WARNING\): ', '^Lost \d\+ events$', '\%(\h\w*:.*\|BEGIN .*\){.*}\s*$', '^ *\~\+$', '^\s\+\S\++\%(0x\)\=\x\+$', '^\s\+0x\x\+ (', '^\%(, .*\)\=\]: ', '^@\w*\[$']}

let s:fatrace = {
      \ 'sure': ['^\%([0-9:]\+\.\d\+ \)\=\S.\{-}(\d\+)\%( \[\d\+:\d\+\]\)\=: [RWOCDm+<>]\+\s\+\%(/\|device \)'], 'also': []}

" The one with the most lines that are surely its own; the first of equals.
let s:tracers = [['perftrace', s:perftrace], ['sysdig', s:sysdig],
      \ ['fatrace', s:fatrace], ['tcpdump', s:tcpdump], ['bpftraceout', s:bpftraceout], ['ltrace', s:ltrace],
      \ ['strace', s:strace]]

" The file type that {lines}, the first ones of a file, look like; or ''.
function! vimtrace#detect#lines(lines) abort
  let l:lines = map(filter(a:lines[: s:most - 1], 'v:val =~# "\\S"'), 's:short(v:val)')
  let [l:best, l:most] = ['', 0]
  for [l:type, l:marks] in s:tracers
    if s:count(l:lines[:0], l:marks.sure + l:marks.also) == 0
      continue
    endif
    let l:sure = s:count(l:lines, l:marks.sure)
    if l:sure > l:most && s:count(l:lines, l:marks.sure + l:marks.also) * 2 >= len(l:lines)
      let [l:best, l:most] = [l:type, l:sure]
    endif
  endfor
  return l:best
endfunction

function! s:short(line) abort
  return len(a:line) <= s:longest ? a:line : strpart(a:line, 0, s:longest / 2) . strpart(a:line, len(a:line) - s:longest / 2)
endfunction

" How many of {lines} match one of {patterns}.
function! s:count(lines, patterns) abort
  let l:pattern = '\%(' . join(a:patterns, '\)\|\%(') . '\)'
  return len(filter(copy(a:lines), 'v:val =~# l:pattern'))
endfunction

" Set the file type of the current buffer if it holds a trace.
function! vimtrace#detect#file() abort
  let l:type = vimtrace#detect#lines(getline(1, s:most))
  if l:type !=# ''
    call vimtrace#detect#is(l:type)
  endif
endfunction

" The current buffer's file type is {type}, whatever another rule has said.
function! vimtrace#detect#is(type) abort
  if &l:filetype !=# a:type
    let &l:filetype = a:type
  endif
endfunction

let &cpo = s:cpo
unlet s:cpo
