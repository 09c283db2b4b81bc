" What a trace adds up to, in a window: :TraceSummary, :TraceTree, :TraceDiff. See :help vimtrace-reports.

let s:cpo = &cpo
set cpo&vim

" Show what "vimtrace {verb}" says of the trace in the current buffer.
function! vimtrace#report#show(verb) abort
  try
    let l:files = s:files()
    let l:lines = s:output([a:verb, '--'] + l:files)[0]
  catch /^\%(vimtrace: \|Vim:Interrupt$\)/
    call s:complain(v:exception)
    return
  endtry
  let l:buffer = s:root()
  let l:trace = l:files[0]
  let l:name = 'trace-' . a:verb . '://' . l:trace
  call s:wipe(l:name)
  botright new
  setlocal buftype=nofile bufhidden=wipe noswapfile nomodeline nowrap
  execute 'silent keepalt file' fnameescape(l:name)
  call setline(1, l:lines)
  setlocal nomodifiable nomodified readonly
  let b:vimtrace_trace = l:buffer
  let b:vimtrace_files = l:files
  let b:vimtrace_title = a:verb . ' of ' . s:title(l:trace)
  setlocal statusline=%{b:vimtrace_title}%=%l/%L\ %P
  call s:map('report')
  call vimtrace#buffer#define_reports()
endfunction

" Compare the trace in the current buffer with {file}, in a tab of its own.
function! vimtrace#report#diff(file) abort
  try
    let l:traces = [s:trace(), fnamemodify(a:file, ':p')]
    let [l:output, l:status] = s:output(['diff', '--json', '--'] + l:traces)
  catch /^\%(vimtrace: \|Vim:Interrupt$\)/
    call s:complain(v:exception)
    return
  endtry
  if l:status == 0
    echo 'vimtrace: the calls do not differ'
    return
  endif
  let l:sides = json_decode(join(l:output, ''))
  let l:names = map(copy(l:traces), '"trace-diff-" . "ab"[v:key] . "://" . v:val')
  call map(copy(l:names), 's:wipe(v:val)')
  let l:buffers = [s:root(), 0]
  for l:at in [0, 1]
    execute l:at == 0 ? 'tabnew' : 'vertical rightbelow new'
    setlocal buftype=nofile bufhidden=wipe noswapfile nomodeline
    execute 'silent keepalt file' fnameescape(l:names[l:at])
    call setline(1, map(copy(l:sides[l:at].lines), 'v:val[1]'))
    let b:vimtrace_side = s:side(l:sides[l:at].lines, l:traces[l:at], l:buffers[l:at])
    diffthis
    call vimtrace#diff#set_up()
  endfor
  call vimtrace#diff#to_the_first()
endfunction

" What vimtrace#diff#jump() is to know of a side with these {lines} ([number, text, file of a set]). One file is known
" by the name that {trace} says, which JSON has only if it is text, and by the {buffer} that has it, or 0.
function! s:side(lines, trace, buffer) abort
  let l:traces = filter(uniq(sort(map(copy(a:lines), 'v:val[2]'))), 'v:val !=# ""')
  if empty(l:traces)
    return {'traces': [a:trace], 'lines': map(copy(a:lines), '[v:val[0], 0]'), 'buffer': a:buffer}
  endif
  return {'traces': l:traces, 'lines': map(copy(a:lines), '[v:val[0], index(l:traces, v:val[2])]'), 'buffer': 0}
endfunction

" Have no buffer of that {name}.
function! s:wipe(name) abort
  for l:old in filter(getbufinfo(), 'v:val.name ==# a:name')
    execute 'bwipeout!' l:old.bufnr
  endfor
endfunction

" Go to the event that the cursor's line is about: by its line's number, else by its first word.
function! vimtrace#report#jump() abort
  let [l:number, l:pattern] = [s:number(line('.')), s:pattern(line('.'))]
  let [l:report, l:buffer] = [win_getid(), s:buffer(getline('.'))]
  if l:number == 0 && l:pattern ==# ''
    echo 'vimtrace: no event here'
    return
  elseif l:number > 0 && vimtrace#live#lacks(l:buffer, l:number)
    return
  endif
  let l:window = bufwinid(l:buffer)
  if l:window > 0
    call win_gotoid(l:window)
  else
    execute 'aboveleft sbuffer' l:buffer
  endif
  if l:number > 0
    call cursor(l:number, 1)
  elseif search(l:pattern, 'cw') == 0
    execute l:window > 0 ? '' : 'close'
    call win_gotoid(l:report)
    echo 'vimtrace: no event here'
    return
  endif
  normal! zz
endfunction

" The buffer of the trace that {row} of a report is about: of a set that of its process, whose number a file's name has.
function! s:buffer(row) abort
  for l:file in len(b:vimtrace_files) > 1 ? b:vimtrace_files : []
    if a:row =~# '\<' . matchstr(l:file, '\.\zs\d\+$') . '\>'
      return bufadd(l:file)
    endif
  endfor
  return b:vimtrace_trace
endfunction

" The line with the heading of the table that {row} is in, behind a title that is not indented as the rows are.
function! s:heading(row) abort
  let l:heading = a:row
  while l:heading > 1 && getline(l:heading) !=# '' && getline(l:heading - 1) !~# '^\S.*:$'
    let l:heading -= 1
  endwhile
  return l:heading
endfunction

" What an event looks like that line {row} is about, by its first word: a call, a signal, an error; and by a file, if
" that is its last column. Of a heading none.
function! s:pattern(row) abort
  let l:heading = s:heading(a:row)
  let l:word = matchstr(getline(a:row), '^ \+\zs\h\w*')
  let l:file = matchend(getline(l:heading), '.\{-}\ze\<file$')
  if l:heading == a:row
    return ''
  elseif l:file >= 0
    let l:path = escape(strpart(getline(a:row), l:file), '\')
    return '\C\V\%("' . l:path . '"\|<' . l:path . '>\)' . (l:word ==# '' ? '' : '\.\*= -1 ' . l:word . '\>')
  elseif l:word ==# ''
    return ''
  endif
  return '\C\V\<' . l:word . '(\|--- ' . l:word . '\>\|= -1 ' . l:word . '\>'
endfunction

" The number of a line of the trace that stands in line {row}, in a column whose heading ends with "line", or 0.
function! s:number(row) abort
  let l:heading = s:heading(a:row)
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

" The file of that trace. Throws 'vimtrace: ...' if it has none.
function! s:trace() abort
  let l:buffer = s:root()
  if getbufvar(l:buffer, '&buftype') ==# '' && bufname(l:buffer) ==# ''
    throw 'vimtrace: this is in no file: write it to one first'
  elseif getbufvar(l:buffer, '&buftype') ==# ''
    return fnamemodify(bufname(l:buffer), ':p')
  endif
  return get(get(g:, 'vimtrace_run', {'files': ['']}).files, 0, '')
endfunction

" The files of that trace: of a run with "strace -ff" all.
function! s:files() abort
  let [l:trace, l:files] = [s:trace(), get(get(g:, 'vimtrace_run', {}), 'files', [])]
  let l:is_set = match(l:files, '^\%(.*\.\d\+$\)\@!') < 0
  return l:is_set && index(l:files, l:trace) >= 0 ? copy(l:files) : [l:trace]
endfunction

" How a person calls the trace in {file}: that of a run lies where nobody has put it.
function! s:title(file) abort
  let l:run = extend({'files': [], 'title': ''}, get(g:, 'vimtrace_run', {}))
  let l:is_of_run = l:run.title !=# '' && index(l:run.files, a:file) >= 0
  return l:is_of_run ? l:run.title : fnamemodify(a:file, ':t')
endfunction

" What vimtrace prints for {words}, and its exit status. Throws what vimtrace#program#expect() throws.
function! s:output(words) abort
  let l:out = tempname()
  try
    let l:status = vimtrace#program#expect(a:words, l:out)
    return [readfile(l:out), l:status]
  finally
    call delete(l:out)
  endtry
endfunction

function! s:complain(message) abort
  echohl ErrorMsg
  echomsg a:message ==# 'Vim:Interrupt' ? 'vimtrace: stopped' : a:message
  echohl None
endfunction

let &cpo = s:cpo
unlet s:cpo
