" Windows that follow a growing buffer: sticky while the cursor is on the last line.

let s:cpo = &cpo
set cpo&vim

" Where the move of a window was put off, since its user was in the middle of something: {window,buffer: line}.
let s:put_off = {}

function! s:key(window) abort
  return a:window . ',' . winbufnr(a:window)
endfunction

" Whether {window} follows: its cursor is on {last}, or where it was when its move was put off.
function! vimtrace#follow#is_on(window, last) abort
  let l:at = line('.', a:window)
  return l:at >= a:last || l:at == get(s:put_off, s:key(a:window), -1)
endfunction

" The windows on {buffer} that follow it, before lines are appended behind {last}.
function! vimtrace#follow#windows(buffer, last) abort
  return filter(win_findbuf(a:buffer), 'vimtrace#follow#is_on(v:val, a:last)')
endfunction

" Lines were appended: move {windows} to the last one.
function! vimtrace#follow#move(windows) abort
  for l:window in a:windows
    if has_key(s:put_off, s:key(l:window))
      call remove(s:put_off, s:key(l:window))
    endif
    if l:window == win_getid() && mode(1) !~# '^[nci]' || mode(1) =~# '^no'
      let s:put_off[s:key(l:window)] = line('.', l:window)
    else
      call win_execute(l:window, 'noautocmd keepjumps normal! G')
    endif
  endfor
endfunction

" Make the moves that were put off in windows on {buffer}, if their user is no longer in the middle of something.
function! vimtrace#follow#catch_up(buffer) abort
  for l:window in win_findbuf(a:buffer)
    if line('.', l:window) == get(s:put_off, s:key(l:window), -1)
      call vimtrace#follow#move([l:window])
    endif
  endfor
endfunction

" Follow in the current window, or pause.
function! vimtrace#follow#toggle() abort
  execute 'keepjumps normal!' vimtrace#follow#is_on(win_getid(), line('$')) ? 'k' : 'G'
endfunction

let &cpo = s:cpo
unlet s:cpo
