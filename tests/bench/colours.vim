" Page 40 times through the file, with its syntax, with none and with an empty one; $COLOURS_ANSWER gets the
" seconds of each, a line each, then those that the patterns took and the last error.

" The processor's time of this thread so far: that of other programs does not count. (Linux, man 5 proc.)
function! s:cpu() abort
  return str2nr(split(readfile('/proc/thread-self/schedstat')[0])[0]) / 1000000000.0
endfunction

function! s:page() abort
  normal! gg
  redraw
  let l:began = s:cpu()
  for l:page in range(40)
    execute "normal! \<C-F>"
    redraw
  endfor
  return s:cpu() - l:began
endfunction

" What ":syntime" adds up; it looks at the clock at each try of a pattern, so the pages count only for it.
function! s:patterns() abort
  syntime clear
  syntime on
  call s:page()
  let l:rows = map(split(execute('syntime report'), "\n"), 'split(v:val)')
  syntime off
  let l:seconds = 0.0
  for l:row in filter(l:rows, 'len(v:val) > 4 && v:val[0] =~# "^\\d\\+\\.\\d"')
    let l:seconds += str2float(l:row[0])
  endfor
  return l:seconds
endfunction

function! s:measure(timer) abort
  let l:coloured = s:page()
  let l:patterns = s:patterns()
  setlocal syntax=OFF
  let l:plain = s:page()
  syntax match coloursNothing "^$"
  let l:empty = s:page()
  let l:seconds = map([l:coloured, l:plain, l:empty, l:patterns], 'printf("%.6f", v:val)')
  call writefile(add(l:seconds, v:errmsg), $COLOURS_ANSWER)
  qall!
endfunction

" Colours may not be switched off half-way: that would be quick.
set redrawtime=60000 nowrap
call timer_start(50, function('s:measure'))
