" Two runs side by side (vimtrace diff). See :help vimtrace-diff.

let s:cpo = &cpo
set cpo&vim

" Show the two sides that {run}.diff describes (written by vimdiff.py): file, trace, lines.
function! vimtrace#diff#start(run) abort
  for l:side in a:run.diff
    let l:window = bufwinid(l:side.file)
    if l:window > 0
      call setbufvar(winbufnr(l:window), 'vimtrace_side', l:side)
      call win_gotoid(l:window)
      call vimtrace#diff#set_up()
    endif
  endfor
  call vimtrace#diff#to_the_first()
endfunction

" Put the cursor on the first difference, in the left window.
function! vimtrace#diff#to_the_first() abort
  1wincmd w
  normal! gg
  silent! normal! ]c
endfunction

" Set up the current buffer, one side.
function! vimtrace#diff#set_up() abort
  setlocal readonly nomodifiable nowrap
  nnoremap <silent> <buffer> <Plug>(vimtrace-event) :<C-u>call vimtrace#diff#jump()<CR>
  if !get(g:, 'vimtrace_no_maps', 0) && !hasmapto('<Plug>(vimtrace-event)', 'n')
    nmap <buffer> <CR> <Plug>(vimtrace-event)
  endif
endfunction

" Go to the line of the trace that the cursor's line was made of, in a tab of its own.
function! vimtrace#diff#jump() abort
  let l:number = get(b:vimtrace_side.lines, line('.') - 1, 0)
  if empty(b:vimtrace_side.trace) || l:number < 1
    echo 'vimtrace: no line of the trace here'
    return
  endif
  execute 'tab drop' fnameescape(b:vimtrace_side.trace)
  call cursor(l:number, 1)
  normal! zz
endfunction

let &cpo = s:cpo
unlet s:cpo
