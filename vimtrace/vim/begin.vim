" Before the user's vimrc and before any file is read (--cmd). A trace is text that a traced program
" had a hand in: no modelines; and it may hold passwords: no swap, undo or backup file of it.
if 1
  " Bytes as they are: one bad one must not have the whole trace taken for latin1, nor a ^M be hidden, unless all
  " lines end with one.
  function! VimtraceRead(name) abort
    " After :edit the buffer is still the one that could not be changed.
    setlocal nomodeline noswapfile noundofile undolevels=-1 modifiable noreadonly
    call VimtraceReadAs('unix', a:name)
    if line('$') > 1 && search("\\m\\%(^\\|[^\r]\\)$", 'cnw') == 0
      silent %delete _
      call VimtraceReadAs('dos', a:name)
    endif
    setlocal nomodified undolevels=-123456
    1
    silent doautocmd BufReadPost
  endfunction

  function! VimtraceReadAs(format, name) abort
    execute 'silent keepalt 0read ++enc=' . &encoding '++bad=keep ++ff=' . a:format fnameescape(a:name)
    silent $delete _
    let &l:fileformat = a:format
  endfunction

  " Vim waits for a key: has it started as it should? A Ctrl-C meanwhile throws away what was to come: lines of a script,
  " files, the -c commands. Neovim dies of it.
  function! VimtraceLook(timer) abort
    let l:interrupted = v:errmsg ==# (exists('*gettext') ? gettext('Interrupted') : 'Interrupted')
    let l:half = l:interrupted || v:vim_did_enter && !exists('g:vimtrace_started')
    if l:half && get(g:vimtrace_run, 'again') && has('patch-8.2.95') && reltimefloat(reltime(s:begun)) < 1
      execute 'cquit' g:vimtrace_run.again
    elseif !v:vim_did_enter
      call s:wake()
      call VimtraceLookLater()
    elseif !exists('g:vimtrace_started')
      let g:vimtrace_anew = 1
      execute 'source' fnameescape(g:vimtrace_run.start)
    endif
  endfunction

  " A Vim that only looks whether there is a key waits for one, blank, where a moment passes meanwhile: on a busy machine
  " (os_unix.c, inchar_loop(): the time that is left is negative then). One that does nothing will do.
  function! s:wake() abort
    if !has('nvim') && mode() ==# 'n'
      call feedkeys("\<Ignore>", 'n')
    endif
  endfunction

  function! VimtraceLookLater() abort
    let s:timer = timer_start(100, 'VimtraceLook')
  endfunction

  let s:begun = reltime()
  if has('timers')
    call VimtraceLookLater()
  endif

  augroup vimtrace_begin
    autocmd!
    " A question of the vimrc, which Vim would put again with each look.
    if has('timers') && exists('##CmdlineEnter')
      autocmd CmdlineEnter * call timer_stop(s:timer)
      autocmd CmdlineLeave * call VimtraceLookLater()
      autocmd VimEnter * autocmd! vimtrace_begin CmdlineEnter,CmdlineLeave
    endif
    " Packed ones are left to Vim's own plugin, which reads them another way.
    let s:plain = filter(copy(g:vimtrace_run.files), 'v:val !~# "\\.\\%(gz\\|bz2\\|xz\\|lzma\\|zst\\|Z\\)$"')
    for s:file in g:vimtrace_run.live ? [] : s:plain
      let s:pattern = substitute(fnamemodify(s:file, ':p'), '[][ ?*{},\\]', '\\&', 'g')
      execute 'autocmd BufReadCmd' s:pattern 'call VimtraceRead(expand("<afile>:p"))'
    endfor
  augroup END
endif
