" Before the user's vimrc and before any file is read (--cmd). A trace is text that a traced program
" had a hand in: no modelines; and it may hold passwords: no swap, undo or backup file of it.
if 1
  function! VimtracePrivate() abort
    let l:name = expand('<afile>:p')
    for l:file in get(get(g:, 'vimtrace_run', {}), 'files', [])
      if fnamemodify(l:file, ':p') ==# l:name
        setlocal nomodeline noswapfile noundofile
      endif
    endfor
  endfunction

  augroup vimtrace_begin
    autocmd!
    autocmd BufReadPre,BufNewFile * call VimtracePrivate()
  augroup END
endif
