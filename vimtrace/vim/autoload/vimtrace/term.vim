" The filter language, as far as grep(1) can answer it: terms side by side. What more it says is read by the program
" alone (filter.py, see "vimtrace filter"): there is one parser of events and their fields.

let s:cpo = &cpo
set cpo&vim

let s:no_calls = ['pid', 'comm', 'fd', 'path', 'errno', 'kind', 'result', 'slow']
let s:token = '^\%(!*\%(/\%([^\\/]\|\\.\)\+/i\=\|[^[:space:]/()!"][^[:space:]/()"]*\)\)\%(\s\+\|$\)'

" What grep is to look for: [{'patterns': [pattern, ...], 'hides': whether what matches is left out, 'whole': whether
" each line of an event tells it}, ...], of which all must hold, and of their patterns one; see grep.vim. None if
" only the program can answer {text} for such a trace.
function! vimtrace#term#groups(text) abort
  let [l:groups, l:kinds, l:rest] = [[], {}, trim(a:text)]
  while l:rest !=# ''
    let l:token = matchstr(l:rest, s:token)
    let l:rest = strpart(l:rest, len(l:token))
    let [l:kind, l:patterns] = s:term(trim(substitute(l:token, '^!*', '', '')))
    if empty(l:patterns)
      return []
    endif
    let l:hides = len(matchstr(l:token, '^!*')) % 2
    if l:token =~# '^!' || !has_key(l:kinds, l:kind)
      call add(l:groups, {'patterns': [], 'hides': l:hides, 'whole': l:kind =~# '^\%(call\|pid\|signal\)$'})
    endif
    if l:token !~# '^!'
      let l:kinds[l:kind] = get(l:kinds, l:kind, l:groups[-1])
    endif
    let l:group = l:token =~# '^!' ? l:groups[-1] : l:kinds[l:kind]
    let l:group.patterns += l:patterns
  endwhile
  return s:can_pair(l:groups) ? l:groups : []
endfunction

" Whether events of more than one line can be told from the lines that grep finds.
function! s:can_pair(groups) abort
  return vimtrace#format#kind() !~# '^\%(sysdig\|perftrace\)$' || empty(filter(copy(a:groups), '!v:val.whole'))
endfunction

" [kind, patterns] of {term}; none if grep cannot look for it.
function! s:term(term) abort
  if a:term =~# '^/'
    return ['/', s:regex(matchstr(a:term, '^/\zs.*\ze/i\=$'), a:term =~# 'i$')]
  elseif a:term =~# '^%'
    return ['call', s:calls([a:term])]
  elseif a:term =~# '^slow>'
    return [a:term, s:slow(a:term)]
  endif
  let l:parts = matchlist(a:term, '^\(call\|pid\|errno\|signal\)[=:]\([^"]\+\)$')
  let [l:kind, l:values] = empty(l:parts) ? [s:kind(a:term), [a:term]] : [l:parts[1], split(l:parts[2], ',', 1)]
  return [l:kind, l:kind ==# '' ? [] : l:kind ==# 'call' ? s:calls(l:values) : s:known(l:kind, l:values)]
endfunction

" What a word alone is, as filter.py has it.
function! s:kind(word) abort
  if a:word ==# 'failed'
    return 'failed'
  elseif a:word =~# '^\%(and\|or\|not\|AND\|OR\|NOT\|unfinished\)$' || index(s:no_calls, a:word) >= 0
        \ || a:word !~# '^[[:alnum:]_*?]\+$'
    return ''
  endif
  return a:word =~# '^\d\+$' ? 'pid' : a:word =~# '^SIG[A-Z*?]' ? 'signal'
        \ : a:word =~# '^E[A-Z0-9*?]\+$' ? 'errno' : 'call'
endfunction

" The pattern for {names} of calls and families, with 'name', a pattern for the name alone.
function! s:calls(names) abort
  let l:names = []
  for l:name in a:names
    if l:name =~# '^%'
      let l:names += index(vimtrace#family#names(), l:name) >= 0 ? vimtrace#family#calls(l:name) : ['']
    else
      call add(l:names, l:name =~# '^[[:alnum:]_*?@:.~+<>-]\+$' ? s:globbed(l:name) : '')
    endif
  endfor
  let l:all = join(l:names, '|')
  let l:pattern = empty(l:names) || index(l:names, '') >= 0 ? '' : vimtrace#format#pattern('call', l:all)
  return l:pattern ==# '' ? [] : [extend(s:both(l:pattern), {'name': vimtrace#format#vim('^(SYS_)?(' . l:all . ')$')})]
endfunction

function! s:globbed(name) abort
  return substitute(substitute(vimtrace#format#literal(a:name), '\[\*\]', '[a-zA-Z0-9_]*', 'g'),
        \ '\[?\]', '[a-zA-Z0-9_]', 'g')
endfunction

function! s:both(pattern) abort
  return {'grep': a:pattern, 'vim': vimtrace#format#vim(a:pattern)}
endfunction

" The pattern for processes, errnos and signals; none for what has wildcards, or where the tracer leaves out what
" the program knows: the pid of the first process, the error of ltrace.
function! s:known(kind, values) abort
  let l:one = {'pid': '^\d\+$', 'errno': '^E[A-Z0-9]\+$', 'signal': '^SIG[A-Z0-9_+]\+$', 'failed': '.'}[a:kind]
  if !empty(filter(copy(a:values), 'v:val !~# l:one')) || vimtrace#format#kind() ==# 'ltrace' && a:kind =~# '^[ef]'
        \ || a:kind ==# 'pid' && vimtrace#format#process(getline(1)) ==# '' && vimtrace#format#kind() =~# '^[sl]trace$'
    return []
  endif
  let l:value = join(map(copy(a:values), 'vimtrace#format#literal(v:val)'), '|')
  let l:pattern = a:kind ==# 'failed' ? vimtrace#format#pattern('error')
        \ : a:kind ==# 'pid' ? vimtrace#format#pattern('process', '(' . l:value . ')')
        \ : vimtrace#format#pattern(a:kind ==# 'errno' ? 'says' : 'arrived', l:value)
  return l:pattern ==# '' ? [] : [s:both(l:pattern)]
endfunction

" The pattern for "slow>SECONDS" or "slow>=SECONDS", with a unit maybe.
function! s:slow(term) abort
  let l:parts = matchlist(a:term, '^slow>\(=\=\)\(\d\+\%(\.\d\+\)\=\)\(ms\|us\|ns\|s\|\)$')
  if empty(l:parts)
    return []
  endif
  let l:seconds = str2float(l:parts[2]) * get({'ms': 1.0e-3, 'us': 1.0e-6, 'ns': 1.0e-9}, l:parts[3], 1.0)
  let l:pattern = vimtrace#format#slow(l:seconds, l:parts[1] ==# '')
  return l:pattern ==# '' ? [] : [s:both(l:pattern)]
endfunction

" A regular expression of the language is one of Python's. What means the same to grep -E and, under \v, to Vim goes
" to them. A character of more than one byte is as many for grep: what matches one character of any kind only means
" the same where it is repeated.
let s:same = {'(?:': '(', '(': '(', ')': ')', '|': '|', '*': '*', '+': '+', '?': '?', '\b': '\b', '\d': '[0-9]',
      \ '\w': '[0-9A-Za-z_]', '\s': "[ \t]"}
let s:repeated = {'.': '.', '\D': '[^0-9]', '\S': "[^ \t]", '\W': '[^0-9A-Za-z_]'}
let s:piece = '^\%((?:\|{\d\{1,3}\%(,\d\{,3}\)\=}\|\\.\|\[^\=[^]\\[]\+\]\|.\)'

" The pattern for {regex}, or none if it says what only Python's can say.
function! s:regex(regex, ignores_case) abort
  let [l:pieces, l:rest] = [['('], a:regex =~# '[^ -~]' ? '\A' : a:regex]
  while l:rest !=# '' && l:pieces[-1] !=# ''
    let l:token = matchstr(l:rest, s:piece)
    let l:rest = strpart(l:rest, len(l:token))
    let l:new = s:for_grep(l:token, l:pieces[-1], l:rest)
    call add(l:pieces, a:ignores_case ? s:of_any_case(l:new, l:token) : l:new)
  endwhile
  let l:grep = l:pieces[-1] ==# '' ? '' : join(l:pieces[1:], '')
  let l:vim = '\C\v' . substitute(vimtrace#format#vim(l:grep)[4:], '\\b', '%(<|>)', 'g')
  try
    call match('', l:vim)
  catch /^Vim\%((\a\+)\)\=:E/
    return []
  endtry
  return l:grep ==# '' ? [] : [{'grep': l:grep, 'vim': l:vim}]
endfunction

" What is {token} of a regular expression, between the piece {before} and the {rest}, for grep; or ''.
function! s:for_grep(token, before, rest) abort
  let l:starts = a:before =~# '^[(|]$'
  let l:ends = a:rest =~# '^\%($\|[|)]\)'
  if a:token =~# '^\%([)|*+?]\|{.*\)$' && (l:starts || a:before =~# '^\%(\^\|[*+?{].*\)$') || a:token ==# '|' && l:ends
    return ''
  elseif a:token =~# '^[$^]$'
    return (a:token ==# '^' ? l:starts : l:ends) ? a:token : ''
  elseif a:token =~# '^{\d' || a:token =~# '^\[[^^]'
    return a:token
  elseif has_key(s:repeated, a:token) || a:token =~# '^\[^.'
    return a:rest =~# '^[*+]' ? get(s:repeated, a:token, a:token) : ''
  elseif has_key(s:same, a:token)
    return a:token ==# '(' && a:rest =~# '^?' ? '' : s:same[a:token]
  endif
  return a:token =~# '^\%([^\\[{]\|\\[^0-9A-Za-z]\)$' ? vimtrace#format#literal(a:token[len(a:token) - 1]) : ''
endfunction

function! s:of_any_case(piece, token) abort
  return a:piece =~# '^\a$' ? '[' . tolower(a:piece) . toupper(a:piece) . ']'
        \ : a:piece =~# '\a' && !has_key(s:same, a:token) && !has_key(s:repeated, a:token) ? '' : a:piece
endfunction

" The term that finds {text}.
function! vimtrace#term#text(text) abort
  return '/' . escape(a:text, '\/.*+?|(){}$^[]') . '/'
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
  return l:word =~# '^\w\+$' ? '/\b' . l:word . '\b/' : vimtrace#term#text(l:word)
endfunction

" [from, to, term] of the process, the call, the descriptors with a path and the paths of {line}.
function! s:places(line) abort
  let l:places = []
  let l:process = vimtrace#format#process(a:line)
  if l:process !=# ''
    let l:from = match(a:line, '\<' . l:process . '\>')
    call add(l:places, [l:from, matchend(a:line, '\d\+\%(<[^>]*>\)\=', l:from), 'pid=' . l:process])
  endif
  let [l:call, l:start] = [vimtrace#format#call(a:line), 0]
  if l:call !=# ''
    let l:from = match(a:line, '\<\V' . escape(l:call, '\') . '\m\%((\| resumed\| \|$\)')
    let l:start = l:from + len(l:call)
    call add(l:places, [l:from, l:start, s:name(l:call)])
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

" The term for the call {name}.
function! s:name(name) abort
  return s:kind(a:name) ==# 'call' ? a:name : a:name =~# '[[:space:]()",]' ? vimtrace#term#text(a:name . '(')
        \ : 'call=' . a:name
endfunction

" What could be meant by {start} of a term.
let s:fields = ['call=', 'pid=', 'comm=', 'fd=', 'path=', 'errno=', 'signal=', 'kind=', 'result=', 'slow>', 'time>',
      \ 'line>', 'failed', 'unfinished', 'and', 'or', 'not']

function! vimtrace#term#complete(start, line, position) abort
  let l:lead = matchstr(a:start, '^[!(]*\%(call[=:]\)\=\%([^,]*,\)*')
  let l:names = vimtrace#family#names() + sort(copy(vimtrace#family#calls('%all')))
  let l:names = (l:lead =~# '[=:]' ? [] : s:fields) + l:names
  return map(filter(l:names, 'stridx(v:val, a:start[len(l:lead) :]) == 0'), 'l:lead . v:val')
endfunction

let &cpo = s:cpo
unlet s:cpo
