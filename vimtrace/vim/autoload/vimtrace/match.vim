" matchadd() for a buffer: in Vim a match belongs to a window, and stays there when another buffer comes.

let s:cpo = &cpo
set cpo&vim

" Show {matches} in every window of the current buffer, now and later, instead of those that {owner} set before.
" Each is {'group', 'pattern'}, or {'pattern', 'conceal': the character shown instead, or ''}.
function! vimtrace#match#set(owner, matches) abort
  let l:all = get(b:, 'vimtrace_matches', {'version': 0, 'of': {}})
  let b:vimtrace_matches = l:all
  let l:all.version += 1
  let l:all.of[a:owner] = a:matches
  augroup vimtrace_match
    autocmd!
    autocmd BufWinEnter,BufEnter,WinEnter * call vimtrace#match#show(win_getid())
  augroup END
  for l:window in win_findbuf(bufnr('%'))
    call vimtrace#match#show(l:window)
  endfor
endfunction

" Give {window} the matches of its buffer, and take away those of the one before.
function! vimtrace#match#show(window) abort
  let l:all = getbufvar(winbufnr(a:window), 'vimtrace_matches', {})
  let l:shown = getwinvar(a:window, 'vimtrace_matches', {})
  let l:wanted = empty(l:all) ? [] : [winbufnr(a:window), l:all.version]
  if get(l:shown, 'are', []) == l:wanted
    return
  endif
  for l:id in get(l:shown, 'ids', [])
    silent! call matchdelete(l:id, a:window)
  endfor
  let l:matches = empty(l:all) ? [] : s:flat(values(l:all.of))
  call setwinvar(a:window, 'vimtrace_matches', {'are': l:wanted, 'ids': map(copy(l:matches), 's:add(v:val, a:window)')})
  if !empty(l:all)
    call s:set_conceal(a:window, l:all, !empty(filter(copy(l:matches), 'has_key(v:val, "conceal")')))
  endif
endfunction

function! s:flat(lists) abort
  let l:flat = []
  for l:list in a:lists
    let l:flat += l:list
  endfor
  return l:flat
endfunction

" A mark is below 'hlsearch', so that what is searched for is seen in it; what is concealed is so above it, because
" Vim shows the part of it that is highlighted.
function! s:add(match, window) abort
  if !has_key(a:match, 'conceal')
    return matchadd(a:match.group, a:match.pattern, -1, -1, {'window': a:window})
  endif
  let l:how = a:match.conceal ==# '' ? {'window': a:window} : {'window': a:window, 'conceal': a:match.conceal}
  return matchadd('Conceal', a:match.pattern, 11, -1, l:how)
endfunction

" The options of {window} as long as something is concealed there; then as they were. A window that is split off
" has ours already, so that those of the first window are what the buffer goes back to.
function! s:set_conceal(window, all, on) abort
  if a:on && !has_key(a:all, 'options')
    let a:all.options = [getwinvar(a:window, '&conceallevel'), getwinvar(a:window, '&concealcursor')]
  endif
  if has_key(a:all, 'options')
    let [l:level, l:cursor] = a:on ? [2, 'nvc'] : a:all.options
    call setwinvar(a:window, '&conceallevel', l:level)
    call setwinvar(a:window, '&concealcursor', l:cursor)
  endif
endfunction

" Take everything away from the current buffer.
function! vimtrace#match#clear() abort
  for l:owner in keys(get(get(b:, 'vimtrace_matches', {}), 'of', {}))
    call vimtrace#match#set(l:owner, [])
  endfor
  unlet! b:vimtrace_matches
endfunction

let &cpo = s:cpo
unlet s:cpo
