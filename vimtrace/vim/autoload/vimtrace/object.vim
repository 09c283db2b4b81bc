" Text objects: an argument, a string, a call with its stack. Brackets and quotes are all that is looked at.

let s:cpo = &cpo
set cpo&vim

" Select the argument under the cursor of what encloses it, or of the {count}th bracket around it; in front of the
" brackets of a call its first one. With {around} the comma and the space, too.
function! vimtrace#object#argument(around, count) abort
  let l:line = getline('.')
  let l:at = col('.') - 1
  let l:brackets = vimtrace#object#brackets(l:line)
  let l:outer = reverse(filter(copy(l:brackets), 'v:val.open < l:at && l:at < v:val.close'))
  let l:behind = filter(l:brackets, 'v:val.open >= l:at')
  let l:bracket = empty(l:outer) ? get(l:behind, 0, {}) : get(l:outer, a:count - 1, {})
  if empty(l:bracket)
    call s:nothing('argument')
    return
  endif
  let l:arguments = s:arguments(l:line, l:bracket)
  let l:index = len(filter(copy(l:bracket.commas), 'v:val < l:at'))
  call s:select_argument(l:line, l:arguments, min([l:index, len(l:arguments) - 1]), a:around)
endfunction

function! s:select_argument(line, arguments, index, around) abort
  let [l:from, l:to] = a:arguments[a:index]
  if l:from >= l:to
    call s:nothing('argument')
  elseif a:around && a:index + 1 < len(a:arguments)
    call s:select(l:from, a:arguments[a:index + 1][0])
  elseif a:around && a:index > 0
    call s:select(a:arguments[a:index - 1][1], l:to)
  else
    call s:select(l:from, l:to)
  endif
endfunction

" [from, to] of each argument in {bracket}, without the blanks around it.
function! s:arguments(line, bracket) abort
  let l:edges = [a:bracket.open] + a:bracket.commas + [a:bracket.close]
  let l:found = []
  for l:index in range(len(l:edges) - 1)
    let l:from = l:edges[l:index] + 1
    let l:text = strpart(a:line, l:from, l:edges[l:index + 1] - l:from)
    let l:blanks = len(matchstr(l:text, '^ *'))
    call add(l:found, [l:from + l:blanks, l:from + max([l:blanks, len(substitute(l:text, ' *$', '', ''))])])
  endfor
  return l:found
endfunction

" The brackets (...), [...], {...} of {line}, each before what is in it: {open, close, commas}, indexes. Those in
" strings, paths and comments are none. What is unfinished ends with the line; what is resumed has begun at its mark.
function! vimtrace#object#brackets(line) abort
  let l:end = match(a:line, ' *<unfinished \.\.\.>')
  let l:end = l:end < 0 ? len(a:line) : l:end
  let l:resumed = matchend(a:line, '<\.\.\. \S\+ resumed>')
  let l:found = l:resumed < 0 ? [] : [{'open': l:resumed - 1, 'close': -1, 'commas': []}]
  let l:stack = copy(l:found)
  let l:at = l:resumed < 0 ? s:after_head(a:line) : l:resumed
  while 1
    let l:at = match(a:line, '[][(){},"<''/]', l:at)
    if l:at < 0 || l:at >= l:end
      break
    endif
    let l:character = a:line[l:at]
    if stridx('([{', l:character) >= 0
      call add(l:found, {'open': l:at, 'close': -1, 'commas': []})
      call add(l:stack, l:found[-1])
    elseif stridx(')]}', l:character) >= 0 && !empty(l:stack)
      let l:stack[-1].close = l:at
      call remove(l:stack, -1)
    elseif l:character ==# ',' && !empty(l:stack)
      call add(l:stack[-1].commas, l:at)
    endif
    let l:at = s:behind(a:line, l:at)
  endwhile
  return map(l:found, 'extend(v:val, {"close": v:val.close < 0 ? l:end : v:val.close})')
endfunction

" Behind "[pid 12] " and a time: their brackets are none of the call.
function! s:after_head(line) abort
  let l:call = vimtrace#format#call(a:line)
  return l:call ==# '' ? 0 : max([match(a:line, '\C\<\V' . escape(l:call, '\') . '\m(\@='), 0])
endfunction

" The index behind the token of {line} at {at}: a string, a path <...>, a character, a comment, or one bracket.
function! s:behind(line, at) abort
  let l:character = a:line[a:at]
  if l:character ==# '"'
    return vimtrace#string#end(a:line, a:at)
  elseif l:character ==# '<'
    return vimtrace#object#path_end(a:line, a:at)
  elseif l:character ==# '/'
    let l:end = strpart(a:line, a:at, 2) ==# '/*' ? stridx(a:line, '*/', a:at) : -1
    return l:end < 0 ? a:at + 1 : l:end + 2
  elseif l:character ==# "'"
    return max([matchend(strpart(a:line, a:at, 8), "^'\\%(\\\\[^']*\\|\\\\'\\|[^'\\\\]\\)'") + a:at, a:at + 1])
  endif
  return a:at + 1
endfunction

" The index behind the <...> of {line} that begins at {at}: "<" of a shift and "->" of a connection are no brackets.
function! vimtrace#object#path_end(line, at) abort
  if strpart(a:line, a:at, 2) ==# '<<'
    return a:at + 2
  endif
  let l:depth = 1
  let l:next = a:at
  while l:depth > 0
    let l:next = match(a:line, '[<>]', l:next + 1)
    if l:next < 0
      return a:at + 1
    endif
    let l:depth += a:line[l:next] ==# '<' ? 1 : strpart(a:line, l:next - 1, 3) =~# '^->[0-9A-Za-z_[:*]' ? 0 : -1
  endwhile
  return l:next + 1
endfunction

" Select the string under the cursor or behind it; with {around} its quotes and the "..." of a cut one, too.
function! vimtrace#object#string(around) abort
  let l:string = vimtrace#string#at(getline('.'), col('.') - 1)
  if empty(l:string)
    call s:nothing('string')
  elseif a:around
    call s:select(l:string[0], l:string[1] + (l:string[2] ? 3 : 0))
  elseif l:string[1] - l:string[0] > 2
    call s:select(l:string[0] + 1, l:string[1] - 1)
  else
    call s:nothing('character in this string')
  endif
endfunction

" Select the call of the line, without pid and time; with {around} its lines, with the stack and the dumps below.
function! vimtrace#object#call(around) abort
  let l:first = vimtrace#move#event()
  if a:around
    let l:last = l:first
    while getline(l:last + 1) =~# '^\s*>\s\| | \x\{5,}  \|^\s\+\S.*\[0x\x\+\]$'
      let l:last += 1
    endwhile
    execute 'normal!' l:first . 'GV' . l:last . 'G'
    return
  endif
  let l:text = getline(l:first)
  let l:from = match(l:text, '\C\%(<\.\.\. \|--- \|+++ \)\=\%' . (vimtrace#move#column(l:text) + 1) . 'c')
  call cursor(l:first, 1)
  call s:select(l:from, len(l:text))
endfunction

" Select from the index {from} up to the one in front of {to}, in the line of the cursor.
function! s:select(from, to) abort
  call cursor(0, a:from + 1)
  normal! v
  call cursor(0, a:to + (&selection ==# 'exclusive'))
endfunction

" An operator has nothing to work on: it is given up.
function! s:nothing(what) abort
  call vimtrace#move#say('there is no ' . a:what . ' here')
  if mode(1) =~# '^no'
    call feedkeys("\<Esc>", 'n')
  endif
endfunction

let &cpo = s:cpo
unlet s:cpo
