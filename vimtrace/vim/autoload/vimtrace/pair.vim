" "%": from where a call is unfinished to where it is resumed, and back.

let s:cpo = &cpo
set cpo&vim

" Go to the other half of the call on this line; from a bracket to the other one. With a {count} it is Vim's own.
function! vimtrace#pair#go(count, mode) abort
  if a:mode ==# 'x'
    normal! gv
  endif
  if a:count > 0
    execute 'normal!' a:count . '%'
    return
  endif
  let l:old = getcurpos()
  let l:half = s:half(getline('.'))
  if l:half ==# '' || s:is_on_bracket()
    normal! %
  endif
  if l:half ==# '' || getcurpos() != l:old
    return
  endif
  let l:line = l:half ==# 'first' ? s:second() : s:first()
  if l:line == 0
    call vimtrace#move#say(l:half ==# 'first' ? 'the call is never resumed' : 'the call began before this trace')
    return
  endif
  normal! m'
  call vimtrace#move#to(l:line)
  if &foldopen =~# 'percent\|all' && a:mode ==# 'n'
    normal! zv
  endif
endfunction

" A bracket of the call: that of "[pid 12]" is none.
function! s:is_on_bracket() abort
  let l:before = strpart(getline('.'), 0, col('.') - 1)
  return getline('.')[col('.') - 1] =~# '[][(){}]' && l:before =~# '(\|<\.\.\. \S\+ resumed'
endfunction

" Whether {line} is the 'first' or the 'second' half of a call, or ''.
function! s:half(line) abort
  let l:call = vimtrace#format#call(a:line)
  if l:call ==# ''
    return ''
  endif
  for l:half in ['first', 'second']
    if vimtrace#format#pattern(l:half, '') !=# '' && a:line =~# s:pattern(l:half, l:call)
      return l:half
    endif
  endfor
  return ''
endfunction

" The line of the other half, or 0. A process has one unfinished call at a time: what comes between ends the search.
function! s:second() abort
  let [l:process, l:call] = s:here()
  if l:process !=# ''
    let l:line = s:nearest('second', l:process, l:call, '')
    let l:again = s:nearest('first', l:process, l:call, '')
    return l:again > 0 && l:again < l:line ? 0 : l:line
  endif
  return s:second_of_anyone(l:call)
endfunction

function! s:first() abort
  let [l:process, l:call] = s:here()
  let l:line = s:nearest('first', l:process, l:call, 'b')
  if l:process ==# '' || l:line > s:nearest('second', l:process, l:call, 'b')
    return l:line
  endif
  " strace shows no pid as long as there is one process: "vfork( <unfinished ...>", "[pid 2] <... vfork resumed>".
  return s:nearest('first', '', l:call, 'b')
endfunction

" The next second half of a process whose first half is not shown with a pid after this line.
function! s:second_of_anyone(call) abort
  let l:view = winsaveview()
  let l:from = line('.')
  let l:line = 1
  while l:line > 0
    let l:line = vimtrace#move#nearest(s:pattern('second', a:call), vimtrace#format#quick('second', a:call), 'next')
    let l:process = vimtrace#format#process(getline(l:line))
    call cursor(max([l:line, 1]), 1)
    if l:process ==# '' || s:nearest('first', l:process, a:call, 'b') < l:from
      break
    endif
  endwhile
  call winrestview(l:view)
  return l:line
endfunction

" The process and the call of the line under the cursor.
function! s:here() abort
  return [vimtrace#format#process(getline('.')), vimtrace#format#call(getline('.'))]
endfunction

" The nearest line from the cursor that is {half} of a {call} of {process}; '' is that of no pid.
function! s:nearest(half, process, call, flags) abort
  let l:process = vimtrace#format#vim(vimtrace#format#pattern('process', a:process ==# '' ? '[0-9]+' : a:process))
  let l:is = a:process ==# '' ? '\@!' : '\&'
  let l:pattern = '\m\%(' . l:process . '\m\)' . l:is . '\%(' . s:pattern(a:half, a:call) . '\m\)'
  return vimtrace#move#nearest(l:pattern, vimtrace#format#quick(a:half, a:call), a:flags ==# 'b' ? 'previous' : 'next')
endfunction

function! s:pattern(half, call) abort
  return vimtrace#format#vim(vimtrace#format#pattern(a:half, vimtrace#format#literal(a:call)))
endfunction

let &cpo = s:cpo
unlet s:cpo
