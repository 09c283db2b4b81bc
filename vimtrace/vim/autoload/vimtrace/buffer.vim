" What every buffer of a trace has: commands, <Plug> maps and keys; and how they are taken away again.

let s:cpo = &cpo
set cpo&vim

" [key, name of the <Plug> map, what it calls, what g? says]. A key that changes text elsewhere (the last
" column) is only mapped in a buffer that cannot be changed.
let s:keys = [
      \ ['g?', 'keys', 'vimtrace#buffer#show_keys()', 'list these keys', 0],
      \ ]

let s:commands = ['TraceKeys', 'TraceSave']

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
