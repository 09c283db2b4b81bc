" What a trace adds up to, in a window: :TraceSummary, :TraceTree, :TraceDiff. See :help vimtrace-reports.

let s:cpo = &cpo
set cpo&vim

" Show what "vimtrace {verb}" says of the trace in the current buffer.
function! vimtrace#report#show(verb) abort
  let l:trace = s:trace()
  let l:lines = s:output([a:verb, '--', l:trace])
  if empty(l:lines)
    return
  endif
  let l:buffer = s:root()
  let l:name = 'trace-' . a:verb . '://' . l:trace
  for l:old in filter(getbufinfo(), 'v:val.name ==# l:name')
    execute 'bwipeout' l:old.bufnr
  endfor
  botright new
  setlocal buftype=nofile bufhidden=wipe noswapfile nomodeline nowrap
  execute 'silent keepalt file' fnameescape(l:name)
  call setline(1, l:lines)
  setlocal nomodifiable nomodified readonly
  let b:vimtrace_trace = l:buffer
  let b:vimtrace_title = a:verb . ' of ' . s:title(l:trace)
  setlocal statusline=%{b:vimtrace_title}%=%l/%L\ %P
  call s:map('report')
  call vimtrace#buffer#define_reports()
endfunction

" Compare the trace in the current buffer with {file}, in a tab of its own.
function! vimtrace#report#diff(file) abort
  let l:sides = s:output(['diff', '--json', '--', s:trace(), fnamemodify(a:file, ':p')])
  if empty(l:sides)
    return
  endif
  for l:side in json_decode(join(l:sides, ''))
    execute l:side.at ==# 'a' ? 'tabnew' : 'vertical rightbelow new'
    setlocal buftype=nofile bufhidden=wipe noswapfile nomodeline
    execute 'silent keepalt file' fnameescape('trace-diff-' . l:side.at . '://' . l:side.trace)
    call setline(1, map(copy(l:side.lines), 'v:val[1]'))
    let l:side.lines = map(l:side.lines, 'v:val[0]')
    let b:vimtrace_side = l:side
    diffthis
    call vimtrace#diff#set_up()
  endfor
  call vimtrace#diff#to_the_first()
endfunction

" Go to the event that the cursor's line is about: by its line's number, else by its first word.
function! vimtrace#report#jump() abort
  let l:number = s:number(line('.'))
  let l:word = matchstr(getline('.'), '^ *\zs\h\w*')
  let l:window = bufwinid(b:vimtrace_trace)
  if l:number == 0 && l:word ==# ''
    echo 'vimtrace: no event here'
    return
  elseif l:number > 0 && vimtrace#live#is_cut(b:vimtrace_trace)
    echo 'vimtrace: line ' . l:number . ' of the whole trace: load it with :TraceAll'
    return
  elseif l:window > 0
    call win_gotoid(l:window)
  else
    execute 'aboveleft sbuffer' b:vimtrace_trace
  endif
  if l:number > 0
    call cursor(l:number, 1)
  elseif search('\C\V\<' . l:word . '(', 'cw') == 0
    echo 'vimtrace: not found: ' . l:word
  endif
  normal! zz
endfunction

" The number of a line of the trace that stands in line {row}, in a column whose heading ends with "line", or 0.
function! s:number(row) abort
  let l:heading = a:row
  while l:heading > 1 && getline(l:heading) !=# '' && getline(l:heading - 1) !~# ':$'
    let l:heading -= 1
  endwhile
  let l:end = matchend(getline(l:heading), '\<line\>')
  return l:heading == a:row || l:end < 0 ? 0 : str2nr(matchstr(strpart(getline(a:row), 0, l:end), '\d\+$'))
endfunction

function! s:map(what) abort
  nnoremap <silent> <buffer> <Plug>(vimtrace-event) :<C-u>call vimtrace#report#jump()<CR>
  if !get(g:, 'vimtrace_no_maps', 0)
    nmap <buffer> <CR> <Plug>(vimtrace-event)
  endif
endfunction

" The buffer of the trace in the current one, also of one that is filtered there, or reported on.
function! s:root() abort
  return vimtrace#filter#root(get(b:, 'vimtrace_trace', bufnr('%')))
endfunction

" The file of that trace.
function! s:trace() abort
  let l:buffer = s:root()
  if getbufvar(l:buffer, '&buftype') ==# ''
    return fnamemodify(bufname(l:buffer), ':p')
  endif
  return get(get(g:, 'vimtrace_run', {'files': ['']}).files, 0, '')
endfunction

" How a person calls the trace in {file}: that of a run lies where nobody has put it.
function! s:title(file) abort
  let l:run = extend({'files': [], 'title': ''}, get(g:, 'vimtrace_run', {}))
  let l:is_of_run = l:run.title !=# '' && index(l:run.files, a:file) >= 0
  return l:is_of_run ? l:run.title : fnamemodify(a:file, ':t')
endfunction

" What vimtrace prints for {words}; nothing, and a message, if it fails. "diff" ends with 1 when there is something.
function! s:output(words) abort
  try
    let l:command = vimtrace#program#vimtrace() + a:words
  catch /^vimtrace: /
    call s:complain(v:exception)
    return []
  endtry
  let l:command = has('nvim') ? l:command : join(map(l:command, 'shellescape(v:val)'))
  let l:lines = split(system(l:command), "\n")
  if v:shell_error > 1 || (v:shell_error == 1 && a:words[0] !=# 'diff') || get(l:lines, 0, '') =~# '^vimtrace: '
    call s:complain(get(l:lines, 0, 'vimtrace: no answer'))
    return []
  endif
  return l:lines
endfunction

function! s:complain(message) abort
  echohl ErrorMsg
  echomsg a:message
  echohl None
endfunction

let &cpo = s:cpo
unlet s:cpo
