" A trace in the editor: what is common to a finished and a live one. See :help vimtrace.

let s:cpo = &cpo
set cpo&vim

let g:vimtrace#colourless = 8 * 1024 * 1024

" Show the trace that {run} describes (written by the launcher, see pagers.py).
function! vimtrace#start(run) abort
  call s:leave_no_copies()
  if has_key(a:run, 'diff')
    call vimtrace#diff#start(a:run)
    return
  endif
  if &laststatus < 2
    set laststatus=2
  endif
  augroup vimtrace
    autocmd!
  augroup END
  if a:run.live
    call vimtrace#live#start(a:run)
    return
  endif
  for l:file in a:run.files
    execute 'autocmd vimtrace BufReadPost' s:pattern(l:file) 'call vimtrace#finished()'
  endfor
  call vimtrace#finished()
endfunction

" History and registers are read but not written: what is yanked from a trace, or searched for in it,
" may be a password.
function! s:leave_no_copies() abort
  if has('nvim')
    set shada=
  else
    set viminfo=
  endif
endfunction

function! s:pattern(file) abort
  return substitute(fnamemodify(a:file, ':p'), '[][ ?*{},\\]', '\\&', 'g')
endfunction

" Set up the current buffer, a finished trace that was read from its file.
function! vimtrace#finished() abort
  setlocal nomodeline noswapfile noundofile nomodifiable readonly
  let b:vimtrace = {'state': s:state(g:vimtrace_run.state)}
  call vimtrace#set_filetype(g:vimtrace_run.filetype)
  call vimtrace#set_window()
  let l:longest = s:longest_line()
  if l:longest > 0
    setlocal nowrap
  endif
  if l:longest >= g:vimtrace#colourless
    call vimtrace#do_without_colours(bufnr('%'))
  endif
  call vimtrace#buffer#setup()
  command! -buffer -bar TraceMessages call vimtrace#messages()
endfunction

" The bytes of the longest line, if that has a megabyte or more, or else 0: to move in it, when it is wrapped, would take
" seconds, for an editor measures it from its first byte on. A line of l:step bytes holds a multiple of that; there
" are few of these, however large the trace is.
function! s:longest_line() abort
  let l:size = line2byte(line('$') + 1)
  let l:step = max([1024 * 1024, l:size / 200])
  let l:longest = 0
  for l:byte in range(l:step, max([l:size, l:step]) - 1, l:step)
    let l:line = byte2line(l:byte)
    let l:longest = max([l:longest, line2byte(l:line + 1) - line2byte(l:line)])
  endfor
  return l:longest >= l:step ? l:longest : 0
endfunction

" {buffer} has a line of g:vimtrace#colourless bytes or more. A pattern that matches nothing in it is searched for to its
" end, whatever 'synmaxcol' says: seconds, each time that the line is shown.
function! vimtrace#do_without_colours(buffer) abort
  if getbufvar(a:buffer, '&syntax') !~# '^\%(OFF\)\=$'
    call setbufvar(a:buffer, '&syntax', 'OFF')
    call timer_start(0, {-> vimtrace#move#say('a line is too long for colours: they are off')})
  endif
endfunction

" Write the whole trace to {file}, which only its owner may read. Of a live trace the launcher keeps also
" what is still to come.
function! vimtrace#save(file, bang) abort
  let l:file = fnamemodify(a:file, ':p')
  if vimtrace#live#is_current()
    call vimtrace#live#ask(['save' . a:bang, l:file])
    return
  endif
  let l:why = s:why_not(l:file, a:bang)
  let l:why = l:why ==# '' ? s:write(l:file) : l:why
  let l:name = fnamemodify(l:file, ':~:.')
  if l:why ==# ''
    call vimtrace#move#say('saved in ' . l:name)
  else
    echohl ErrorMsg
    call vimtrace#move#say(l:name . ' ' . l:why)
    echohl None
  endif
endfunction

" Why the trace cannot be saved in {file}, or ''.
function! s:why_not(file, bang) abort
  let l:type = getftype(resolve(a:file))
  if l:type !=# '' && l:type !=# 'file' || a:file =~# '/$'
    return 'is no file'
  elseif l:type !=# '' && &buftype ==# '' && resolve(a:file) ==# resolve(expand('%:p'))
    return 'is this trace itself'
  elseif getftype(a:file) !=# '' && a:bang ==# ''
    return 'exists (add ! to replace it)'
  endif
  let l:folder = fnamemodify(a:file, ':h')
  return !isdirectory(l:folder) ? 'cannot be written: there is no such folder'
        \ : filewritable(l:folder) == 2 ? '' : 'cannot be written'
endfunction

" Write the buffer to {file}: first to one in a folder of its own, so that nobody else can read it, and what was
" there is lost only when all is written.
function! s:write(file) abort
  let l:folder = a:file . '.' . getpid()
  let l:new = l:folder . '/new'
  try
    call mkdir(l:folder, '', 0700)
    call writefile([], l:new)
    call setfperm(l:new, 'rw-------')
    execute 'keepalt silent noautocmd write!' fnameescape(l:new)
    return rename(l:new, resolve(a:file)) == 0 ? '' : 'cannot be written'
  catch /^Vim\%((\a\+)\)\=:E/
    return 'cannot be written: ' . substitute(v:exception, '^Vim.\{-}:', '', '')
  finally
    call delete(l:folder, 'rf')
    for l:info in filter(getbufinfo(), 'v:val.name ==# l:new')
      execute 'noautocmd bwipeout' l:info.bufnr
    endfor
  endtry
endfunction

function! vimtrace#set_filetype(filetype) abort
  let l:filetype = a:filetype !=# '' ? a:filetype : vimtrace#detect#lines(getline(1, 20))
  if l:filetype ==# ''
    return
  endif
  call s:switch_syntax_on()
  if &filetype !=# l:filetype
    let &l:filetype = l:filetype
  elseif exists('g:syntax_on') && !get(b:, 'vimtrace_syntax', 0)
    " The editor had found the type before it knew our runtime: what it has loaded is its own.
    let &l:syntax = l:filetype
  endif
endfunction

" Colours for the user who has no vimrc; one who has, and has not switched them on, wants none.
function! s:switch_syntax_on() abort
  if !exists('g:syntax_on') && $MYVIMRC ==# ''
    syntax enable
  endif
endfunction

" The status line: ours, or behind the user's own.
function! vimtrace#set_window() abort
  let l:own = s:is_set('statusline') ? &g:statusline : ''
  if l:own ==# ''
    let &l:statusline = '%<%{vimtrace#title()} %=%{vimtrace#status()} %l/%L %P'
  elseif l:own =~# '^%!'
    let &l:statusline = '%!(' . l:own[2:] . ") . ' %{vimtrace#status()}'"
  else
    let &l:statusline = l:own . ' %{vimtrace#status()}'
  endif
endfunction

" Whether the user has set the option {name}: Neovim has a default that is not empty since 0.11.
function! s:is_set(name) abort
  return !has('nvim') || nvim_get_option_info(a:name).was_set
endfunction

function! vimtrace#title() abort
  if exists('b:vimtrace_filter')
    return strpart(bufname('%'), len('trace://'))
  endif
  let l:title = get(get(g:, 'vimtrace_run', {}), 'title', '')
  return l:title !=# '' ? l:title : expand('%:t')
endfunction

" What the status line says of the trace in the current window: usable in your own 'statusline'.
function! vimtrace#status() abort
  if exists('b:vimtrace_filter')
    return vimtrace#filter#status()
  elseif !exists('b:vimtrace')
    return ''
  elseif has_key(b:vimtrace, 'feeding')
    return vimtrace#live#status()
  endif
  return b:vimtrace.state ==# '' ? '' : '[' . b:vimtrace.state . ']'
endfunction

" What the launcher wrote into its state file: 'running', 'stopped', 'ended 0', 'killed SIGINT', or ''.
function! s:state(file) abort
  return a:file !=# '' && filereadable(a:file) ? trim(get(readfile(a:file, '', 1), 0, '')) : ''
endfunction

function! vimtrace#state(file) abort
  return s:state(a:file)
endfunction

" Show what the tracer said of itself in a window.
function! vimtrace#messages() abort
  let l:file = get(g:vimtrace_run, 'messages', '')
  let l:lines = l:file !=# '' && filereadable(l:file) ? readfile(l:file) : []
  if empty(l:lines)
    echo 'vimtrace: the tracer has said nothing'
    return
  endif
  execute 'botright' min([len(l:lines), 10]) . 'new'
  setlocal buftype=nofile bufhidden=wipe noswapfile noundofile nomodeline nobuflisted
  call setline(1, l:lines)
  setlocal nomodifiable
endfunction

let &cpo = s:cpo
unlet s:cpo
