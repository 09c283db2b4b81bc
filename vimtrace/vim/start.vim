" After the user's vimrc and the first file (-c): find our runtime, whatever the vimrc did to
" 'runtimepath', and show the trace that g:vimtrace_run describes.
if 1
  let s:cpo = &cpo
  set cpo&vim
  let s:here = escape(fnamemodify(expand('<sfile>:p'), ':h'), '\,')
  if stridx(',' . &runtimepath . ',', ',' . s:here . ',') < 0
    let &runtimepath = s:here . ',' . &runtimepath
  endif
  if exists('g:vimtrace_anew')
    " A script that was interrupted is not loaded again for what it lacks.
    runtime! autoload/vimtrace.vim autoload/vimtrace/*.vim
    setlocal filetype=
  endif
  call vimtrace#start(g:vimtrace_run)
  let &cpo = s:cpo
  unlet s:cpo s:here
  let g:vimtrace_started = 1
endif
