" What counts as slow: g:vimtrace_slow seconds and more.

let s:cpo = &cpo
set cpo&vim

" The threshold in seconds.
function! vimtrace#slow#seconds() abort
  let l:given = get(g:, 'vimtrace_slow', 0.1)
  return type(l:given) == type('') ? str2float(l:given) : l:given * 1.0
endfunction

" The seconds that {text} is, as the user has typed it; without one the threshold.
function! vimtrace#slow#given(text) abort
  if a:text ==# ''
    return vimtrace#slow#seconds()
  elseif a:text !~# '^\%(\d\+\%(\.\d*\)\=\|\.\d\+\)\%(e-\=\d\+\)\=$'
    throw 'vimtrace: not a number of seconds: ' . a:text
  endif
  return str2float('0' . a:text)
endfunction

" A pattern for decimal numbers with a fraction that are at least the threshold; {unit} is the length in
" seconds of what they count (1, 0.001). Vim's patterns know no "greater than": it is spelled out, digit
" by digit.
function! vimtrace#slow#pattern(unit) abort
  let l:digits = split(printf('%.6f', vimtrace#slow#seconds() / a:unit), '\.')
  let l:whole = s:at_least(l:digits[0], 1)
  let l:fraction = substitute(l:digits[1], '0*$', '', '')
  let l:choices = ['0*' . s:longer(l:digits[0]) . '\.\d\+']
  call extend(l:choices, map(l:whole, '"0*" . v:val . "\\.\\d\\+"'))
  call extend(l:choices, map(s:at_least(l:fraction, 0), '"0*" . l:digits[0] . "\\." . v:val . "\\d*"'))
  return '\%(' . join(l:choices, '\|') . '\)'
endfunction

" A whole number with more digits than {digits}.
function! s:longer(digits) abort
  return '[1-9]\d\{' . len(a:digits) . ',}'
endfunction

" Patterns for the digits of numbers as long as {digits} that are greater, and (unless {strictly}) for
" {digits} itself, which may go on.
function! s:at_least(digits, strictly) abort
  let l:choices = a:strictly ? [] : [a:digits]
  for l:at in range(len(a:digits))
    if a:digits[l:at] < 9
      let l:rest = len(a:digits) - l:at - 1
      let l:tail = a:strictly && l:rest > 0 ? '\d\{' . l:rest . '}' : ''
      call add(l:choices, strpart(a:digits, 0, l:at) . '[' . (a:digits[l:at] + 1) . '-9]' . l:tail)
    endif
  endfor
  return l:choices
endfunction

let &cpo = s:cpo
unlet s:cpo
