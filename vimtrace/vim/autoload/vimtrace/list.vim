" Lists of lines in the quickfix window or the location list: errors, slow calls, signals, processes, files.

let s:cpo = &cpo
set cpo&vim

" How many counts stand in front of the lines, and for how many lines the window is formatted by us.
let s:counts_shown = 8
let s:formatted = 20000

" How many lines a list has at most: an editor makes 200,000 in a second, and has no use for more.
let s:list_max = 250000

" In what the first pattern matches, the second matches the errno.
let s:errno_in = {
      \ 'strace': ['[=] -[0-9]+ E[A-Z0-9]+ \([^"]*$', 'E[A-Z0-9]+'],
      \ 'perftrace': ['[=] -[0-9]+ E[A-Z0-9]+ \([^"]*$', 'E[A-Z0-9]+'],
      \ 'ltrace': ['[=] -[0-9]+', '[0-9]+'],
      \ 'sysdig': ['\(E[A-Z0-9]+\)', 'E[A-Z0-9]+'],
      \ 'tcpdump': ['Flags \[[^]]*\]', '\[.*'],
      \ 'bpftraceout': ['^[A-Z]+', '[A-Z]+'],
      \ }
let s:signal_in = ['(SIG[A-Z0-9_+]+|exited (with|\(status) [0-9]+|superseded by execve|signaldeliver|procexit)', '.+']
let s:durations = {'strace': ['[<][0-9.]+[>]$', '[0-9.]+'], 'ltrace': ['[<][0-9.]+[>]$', '[0-9.]+'],
      \ 'perftrace': ['\( *[0-9.]+ ms', '[0-9.]+']}
let s:execs = 'execve|execveat|fork|vfork|clone|clone2|clone3'

" Fill the quickfix list, or the location list if {local}, with the lines of the current buffer that are
" {what} ('errors', 'slow', 'signals', 'processes', 'files'); {arguments} are those of the command. Open the
" window, unless {quiet}.
function! vimtrace#list#fill(what, arguments, local, quiet) abort
  try
    call s:to_the_trace()
    let l:list = s:{a:what}(split(a:arguments))
    let l:list.title = (a:local ? ':LTrace' : ':Trace') . toupper(a:what[0]) . a:what[1:]
          \ . (a:arguments ==# '' ? '' : ' ' . a:arguments)
    call s:publish(s:collect(l:list), a:local, a:quiet)
  catch /^\%(Vim:Interrupt\|vimtrace: stopped\)$/
    call s:complain('vimtrace: stopped; the list is as it was')
  catch /^vimtrace: /
    call s:complain(v:exception)
  endtry
endfunction

" From the window of a list of ours to the trace that it is of.
function! s:to_the_trace() abort
  if !exists('b:vimtrace_listed')
    return
  elseif !bufloaded(b:vimtrace_listed)
    throw 'vimtrace: the trace is gone'
  elseif bufwinid(b:vimtrace_listed) > 0
    call win_gotoid(bufwinid(b:vimtrace_listed))
  else
    execute 'aboveleft sbuffer' b:vimtrace_listed
  endif
endfunction

function! s:complain(message) abort
  redraw
  echohl WarningMsg
  echo a:message
  echohl None
endfunction

" What goes into each list: the patterns of its lines, what to count in them, what to say if there are none.

function! s:errors(names) abort
  let l:names = filter(map(copy(a:names), 'toupper(v:val)'), 'v:val =~# "^[A-Z0-9]\\+$"')
  if len(l:names) < len(a:names)
    throw 'vimtrace: not the name of an error: ' . join(a:names)
  endif
  let l:pattern = empty(l:names) ? vimtrace#format#pattern('error')
        \ : vimtrace#format#pattern('errno', join(l:names, '|'))
  return {'patterns': [l:pattern], 'type': 'E', 'in': get(s:errno_in, vimtrace#format#kind(), ['', '']),
        \ 'none': empty(l:names) ? 'no call has failed' : 'no call has failed with ' . join(l:names, ' or ')}
endfunction

function! s:slow(arguments) abort
  let l:seconds = vimtrace#slow#given(get(a:arguments, 0, ''))
  return {'patterns': [vimtrace#format#slow(l:seconds)], 'type': 'W', 'in': s:call_in(),
        \ 'sum': get(s:durations, vimtrace#format#kind(), []),
        \ 'none': printf('no call took %g s or more (strace -T shows durations)', l:seconds)}
endfunction

function! s:signals(arguments) abort
  return {'patterns': [vimtrace#format#pattern('signal')], 'type': '', 'in': s:signal_in,
        \ 'none': 'no signal and no exit'}
endfunction

function! s:processes(arguments) abort
  let l:patterns = [vimtrace#format#pattern('call', s:execs), vimtrace#format#pattern('signal')]
  if vimtrace#format#kind() ==# 'sysdig'
    let l:patterns = [vimtrace#format#pattern('call', 'execve|execveat|procexit')]
  endif
  return {'patterns': filter(l:patterns, 'v:val !=# ""'), 'type': '', 'in': ['', ''],
        \ 'none': 'no program was started, and no process has ended', 'read': function('s:read_processes')}
endfunction

function! s:files(arguments) abort
  let l:kind = vimtrace#format#kind()
  let l:calls = join(vimtrace#family#calls('%file'), '|')
  if l:kind ==# 'ltrace'
    let l:calls .= '|f?re?open(64)?|fopen(64)?|opendir|__[lf]?xstat(64)?|realpath|remove'
  endif
  let l:pattern = l:kind ==# 'fatrace' ? vimtrace#format#pattern('any') : vimtrace#format#pattern('call', l:calls)
  return {'patterns': [l:pattern], 'type': '', 'in': s:call_in(), 'none': 'no call with a path'}
endfunction

function! s:call_in() abort
  let l:rest = {'sysdig': '[a-z0-9_]*', 'fatrace': ''}
  return [vimtrace#format#pattern('any') . get(l:rest, vimtrace#format#kind(), ''),
        \ get({'sysdig': '[a-z0-9_]+$', 'fatrace': '[A-Z+<>]+ $'}, vimtrace#format#kind(),
        \ '[A-Za-z_][A-Za-z0-9_:@.~]*(\(| resumed)$')]
endfunction

" From a list's recipe to its items

function! s:collect(list) abort
  if index(a:list.patterns, '') >= 0 || empty(a:list.patterns)
    throw 'vimtrace: ' . (vimtrace#format#kind() ==# '' ? 'this is no trace' : 'such a trace does not show that')
  endif
  let l:patterns = map(copy(a:list.patterns), '{"grep": v:val, "vim": vimtrace#format#vim(v:val)}')
  let l:found = vimtrace#grep#lines(l:patterns, 0)
  try
    return s:read(a:list, l:found)
  finally
    call vimtrace#grep#forget(l:found)
  endtry
endfunction

function! s:read(list, found) abort
  if empty(a:found.numbers)
    throw 'vimtrace: ' . a:list.none
  endif
  let l:tally = vimtrace#tally#start(a:found, a:list.in[0], a:list.in[1], get(a:list, 'sum', []))
  let [l:all, l:max] = [len(a:found.numbers), get(g:, 'vimtrace_list_max', s:list_max)]
  if l:max > 0 && l:all > l:max
    let a:found.numbers = a:found.numbers[: l:max - 1]
    let a:list.cut = printf('the first %d of %d lines (g:vimtrace_list_max); :TraceFilter can show all', l:max, l:all)
  endif
  try
    let l:lines = {'numbers': a:found.numbers, 'texts': vimtrace#grep#texts(a:found)}
    let l:lines = has_key(a:list, 'read') ? a:list.read(l:lines) : l:lines
    let l:items = s:items(l:lines, a:list.type)
  finally
    let l:counts = vimtrace#tally#finish(l:tally)
  endtry
  if empty(l:items)
    throw 'vimtrace: ' . a:list.none
  endif
  call vimtrace#program#check()
  return extend(a:list, {'items': l:items, 'counts': s:counts(l:counts, !empty(get(a:list, 'sum', [])))})
endfunction

" The counts as words; those with the longest time first, if they are {timed}.
function! s:counts(counts, timed) abort
  if a:timed
    call sort(a:counts, {a, b -> a[1] == b[1] ? 0 : a[1] < b[1] ? 1 : -1})
  endif
  let l:unit = vimtrace#format#kind() ==# 'perftrace' ? 1000 : 1
  return map(a:counts, 'v:val[0] . " " . v:val[2] . (v:val[1] > 0 ? printf(" %.6f s", v:val[1] / l:unit) : "")')
endfunction

" Editors take most of the time of a long list for what stands here for each line: it has no word too many.
function! s:items(lines, type) abort
  let [l:b, l:n] = [bufnr('%'), a:lines.numbers]
  let l:item = '#{bufnr:b,lnum:n[v:key],text:v:val'
  return map(a:lines.texts, l:item . (a:type ==# '' ? '}' : ',type:"' . a:type . '"}'))
endfunction

" The counts come first, as text without a place to jump to.
function! s:publish(list, local, quiet) abort
  let l:head = has_key(a:list, 'cut') ? [a:list.cut] : []
  let l:head = map(l:head + s:most(a:list.counts, s:counts_shown), '{"text": v:val, "valid": 0}')
  let [l:counts, l:lines] = [join(s:most(a:list.counts, 3), ', '), len(a:list.items)]
  let l:what = {'title': a:list.title . (l:counts ==# '' ? '' : '  ' . l:counts)}
  let l:what.items = extend(a:list.items, l:head, 0)
  if l:lines <= s:formatted && (has('nvim') || has('patch-8.2.869'))
    let l:what.quickfixtextfunc = 'vimtrace#list#text'
  endif
  call s:set(a:local, ' ', l:what)
  call s:set(a:local, 'a', {'idx': len(l:head) + 1})
  if a:quiet
    echo 'vimtrace: ' . get(a:list, 'cut', l:lines . ' lines') . (l:counts ==# '' ? '' : ': ' . l:counts)
  else
    let l:height = min([len(l:what.items), max([10, &lines / 3])])
    let l:trace = bufnr('%')
    execute (a:local ? 'lopen' : 'botright copen') l:height
    setlocal nowrap
    let b:vimtrace_listed = l:trace
    call vimtrace#buffer#define_lists()
  endif
endfunction

" The first {number} of {counts}, and how many others there are.
function! s:most(counts, number) abort
  let l:others = len(a:counts) - a:number
  return a:counts[: a:number - 1] + (l:others > 0 ? [l:others . ' others'] : [])
endfunction

function! s:set(local, action, what) abort
  call call(a:local ? 'setloclist' : 'setqflist', (a:local ? [0] : []) + [[], a:action, a:what])
endfunction

" What a list's window shows: a line's number and the line. The name of the trace would fill the window.
function! vimtrace#list#text(info) abort
  let l:which = {'id': a:info.id, 'items': 1}
  let l:items = a:info.quickfix ? getqflist(l:which).items : getloclist(a:info.winid, l:which).items
  return map(l:items[a:info.start_idx - 1 : a:info.end_idx - 1],
        \ 'v:val.valid ? v:val.lnum . "| " . v:val.text : "|| " . v:val.text')
endfunction

" Processes: which command each one runs

" Keep what starts a program and what ends a process, with the command.
function! s:read_processes(found) abort
  let l:state = {'commands': {}, 'waiting': {}, 'numbers': [], 'texts': []}
  for l:at in range(len(a:found.numbers))
    call s:read_event(l:state, a:found.numbers[l:at], a:found.texts[l:at])
  endfor
  return l:state
endfunction

function! s:read_event(state, number, line) abort
  if a:line =~# '\C) \+= -\d\+ E[A-Z0-9]\+ ([^"]*$'
    return
  endif
  let l:process = vimtrace#format#process(a:line)
  if a:line =~# '+++ .* +++$'
    let l:how = matchstr(a:line, '+++ \zs.*\ze +++$')
    call s:add_event(a:state, a:number, l:process, get(a:state.commands, l:process, ''), l:how)
  elseif vimtrace#format#kind() ==# 'sysdig'
    if a:line =~# ') < exec\| procexit'
      call s:add_event(a:state, a:number, l:process, substitute(a:line, '.\{-}) [<>] ', '', ''), '')
    endif
  elseif a:line =~# '\<execve\%(at\)\=\%((\| resumed>\)'
    call s:read_exec(a:state, a:number, l:process, a:line)
  elseif a:line =~# ') \+= \d\+'
    " The child of a fork runs the same command until it executes another.
    let l:child = matchstr(a:line, '.*) \+= \zs\d\+')
    call extend(a:state.commands, {l:child: get(a:state.commands, l:process, '')}, 'keep')
  endif
endfunction

function! s:read_exec(state, number, process, line) abort
  let l:command = s:command(a:line)
  if a:line =~# '<unfinished \.\.\.>$'
    let a:state.waiting[a:process] = l:command
  elseif a:line =~# '= 0\%( <[0-9.]\+>\)\=$'
    let l:command = l:command !=# '' ? l:command : get(a:state.waiting, a:process, '')
    let a:state.commands[a:process] = l:command
    call s:add_event(a:state, a:number, a:process, l:command, '')
  endif
endfunction

function! s:add_event(state, number, process, command, how) abort
  call add(a:state.numbers, a:number)
  call add(a:state.texts, join(filter([a:process, a:command, a:how ==# '' ? '' : '(' . a:how . ')'], 'v:val !=# ""')))
endfunction

" The command that an execve line starts, as a user would type it but for quoting.
function! s:command(line) abort
  let l:arguments = matchstr(a:line, ', \[\zs\%("\%([^"\\]\|\\.\)*"\%(\.\.\.\)\=\%(, \)\=\|\.\.\.\)*\ze\]')
  if l:arguments ==# ''
    return matchstr(a:line, 'execve\%(at\)\=(.\{-}"\zs\%([^"\\]\|\\.\)*')
  endif
  return substitute(l:arguments, '"\(\%([^"\\]\|\\.\)*\)"\(\.\.\.\)\=\%(, \)\=', '\1\2 ', 'g')[:-2]
endfunction

" The names of errors that {start} may mean.
function! vimtrace#list#complete_errors(start, line, position) abort
  return filter(split('EACCES EADDRINUSE EAFNOSUPPORT EAGAIN EALREADY EBADF EBUSY ECHILD ECONNREFUSED ECONNRESET'
        \ . ' EDEADLK EEXIST EFAULT EFBIG EHOSTUNREACH EINPROGRESS EINTR EINVAL EIO EISDIR ELOOP EMFILE EMSGSIZE'
        \ . ' ENAMETOOLONG ENETUNREACH ENODATA ENODEV ENOENT ENOEXEC ENOMEM ENOSPC ENOSYS ENOTCONN ENOTDIR'
        \ . ' ENOTEMPTY ENOTSOCK ENOTTY ENXIO EOPNOTSUPP EOVERFLOW EPERM EPIPE ERANGE EROFS ESPIPE ESRCH ESTALE'
        \ . ' ETIMEDOUT ETXTBSY EXDEV'), 'stridx(v:val, toupper(a:start)) == 0')
endfunction

let &cpo = s:cpo
unlet s:cpo
