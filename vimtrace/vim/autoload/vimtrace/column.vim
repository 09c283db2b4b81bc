" Columns: what is not shown of each line, and escapes shown as what they stand for. The text stays as it is.

let s:cpo = &cpo
set cpo&vim

let s:names = {'pid': 'pids', 'time': 'times', 'duration': 'durations', 'path': 'descriptor paths', 'utf8': ''}
" More would make each redraw slow; a screen of text has fewer characters.
let s:most = 400

" Hide {what}, or show it again: 'pid', 'time', 'duration', 'path' (all but the end of long paths of descriptors);
" 'utf8' shows the characters that octal and hexadecimal escapes stand for.
function! vimtrace#column#toggle(what) abort
  let l:hidden = get(b:, 'vimtrace_columns', {})
  if has_key(l:hidden, a:what)
    call remove(l:hidden, a:what)
  elseif !has_key(s:names, a:what)
    call vimtrace#move#say('there is no column "' . a:what . '"; there is: ' . join(sort(keys(s:names)), ', '))
    return
  elseif a:what !=# 'utf8' && empty(vimtrace#format#column(a:what))
    call vimtrace#move#say('a ' . vimtrace#format#kind() . ' trace shows no ' . s:names[a:what])
    return
  else
    let l:hidden[a:what] = 1
  endif
  call s:show(l:hidden)
endfunction

function! vimtrace#column#show_all() abort
  call s:show({})
endfunction

" :TraceColumns {what}..., :TraceColumns! shows all, without words it tells what is hidden.
function! vimtrace#column#command(bang, ...) abort
  if a:bang
    call vimtrace#column#show_all()
  endif
  for l:what in a:000
    call vimtrace#column#toggle(l:what)
  endfor
  if !a:bang && a:0 == 0
    let l:hidden = sort(keys(get(b:, 'vimtrace_columns', {})))
    call vimtrace#move#say(empty(l:hidden) ? 'everything is shown as it is' : 'not as it is: ' . join(l:hidden, ', '))
  endif
endfunction

function! vimtrace#column#complete(lead, line, position) abort
  return join(sort(keys(s:names)), "\n")
endfunction

function! s:show(hidden) abort
  let b:vimtrace_columns = a:hidden
  let l:matches = []
  for l:what in sort(keys(a:hidden))
    let l:patterns = l:what ==# 'utf8' ? [] : vimtrace#format#column(l:what)
    let l:matches += map(l:patterns, '{"pattern": v:val, "conceal": v:key == 0 && len(l:patterns) == 2 ? "…" : ""}')
  endfor
  call vimtrace#match#set('column', l:matches)
  call s:watch(has_key(a:hidden, 'utf8'))
  " Neovim 0.7 leaves the end of a wrapped line on the screen that has become a row shorter.
  if has('nvim')
    redraw!
  endif
endfunction

" Escapes as characters: one match for each character that is on the screen.

function! s:watch(on) abort
  let b:vimtrace_escapes = {}
  unlet! w:vimtrace_escapes
  execute 'augroup vimtrace_escapes_' . bufnr('%')
    autocmd!
    if a:on
      autocmd CursorMoved,CursorHold,TextChanged,BufWinEnter,WinEnter <buffer> call s:look()
      if exists('##WinScrolled')
        autocmd WinScrolled <buffer> call s:look()
      endif
      execute 'autocmd User VimtraceData call s:look_at(' . bufnr('%') . ')'
    endif
  augroup END
  call vimtrace#match#set('escape', [])
  if a:on
    call s:look()
  endif
endfunction

" The trace has grown, in a window that may not be the current one.
function! s:look_at(buffer) abort
  for l:window in win_findbuf(a:buffer)
    call win_execute(l:window, 'call vimtrace#column#look()')
  endfor
endfunction

function! vimtrace#column#look() abort
  call s:look()
endfunction

" Show the characters that have come on the screen, or one screen away from it.
function! s:look() abort
  let l:height = winheight(0)
  let l:view = [line('w0'), line('w$'), b:changedtick, winsaveview().leftcol, winwidth(0), l:height]
  if get(w:, 'vimtrace_escapes', []) == l:view || !exists('b:vimtrace_escapes')
    return
  endif
  let w:vimtrace_escapes = l:view
  let l:found = s:characters(max([1, l:view[0] - l:height]), min([line('$'), l:view[1] + l:height]), l:view[3])
  let l:new = filter(copy(l:found), '!has_key(b:vimtrace_escapes, v:key)')
  if empty(l:new)
    return
  endif
  let b:vimtrace_escapes = len(b:vimtrace_escapes) + len(l:new) > s:most ? l:found : extend(b:vimtrace_escapes, l:new)
  let l:matches = []
  for [l:escapes, l:character] in items(b:vimtrace_escapes)
    let l:matches += s:matches(l:escapes, l:character)
  endfor
  call vimtrace#match#set('escape', l:matches)
endfunction

" The first byte of {escapes} becomes {character}, the rest nothing: where the syntax changes within a match, Neovim
" 0.7 shows the character once more. Behind another backslash it is none.
function! s:matches(escapes, character) abort
  let l:start = '\C\V\%(\\\)\@1<!\\'
  let l:rest = escape(a:escapes[1:], '\')
  return [{'pattern': l:start . '\ze' . l:rest, 'conceal': a:character},
        \ {'pattern': l:start . '\zs' . l:rest, 'conceal': ''}]
endfunction

" {escapes: character} of what can be seen in the lines from {first} to {last}, from the column {left} on.
function! s:characters(first, last, left) abort
  let l:found = {}
  let l:room = &wrap ? winwidth(0) * winheight(0) : 12 * winwidth(0)
  for l:line in getline(a:first, a:last)
    let l:text = strpart(l:line, max([0, a:left - 16]), l:room)
    if stridx(l:text, '\') >= 0
      call substitute(l:text, '\%(\\[0-3]\o\o\|\\x\x\x\)\+', '\=s:add(l:found, submatch(0))', 'g')
    endif
    if len(l:found) >= s:most
      break
    endif
  endfor
  return l:found
endfunction

" Add the characters of {text}, escapes that follow each other, to {found}.
function! s:add(found, text) abort
  let l:escapes = split(a:text, '\\\@=')
  let l:bytes = map(copy(l:escapes), 'v:val[1] ==# "x" ? str2nr(v:val[2:], 16) : str2nr(v:val[1:], 8)')
  let l:at = 0
  while l:at < len(l:bytes)
    let l:size = s:size(l:bytes[l:at])
    let l:character = s:character(l:bytes[l:at : l:at + l:size - 1], l:size)
    if l:character !=# ''
      let a:found[join(l:escapes[l:at : l:at + l:size - 1], '')] = l:character
    endif
    let l:at += l:character ==# '' ? 1 : l:size
  endwhile
  return ''
endfunction

" How many bytes the UTF-8 character has that begins with {byte}; 0 if none does.
function! s:size(byte) abort
  return a:byte < 0x80 ? 1 : a:byte < 0xc2 ? 0 : a:byte < 0xe0 ? 2 : a:byte < 0xf0 ? 3 : a:byte < 0xf5 ? 4 : 0
endfunction

" The character of {bytes}, or '' if they are none that can be shown.
function! s:character(bytes, size) abort
  if a:size == 0 || len(a:bytes) < a:size || !empty(filter(a:bytes[1:], 'v:val < 0x80 || v:val > 0xbf'))
    return ''
  endif
  let l:number = a:size == 1 ? a:bytes[0] : and(a:bytes[0], [0, 0, 0x1f, 0x0f, 0x07][a:size])
  for l:byte in a:bytes[1:]
    let l:number = l:number * 64 + and(l:byte, 0x3f)
  endfor
  let l:least = [0, 0x20, 0xa0, 0x800, 0x10000][a:size]
  if l:number < l:least || l:number == 0x7f || l:number > 0x10ffff || l:number >= 0xd800 && l:number < 0xe000
    return ''
  endif
  let l:character = nr2char(l:number, 1)
  return l:character =~# '^\p$' && strwidth(l:character) > 0 ? l:character : ''
endfunction

let &cpo = s:cpo
unlet s:cpo
