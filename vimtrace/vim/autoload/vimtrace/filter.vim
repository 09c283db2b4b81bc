" Filters: buffers with the lines of a trace that match, or that do not. A filter of a filter keeps what both
" keep. While the trace grows so does a filter that is shown, some milliseconds at a time.

let s:cpo = &cpo
set cpo&vim

" How long a filter may work on new lines before the editor looks at its keys again, and how often, in ms.
let s:share = 15
let s:tick = 40

" {buffer: {'name', 'root': the buffer with the whole trace, 'parent': the buffer that was filtered,
" 'conditions': [[patterns, invert], ...], 'numbers': the line in the root of each line here, 'seen': how
" many lines of the root were looked at, 'tick': its changedtick}}
let s:filters = {}
" {root: the filter that was left for it}
let s:left = {}
let s:timer = -1

" What the commands and keys call

" :TraceFilter: show the lines of the current buffer that {text}, its terms, match; with {invert}, the others.
" {mods} may say in which window.
function! vimtrace#filter#run(text, invert, mods) abort
  call s:guarded({-> s:show(vimtrace#term#split(a:text), a:invert, a:mods)})
endfunction

" Only what is under the cursor; with {invert}, all but that.
function! vimtrace#filter#cursor(invert) abort
  let l:term = vimtrace#term#at_cursor()
  if l:term ==# ''
    call s:complain('vimtrace: nothing to filter by is under the cursor')
  else
    call s:guarded({-> s:show([l:term], a:invert, '')})
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

function! s:show(terms, invert, mods) abort
  let l:source = bufnr('%')
  let l:number = s:root_line()
  let l:follows = s:grows(s:root(l:source)) && vimtrace#follow#is_on(win_getid(), line('$'))
  let l:name = s:name(l:source) . '?' . (a:invert ? '!' : '') . join(a:terms)
  let l:buffer = s:existing(l:name)
  if l:buffer < 0
    let l:filter = s:make(l:source, l:name, a:terms, a:invert)
    let l:buffer = s:make_buffer(l:filter)
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

function! s:root(buffer) abort
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
function! s:make(source, name, terms, invert) abort
  let l:patterns = map(copy(a:terms), 'vimtrace#term#pattern(v:val)')
  let l:from = get(s:filters, a:source, {'root': a:source, 'conditions': [], 'seen': 0})
  let l:seen = s:seen(a:source)
  let l:found = vimtrace#grep#lines(l:patterns, a:invert)
  if empty(l:found.numbers) && !s:grows(l:from.root)
    call vimtrace#grep#forget(l:found)
    throw 'vimtrace: no line ' . (a:invert ? 'but those of ' : 'matches: ') . join(a:terms)
  endif
  let l:filter = {'name': a:name, 'root': l:from.root, 'parent': a:source, 'found': l:found,
        \ 'numbers': l:found.numbers, 'seen': l:seen, 'tick': getbufvar(l:from.root, 'changedtick'),
        \ 'conditions': l:from.conditions + [[l:patterns, a:invert]]}
  if has_key(l:from, 'numbers')
    let l:above = l:from.numbers
    let l:filter.numbers = map(l:filter.numbers, 'l:above[v:val - 1]')
  endif
  return l:filter
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
  let l:kind = getbufvar(a:source, '&filetype')
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
  call vimtrace#buffer#setup()
  call s:set_up(a:buffer)
endfunction

function! s:set_up(buffer) abort
  augroup vimtrace_filter
    execute 'autocmd! * <buffer=' . a:buffer . '>'
    execute 'autocmd BufReadCmd <buffer=' . a:buffer . '> call s:read_again()'
    execute 'autocmd BufWinEnter <buffer=' . a:buffer . '> call s:shown()'
    execute 'autocmd BufWipeout <buffer=' . a:buffer . '> silent! call remove(s:filters,' a:buffer . ')'
    autocmd! User
    autocmd User VimtraceData,VimtraceEnd call s:schedule()
    autocmd User VimtraceEnd call s:unmap()
  augroup END
  call s:shown()
endfunction

" After :edit: the lines once more.
function! s:read_again() abort
  unlet! b:vimtrace
  let l:filter = s:filters[bufnr('%')]
  call s:fill(bufnr('%'), map(copy(l:filter.numbers), 'get(getbufline(l:filter.root, v:val), 0, "")'))
endfunction

function! s:shown() abort
  if exists('g:vimtrace_run')
    call vimtrace#set_window()
  endif
  if s:grows(s:filters[bufnr('%')].root)
    call s:map_live()
  endif
  call s:schedule()
  call s:unmap()
endfunction

" What the buffer of the live trace has, too.
function! s:map_live() abort
  command! -buffer -bar TraceStop call vimtrace#live#interrupt()
  command! -buffer -bar TraceFollow call vimtrace#follow#toggle()
  command! -buffer -bar TraceMessages call vimtrace#messages()
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
        \ . ' && s:filters[v:val].seen != s:count(s:filters[v:val].root)')
endfunction

function! s:grow(timer) abort
  let s:timer = -1
  for l:buffer in s:behind()
    call s:catch_up(l:buffer, s:filters[l:buffer])
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
    let l:at = s:kept(l:lines, a:filter.conditions)
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

" The indexes of those of {lines} that fulfil all {conditions}.
function! s:kept(lines, conditions) abort
  let l:kept = range(len(a:lines))
  let l:names = []
  for [l:patterns, l:invert] in a:conditions
    let l:hits = {}
    for l:pattern in l:patterns
      if has_key(l:pattern, 'name')
        let l:names = empty(l:names) ? map(copy(a:lines), 's:call(v:val)') : l:names
        call s:find_names(l:names, l:pattern, l:hits)
      else
        call s:find(a:lines, l:pattern.vim, l:hits)
      endif
    endfor
    call filter(l:kept, l:invert ? '!has_key(l:hits, v:val)' : 'has_key(l:hits, v:val)')
  endfor
  return l:kept
endfunction

function! s:find(lines, pattern, hits) abort
  let l:at = match(a:lines, a:pattern)
  while l:at >= 0
    let a:hits[l:at] = 1
    let l:at = match(a:lines, a:pattern, l:at + 1)
  endwhile
endfunction

" A pattern for the name alone, tried once for each name: one for whole lines with all the calls of a family
" takes Vim half a millisecond a line.
function! s:find_names(names, pattern, hits) abort
  let l:known = extend(a:pattern, {'known': {'': 0}}, 'keep').known
  for l:at in range(len(a:names))
    let l:name = a:names[l:at]
    if !has_key(l:known, l:name)
      let l:known[l:name] = l:name =~# a:pattern.name
    endif
    if l:known[l:name]
      let a:hits[l:at] = 1
    endif
  endfor
endfunction

" The call of {line}: in most lines what stands in front of the first parenthesis.
function! s:call(line) abort
  let l:front = strpart(a:line, 0, stridx(a:line, '('))
  let l:name = matchstr(l:front, '\h\w*$')
  return l:name ==# '' || l:front =~# '["(]\|<\.\.\. ' ? vimtrace#format#call(a:line) : l:name
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
  if s:count(l:filter.root) - l:filter.seen > 1000 && !empty(s:behind())
    let l:parts += ['reading...']
  endif
  return join(l:parts)
endfunction

let &cpo = s:cpo
unlet s:cpo
