" Two runs side by side (vimtrace diff). See :help vimtrace-diff.

let s:cpo = &cpo
set cpo&vim

" Show the two sides that {run}.diff describes (written by vimdiff.py): file, traces, lines ([number, trace]).
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
  let [l:number, l:at] = get(b:vimtrace_side.lines, line('.') - 1, [0, -1])
  if l:number < 1 || l:at < 0
    echo 'vimtrace: no line of the trace here'
    return
  endif
  let l:buffer = s:buffer(b:vimtrace_side, l:at)
  if vimtrace#live#lacks(l:buffer, l:number)
    return
  elseif !empty(win_findbuf(l:buffer))
    call win_gotoid(win_findbuf(l:buffer)[0])
  else
    execute 'tab sbuffer' l:buffer
  endif
  call cursor(l:number, 1)
  normal! zz
endfunction

" The buffer of the trace {at} of {side}: one that is shown live has no file of its own.
function! s:buffer(side, at) abort
  let l:known = get(a:side, 'buffer', 0)
  return l:known > 0 && bufexists(l:known) ? l:known : bufadd(a:side.traces[a:at])
endfunction

let &cpo = s:cpo
unlet s:cpo
