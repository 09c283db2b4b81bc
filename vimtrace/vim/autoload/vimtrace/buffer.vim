" What every buffer of a trace has: commands, <Plug> maps and keys; and how they are taken away again.

let s:cpo = &cpo
set cpo&vim

" [key, name of the <Plug> map, what it calls, what g? says]. A key that changes text elsewhere (the last
" column) is only mapped in a buffer that cannot be changed.
let s:keys = [
      \ ['g?', 'keys', 'vimtrace#buffer#show_keys()', 'list these keys', 0],
      \ ['o', 'only', 'vimtrace#filter#cursor(0)', 'show only what is under the cursor', 1],
      \ ['x', 'hide', 'vimtrace#filter#cursor(1)', 'hide what is under the cursor', 1],
      \ ['u', 'back', 'vimtrace#filter#back()', 'one step back from a filter', 1],
      \ ['<CR>', 'jump', 'vimtrace#filter#jump()', 'from a filter to the line of the whole trace, and back', 1],
      \ ]

let s:commands = ['TraceKeys', 'TraceSave', 'TraceFilter', 'TraceFold', 'TraceErrors', 'LTraceErrors', 'TraceSlow',
      \ 'LTraceSlow', 'TraceSignals', 'LTraceSignals', 'TraceProcesses', 'LTraceProcesses', 'TraceFiles', 'LTraceFiles']

" Set up the current buffer; again does no harm.
function! vimtrace#buffer#setup() abort
  call s:define_commands()
  for [l:key, l:name, l:call, l:what, l:changes] in s:keys
    execute 'nnoremap <buffer> <silent>' s:plug(l:name) ':<C-u>call' l:call . '<CR>'
    if s:wants(l:key) && !(l:changes && &l:modifiable)
      execute 'nmap <buffer>' l:key s:plug(l:name)
    endif
  endfor
endfunction

function! s:define_commands() abort
  command! -buffer -bar TraceKeys call vimtrace#buffer#show_keys()
  command! -buffer -bang -nargs=1 -complete=file TraceSave call vimtrace#save(<q-args>, <q-bang>)
  command! -buffer -bang -nargs=+ -complete=customlist,vimtrace#term#complete TraceFilter
        \ call vimtrace#filter#run(<q-args>, <bang>0, <q-mods>)
  command! -buffer -bar -nargs=+ -complete=customlist,vimtrace#fold#complete TraceFold
        \ call vimtrace#fold#run([<f-args>])
  call s:define_lists()
endfunction

" With ! the window is not opened.
function! s:define_lists() abort
  command! -buffer -bar -bang -nargs=* -complete=customlist,vimtrace#list#complete_errors TraceErrors
        \ call vimtrace#list#fill('errors', <q-args>, 0, <bang>0)
  command! -buffer -bar -bang -nargs=* -complete=customlist,vimtrace#list#complete_errors LTraceErrors
        \ call vimtrace#list#fill('errors', <q-args>, 1, <bang>0)
  command! -buffer -bar -bang -nargs=? TraceSlow call vimtrace#list#fill('slow', <q-args>, 0, <bang>0)
  command! -buffer -bar -bang -nargs=? LTraceSlow call vimtrace#list#fill('slow', <q-args>, 1, <bang>0)
  command! -buffer -bar -bang TraceSignals call vimtrace#list#fill('signals', '', 0, <bang>0)
  command! -buffer -bar -bang LTraceSignals call vimtrace#list#fill('signals', '', 1, <bang>0)
  command! -buffer -bar -bang TraceProcesses call vimtrace#list#fill('processes', '', 0, <bang>0)
  command! -buffer -bar -bang LTraceProcesses call vimtrace#list#fill('processes', '', 1, <bang>0)
  command! -buffer -bar -bang TraceFiles call vimtrace#list#fill('files', '', 0, <bang>0)
  command! -buffer -bar -bang LTraceFiles call vimtrace#list#fill('files', '', 1, <bang>0)
endfunction

function! s:plug(name) abort
  return '<Plug>(vimtrace-' . a:name . ')'
endfunction

" Whether the user has left {key} to us: he has not mapped it in this buffer, nor declined our keys.
function! s:wants(key) abort
  if get(g:, 'vimtrace_no_maps', 0) || get(g:, 'no_plugin_maps', 0) || get(g:, 'no_' . &filetype . '_maps', 0)
    return 0
  endif
  let l:map = maparg(a:key, 'n', 0, 1)
  return empty(l:map) || !l:map.buffer || l:map.rhs =~# '<Plug>(vimtrace-'
endfunction

" Take it all away, for 'b:undo_ftplugin'.
function! vimtrace#buffer#undo() abort
  for [l:key, l:name, l:call, l:what, l:changes] in s:keys
    if maparg(l:key, 'n') ==# s:plug(l:name)
      execute 'silent! nunmap <buffer>' l:key
    endif
    execute 'silent! nunmap <buffer>' s:plug(l:name)
  endfor
  for l:command in s:commands
    execute 'silent! delcommand' l:command
    execute 'silent! delcommand -buffer' l:command
  endfor
endfunction

" List the keys that are mapped here, and what they do.
function! vimtrace#buffer#show_keys() abort
  for [l:key, l:name, l:call, l:what, l:changes] in s:keys
    if maparg(l:key, 'n') ==# s:plug(l:name)
      echo printf('%-8s %s', l:key, l:what)
    endif
  endfor
endfunction

let &cpo = s:cpo
unlet s:cpo
