" Movement from event to event: failing calls, signals, slow calls, and those of a process or of a name.
"
" It is search() that looks for a line, with a quick pattern; what it finds is compared with the exact one.

let s:cpo = &cpo
set cpo&vim

" {what there is none of, what a kind of trace may not show}
let s:parts = {
      \ 'error': ['failing call', 'errors'],
      \ 'signal': ['signal or exit', 'signals'],
      \ 'slow': ['slow call', 'durations'],
      \ 'process': ['event of the process', 'processes'],
      \ 'switch': ['event of another process', 'processes'],
      \ 'call': ['call of the name', 'calls'],
      \ }

let s:said = 0

" Go {direction} ('next', 'previous') to {what}, a key of s:parts, {count} times or as often as there is one; with
" one more {argument} to an error, a process or a call of that name, or one that took that many seconds.
function! vimtrace#move#go(direction, what, count, mode, ...) abort
  if a:mode ==# 'x'
    normal! gv
  endif
  if !has_key(s:parts, a:what)
    call vimtrace#move#say('there is no "' . a:what . '" to go to; there is: ' . join(sort(keys(s:parts)), ', '))
    return
  endif
  let l:pattern = s:pattern(a:what, a:0 ? a:1 : '')
  if l:pattern ==# ''
    call vimtrace#move#say(s:unknown(a:what))
    return
  endif
  let l:left = s:search(l:pattern, s:quick(a:what, a:0 ? a:1 : ''), a:direction, a:count)
  if l:left < a:count && &foldopen =~# 'search\|all' && a:mode ==# 'n'
    normal! zv
  endif
  if l:left == 0
    call s:unsay()
  else
    redraw
    call vimtrace#move#say('no ' . (a:direction ==# 'next' ? 'further ' : 'earlier ') . s:parts[a:what][0])
  endif
endfunction

" For :TraceNext and :TracePrevious.
function! vimtrace#move#command(direction, count, what, ...) abort
  try
    call call('vimtrace#move#go', [a:direction, a:what, a:count, 'n'] + a:000[:0])
  catch /^vimtrace: /
    call vimtrace#move#say(v:exception[len('vimtrace: '):])
  endtry
endfunction

function! vimtrace#move#complete(lead, line, position) abort
  return join(sort(keys(s:parts)), "\n")
endfunction

function! vimtrace#move#say(text) abort
  let s:said = 1
  echo vimtrace#move#line('vimtrace: ' . a:text)
endfunction

" {text} as one line that is never so long that it has to be confirmed: it is the middle that is left out.
function! vimtrace#move#line(text) abort
  let l:text = strtrans(a:text)
  let l:more = strchars(l:text) - (&columns - 12)
  let l:head = (&columns - 12) / 2
  return l:more <= 0 ? l:text : strcharpart(l:text, 0, l:head - 3) . '...' . strcharpart(l:text, l:head + l:more)
endfunction

" What was said last is no longer so.
function! s:unsay() abort
  if s:said
    let s:said = 0
    echo ''
  endif
endfunction

" The old place is put in the jump list, if there is a new one. Returns how many are left of {count}.
function! s:search(pattern, quick, direction, count) abort
  let l:old = getcurpos()
  let l:at = l:old[1]
  let l:left = a:count
  while l:left > 0
    let l:line = s:line_with(a:pattern, a:quick, a:direction)
    if l:line == 0
      break
    endif
    let l:at = l:line
    let l:left -= 1
  endwhile
  call setpos('.', l:old)
  if l:left < a:count
    normal! m'
    call vimtrace#move#to(l:at)
  endif
  return l:left
endfunction

" The next line from the cursor that {pattern} matches, or 0; the cursor is left there. One of the patterns {quick}
" finds it, if there are any.
function! s:line_with(pattern, quick, direction) abort
  let l:from = line('.')
  let l:best = 0
  for l:quick in empty(a:quick) ? [a:pattern] : a:quick
    call cursor(l:from, 1)
    let l:line = s:first_of(l:quick, a:pattern, a:direction, l:best)
    let l:best = l:line > 0 ? l:line : l:best
  endfor
  call cursor(l:best > 0 ? l:best : l:from, 1)
  return l:best
endfunction

" The next line that {quick} finds and {pattern} matches, but not behind the line {stop}; or 0.
function! s:first_of(quick, pattern, direction, stop) abort
  " search() goes by 'magic'.
  let l:quick = substitute(a:quick, '^\%(\\%#=\d\)\=', '&\\m', '')
  let l:line = 1
  while l:line > 0
    " From the end of the line, or its beginning: a line is never found twice.
    call cursor(0, a:direction ==# 'next' ? col('$') : 1)
    let l:line = search(l:quick, a:direction ==# 'next' ? 'W' : 'bW', a:stop)
    if l:line > 0 && getline(l:line) =~# a:pattern
      return l:line
    endif
  endwhile
  return 0
endfunction

" The nearest line in {direction} that one of the patterns {quick} finds and {pattern} matches, or 0. The cursor stays.
function! vimtrace#move#nearest(pattern, quick, direction) abort
  let l:view = winsaveview()
  let l:line = s:line_with(a:pattern, a:quick, a:direction)
  call winrestview(l:view)
  return l:line
endfunction

" Put the cursor on the name of the call or of the signal in {line}.
function! vimtrace#move#to(line) abort
  call cursor(a:line, vimtrace#move#column(getline(a:line)) + 1)
endfunction

" The index of the name of the call, or behind the mark of a signal or an exit, in {text}; or 0.
function! vimtrace#move#column(text) abort
  let l:call = vimtrace#format#call(a:text)
  if l:call ==# ''
    return max([matchend(a:text, '\C\%(--- \|+++ \)'), 0])
  endif
  let l:column = match(a:text, '\C\<\V' . escape(l:call, '\') . '\m\%((\| resumed\)')
  return max([l:column >= 0 ? l:column : match(a:text, '\C[<>] \zs\V' . escape(l:call, '\')), 0])
endfunction

function! s:unknown(what) abort
  if vimtrace#format#kind() ==# ''
    return 'this is no trace that is known'
  elseif index(['process', 'call'], a:what) >= 0 && vimtrace#format#pattern(a:what) !=# ''
    return 'there is no ' . a:what . ' on this line'
  endif
  let l:article = vimtrace#format#kind() =~# '^[aeiou]' ? 'an ' : 'a '
  let l:name = substitute(substitute(vimtrace#format#kind(), 'perftrace', 'perf', ''), 'out$', '', '')
  return l:article . l:name . ' trace shows no ' . s:parts[a:what][1]
endfunction

" The Vim pattern of the lines to go to, or ''.
function! s:pattern(what, argument) abort
  if a:what ==# 'slow'
    let l:pattern = vimtrace#format#slow(vimtrace#slow#given(a:argument))
  elseif a:what ==# 'error' && a:argument !=# ''
    let l:pattern = vimtrace#format#pattern('errno', vimtrace#format#literal(a:argument))
  elseif a:what ==# 'process' || a:what ==# 'switch'
    return vimtrace#format#pattern('process') ==# '' ? '' : s:of_process(a:what, a:argument)
  elseif a:what ==# 'call'
    return s:of_call(s:call(a:argument))
  else
    let l:pattern = vimtrace#format#pattern(a:what)
  endif
  return l:pattern ==# '' ? '' : vimtrace#format#vim(l:pattern)
endfunction

" The patterns that find them quickly, if there are any.
function! s:quick(what, argument) abort
  if a:what ==# 'slow'
    return vimtrace#format#quick_slow(vimtrace#slow#given(a:argument))
  elseif a:what ==# 'call'
    return vimtrace#format#quick('call', s:call(a:argument))
  elseif a:what ==# 'process' || a:what ==# 'switch'
    let l:process = s:process(a:argument)
    return l:process ==# '' ? [] : vimtrace#format#quick(a:what, l:process)
  endif
  return vimtrace#format#quick(a:what ==# 'error' && a:argument !=# '' ? 'errno' : a:what, a:argument)
endfunction

function! s:call(argument) abort
  let l:call = a:argument !=# '' ? a:argument : vimtrace#format#call(getline(vimtrace#move#event()))
  return substitute(l:call, '^SYS_', '', '')
endfunction

function! s:process(argument) abort
  return a:argument !=# '' ? a:argument : vimtrace#format#process(getline(vimtrace#move#event()))
endfunction

function! s:lines_of(process) abort
  return vimtrace#format#vim(vimtrace#format#pattern('process', a:process))
endfunction

" The line of the event that the cursor is in: a stack or a hex dump belongs to the call above it.
function! vimtrace#move#event() abort
  if vimtrace#format#process(getline('.')) !=# '' || vimtrace#format#call(getline('.')) !=# ''
    return line('.')
  endif
  let l:pattern = s:any()
  " An empty pattern would be the last one that the user has searched for.
  let l:line = l:pattern ==# '' ? 0 : search('\m' . l:pattern, 'bcnW')
  return l:line > 0 ? l:line : line('.')
endfunction

function! s:any() abort
  let l:parts = filter([vimtrace#format#pattern('any'), vimtrace#format#pattern('signal')], 'v:val !=# ""')
  return join(map(l:parts, 'vimtrace#format#vim(v:val)'), '\m\|')
endfunction

" A trace of one process has no pid in front of its lines: they are those of a process, too.
function! s:of_process(what, argument) abort
  let l:process = s:process(a:argument)
  let l:same = a:what ==# 'process'
  if l:process !=# '' && l:same
    return s:lines_of(vimtrace#format#literal(l:process))
  elseif l:process ==# '' && !l:same
    return s:lines_of('[0-9]+')
  endif
  let l:not = s:lines_of(l:process ==# '' ? '[0-9]+' : vimtrace#format#literal(l:process))
  return '\m\%(' . l:not . '\m\)\@!\%(' . s:any() . '\m\)'
endfunction

function! s:of_call(call) abort
  let l:pattern = vimtrace#format#pattern('call', vimtrace#format#literal(a:call))
  return a:call ==# '' || l:pattern ==# '' ? '' : vimtrace#format#vim(l:pattern)
endfunction

let &cpo = s:cpo
unlet s:cpo
