" The terms of :TraceFilter: a call, %family, pid, errno, signal or /pattern/, and the patterns they stand for.

let s:cpo = &cpo
set cpo&vim

" The terms in {text}. They are words, but a /pattern/ may hold spaces.
function! vimtrace#term#split(text) abort
  let l:terms = []
  let l:rest = trim(a:text)
  while l:rest !=# ''
    call add(l:terms, matchstr(l:rest, '^/\%(\\.\|[^\\/]\)*/\=\|^\S\+'))
    let l:rest = trim(strpart(l:rest, len(l:terms[-1])))
  endwhile
  return l:terms
endfunction

" The pattern (see grep.vim) for {term} in the kind of trace that the current buffer holds; for a call or a
" family it has 'name', a pattern for the name alone. Throws 'vimtrace: ...' if there is none.
function! vimtrace#term#pattern(term) abort
  if a:term =~# '^/'
    return s:own(substitute(a:term[1:], '\\\@<!\%(\\\\\)*\zs/$', '', ''))
  endif
  let l:name = s:name(a:term)
  let l:pattern = l:name !=# '' ? vimtrace#format#pattern('call', l:name) : s:known(a:term)
  if l:pattern ==# ''
    throw 'vimtrace: ' . a:term . ': such a trace does not show it'
  endif
  let l:both = {'grep': l:pattern, 'vim': vimtrace#format#vim(l:pattern)}
  return l:name ==# '' ? l:both : extend(l:both, {'name': vimtrace#format#vim('^(SYS_)?(' . l:name . ')$')})
endfunction

" The pattern for the names of the calls that {term} stands for, or ''.
function! s:name(term) abort
  if a:term =~# '^%'
    return join(vimtrace#family#calls(a:term), '|')
  elseif a:term =~# '^\%(pid:\)\=\d\+$\|^E[A-Z0-9]\+$\|^SIG[A-Z0-9_+]\+$'
    return ''
  endif
  return substitute(vimtrace#format#literal(a:term), '\[\*\]', '[a-zA-Z0-9_]*', 'g')
endfunction

function! s:known(term) abort
  if a:term =~# '^\%(pid:\)\=\d\+$'
    return vimtrace#format#pattern('process', matchstr(a:term, '\d\+'))
  elseif a:term =~# '^E'
    return vimtrace#format#pattern('errno', a:term)
  endif
  return '(--- (stopped by )?|killed by )' . vimtrace#format#literal(a:term) . '( |$)'
endfunction

" The user's own pattern is Vim's; grep gets it where it means the same there.
function! s:own(pattern) abort
  if a:pattern ==# ''
    throw 'vimtrace: //: an empty pattern'
  endif
  try
    call match('', a:pattern)
  catch /^Vim\%((\a\+)\)\=:E/
    throw 'vimtrace: /' . a:pattern . '/: ' . substitute(v:exception, '^Vim[^:]*:', '', '')
  endtry
  let l:ignore = &ignorecase && !(&smartcase && a:pattern =~# '\u')
  let l:vim = a:pattern =~# '\\c' ? a:pattern : (l:ignore ? '\c' : '\C') . a:pattern
  return {'grep': l:vim =~# '\\c' || !&magic ? '' : s:for_grep(a:pattern), 'vim': l:vim}
endfunction

" What means the same to grep -E under another name. A character of more than one byte is as many for grep: what
" matches one character of any kind only means the same where it is repeated.
let s:same = {'\(': '(', '\%(': '(', '\)': ')', '\|': '|', '*': '*', '\+': '+', '\=': '?', '\?': '?',
      \ '\<': '\<', '\>': '\>', '\d': '[0-9]', '\x': '[0-9A-Fa-f]', '\o': '[0-7]', '\w': '[0-9A-Za-z_]',
      \ '\h': '[A-Za-z_]', '\a': '[A-Za-z]', '\l': '[a-z]', '\u': '[A-Z]', '\s': "[ \t]"}
let s:repeated = {'.': '.', '\D': '[^0-9]', '\S': "[^ \t]", '\W': '[^0-9A-Za-z_]'}
let s:token = '^\%(\\%(\|\\{\%(\d\{1,3},\=\|,\d\)\d\{,2}\\\=}\|\\.\|\[^\=[^]\\[]\+\]\|.\)'

" {pattern} as an extended regular expression, or '' if it says what only Vim's patterns can say.
function! s:for_grep(pattern) abort
  let [l:pieces, l:rest] = [['('], a:pattern =~# '[^ -~]' ? '\&' : a:pattern]
  while l:rest !=# '' && l:pieces[-1] !=# ''
    let l:token = matchstr(l:rest, s:token)
    let l:rest = strpart(l:rest, len(l:token))
    call add(l:pieces, s:piece(l:token, l:pieces[-1], l:rest))
  endwhile
  return l:pieces[-1] ==# '' ? '' : join(l:pieces[1:], '')
endfunction

" The piece for {token} between the piece {before} and the {rest}, or ''.
function! s:piece(token, before, rest) abort
  let l:starts = a:before =~# '^[(|]$'
  let l:ends = a:rest =~# '^\%($\|\\[|)]\)'
  if a:token =~# '^\%(\\[)|+=?]\|\*\|\\{.*\)$' && (l:starts || a:before ==# '^') || a:token ==# '\|' && l:ends
    return ''
  elseif a:token =~# '^[$^]$'
    return (a:token ==# '^' ? l:starts : l:ends) ? a:token : ''
  elseif a:token =~# '^\\{.'
    return substitute(substitute(a:token, '\\', '', 'g'), '^{\ze\%(,\|}\)', '{0', '')
  elseif has_key(s:repeated, a:token) || a:token =~# '^\[^.'
    return a:rest =~# '^\%(\*\|\\+\)' ? get(s:repeated, a:token, a:token) : ''
  elseif has_key(s:same, a:token) || a:token =~# '^\[.'
    return get(s:same, a:token, a:token)
  endif
  return a:token =~# '^\%([^\\~[]\|\\[\\/.*$^~[\]]\)$' ? vimtrace#format#literal(a:token[len(a:token) - 1]) : ''
endfunction

" The pattern that finds {text}, as a term.
function! vimtrace#term#text(text) abort
  return '/' . escape(a:text, '\/.*$^~[]') . '/'
endfunction

" The term for what is under the cursor, or ''.
function! vimtrace#term#at_cursor() abort
  let [l:line, l:at] = [getline('.'), col('.') - 1]
  for [l:from, l:to, l:term] in s:places(l:line)
    if l:from <= l:at && l:at < l:to
      return l:term
    endif
  endfor
  let l:word = expand('<cword>')
  if l:word ==# '' || l:line[l:at] !~# '\k'
    return ''
  elseif l:word ==# vimtrace#format#errno(l:line) || l:word =~# '^SIG\u\+$'
    return l:word
  endif
  return l:word =~# '^\w\+$' ? '/\<' . l:word . '\>/' : vimtrace#term#text(l:word)
endfunction

" [from, to, term] of the process, the call, the descriptors with a path and the paths of {line}.
function! s:places(line) abort
  let l:places = []
  let l:process = vimtrace#format#process(a:line)
  if l:process !=# ''
    let l:from = match(a:line, '\<' . l:process . '\>')
    call add(l:places, [l:from, matchend(a:line, '\d\+\%(<[^>]*>\)\=', l:from), 'pid:' . l:process])
  endif
  let [l:call, l:start] = [vimtrace#format#call(a:line), 0]
  if l:call !=# ''
    let l:from = match(a:line, '\<\V' . escape(l:call, '\') . '\m\%((\| resumed\| \|$\)')
    let l:start = l:from + len(l:call)
    call add(l:places, [l:from, l:start, l:call])
  endif
  for l:pattern in ['\<\d\+<[^<>]\+>\+', '"[./]\%([^"\\]\|\\.\)*"']
    let l:from = match(a:line, l:pattern, l:start)
    while l:from >= 0
      let l:text = matchstr(a:line, l:pattern, l:from)
      " The name of a buffer cannot be of any length.
      if len(l:text) <= 500
        let l:wanted = vimtrace#term#text(l:text[0] ==# '"' ? l:text : matchstr(l:text, '<.*'))
        call add(l:places, [l:from, l:from + len(l:text), l:wanted])
      endif
      let l:from = match(a:line, l:pattern, l:from + len(l:text))
    endwhile
  endfor
  return l:places
endfunction

" What could be meant by {start} of a term.
function! vimtrace#term#complete(start, line, position) abort
  let l:names = vimtrace#family#names() + sort(copy(vimtrace#family#calls('%all')))
  return filter(l:names, 'stridx(v:val, a:start) == 0')
endfunction

let &cpo = s:cpo
unlet s:cpo
