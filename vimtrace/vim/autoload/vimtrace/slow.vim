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

" A Vim pattern for decimal numbers that are at least the threshold; {unit} is the length in seconds of what they
" count (1, 0.001).
function! vimtrace#slow#pattern(unit) abort
  let l:pattern = vimtrace#format#at_least(printf('%.6f', vimtrace#slow#seconds() / a:unit))
  return substitute(vimtrace#format#vim(l:pattern), '^\\C', '', '') . '\m'
endfunction

let &cpo = s:cpo
unlet s:cpo
