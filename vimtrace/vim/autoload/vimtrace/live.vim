" A live trace: a scratch buffer that tail(1) feeds from the trace file, and windows that follow it.
"
" Chunks are queued and appended as one list at most every 60 ms, the first at once: a redraw for each
" line would cost the CPU and a terminal over ssh. What is in flight is bounded to 2 MB, so that a flood
" neither grows the queue nor slows a key. The file holds the rest. When so much has come that memory could be
" short (run.limit bytes) the feed waits, until the user says what is to be shown.

let s:cpo = &cpo
set cpo&vim

let s:tick = 60
let s:looks = 4  " polls from one look for NUL bytes to the next: each is a fork
let s:window = 2 * 1024 * 1024
let s:live = get(s:, 'live', {})
let g:vimtrace#live#bypassed = 0

" A line break also where a combining character comes next, which the pattern would not match without \%C.
let s:break = "\n\\ze\\%C"

" Vim reads as long as there is something to read before it calls us: a flood of 16 MB at once was seen.
" So at most 256 blocks are passed on at a time, then the relay says so on its standard error and waits.
let s:relay = '{ dd=$1; shift; "$@" 3>&- 4<&- | while said=$(LC_ALL=C "$dd" bs=8192 count=256 2>&1 >&3);'
      \ . ' do case $said in 0+0*) break;; esac; echo >&2; read -r go <&4 || break; done; } 3>&1 4<&0 </dev/null'

function! vimtrace#live#start(run) abort
  if has_key(s:live, 'poll')
    call timer_stop(s:live.poll)
    call s:stop_feed()
  endif
  let s:live = {'run': a:run, 'timer': -1, 'lines': 0, 'state': vimtrace#state(a:run.state), 'ended': 0, 'seen': {},
        \ 'said': '', 'restarts': 0, 'from': a:run.from, 'limit': a:run.limit, 'got': 0, 'full': 0, 'size': 0,
        \ 'last': 0, 'polls': 0, 'nul': 0, 'checked': 0, 'heard': max([getfsize(a:run.messages), 0])}
  let s:live.buffer = s:make_buffer(a:run)
  call vimtrace#set_filetype(a:run.filetype)
  call vimtrace#buffer#setup()
  call vimtrace#live#map()
  autocmd vimtrace VimEnter * call s:to_the_front()
  autocmd vimtrace VimLeavePre * call s:stop_feed()
  execute 'autocmd vimtrace BufWinEnter <buffer=' . s:live.buffer . '> call vimtrace#set_window()'
  call vimtrace#set_window()
  if exists('##SafeState')
    autocmd vimtrace SafeState * call vimtrace#live#hear()
  endif
  let s:live.poll = timer_start(500, function('s:poll'), {'repeat': -1})
  call s:start_feed(s:live.from)
endfunction

" A start screen of some plugin may have taken our window at VimEnter.
function! s:to_the_front() abort
  if empty(win_findbuf(s:live.buffer))
    execute 'buffer' s:live.buffer
  endif
endfunction

function! s:make_buffer(run) abort
  autocmd vimtrace BufReadCmd trace://* call s:set_options()
  let l:buffer = bufadd('trace://' . a:run.title)
  call setbufvar(l:buffer, '&buftype', 'nofile')
  call bufload(l:buffer)
  silent execute 'buffer' l:buffer
  call s:set_options()
  return l:buffer
endfunction

function! s:set_options() abort
  " Not 'readonly': that costs a second at the first append (W10).
  setlocal buftype=nofile bufhidden=hide noswapfile noundofile undolevels=-1 nomodeline noreadonly
  setlocal nospell nolist nowrap foldmethod=manual nomodifiable buflisted
  let b:vimtrace = {'state': 'running', 'feeding': 1}
endfunction

" Keys and commands

function! vimtrace#live#map() abort
  " In other windows too, where the user has no mapping of his own.
  if !get(g:, 'vimtrace_no_maps', 0) && maparg('<C-c>', 'n') ==# ''
    nnoremap <silent> <C-c> :<C-u>call vimtrace#live#interrupt()<CR>
    let s:live.mapped_everywhere = 1
  endif
  command! -buffer -bar TraceStop call vimtrace#live#interrupt()
  command! -buffer -bar TraceFollow call vimtrace#live#toggle_follow()
  command! -buffer -bar TraceMessages call vimtrace#messages()
  if s:live.run.folder !=# ''
    command! -buffer -nargs=* TraceAgain call vimtrace#live#again(<q-args>)
    command! -buffer -bar -count=100000 TraceLast call vimtrace#live#last(<count>)
  endif
  command! -buffer -bar TraceAll call vimtrace#live#all()
  nnoremap <buffer> <silent> <Plug>(vimtrace-interrupt) :<C-u>TraceStop<CR>
  nnoremap <buffer> <silent> <Plug>(vimtrace-follow) :<C-u>TraceFollow<CR>
  if !get(g:, 'vimtrace_no_maps', 0)
    nmap <buffer> <nowait> <C-c> <Plug>(vimtrace-interrupt)
    nmap <buffer> F <Plug>(vimtrace-follow)
  endif
endfunction

" Ask the launcher to end the tracing.
function! vimtrace#live#interrupt() abort
  if s:live.ended || vimtrace#state(s:live.run.state) =~# '^\%(ended\|killed\)'
    echo 'vimtrace: the tracing has ended'
  else
    call s:signal('INT')
  endif
endfunction

" A Ctrl-C that comes while the editor is at work is not looked up as a key. It interrupts that work, our own too,
" and what is left of it is the editor's advice how to leave (:help CTRL-C): a message in any language with :qa.
" In Neovim even that may be missing: bypass.lua sees the key, and calls this.
function! vimtrace#live#hear() abort
  let l:bypassed = g:vimtrace#live#bypassed
  let g:vimtrace#live#bypassed = 0
  if !s:live.ended && (l:bypassed || v:statusmsg =~# ':qa\>') && maparg('<C-c>', 'n') =~# 'vimtrace'
    let v:statusmsg = ''
    echo ''
    call vimtrace#live#interrupt()
  endif
endfunction

" Such a Ctrl-C has interrupted our work; what that may have lost is read again at the end. nvim's feed calls it.
" The editor keeps it as a key that has been typed: looked up as well, it would tell the tracer twice.
function! vimtrace#live#interrupted() abort
  if maparg('<C-c>', 'n') =~# 'vimtrace'
    call vimtrace#live#interrupt()
    try
      if getchar(1) == char2nr("\<C-c>")
        call getchar(0)
      endif
    catch /^Vim:Interrupt$/
    endtry
  endif
endfunction

" The pid is positive: kill(1) misreads negative ones.
function! s:signal(name) abort
  if has('nvim')
    call luaeval('vim.loop.kill(_A[1], _A[2])', [s:live.run.launcher, 'sig' . tolower(a:name)])
  else
    call job_start([s:live.run.kill, '-' . a:name, string(s:live.run.launcher)],
          \ {'in_io': 'null', 'out_io': 'null', 'err_io': 'null'})
  endif
endfunction

" Trace the same processes once more, with {flags} added, into the same buffer; -p runs only.
function! vimtrace#live#again(flags) abort
  call vimtrace#live#ask(['again'] + split(a:flags))
endfunction

" Ask the launcher for what the {words} say (see requests.py). Renamed into place, so that it never finds half.
function! vimtrace#live#ask(words) abort
  let l:file = s:live.run.folder . '/request'
  call writefile(a:words, l:file . '.new')
  call rename(l:file . '.new', l:file)
  call s:signal('USR1')
endfunction

" Whether there is a launcher that keeps a trace in the current buffer.
function! vimtrace#live#is_current() abort
  return !empty(s:live) && s:live.run.folder !=# '' && bufnr('%') == s:live.buffer
endfunction

function! vimtrace#live#toggle_follow() abort
  call vimtrace#follow#toggle()
endfunction

" The feed

" Feed the buffer with what comes after the first {bytes} of the trace file, until the tracer is dead.
function! s:start_feed(bytes) abort
  let s:live.queue = []
  let [s:live.complete, s:live.first] = [0, 0]
  let s:live.held = 0
  let s:live.ended = 0
  let s:live.complete_but_for_look = 0
  let s:live.bytes = a:bytes
  if a:bytes == s:live.from
    let [s:live.lines, s:live.got] = [0, 0]
  endif
  let s:live.full = 0
  let l:growing = s:live.run.tracer > 0 ? ['-f', '-s', '0.05', '--pid=' . s:live.run.tracer] : []
  let l:command = [s:live.run.tail, '-c', '+' . (a:bytes + 1)] + l:growing + ['--', s:live.run.files[0]]
  if has('nvim')
    " In Lua 0 is true.
    call luaeval('require("vimtrace.bypass").listen()')
    call luaeval('require("vimtrace.feed").start(_A[1], _A[2], _A[3], _A[4], _A[5])',
          \ [l:command, s:live.buffer, s:tick, s:window, s:live.lines == 0 ? v:true : v:false])
    call luaeval('require("vimtrace.feed").allow(_A)', s:live.limit > 0 ? max([s:live.limit - s:live.got, 1]) : 0)
    return
  endif
  let l:command = s:live.nul ? ['/bin/sh', '-c', s:escape, 'sh'] + l:command : l:command
  let s:live.job = job_start(['/bin/sh', '-c', s:relay, 'sh', s:live.run.dd] + l:command, {'out_mode': 'raw',
        \ 'out_cb': function('s:receive'), 'err_cb': function('s:waits'), 'close_cb': function('s:closed')})
endfunction

function! s:stop_feed() abort
  if has('nvim')
    call luaeval('require("vimtrace.feed").stop()')
  elseif has_key(s:live, 'job')
    call job_stop(s:live.job, 'kill')
  endif
  call timer_stop(s:live.timer)
  let s:live.timer = -1
endfunction

" Read the trace file once more from where the view begins: the buffer was emptied (:edit, :bdelete), or the
" feed has died.
function! s:feed_again() abort
  call s:stop_feed()
  if !bufloaded(s:live.buffer)
    return
  endif
  call setbufvar(s:live.buffer, '&modifiable', 1)
  silent call deletebufline(s:live.buffer, 1, '$')
  call setbufvar(s:live.buffer, '&buftype', 'nofile')
  call setbufvar(s:live.buffer, '&swapfile', 0)
  call setbufvar(s:live.buffer, '&undolevels', -1)
  call setbufvar(s:live.buffer, '&modifiable', 0)
  call setbufvar(s:live.buffer, 'vimtrace', {'state': s:live.state, 'feeding': 1})
  call s:start_feed(s:live.from)
endfunction

function! s:is_current(channel) abort
  return has_key(s:live, 'job') && job_getchannel(s:live.job) == a:channel
endfunction

function! s:receive(channel, chunk) abort
  if !s:is_current(a:channel)
    return
  endif
  call add(s:live.queue, a:chunk)
  let s:live.got += len(a:chunk)
  if !s:live.complete && stridx(a:chunk, "\n") >= 0
    let [s:live.complete, s:live.first] = [1, len(s:live.queue) - 1]
  endif
  if s:live.timer < 0
    let s:live.timer = timer_start(s:live.lines == 0 ? 0 : s:tick, function('s:flush'))
  endif
endfunction

" The relay has passed on a window full, and waits for us to have shown it.
function! s:waits(channel, line) abort
  if s:is_current(a:channel)
    let s:live.held = 1
    call timer_stop(s:live.timer)
    let s:live.timer = timer_start(0, function('s:flush'))
  endif
endfunction

" Append the lines that are complete. The rest waits in the queue, in pieces: one endless line must not
" be joined and searched again and again.
function! s:flush(timer) abort
  let s:live.timer = -1
  try
    if s:live.complete
      call s:take()
    endif
  catch /^Vim:Interrupt$/
    call vimtrace#live#interrupted()
    let s:live.timer = timer_start(s:tick, function('s:flush'))
    return
  endtry
  if s:live.held && s:live.limit > 0 && s:live.got >= s:live.limit
    call vimtrace#live#full()
  elseif s:live.held
    call s:go_on()
  endif
endfunction

" A relay that has been killed has closed its end, of which we are not told before we write.
function! s:go_on() abort
  let s:live.held = 0
  try
    call ch_sendraw(s:live.job, "\n")
  catch /^Vim\%((\a\+)\)\=:E63[01]:/
  endtry
endfunction

function! s:take() abort
  " No line ends before the piece 'first': a hundred megabytes of one line are not searched for its end.
  let l:head = s:live.first > 0 ? join(s:live.queue[: s:live.first - 1], '') : ''
  let l:text = join(s:live.queue[s:live.first :], '')
  let l:lines = split(l:text, s:break, 1)
  let l:lines[0] = l:head . l:lines[0]
  let l:rest = remove(l:lines, -1)
  let s:live.queue = [l:rest]
  let s:live.complete = 0
  call s:append(s:unescape(l:lines))
  let s:live.bytes += s:live.nul ? len(join(l:lines, ' ')) + 1 : len(l:head) + len(l:text) - len(l:rest)
  if len(l:head) >= g:vimtrace#colourless
    call vimtrace#do_without_colours(s:live.buffer)
  endif
endfunction

function! s:append(lines) abort
  if !bufloaded(s:live.buffer) || vimtrace#live#was_emptied()
    return
  endif
  let l:follow = vimtrace#live#followers()
  noautocmd call setbufvar(s:live.buffer, '&modifiable', 1)
  if s:live.lines == 0
    call setbufline(s:live.buffer, 1, a:lines)
  else
    call appendbufline(s:live.buffer, '$', a:lines)
  endif
  noautocmd call setbufvar(s:live.buffer, '&modifiable', 0)
  noautocmd call setbufvar(s:live.buffer, '&modified', 0)
  call vimtrace#live#appended(l:follow)
endfunction

function! s:closed(channel) abort
  if !s:is_current(a:channel)
    return
  endif
  call timer_stop(s:live.timer)
  let s:live.held = 0
  call s:flush(0)
  let l:rest = join(s:live.queue, '')
  if l:rest !=# ''
    let [l:rest] = s:unescape([l:rest])
    call s:append([l:rest])
    let s:live.bytes += len(l:rest)
    if len(l:rest) >= g:vimtrace#colourless
      call vimtrace#do_without_colours(s:live.buffer)
    endif
  endif
  call vimtrace#live#ended()
endfunction

" More than may be loaded

" As much has been loaded as may be: the feed waits. nvim's feed calls it.
function! vimtrace#live#full() abort
  let s:live.full = 1
  call s:show_status()
endfunction

" Load all of the trace, whatever memory that takes.
function! vimtrace#live#all() abort
  let [l:cut, l:full] = [s:live.from > 0, s:live.full]
  let [s:live.from, s:live.limit, s:live.full, s:live.last] = [0, 0, 0, 0]
  if l:cut
    call s:feed_from_new_place()
  elseif has('nvim')
    call luaeval('require("vimtrace.feed").allow(0)')
  elseif l:full
    call s:go_on()
  endif
  redrawstatus!
endfunction

" Show the last {lines} only, and what comes after them. The launcher knows where they begin.
function! vimtrace#live#last(lines) abort
  let s:live.last = a:lines
  let s:live.place = s:live.run.folder . '/from'
  call delete(s:live.place)
  call vimtrace#live#ask(['last', a:lines])
  let s:live.waits = timer_start(20, function('s:await_place'), {'repeat': 500})
endfunction

function! s:await_place(timer) abort
  let l:said = filereadable(s:live.place) ? readfile(s:live.place, 'b') : []
  if len(l:said) > 1
    call timer_stop(a:timer)
    call delete(s:live.place)
    let s:live.from = str2nr(l:said[0])
    call s:feed_from_new_place()
  endif
endfunction

function! s:feed_from_new_place() abort
  let s:live.restarts = 0
  let s:live.lines = 0
  if s:live.ended
    call s:in_buffer('vimtrace#live#map()')
  endif
  call s:feed_again()
endfunction

" Of a view of the last lines that follows the old ones go when memory could be short again.
function! s:roll_on() abort
  if s:live.full && s:live.last > 0 && !empty(vimtrace#live#followers())
    let s:live.full = 0
    call vimtrace#live#last(s:live.last)
  endif
endfunction

" Whether {buffer} shows only the last lines of a trace, so that its lines have other numbers.
function! vimtrace#live#is_cut(buffer) abort
  return get(s:live, 'buffer', 0) == a:buffer && s:live.from > 0
endfunction

" Whether line {number} of the whole trace may not be in {buffer}, because that is cut; then this is said.
function! vimtrace#live#lacks(buffer, number) abort
  if vimtrace#live#is_cut(a:buffer)
    echo 'vimtrace: line ' . a:number . ' of the whole trace: load it with :TraceAll'
  endif
  return vimtrace#live#is_cut(a:buffer)
endfunction

" Where the lines of {buffer} begin in the trace file, in bytes.
function! vimtrace#live#from(buffer) abort
  return get(s:live, 'buffer', 0) == a:buffer ? s:live.from : 0
endfunction

function! s:is_traced() abort
  return s:live.state =~# '^\%(running\|stopped\)$'
endfunction

" The bytes that were taken for the buffer; Neovim's feed counts its own.
function! s:got() abort
  return s:live.got + (has('nvim') ? luaeval('require("vimtrace.feed").got()') : 0)
endfunction

function! s:amount(bytes) abort
  return a:bytes < 1000 * 1048576 ? printf('%.1f MB', a:bytes / 1048576.0) : printf('%.1f GB', a:bytes / 1073741824.0)
endfunction

" NUL bytes

" Vim takes each NUL of a stream for a line break. So the file is looked through now and then, and once more at the
" end; a trace that has one is read again, by way of sed(1), which makes \1A of each \1 and \1B of each NUL. Lines that
" Vim takes one by one would have their NULs, but lose a CR at the end.
let s:find_nul = '"$1" -c "+$3" -- "$4" | LC_ALL=C exec "$2" -qaP "\x00"'
let s:escape = 'LC_ALL=C; export LC_ALL; "$@" | exec stdbuf -oL sed "s/\x01/\x01A/g; s/\x00/\x01B/g"'

" {lines} as they are in the file; in Vim's own text a NUL is a line break.
function! s:unescape(lines) abort
  return s:live.nul ? map(a:lines, 'stridx(v:val, "\x01") < 0 ? v:val
        \ : substitute(substitute(v:val, "\x01B\\ze\\%C", "\n", "g"), "\x01A\\ze\\%C", "\x01", "g")') : a:lines
endfunction

" Start to look at what has not been looked at; whether that, or an earlier look, is under way.
function! s:looks_for_nul() abort
  if has_key(s:live, 'look')
    return 1
  endif
  let [l:grep, l:size] = [vimtrace#program#find('grep'), getfsize(s:live.run.files[0])]
  if has('nvim') || s:live.nul || l:grep ==# '' || max([s:live.checked, s:live.from]) >= l:size
    return 0
  endif
  let l:words = [s:live.run.tail, l:grep, max([s:live.checked, s:live.from]) + 1, s:live.run.files[0]]
  let s:live.look = job_start(['/bin/sh', '-c', s:find_nul, 'sh'] + map(l:words, 'v:val . ""'),
        \ {'in_io': 'null', 'out_io': 'null', 'err_io': 'null', 'exit_cb': function('s:looked', [l:size])})
  return 1
endfunction

function! s:looked(size, job, status) abort
  call remove(s:live, 'look')
  let s:live.checked = a:size
  if a:status == 0
    let s:live.nul = 1
    call s:feed_again()
  elseif s:live.complete_but_for_look
    call vimtrace#live#ended()
  endif
endfunction

" Following

" The windows on the trace that follow it, before lines are appended.
function! vimtrace#live#followers() abort
  return vimtrace#follow#windows(s:live.buffer, max([s:live.lines, 1]))
endfunction

" Lines were appended: move the windows {followers} to the new last line. nvim's feed calls it.
function! vimtrace#live#appended(followers) abort
  call vimtrace#live#hear()
  let l:first = s:live.lines == 0
  let s:live.lines = getbufinfo(s:live.buffer)[0].linecount
  for l:window in a:followers
    let s:live.seen[l:window] = {'lines': s:live.lines}
  endfor
  call vimtrace#follow#move(a:followers)
  if l:first && s:live.run.filetype ==# '' && &filetype ==# '' && bufnr('%') == s:live.buffer
    call vimtrace#set_filetype('')
  endif
  if exists('#User#VimtraceData')
    doautocmd <nomodeline> User VimtraceData
  endif
endfunction

" The state

function! s:poll(timer) abort
  call vimtrace#live#hear()
  if has('nvim')
    call luaeval('require("vimtrace.bypass").between_commands()')
  else
    " Vim that has seen the end of the feed in a loop, where it looks for keys only, closes it when the job is dead;
    " and while it has the channel, it does not look by itself whether that is.
    call job_status(s:live.job)
  endif
  call vimtrace#live#was_emptied()
  call vimtrace#follow#catch_up(s:live.buffer)
  call s:roll_on()
  let s:live.polls += 1
  if !s:live.ended && s:live.got > 0 && s:live.polls % s:looks == 0
    call s:looks_for_nul()
  endif
  if s:live.ended && s:has_new_tracer()
    call s:feed_on()
  endif
  let l:state = vimtrace#state(s:live.run.state)
  let l:said = s:last_words()
  let l:size = s:live.full ? getfsize(s:live.run.files[0]) : 0
  if l:state !=# s:live.state || l:said !=# s:live.said || l:size != s:live.size
    let [s:live.state, s:live.said, s:live.size] = [l:state, l:said, l:size]
    call extend(getbufvar(s:live.buffer, 'vimtrace', {}), {'state': l:state})
    call s:show_status()
  endif
  call s:show_answers()
endfunction

" Whether lines have gone that were shown, and not because the user made the buffer modifiable; then
" the trace is being read again. nvim's feed calls it.
function! vimtrace#live#was_emptied() abort
  let l:info = getbufinfo(s:live.buffer)
  if empty(l:info) || !l:info[0].loaded || getbufvar(s:live.buffer, '&modifiable')
        \ || l:info[0].linecount >= s:live.lines
    return 0
  endif
  call s:feed_again()
  return 1
endfunction

" Draw the status lines, but not over what a command has put out, while that waits for Return: then all is drawn.
function! s:show_status() abort
  if mode() !~# '^r'
    redrawstatus!
  endif
endfunction

function! s:last_words() abort
  let l:file = s:live.run.messages
  return l:file !=# '' && getfsize(l:file) > 0 ? get(readfile(l:file, '', -1), 0, '') : ''
endfunction

" What the launcher has said since, of what it was asked for: the status line may have no room, or another message.
" While a command is typed nothing may be shown: it waits.
function! s:show_answers() abort
  let l:file = s:live.run.messages
  let l:new = l:file ==# '' || mode() !=# 'n' ? 0 : getfsize(l:file) - s:live.heard
  if l:new <= 0
    return
  endif
  let s:live.heard += l:new
  for l:line in reverse(readfile(l:file, '', -20))
    let l:new -= len(l:line) + 1
    if l:new >= 0 && l:line =~# '^vimtrace: '
      redraw
      echomsg vimtrace#move#line(l:line)
      return
    endif
  endfor
endfunction

" Whether less has been shown than the file has.
function! s:lacks() abort
  return s:live.bytes < getfsize(s:live.run.files[0])
endfunction

" The feed has ended: the whole trace is here, and Ctrl-C is the editor's own again; or it has died.
function! vimtrace#live#ended() abort
  if has('nvim')
    let s:live.bytes += luaeval('require("vimtrace.feed").bytes()')
    let s:live.got = s:got()
  endif
  if s:has_new_tracer()
    call s:feed_on()
    return
  elseif s:live.restarts < 3 && (vimtrace#state(s:live.run.state) =~# '^\%(running\|stopped\)$' || s:lacks())
    let s:live.restarts += 1
    call s:feed_again()
    return
  endif
  let s:live.complete_but_for_look = s:looks_for_nul()
  if s:live.complete_but_for_look
    return
  endif
  let s:live.ended = 1
  call s:poll(0)
  call setbufvar(s:live.buffer, 'vimtrace', {'state': s:live.state, 'feeding': 0})
  if has_key(s:live, 'mapped_everywhere')
    silent! nunmap <C-c>
    unlet s:live.mapped_everywhere
  endif
  call s:in_buffer('vimtrace#live#unmap()')
  call s:show_status()
  if exists('#User#VimtraceEnd')
    doautocmd <nomodeline> User VimtraceEnd
  endif
endfunction

" Call {what} in the buffer of the trace, now or when it is next in a window.
function! s:in_buffer(what) abort
  augroup vimtrace_later
    autocmd!
    let l:windows = win_findbuf(s:live.buffer)
    if empty(l:windows)
      execute 'autocmd BufEnter <buffer=' . s:live.buffer . '> ++once call' a:what
    else
      call win_execute(l:windows[0], 'call ' . a:what)
    endif
  augroup END
endfunction

" Whether the launcher has started another tracer since (:TraceAgain).
function! s:has_new_tracer() abort
  if s:live.run.folder ==# ''
    return 0
  endif
  let l:file = s:live.run.folder . '/tracer'
  let l:pid = filereadable(l:file) ? str2nr(get(readfile(l:file, '', 1), 0, '')) : 0
  if l:pid == 0 || l:pid == s:live.run.tracer
    return 0
  endif
  let s:live.run.tracer = l:pid
  return 1
endfunction

" The trace goes on where it had ended.
function! s:feed_on() abort
  let s:live.restarts = 0
  call setbufvar(s:live.buffer, 'vimtrace', {'state': s:live.state, 'feeding': 1})
  call s:in_buffer('vimtrace#live#map()')
  call s:start_feed(s:live.bytes)
endfunction

function! vimtrace#live#unmap() abort
  for [l:key, l:plug] in [['<C-c>', 'interrupt'], ['F', 'follow']]
    if maparg(l:key, 'n') ==# '<Plug>(vimtrace-' . l:plug . ')'
      execute 'nunmap <buffer>' l:key
    endif
  endfor
endfunction

" state, lines, following or paused, and the tracer's last message.
function! vimtrace#live#status() abort
  let l:parts = (s:live.state ==# '' ? [] : ['[' . s:live.state . ']']) + [s:live.lines . ' lines']
  if s:live.from > 0
    let l:parts[-1] = 'last ' . l:parts[-1]
  endif
  if s:live.full
    let l:loaded = s:amount(s:got()) . ' of ' . s:amount(getfsize(s:live.run.files[0]))
    call add(l:parts, '|| ' . l:loaded . ' loaded: :TraceAll, :TraceLast')
  elseif !s:live.ended && !s:is_traced()
    call add(l:parts, 'reading...')
  elseif !s:live.ended
    let l:last = max([s:live.lines, 1])
    if vimtrace#follow#is_on(win_getid(), l:last)
      call add(l:parts, 'FOLLOW')
    else
      let s:live.seen[win_getid()] = get(s:live.seen, win_getid(), {'lines': s:live.lines})
      let l:new = s:live.lines - s:live.seen[win_getid()].lines
      call add(l:parts, '|| paused' . (l:new > 0 ? ' +' . l:new . ' new' : ''))
    endif
  endif
  return join(l:parts, ' ') . s:said_in(winwidth(0) - strwidth(join(l:parts, ' ')))
endfunction

" The tracer's last message, as much as {room} leaves when the command and the position are there: whole, or a good
" part of it, or nothing.
function! s:said_in(room) abort
  let l:place = strwidth(line('.') . '/' . line('$') . ' Top') + 3
  let l:room = a:room - strwidth(vimtrace#title()) - l:place
  let l:said = strcharpart(strtrans(s:live.said), 0, 60)
  return l:said ==# '' || l:room < min([strwidth(l:said), 30]) ? '' : ' ' . strcharpart(l:said, 0, l:room)
endfunction

let &cpo = s:cpo
unlet s:cpo
