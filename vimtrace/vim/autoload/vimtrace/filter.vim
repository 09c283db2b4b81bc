" Filters: buffers with the lines of a trace that match, or that do not. A filter of a filter keeps what both
" keep. While the trace grows so does a filter that is shown, some milliseconds at a time.

let s:cpo = &cpo
set cpo&vim

" How long a filter may work on new lines before the editor looks at its keys again, and how often, in ms.
let s:share = 15
let s:tick = 40
" And how many lines are taken at once where the program tells which.
let s:most = 3000

" {buffer: {'name', 'root': the buffer with the whole trace, 'parent': the buffer that was filtered,
" 'conditions': [{'text', 'invert', 'groups': see term.vim}, ...], 'numbers': the line in the root of each line here,
" 'seen': how many lines of the root were looked at, 'tick': its changedtick, 'file': that of the root, or ''}};
" of a growing one that the program answers also 'job', 'tracer': of whose trace, 'from': from which byte on, 'rest': of
" a number that has come in part, 'waiting': numbers that are not here yet}}
let s:filters = {}
" {root: the filter that was left for it}
let s:left = {}
let s:timer = -1

" What the commands and keys call

" :TraceFilter: show the lines of the current buffer that the expression {text} matches; with {invert}, the others.
" {mods} may say in which window.
function! vimtrace#filter#run(text, invert, mods) abort
  call s:guarded({-> s:show(trim(a:text), a:invert, a:mods)})
endfunction

" Only what is under the cursor; with {invert}, all but that.
function! vimtrace#filter#cursor(invert) abort
  let l:term = vimtrace#term#at_cursor()
  if l:term ==# ''
    call s:complain('vimtrace: nothing to filter by is under the cursor')
  else
    call s:guarded({-> s:show(l:term, a:invert, '')})
  endif
endfunction

" One step back: to what was filtered.
function! vimtrace#filter#back() abort
  let l:filter = get(s:filters, bufnr('%'), {})
  if empty(l:filter)
    echo 'vimtrace: this is the whole trace'
    return
  endif
  let l:number = s:root_line()
  let l:parent = bufloaded(l:filter.parent) ? l:filter.parent : l:filter.root
  if s:visit(l:parent)
    call s:go_near(l:number)
  endif
endfunction

" From a filter to the same line of the whole trace; from there, back to the filter.
function! vimtrace#filter#jump() abort
  let l:here = bufnr('%')
  let l:number = s:root_line()
  if has_key(s:filters, l:here)
    let s:left[s:filters[l:here].root] = l:here
    let l:there = s:filters[l:here].root
  else
    let l:there = get(s:left, l:here, -1)
  endif
  if !bufloaded(l:there)
    execute 'normal!' v:count1 . "\<CR>"
  elseif s:visit(l:there)
    call s:go_near(l:number)
  endif
endfunction

function! s:guarded(action) abort
  try
    call a:action()
  catch /^\%(Vim:Interrupt\|vimtrace: stopped\)$/
    call s:complain('vimtrace: stopped; there is no filter')
  catch /^vimtrace: /
    call s:complain(v:exception)
  catch /^Vim\%((\a\+)\)\=:E\%(37\|1513\):/
    call s:complain('vimtrace: the buffer is modified: write it first')
  endtry
endfunction

function! s:complain(message) abort
  redraw
  echohl WarningMsg
  echo a:message
  echohl None
endfunction

" Places

" The line of the whole trace that the cursor is on.
function! s:root_line() abort
  let l:filter = get(s:filters, bufnr('%'), {})
  return empty(l:filter) ? line('.') : str2nr(get(l:filter.numbers, line('.') - 1, 1))
endfunction

" Go to {buffer}, in a window of the tab page that shows it or else in this one. <C-o> comes back.
function! s:visit(buffer) abort
  if !bufloaded(a:buffer)
    call s:complain('vimtrace: the whole trace is gone')
    return 0
  endif
  normal! m'
  if bufwinid(a:buffer) > 0
    call win_gotoid(bufwinid(a:buffer))
    normal! m'
  else
    silent execute 'buffer' a:buffer
  endif
  return 1
endfunction

" Go to the line that is {number} of the whole trace, or to the last one before it.
function! s:go_near(number) abort
  let l:filter = get(s:filters, bufnr('%'), {})
  let l:line = empty(l:filter) ? a:number : max([vimtrace#grep#count_up_to(l:filter.numbers, a:number), 1])
  call cursor(l:line, 1)
  silent! normal! zv
endfunction

" A new filter

function! s:show(text, invert, mods) abort
  let l:source = bufnr('%')
  let l:number = s:root_line()
  let l:follows = s:grows(vimtrace#filter#root(l:source)) && vimtrace#follow#is_on(win_getid(), line('$'))
  let l:name = s:name(l:source) . '?' . (a:invert ? '!' : '') . a:text
  let l:buffer = s:existing(l:name)
  if l:buffer < 0
    let l:buffer = s:make_buffer(s:make(l:source, l:name, a:text, a:invert))
  endif
  if a:mods !=# ''
    execute a:mods 'split'
  endif
  call s:enter(l:buffer, l:source)
  if l:follows
    keepjumps normal! G
  else
    call s:go_near(l:number)
  endif
endfunction

" The buffer of the whole trace that {buffer} filters, or {buffer} itself.
function! vimtrace#filter#root(buffer) abort
  return has_key(s:filters, a:buffer) ? s:filters[a:buffer].root : a:buffer
endfunction

function! s:name(buffer) abort
  if has_key(s:filters, a:buffer)
    return s:filters[a:buffer].name
  endif
  let l:name = bufname(a:buffer)
  let l:path = l:name ==# '' ? '[' . a:buffer . ']' : fnamemodify(l:name, ':p')
  return l:name =~# '^trace://' ? l:name : 'trace://' . l:path
endfunction

" The buffer of the filter {name} that still shows what it should, or -1.
function! s:existing(name) abort
  for [l:buffer, l:filter] in items(s:filters)
    if l:filter.name ==# a:name && bufloaded(str2nr(l:buffer))
          \ && (s:grows(l:filter.root) || l:filter.tick == getbufvar(l:filter.root, 'changedtick'))
      return str2nr(l:buffer)
    endif
  endfor
  return -1
endfunction

" The filter of the current buffer, with what was found for it (see grep.vim) in 'found'.
function! s:make(source, name, text, invert) abort
  let l:from = get(s:filters, a:source, {'root': a:source, 'conditions': []})
  let l:condition = {'text': a:text, 'invert': a:invert, 'groups': vimtrace#term#groups(a:text)}
  let l:filter = {'name': a:name, 'root': l:from.root, 'parent': a:source, 'seen': s:seen(a:source),
        \ 'conditions': l:from.conditions + [l:condition], 'file': '',
        \ 'tick': getbufvar(l:from.root, 'changedtick')}
  if s:grows(l:filter.root) && !s:can_tell(l:filter.conditions)
    call vimtrace#program#expect(['filter', '--numbers', '--', a:text, '/dev/null'])
    let l:filter = extend(l:filter, {'numbers': [], 'found': s:nothing(), 'waiting': [], 'tracer': 0, 'from': 0})
  elseif empty(l:condition.groups)
    let l:filter.file = has_key(l:from, 'file') ? l:from.file : vimtrace#grep#file()
    let l:filter.found = s:answer(l:filter)
    let l:filter.numbers = l:filter.found.numbers
  elseif empty(get(l:from, 'numbers', [0]))
    let l:filter = extend(l:filter, {'numbers': [], 'found': s:nothing()})
  else
    let l:filter.file = s:grows(l:filter.root) ? '' : get(l:from, 'file', vimtrace#grep#file())
    let l:filter.found = vimtrace#grep#events(l:condition.groups, a:invert)
    let l:filter.numbers = s:in_root(l:filter.found.numbers, l:from)
  endif
  if empty(l:filter.numbers) && !s:grows(l:filter.root)
    call vimtrace#grep#forget(l:filter.found)
    throw 'vimtrace: no line ' . (a:invert ? 'but those of ' : 'matches: ') . a:text
  endif
  return l:filter
endfunction

function! s:in_root(numbers, from) abort
  return has_key(a:from, 'numbers') ? map(a:numbers, 'a:from.numbers[v:val - 1]') : a:numbers
endfunction

function! s:nothing() abort
  let l:found = {'numbers': [], 'last': 0, 'file': tempname()}
  call writefile([], l:found.file)
  return l:found
endfunction

" Whether lines that arrive can be told here from what one line says: {conditions} that are whole.
function! s:can_tell(conditions) abort
  return empty(filter(copy(a:conditions), 'empty(v:val.groups) || !s:is_whole(v:val.groups)'))
endfunction

function! s:is_whole(groups) abort
  return vimtrace#format#pattern('half') ==# '' || empty(filter(copy(a:groups), '!v:val.whole'))
endfunction

" What the program finds in the whole trace of {filter} that fulfils all its conditions.
function! s:answer(filter) abort
  let l:found = {'numbers': [], 'last': s:count(a:filter.root), 'file': tempname()}
  let l:text = s:expression(a:filter.conditions)
  redraw
  echo 'vimtrace: reading the trace; CTRL-C stops'
  try
    let l:file = a:filter.file
    if l:file ==# '' || getbufline(a:filter.root, 1) !=# readfile(l:file, '', 1)
      let l:file = l:found.file . '.in'
      call writefile(getbufline(a:filter.root, 1, '$'), l:file)
    endif
    call vimtrace#program#expect(['filter', '--numbers', '--', l:text, l:file], l:found.file . '.numbers')
    let l:numbers = map(readfile(l:found.file . '.numbers'), 'str2nr(v:val)')
    let l:found.numbers = filter(l:numbers, 'v:val <= l:found.last')
    call vimtrace#program#check()
    call writefile(s:texts(a:filter.root, l:numbers), l:found.file)
    let l:done = 1
  finally
    redraw
    if !exists('l:done')
      call vimtrace#grep#forget(l:found)
    endif
  endtry
  return l:found
endfunction

" {conditions} as one expression. Each is one by itself: with "a) or (b" it would be another.
function! s:expression(conditions) abort
  let [l:texts, l:wraps] = [[], len(a:conditions) > 1 || a:conditions[0].invert]
  for l:condition in a:conditions
    if l:wraps && l:condition.text =~# '[()]'
      call vimtrace#program#expect(['filter', '--numbers', '--', l:condition.text, '/dev/null'])
    endif
    call add(l:texts, (l:condition.invert ? 'not ' : '') . (l:wraps ? '(' . l:condition.text . ')' : l:condition.text))
  endfor
  return join(l:texts, ' and ')
endfunction

" How many lines of the whole trace {buffer} tells of. A live trace without a line has an empty one.
function! s:seen(buffer) abort
  if has_key(s:filters, a:buffer)
    return s:filters[a:buffer].seen
  endif
  return s:count(a:buffer)
endfunction

function! s:count(buffer) abort
  let l:info = getbufinfo(a:buffer)
  let l:count = empty(l:info) ? 0 : l:info[0].linecount
  return l:count == 1 && getbufline(a:buffer, 1) == [''] ? 0 : l:count
endfunction

function! s:make_buffer(filter) abort
  " A buffer that 'hidden' does not keep would be gone when the filter takes its window.
  if getbufvar(a:filter.root, '&bufhidden') ==# ''
    call setbufvar(a:filter.root, '&bufhidden', 'hide')
  endif
  let [l:buffer, l:found] = [bufadd(a:filter.name), remove(a:filter, 'found')]
  call setbufvar(l:buffer, '&buftype', 'nofile')
  call setbufvar(l:buffer, '&swapfile', 0)
  call setbufvar(l:buffer, '&undolevels', -1)
  try
    let s:found = {'file': l:found.file, 'count': len(l:found.numbers)}
    augroup vimtrace_filter
      execute 'autocmd! * <buffer=' . l:buffer . '>'
      execute 'autocmd BufReadCmd <buffer=' . l:buffer . '> call s:read()'
    augroup END
    call bufload(l:buffer)
    let s:filters[l:buffer] = a:filter
  finally
    call vimtrace#grep#forget(l:found)
    if !has_key(s:filters, l:buffer)
      execute 'bwipeout!' l:buffer
    endif
  endtry
  return l:buffer
endfunction

" Fill the current buffer with the lines that were found: as bytes, since they are so in the trace, and by :read,
" which takes a quarter of the time of setline().
function! s:read() abort
  noautocmd setlocal modifiable
  execute 'noautocmd silent keepalt 0read ++bin' fnameescape(s:found.file)
  " What the file holds beyond, and the line that was there.
  if line('$') > s:found.count
    silent execute (s:found.count + 1) . ',$delete _'
  endif
  noautocmd setlocal nobinary nomodifiable nomodified
endfunction

function! s:fill(buffer, lines) abort
  noautocmd call setbufvar(a:buffer, '&modifiable', 1)
  silent call deletebufline(a:buffer, 1, '$')
  call setbufline(a:buffer, 1, a:lines)
  noautocmd call setbufvar(a:buffer, '&modifiable', 0)
  noautocmd call setbufvar(a:buffer, '&modified', 0)
endfunction

" Show {buffer} in the current window as {source} is shown.
function! s:enter(buffer, source) abort
  let [l:kind, l:colours] = [getbufvar(a:source, '&filetype'), getbufvar(a:source, '&syntax')]
  let l:looks = map(['wrap', 'list', 'spell', 'number', 'conceallevel', 'concealcursor'],
        \ '[v:val, getwinvar(0, "&" . v:val)]')
  normal! m'
  silent execute 'buffer' a:buffer
  for [l:name, l:value] in l:looks
    call setwinvar(0, '&' . l:name, l:value)
  endfor
  setlocal buftype=nofile bufhidden=hide noswapfile noundofile undolevels=-1 nomodeline nomodifiable
  setlocal foldmethod=manual nobuflisted
  let b:vimtrace_filter = 1
  unlet! b:vimtrace
  if &filetype !=# l:kind
    let &l:filetype = l:kind
  endif
  if l:colours ==# 'OFF'
    let &l:syntax = l:colours
  endif
  call vimtrace#buffer#setup()
  call s:set_up(a:buffer)
endfunction

function! s:set_up(buffer) abort
  augroup vimtrace_filter
    execute 'autocmd! * <buffer=' . a:buffer . '>'
    execute 'autocmd BufReadCmd <buffer=' . a:buffer . '> call s:read_again()'
    execute 'autocmd BufWinEnter <buffer=' . a:buffer . '> call s:shown()'
    execute 'autocmd BufWipeout <buffer=' . a:buffer . '> call s:forget(' . a:buffer . ')'
    autocmd! User
    autocmd User VimtraceData,VimtraceEnd call s:feed_all()
    autocmd User VimtraceData,VimtraceEnd call s:schedule()
    autocmd User VimtraceEnd call s:unmap()
  augroup END
  call s:shown()
endfunction

function! s:forget(buffer) abort
  if has_key(s:filters, a:buffer)
    call s:stop(remove(s:filters, a:buffer))
  endif
endfunction

" After :edit: the lines once more.
function! s:read_again() abort
  unlet! b:vimtrace
  let l:filter = s:filters[bufnr('%')]
  call s:fill(bufnr('%'), s:texts(l:filter.root, l:filter.numbers))
endfunction

function! s:shown() abort
  if exists('g:vimtrace_run')
    call vimtrace#set_window()
    command! -buffer -bar TraceMessages call vimtrace#messages()
  endif
  if s:grows(s:filters[bufnr('%')].root)
    call s:map_live()
  endif
  call s:feed_all()
  call s:schedule()
  call s:unmap()
endfunction

" What the buffer of the live trace has, too.
function! s:map_live() abort
  command! -buffer -bar TraceStop call vimtrace#live#interrupt()
  command! -buffer -bar TraceFollow call vimtrace#follow#toggle()
  command! -buffer -nargs=* TraceAgain call vimtrace#live#again(<q-args>)
  nnoremap <buffer> <silent> <Plug>(vimtrace-follow) :<C-u>TraceFollow<CR>
  if !get(g:, 'vimtrace_no_maps', 0)
    nmap <buffer> F <Plug>(vimtrace-follow)
  endif
endfunction

" After the end of the tracing F is the editor's own again.
function! s:unmap() abort
  if exists('b:vimtrace_filter') && maparg('F', 'n') ==# '<Plug>(vimtrace-follow)'
        \ && !s:grows(s:filters[bufnr('%')].root)
    nunmap <buffer> F
  endif
endfunction

" Growing

" Whether {root} is a live trace that may still get lines.
function! s:grows(root) abort
  return get(getbufvar(a:root, 'vimtrace', {}), 'feeding', 0)
endfunction

function! s:schedule() abort
  if s:timer < 0 && !empty(s:behind())
    let s:timer = timer_start(s:tick, function('s:grow'))
  endif
endfunction

" The filters that are shown and have not looked at all of their trace.
function! s:behind() abort
  return filter(map(keys(s:filters), 'str2nr(v:val)'),
        \ '!empty(win_findbuf(v:val)) && has_key(getbufvar(s:filters[v:val].root, "vimtrace", {}), "feeding")'
        \ . ' && s:is_behind(s:filters[v:val])')
endfunction

function! s:is_behind(filter) abort
  let l:count = s:count(a:filter.root)
  return has_key(a:filter, 'waiting') ? !empty(a:filter.waiting) && a:filter.waiting[0] <= l:count
        \ : a:filter.seen != l:count
endfunction

function! s:grow(timer) abort
  let s:timer = -1
  for l:buffer in s:behind()
    let l:filter = s:filters[l:buffer]
    call call(has_key(l:filter, 'waiting') ? 's:take' : 's:catch_up', [l:buffer, l:filter])
  endfor
  call s:schedule()
endfunction

" Look at new lines of the trace for as long as it is our share.
function! s:catch_up(buffer, filter) abort
  let l:began = reltime()
  if a:filter.seen > s:count(a:filter.root)
    let [a:filter.seen, a:filter.numbers] = [0, []]
    call s:fill(a:buffer, [])
  endif
  let l:found = []
  while reltimefloat(reltime(l:began)) * 1000 < s:share
    let l:lines = getbufline(a:filter.root, a:filter.seen + 1, a:filter.seen + 200)
    if empty(l:lines)
      break
    endif
    let l:above = !empty(a:filter.numbers) && a:filter.numbers[-1] == a:filter.seen
    let l:at = vimtrace#keep#indexes(l:lines, a:filter.conditions, l:above)
    let l:found += map(copy(l:at), 'l:lines[v:val]')
    let l:last_seen = a:filter.seen
    call s:note(a:filter, l:at)
    let a:filter.seen = l:last_seen + len(l:lines)
  endwhile
  if !empty(l:found)
    call s:append(a:buffer, l:found, len(a:filter.numbers) - len(l:found))
  endif
endfunction

function! s:note(filter, at) abort
  let l:before = a:filter.seen + 1
  let a:filter.numbers += map(copy(a:at), 'v:val + l:before')
endfunction

function! s:append(buffer, lines, before) abort
  let l:followers = vimtrace#follow#windows(a:buffer, max([a:before, 1]))
  noautocmd call setbufvar(a:buffer, '&modifiable', 1)
  if a:before == 0
    call setbufline(a:buffer, 1, a:lines)
  else
    call appendbufline(a:buffer, '$', a:lines)
  endif
  noautocmd call setbufvar(a:buffer, '&modifiable', 0)
  noautocmd call setbufvar(a:buffer, '&modified', 0)
  call vimtrace#follow#move(l:followers)
endfunction

" Growing by the program: it reads the trace file as it grows, and says the numbers of the lines to keep. Those of a
" call that another process interrupted come when it has returned: out of order.

" Have the program read for each filter that is shown; again, where there is a new tracer (:TraceAgain), or where the
" trace's buffer begins elsewhere in the file.
function! s:feed_all() abort
  for [l:buffer, l:filter] in items(s:filters)
    if has_key(l:filter, 'waiting') && s:grows(l:filter.root) && !empty(win_findbuf(str2nr(l:buffer)))
          \ && [l:filter.tracer, l:filter.from] != [g:vimtrace_run.tracer, vimtrace#live#from(l:filter.root)]
      call s:feed(str2nr(l:buffer), l:filter)
    endif
  endfor
endfunction

function! s:feed(buffer, filter) abort
  let [l:run, l:from] = [g:vimtrace_run, vimtrace#live#from(a:filter.root)]
  call s:stop(a:filter)
  if l:from != a:filter.from
    let a:filter.numbers = []
    call s:fill(a:buffer, [])
  endif
  call extend(a:filter, {'tracer': l:run.tracer, 'from': l:from, 'rest': '', 'waiting': []})
  let l:script = '"$1" -c "+$2" -f -s 0.05 "--pid=$3" "$4" | { shift 4; exec "$@"; }'
  let l:command = ['/bin/sh', '-c', l:script, 'sh', l:run.tail, string(l:from + 1), string(l:run.tracer)]
        \ + [l:run.files[0]] + vimtrace#program#vimtrace() + ['filter', '--numbers', '--', s:expression(a:filter.conditions), '-']
  if has('nvim')
    let a:filter.job = jobstart(l:command, {'on_stdout': {job, data, event -> s:receive(a:buffer, join(data, "\n"))}})
  else
    let a:filter.job = job_start(l:command, {'in_io': 'null', 'err_io': 'null', 'out_mode': 'raw',
          \ 'out_cb': {channel, text -> s:receive(a:buffer, text)}})
  endif
endfunction

function! s:stop(filter) abort
  if has_key(a:filter, 'job')
    call call(has('nvim') ? 'jobstop' : 'job_stop', [a:filter.job])
  endif
endfunction

function! s:receive(buffer, text) abort
  let l:filter = get(s:filters, a:buffer, {})
  if !empty(l:filter)
    let l:numbers = split(l:filter.rest . a:text, "\n", 1)
    let l:filter.rest = remove(l:numbers, -1)
    let l:filter.waiting += map(l:numbers, 'str2nr(v:val)')
    call s:schedule()
  endif
endfunction

" Show the lines whose numbers have come and that are in the trace's buffer.
function! s:take(buffer, filter) abort
  let l:numbers = remove(a:filter.waiting, 0, min([len(a:filter.waiting), s:most]) - 1)
  let l:numbers = uniq(sort(l:numbers, 'n'))
  let l:count = vimtrace#grep#count_up_to(l:numbers, s:count(a:filter.root))
  if l:count < len(l:numbers)
    call extend(a:filter.waiting, remove(l:numbers, l:count, -1), 0)
  endif
  let l:last = empty(a:filter.numbers) ? 0 : a:filter.numbers[-1]
  let l:old = vimtrace#grep#count_up_to(l:numbers, l:last)
  for l:number in l:old == 0 ? [] : remove(l:numbers, 0, l:old - 1)
    call s:insert(a:buffer, a:filter, l:number)
  endfor
  if !empty(l:numbers)
    let l:before = len(a:filter.numbers)
    let a:filter.numbers += l:numbers
    call s:append(a:buffer, s:texts(a:filter.root, l:numbers), l:before)
  endif
endfunction

function! s:insert(buffer, filter, number) abort
  let l:at = vimtrace#grep#count_up_to(a:filter.numbers, a:number)
  if l:at == 0 || a:filter.numbers[l:at - 1] != a:number
    call insert(a:filter.numbers, a:number, l:at)
    noautocmd call setbufvar(a:buffer, '&modifiable', 1)
    call appendbufline(a:buffer, l:at, s:texts(a:filter.root, [a:number]))
    noautocmd call setbufvar(a:buffer, '&modifiable', 0)
    noautocmd call setbufvar(a:buffer, '&modified', 0)
  endif
endfunction

function! s:texts(buffer, numbers) abort
  return map(copy(a:numbers), 'get(getbufline(a:buffer, v:val), 0, "")')
endfunction

" The numbers that the lines of the filter in the current buffer have in the whole trace.
function! vimtrace#filter#numbers() abort
  return map(copy(get(get(s:filters, bufnr('%'), {}), 'numbers', [])), 'str2nr(v:val)')
endfunction

" What the status line says of the filter in the current window.
function! vimtrace#filter#status() abort
  let l:filter = get(s:filters, bufnr('%'), {})
  if empty(l:filter)
    return ''
  endif
  let l:state = get(getbufvar(l:filter.root, 'vimtrace', {}), 'state', '')
  let l:parts = l:state ==# '' ? [] : ['[' . l:state . ']']
  let l:parts += [len(l:filter.numbers) . ' of ' . s:count(l:filter.root) . ' lines']
  if s:grows(l:filter.root)
    let l:parts += [vimtrace#follow#is_on(win_getid(), line('$')) ? 'FOLLOW' : '|| paused']
  endif
  if has_key(l:filter, 'waiting') ? len(l:filter.waiting) > 1000
        \ : s:count(l:filter.root) - l:filter.seen > 1000 && !empty(s:behind())
    let l:parts += ['reading...']
  endif
  return join(l:parts)
endfunction

let &cpo = s:cpo
unlet s:cpo
