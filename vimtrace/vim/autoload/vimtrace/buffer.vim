" What every buffer of a trace has: commands, <Plug> maps and keys; and how they are taken away again.

let s:cpo = &cpo
set cpo&vim

" [key, name of the <Plug> map, what it calls, what g? says, changes, modes]. A key that changes text elsewhere
" (1 in 'changes') is only mapped in a buffer that cannot be changed. The modes are 'n' if left out; {mode} in the
" call becomes the one it is called from. Keys that g? says the same of stand on one line there.
let s:keys = [
      \ [']e', 'next-error', 'vimtrace#move#go("next", "error", v:count1, {mode})', 'failing call', 0, 'nxo'],
      \ ['[e', 'previous-error', 'vimtrace#move#go("previous", "error", v:count1, {mode})', 'failing call', 0, 'nxo'],
      \ [']s', 'next-signal', 'vimtrace#move#go("next", "signal", v:count1, {mode})', 'signal or exit', 0, 'nxo'],
      \ ['[s', 'previous-signal', 'vimtrace#move#go("previous", "signal", v:count1, {mode})',
      \  'signal or exit', 0, 'nxo'],
      \ [']t', 'next-slow', 'vimtrace#move#go("next", "slow", v:count1, {mode})', 'slow call', 0, 'nxo'],
      \ ['[t', 'previous-slow', 'vimtrace#move#go("previous", "slow", v:count1, {mode})', 'slow call', 0, 'nxo'],
      \ [']m', 'next-of-process', 'vimtrace#move#go("next", "process", v:count1, {mode})',
      \  'the same process', 0, 'nxo'],
      \ ['[m', 'previous-of-process', 'vimtrace#move#go("previous", "process", v:count1, {mode})',
      \  'the same process', 0, 'nxo'],
      \ [']p', 'next-switch', 'vimtrace#move#go("next", "switch", v:count1, {mode})', 'another process', 0, 'nxo'],
      \ ['[p', 'previous-switch', 'vimtrace#move#go("previous", "switch", v:count1, {mode})',
      \  'another process', 0, 'nxo'],
      \ [']n', 'next-of-call', 'vimtrace#move#go("next", "call", v:count1, {mode})', 'the same call', 0, 'nxo'],
      \ ['[n', 'previous-of-call', 'vimtrace#move#go("previous", "call", v:count1, {mode})', 'the same call', 0, 'nxo'],
      \ ['%', 'pair', 'vimtrace#pair#go(v:count, {mode})', 'unfinished - resumed, brackets', 0, 'nxo'],
      \ ['gf', 'open', 'vimtrace#place#open("here")', 'open the path', 0],
      \ ['<C-w>f', 'open-split', 'vimtrace#place#open("split")', 'open the path', 0],
      \ ['<C-w>gf', 'open-tab', 'vimtrace#place#open("tab")', 'open the path', 0],
      \ ['K', 'explain', 'vimtrace#manual#explain()', 'manual page, or meaning', 0],
      \ ['gy', 'yank-command', 'vimtrace#exec#yank(v:register)', 'yank execve as a command', 0],
      \ ['gh', 'mark', 'vimtrace#mark#toggle(v:count, {mode})', 'mark in a colour, or unmark', 0, 'nx'],
      \ ['gH', 'unmark-all', 'vimtrace#mark#clear()', 'remove all marks', 0],
      \ ['ia', 'inner-argument', 'vimtrace#object#argument(0, v:count1)', 'argument (text object)', 0, 'xo'],
      \ ['aa', 'an-argument', 'vimtrace#object#argument(1, v:count1)', 'argument (text object)', 0, 'xo'],
      \ ['is', 'inner-string', 'vimtrace#object#string(0)', 'string (text object)', 0, 'xo'],
      \ ['as', 'a-string', 'vimtrace#object#string(1)', 'string (text object)', 0, 'xo'],
      \ ['ic', 'inner-call', 'vimtrace#object#call(0)', 'call (text object)', 0, 'xo'],
      \ ['ac', 'a-call', 'vimtrace#object#call(1)', 'call (text object)', 0, 'xo'],
      \ ['cp', 'hide-process', 'vimtrace#column#toggle("pid")', 'hide pid', 1],
      \ ['ct', 'hide-time', 'vimtrace#column#toggle("time")', 'hide time', 1],
      \ ['cd', 'hide-duration', 'vimtrace#column#toggle("duration")', 'hide duration', 1],
      \ ['cf', 'hide-paths', 'vimtrace#column#toggle("path")', 'shorten descriptor paths', 1],
      \ ['cu', 'show-text', 'vimtrace#column#toggle("utf8")', 'octal strings as UTF-8', 1],
      \ ['cc', 'show-all', 'vimtrace#column#show_all()', 'show all as it is', 1],
      \ ['g?', 'keys', 'vimtrace#buffer#show_keys()', 'list these keys', 0],
      \ ['o', 'only', 'vimtrace#filter#cursor(0)', 'show only what is under the cursor', 1],
      \ ['x', 'hide', 'vimtrace#filter#cursor(1)', 'hide what is under the cursor', 1],
      \ ['u', 'back', 'vimtrace#filter#back()', 'one step back from a filter', 1],
      \ ['<CR>', 'jump', 'vimtrace#filter#jump()', 'from a filter to the line of the whole trace, and back', 1],
      \ ]

" [key, what it calls, what g? says] of those that a live trace has, too (live.vim, filter.vim).
let s:live_keys = [
      \ ['<C-c>', '<Plug>(vimtrace-interrupt)\|vimtrace#live#interrupt()', 'end the tracing'],
      \ ['F', '<Plug>(vimtrace-follow)', 'follow the trace, or pause'],
      \ ]

let s:commands = ['TraceKeys', 'TraceSave', 'TraceNext', 'TracePrevious', 'TraceYankCommand', 'TraceMark',
      \ 'TraceColumns',
      \ 'TraceFilter', 'TraceFold', 'TraceErrors', 'LTraceErrors', 'TraceSlow',
      \ 'LTraceSlow', 'TraceSignals', 'LTraceSignals', 'TraceProcesses', 'LTraceProcesses', 'TraceFiles', 'LTraceFiles',
      \ 'TraceSummary', 'TraceTree', 'TraceDiff']

" Set up the current buffer; again does no harm.
function! vimtrace#buffer#setup() abort
  call s:define_commands()
  for l:row in s:keys
    for l:mode in s:modes(l:row)
      call s:map(l:row, l:mode)
    endfor
  endfor
endfunction

function! s:define_commands() abort
  command! -buffer -bar TraceKeys call vimtrace#buffer#show_keys()
  command! -buffer -bang -nargs=1 -complete=file TraceSave call vimtrace#save(<q-args>, <q-bang>)
  command! -buffer -bar -count=1 -nargs=+ -complete=custom,vimtrace#move#complete TraceNext
        \ call vimtrace#move#command('next', <count>, <f-args>)
  command! -buffer -bar -count=1 -nargs=+ -complete=custom,vimtrace#move#complete TracePrevious
        \ call vimtrace#move#command('previous', <count>, <f-args>)
  command! -buffer -bar -register TraceYankCommand call vimtrace#exec#yank(<q-reg>)
  command! -buffer -bang -nargs=? TraceMark call vimtrace#mark#command(<bang>0, <q-args>)
  command! -buffer -bar -bang -nargs=* -complete=custom,vimtrace#column#complete TraceColumns
        \ call vimtrace#column#command(<bang>0, <f-args>)
  command! -buffer -bang -nargs=+ -complete=customlist,vimtrace#term#complete TraceFilter
        \ call vimtrace#filter#run(<q-args>, <bang>0, <q-mods>)
  command! -buffer -bar -nargs=+ -complete=customlist,vimtrace#fold#complete TraceFold
        \ call vimtrace#fold#run([<f-args>])
  call vimtrace#buffer#define_lists()
  call vimtrace#buffer#define_reports()
endfunction

" The commands of reports: in a trace, and in the window of a report.
function! vimtrace#buffer#define_reports() abort
  command! -buffer -bar TraceSummary call vimtrace#report#show('summary')
  command! -buffer -bar TraceTree call vimtrace#report#show('tree')
  command! -buffer -nargs=1 -complete=file TraceDiff call vimtrace#report#diff(<q-args>)
endfunction

" The commands of lists: in a trace, and in the window of a list. With ! the window is not opened.
function! vimtrace#buffer#define_lists() abort
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

function! s:map(row, mode) abort
  let l:call = substitute(a:row[2], '{mode}', '"' . a:mode . '"', '')
  execute a:mode . 'noremap <buffer> <silent>' s:plug(a:row) ':<C-u>call' l:call . '<CR>'
  if s:wants(a:row[0], a:mode) && !(a:row[4] && &l:modifiable)
    execute a:mode . 'map <buffer>' a:row[0] s:plug(a:row)
  endif
endfunction

function! s:modes(row) abort
  return split(get(a:row, 5, 'n'), '\zs')
endfunction

function! s:plug(row) abort
  return '<Plug>(vimtrace-' . a:row[1] . ')'
endfunction

" Whether the user has left {key} to us: he has not mapped it in this buffer, nor declined our keys.
function! s:wants(key, mode) abort
  if get(g:, 'vimtrace_no_maps', 0) || get(g:, 'no_plugin_maps', 0) || get(g:, 'no_' . &filetype . '_maps', 0)
    return 0
  endif
  let l:map = maparg(a:key, a:mode, 0, 1)
  return empty(l:map) || !l:map.buffer || l:map.rhs =~# '<Plug>(vimtrace-'
endfunction

function! s:is_mapped(row, mode) abort
  return maparg(a:row[0], a:mode) ==# s:plug(a:row)
endfunction

" Take it all away, for 'b:undo_ftplugin'.
function! vimtrace#buffer#undo() abort
  for l:row in s:keys
    for l:mode in s:modes(l:row)
      if s:is_mapped(l:row, l:mode)
        execute 'silent!' l:mode . 'unmap <buffer>' l:row[0]
      endif
      execute 'silent!' l:mode . 'unmap <buffer>' s:plug(l:row)
    endfor
  endfor
  if exists('b:vimtrace_columns')
    call vimtrace#column#show_all()
  endif
  call vimtrace#match#clear()
  for l:command in s:commands
    execute 'silent! delcommand' l:command
  endfor
endfunction

" List the keys that are mapped here, and what they do: in columns, but for what is too long for them.
function! vimtrace#buffer#show_keys() abort
  let l:lines = s:key_lines()
  let l:short = filter(copy(l:lines), 'strwidth(v:val) < 40')
  let l:columns = max([1, min([3, &columns / 40])])
  let l:height = (len(l:short) + l:columns - 1) / l:columns
  for l:at in range(l:height)
    let l:row = filter(range(l:columns), 'v:val * l:height + l:at < len(l:short)')
    echo trim(join(map(l:row, 'printf("%-40S", l:short[v:val * l:height + l:at])'), ''))
  endfor
  for l:line in filter(l:lines, 'strwidth(v:val) >= 40')
    echo l:line
  endfor
endfunction

" 'keys  what they do' of the keys that are mapped here.
function! s:key_lines() abort
  let l:found = filter(copy(s:live_keys), 'maparg(v:val[0], "n") =~# v:val[1]')
  let l:found = map(l:found, '[v:val[0], v:val[2]]')
  for l:row in filter(copy(s:keys), 's:is_mapped(v:val, s:modes(v:val)[0])')
    if !empty(l:found) && l:found[-1][1] ==# l:row[3]
      let l:found[-1][0] .= ' ' . l:row[0]
    else
      call add(l:found, [l:row[0], l:row[3]])
    endif
  endfor
  return map(l:found, 'printf("%-7s %s", v:val[0], v:val[1])')
endfunction

let &cpo = s:cpo
unlet s:cpo
