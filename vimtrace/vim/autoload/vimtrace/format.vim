" What the lines of each kind of trace look like: patterns, and the parts of one line.
"
" A pattern is a POSIX extended regular expression (grep -E) that is at the same time a Vim pattern under
" \v: what is special to one of the two only stands in brackets ([<] [=] [{] [&] [@] [%] [~]), digits are
" [0-9], nothing is said with a backslash and a letter. vimtrace#format#vim() makes it ready for search().
" No part of it tells where arguments end: that takes a parser, and there is one in trace.py.

let s:cpo = &cpo
set cpo&vim

" strace and ltrace: "[pid 12<sh>] ", "12 " or "12<sh> "; a time in any of their ways; "[ 257] ", "[00007f12] ".
let s:pid = '(\[pid +[0-9]+([<][^>]*[>])?\] |[0-9]+([<][^>]*[>])? +)?'
let s:time = '(([0-9]{4}-[0-9-]+T)?[0-9]+:[0-9]{2}:[0-9]{2}([.,][0-9]+)?([+-][0-9:]+)? +| *[0-9]+[.][0-9]+ +| *[0-9]{9,} +)?'
let s:aux = '(\([+] +[0-9.]+\) +)?(\[[ 0-9a-fx?]+\] +)*'
let s:head = '^' . s:pid . s:time . s:aux
" An error is the last thing of its line but for a duration and strace's remarks: no string follows.
let s:errno = '\) +[=] -[0-9]+ (%s) \([^"]*$'
let s:unfinished = '[<]unfinished [.][.][.][>](\) +[=] [?].*)?$'
let s:moved = '[<]pid changed to [0-9]+ [.][.][.][>]$|[+]{3} superseded by execve in pid [0-9]+'
let s:sysdig = '^[0-9]+ [^ ]+ [0-9]+ [^(]*(\([^)]*\)[^(]*)?\([0-9]+\) '
let s:perf = '^ *([0-9.]+|[?]) \( *([0-9.]+ ms)? *\): +'

" {kind: {part: pattern}}; what a kind of trace does not show is left out. %s takes a pid, a name or the like.
let s:patterns = {
      \ 'strace': {
      \   'process': '^(\[pid +%s([<][^>]*[>])?\] |%s([<][^>]*[>])? )',
      \   'call': s:head . ' *((%s)\(|[<][.][.][.] (%s) resumed)',
      \   'any': s:head . ' *([a-z_][a-z0-9_]*\(|[<][.][.][.] [a-z0-9_]+ resumed)',
      \   'first': s:head . ' *(%s)\(.*' . s:unfinished,
      \   'second': s:head . ' *[<][.][.][.] (%s) resumed',
      \   'error': printf(s:errno, 'E[A-Z0-9]+'),
      \   'errno': s:errno,
      \   'says': '\) +[=] (-[0-9]+|[?]) (%s) \([^"]*$',
      \   'arrived': '(--- (stopped by )?|killed by )(%s)( |$)',
      \   'more': '^ ([>|] |\* [0-9]+ bytes in buffer )',
      \   'half': '[<]unfinished [.][.][.][>]$|[<][.][.][.] [^ ]+ resumed|' . s:moved,
      \   'moved': s:moved,
      \   'signal': s:head . '(--- [^{]*([{].*[}] )?---$|[+][+][+] .* [+][+][+]$)',
      \   'duration': '[<]%s[>]$', 'unit': 1,
      \ },
      \ 'perftrace': {
      \   'process': s:perf . '[^(]*/%s ',
      \   'call': s:perf . '[^(]* (%s)\(',
      \   'any': s:perf . '[^(]* [a-z_][a-z0-9_]*\(',
      \   'first': s:perf . '[^(]* (%s)\(.* [.][.][.]$',
      \   'second': s:perf . '[^(]* [.][.][.] \[continued\]: (%s)\(',
      \   'error': printf(s:errno, 'E[A-Z0-9]+'),
      \   'errno': s:errno,
      \   'more': '^ {10}',
      \   'duration': '^ *[0-9.?]+ \( *%s ms', 'unit': 1000,
      \ },
      \ 'sysdig': {
      \   'process': '^[0-9]+ [^ ]+ [0-9]+ .* \(%s\) [<>] ',
      \   'call': s:sysdig . '[<>] (%s)( |$)',
      \   'any': s:sysdig . '[<>] [a-z]',
      \   'first': s:sysdig . '[>] (%s)( |$)',
      \   'second': s:sysdig . '[<] (%s)( |$)',
      \   'error': s:sysdig . '[<] [a-z0-9_]+ (res|fd)[=]-[0-9]+\(E[A-Z0-9]+\)',
      \   'errno': s:sysdig . '[<] [a-z0-9_]+ (res|fd)[=]-[0-9]+\((%s)\)',
      \   'more': "^\t0x",
      \   'signal': s:sysdig . '[<>] (signaldeliver|procexit)( |$)',
      \ },
      \ 'fatrace': {
      \   'process': '^([0-9:.]+ )?[^(]*\(%s\): ',
      \   'call': '^([0-9:.]+ )?[^(]*\([0-9]+\): (%s) ',
      \   'any': '^([0-9:.]+ )?[^(]*\([0-9]+\): [A-Z+<>]+ ',
      \ },
      \ 'tcpdump': {
      \   'any': '^[0-9:.]+ [A-Z]',
      \   'error': 'Flags \[[^]]*R',
      \ },
      \ 'bpftraceout': {
      \   'error': '^(ERROR|WARNING|Lost [0-9]+ events)',
      \ },
      \ }
let s:patterns.ltrace = extend({
      \ 'first': s:head . ' *([^ (]*-[>])?(%s)\(.*' . s:unfinished,
      \ 'call': s:head . ' *([^ (]*-[>])?((SYS_)?(%s)\(|[<][.][.][.] (SYS_)?(%s) resumed)',
      \ 'any': s:head . ' *([^ (]*-[>])?([A-Za-z_][A-Za-z0-9_:@.~]*\(|[<][.][.][.] [^ ]+ resumed)',
      \ 'error': '\) +[=] -[0-9]+( [<][0-9.]+[>])?$',
      \ 'errno': '\) +[=] -(%s)( [<][0-9.]+[>])?$',
      \ }, s:patterns.strace, 'keep')

" The kind of trace in the current buffer: the name of its file type, or '' if it is none of ours.
function! vimtrace#format#kind() abort
  let l:kind = get(b:, 'vimtrace_kind', &filetype)
  return has_key(s:patterns, l:kind) ? l:kind : ''
endfunction

" The pattern for {part} of the trace in the current buffer, or '' where such a trace does not show it.
" The parts: any (a line of a call), error, signal; with one {argument}, a pattern too: process (a pid), call,
" errno, says (an errno, also of a call to be restarted), arrived (a signal), and first and second (half of a call:
" unfinished and resumed). more: a line that belongs to the call above, of a stack or a dump; half: that is none alone;
" moved: from where on a thread's call is its leader's.
function! vimtrace#format#pattern(part, ...) abort
  let l:pattern = get(get(s:patterns, vimtrace#format#kind(), {}), a:part, '')
  return a:0 ? substitute(l:pattern, '%s', '\=a:1', 'g') : l:pattern
endfunction

" The pattern of a line with a duration of at least {seconds}, or of more than these with {more} being 1; or ''.
function! vimtrace#format#slow(seconds, ...) abort
  let l:kind = get(s:patterns, vimtrace#format#kind(), {})
  if !has_key(l:kind, 'duration')
    return ''
  endif
  " No tracer knows less than a nanosecond.
  let l:least = a:seconds * l:kind.unit + (a:0 && a:1 ? 1.0e-9 : 0)
  let l:number = vimtrace#format#at_least(printf('%.9f', l:least))
  return substitute(l:kind.duration, '%s', '\=l:number', '')
endfunction

" The pattern of the numbers with decimals that are not less than {number}. "Greater" is no word of a pattern: what is
" longer in front of the point is greater, else the first digit that differs decides.
function! vimtrace#format#at_least(number) abort
  let [l:whole, l:decimals] = split(a:number, '\.')
  let l:decimals = substitute(l:decimals, '0*$', '', '')
  let l:ways = ['[1-9][0-9]{' . len(l:whole) . ',}[.][0-9]+']
  let l:ways += map(s:greater(l:whole), 'v:val[0] . repeat("[0-9]", v:val[1]) . "[.][0-9]+"')
  let l:ways += map(s:greater(l:decimals), 'l:whole . "[.]" . v:val[0] . "[0-9]*"')
  let l:ways += [l:whole . '[.]' . l:decimals . '[0-9]' . (l:decimals ==# '' ? '+' : '*')]
  return '(' . join(l:ways, '|') . ')'
endfunction

" [[pattern, how many digits follow], ...] of the beginnings of what is as long as {digits} and greater.
function! s:greater(digits) abort
  let l:found = []
  for l:at in filter(range(len(a:digits)), 'a:digits[v:val] !=# "9"')
    call add(l:found, [strpart(a:digits, 0, l:at) . '[' . (a:digits[l:at] + 1) . '-9]', len(a:digits) - l:at - 1])
  endfor
  return l:found
endfunction

" Patterns for search() that find a bit more than those above, and fifty times as fast in a long trace: none that
" begins with what may be left out, few ways, and mostly Vim's older engine. What they find is looked at again.
let s:quick = {
      \ 'strace': {'signal': ['\C---$', '\C+++$'], 'call': ['\C%s\%((\| resumed\)'],
      \   'first': ['\C<unfinished \.\.\.>'], 'second': ['\C<\.\.\. %s resumed'],
      \   'switch': ['\%#=1\v^%(\[pid +%s%([<][^>]*[>])?\] |%s%([<][^>]*[>])? )@![^ |>]']},
      \ 'perftrace': {'call': ['\C%s('], 'process': ['\C/%s '],
      \   'first': ['\C \.\.\.$'], 'second': ['\C \.\.\. \[continued\]: %s('],
      \   'switch': ['\%#=1^ *[0-9.?]\+ ([^)]*): [^(]*/\%(%s \)\@!']},
      \ 'sysdig': {'call': ['\C %s\>'], 'signal': ['\C signaldeliver ', '\C procexit '],
      \   'first': ['\C > %s\>'], 'second': ['\C < %s\>'],
      \   'error': ['\C=-[0-9]\+(E'], 'errno': ['\C(%s)'], 'process': ['\C (%s) [<>] '],
      \   'switch': ['\%#=1^\d\+ \S\+ \d\+ [^(]\{-1,}(\%(%s) \)\@!']},
      \ }
let s:quick.ltrace = s:quick.strace

" Vim patterns that find the lines of {part} quickly, and a few others; none if there are none. The {argument} is
" text: a call's name, a pid, an errno.
function! vimtrace#format#quick(part, argument) abort
  let l:text = escape(a:argument, '\.*$^~[]')
  let l:patterns = copy(get(get(s:quick, vimtrace#format#kind(), {}), a:part, []))
  return map(l:patterns, 'substitute(v:val, "%s", "\\=l:text", "g")')
endfunction

" The same for durations of at least {seconds}: of at least as many digits in front of the point, or as few zeros
" behind it.
function! vimtrace#format#quick_slow(seconds) abort
  if vimtrace#format#kind() ==# 'perftrace'
    let l:more = a:seconds < 0.001 ? 0 : len(printf('%.0f', floor(a:seconds * 1000))) - 1
    return ['\%#=1( *\d\{' . (l:more + 1) . ',}\.\d\+ ms)']
  elseif vimtrace#format#kind() !~# '^[sl]trace$'
    return []
  elseif a:seconds >= 1
    return ['\%#=1<[1-9]\d\{' . (len(printf('%.0f', floor(a:seconds))) - 1) . ',}\.\d\+>$']
  endif
  let l:zeros = len(matchstr(printf('%.6f', a:seconds), '\.\zs0*'))
  return ['\%#=1<\%([1-9]\d*\.\|0\.0\{,' . l:zeros . '}' . (l:zeros == 6 ? '\d' : '[1-9]') . '\)\d*>$']
endfunction

let s:columns = {
      \ 'strace': {'pid': ['^' . s:pid[:-2], ''], 'time': ['^' . s:pid, s:time[:-2]],
      \            'duration': [' *[<][0-9]+[.][0-9]+[>]$', '']},
      \ 'perftrace': {'pid': [s:perf . '[^(]*', '/[0-9]+'], 'time': ['^ *([0-9.]+|[?]) ', ''],
      \               'duration': ['^ *([0-9.]+|[?]) ', '\( *([0-9.]+ ms)? *\): +']},
      \ 'sysdig': {'pid': ['^[0-9]+ [^ ]+ [0-9]+ .{-}', ' \([0-9]+\)'], 'time': ['^[0-9]+ [^ ]+ [0-9]+ ', ''],
      \            'path': ['\([<][a-z0-9]+[>]', '/', '[^()<>]{6,}/']},
      \ 'fatrace': {'pid': ['^([0-9:.]+ )?[^(]*', '\([0-9]+\)'], 'time': ['^[0-9:.]+ ', '']},
      \ 'tcpdump': {'time': ['^([0-9-]{10} )?[0-9:.]+ ', '']},
      \ }
let s:columns.strace.path = ['([0-9]|AT_FDCWD)[<]', '/', '[^<>]{6,}/']
let s:columns.ltrace = s:columns.strace

" Vim patterns of the column {what} ('pid', 'time', 'duration'); of 'path' two: the first character of what is left
" out, and the rest of it. None where a trace does not have it.
function! vimtrace#format#column(what) abort
  let l:parts = copy(get(get(s:columns, vimtrace#format#kind(), {}), a:what, []))
  call map(l:parts, 'v:val ==# "" ? "" : vimtrace#format#vim(v:val)')
  if len(l:parts) == 3
    return [l:parts[0] . '\zs' . l:parts[1] . '\ze' . l:parts[2], l:parts[0] . l:parts[1] . '\zs' . l:parts[2]]
  endif
  return empty(l:parts) ? [] : [l:parts[0] . (l:parts[1] ==# '' ? '' : '\zs') . l:parts[1]]
endfunction

" {pattern} for search(), match() and the like. Vim takes nine groups at most, unless they do not capture.
function! vimtrace#format#vim(pattern) abort
  return '\C\v' . substitute(a:pattern, '\\.\|\[^\=]\=[^]]*]\|(', '\=submatch(0) ==# "(" ? "%(" : submatch(0)', 'g')
endfunction

" {text} as a pattern that matches just that.
function! vimtrace#format#literal(text) abort
  return substitute(a:text, '[][(){}.*+?|<>=@&%~$\\^]', '\=s:quoted(submatch(0))', 'g')
endfunction

function! s:quoted(character) abort
  return stridx('[]\^', a:character) < 0 ? '[' . a:character . ']' : '\' . a:character
endfunction

" The parts of one {line}

" The pid or thread id in front of {line}, or ''.
function! vimtrace#format#process(line) abort
  let l:kind = vimtrace#format#kind()
  if l:kind ==# 'sysdig'
    return matchstr(a:line, '^\d\+ \S\+ \d\+ .\{-} (\zs\d\+\ze) [<>] ')
  elseif l:kind ==# 'perftrace'
    return matchstr(a:line, vimtrace#format#vim(s:perf) . '[^(]{-}/\zs[0-9]+\ze ')
  elseif l:kind ==# 'fatrace'
    return matchstr(a:line, '^\%([0-9:.]\+ \)\=[^(]*(\zs\d\+\ze): ')
  endif
  return matchstr(a:line, '^\%(\[pid \+\zs\d\+\|\d\+\ze\%(<[^>]*>\)\= \)')
endfunction

" The name of the call of {line}, also where it is resumed, or ''.
function! vimtrace#format#call(line) abort
  let l:kind = vimtrace#format#kind()
  if l:kind ==# 'sysdig'
    return matchstr(a:line, '^\d\+ \S\+ \d\+ .\{-} (\d\+) [<>] \zs\w\+')
  elseif l:kind ==# 'perftrace'
    return matchstr(a:line, vimtrace#format#vim(s:perf) . '[^(]{-} (\.\.\. \[continued\]: )?\zs\w+\ze\(')
  elseif l:kind ==# 'fatrace'
    return matchstr(a:line, '^\%([0-9:.]\+ \)\=[^(]*(\d\+): \zs\S\+')
  endif
  let l:from = matchend(a:line, vimtrace#format#vim(s:head) . ' *')
  return matchstr(a:line, '\C^\%(<\.\.\. \zs[^ ]\+\ze resumed\|\%([^ (]*->\)\=\zs[A-Za-z_][A-Za-z0-9_:@.~]*\ze(\)', l:from < 0 ? 0 : l:from)
endfunction

" The errno of {line} ('ENOENT'; of ltrace the number), or ''.
function! vimtrace#format#errno(line) abort
  let l:pattern = vimtrace#format#pattern('error')
  let l:error = l:pattern ==# '' ? '' : matchstr(a:line, vimtrace#format#vim(l:pattern))
  let l:name = matchstr(l:error, '\C\<E[A-Z0-9]\+')
  return l:name !=# '' ? l:name : matchstr(l:error, '= -\zs\d\+')
endfunction

" The duration of {line} in seconds, or -1 if it shows none.
function! vimtrace#format#duration(line) abort
  if vimtrace#format#kind() ==# 'perftrace'
    let l:text = matchstr(a:line, '^[ 0-9.?]*( *\zs[0-9.]\+\ze ms')
    return l:text ==# '' ? -1 : str2float(l:text) / 1000
  endif
  let l:text = matchstr(a:line, '<\zs\d\+\.\d\+\ze>$')
  return l:text ==# '' ? -1 : str2float(l:text)
endfunction

let &cpo = s:cpo
unlet s:cpo
