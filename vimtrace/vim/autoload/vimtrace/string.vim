" The strings "..." of a trace: where they are in a line, what they say, and how a shell is told the same.

let s:cpo = &cpo
set cpo&vim

" The strings of {line}, in order: [index of the opening quote, index behind the closing one, whether "..." follows].
" One that does not end on the line ends with it.
function! vimtrace#string#all(line) abort
  let l:found = []
  let l:start = stridx(a:line, '"')
  while l:start >= 0
    let l:end = vimtrace#string#end(a:line, l:start)
    call add(l:found, [l:start, l:end, strpart(a:line, l:end, 3) ==# '...'])
    let l:start = stridx(a:line, '"', l:end)
  endwhile
  return l:found
endfunction

" The index behind the string of {line} whose quote is at {start}. By stridx(), because a pattern for it needs memory
" for every character.
function! vimtrace#string#end(line, start) abort
  let l:at = stridx(a:line, '"', a:start + 1)
  while l:at >= 0
    let l:before = l:at
    while a:line[l:before - 1] ==# '\'
      let l:before -= 1
    endwhile
    if (l:at - l:before) % 2 == 0 || l:before <= a:start
      return l:at + 1
    endif
    let l:at = stridx(a:line, '"', l:at + 1)
  endwhile
  return len(a:line)
endfunction

" The string of {line} at the index {at}, as vimtrace#string#all() has it, or else the first behind it, or [].
function! vimtrace#string#at(line, at) abort
  return get(filter(vimtrace#string#all(a:line), 'v:val[1] > a:at'), 0, [])
endfunction

" What {text} says, a string of a trace without its quotes: the bytes that \n, \" and the octal and hexadecimal
" escapes stand for.
function! vimtrace#string#decode(text) abort
  return substitute(a:text, '\\\(\o\{1,3}\|x\x\x\|.\)', '\=s:byte(submatch(1))', 'g')
endfunction

let s:letters = {'n': 10, 't': 9, 'r': 13, 'v': 11, 'f': 12, 'a': 7, 'b': 8, 'e': 27}

function! s:byte(escape) abort
  if a:escape =~# '^\o'
    let l:number = str2nr(a:escape, 8)
  elseif a:escape =~# '^x\x\x$'
    let l:number = str2nr(a:escape[1:], 16)
  else
    let l:number = get(s:letters, a:escape, 0)
    if l:number == 0
      return a:escape
    endif
  endif
  " eval() sees a number of ours, never a text: there is no other way to a byte that is no character.
  return l:number % 256 == 0 ? '' : eval(printf('"\x%02x"', l:number % 256))
endfunction

" The word with which a shell is told {text}, a string of a trace without its quotes. With what cannot be shown it
" is $'...', that bash, zsh and ksh know: its escapes are those of the trace.
function! vimtrace#string#quoted(text) abort
  if a:text =~# '\\[^"\\]'
    return "$'" . substitute(a:text, "'", "\\\\'", 'g') . "'"
  endif
  let l:text = vimtrace#string#decode(a:text)
  return l:text =~# '^[A-Za-z0-9_@%+:,./-]\+$' ? l:text : "'" . substitute(l:text, "'", "'\\\\''", 'g') . "'"
endfunction

let &cpo = s:cpo
unlet s:cpo
