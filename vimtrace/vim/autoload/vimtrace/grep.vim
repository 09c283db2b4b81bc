" The lines of a trace that match: grep(1) on the file, where the buffer is what is in the file, since it
" is several times faster than a script; else on a copy of the buffer's lines.
"
" A pattern is {'grep': for grep -E or '', 'vim': for search()}, and for calls 'name': for a call's name alone.

let s:cpo = &cpo
set cpo&vim

" $1 grep, $2 cut, $3 tail, $4 the file, $5 the name of what is written; then what grep is to do. Two greps side
" by side take less time than to cut the lines out of what one has found.
let s:script = '
      \ grep=$1 cut=$2 tail=$3 in=$4 out=$5; shift 5
      \; "$grep" -anE "$@" -- "$in" | "$cut" -d: -f1 >"$out.numbers" & numbers=$!
      \; "$grep" -aE "$@" -- "$in" >"$out"; found=$?
      \; "$tail" -n 1 -- "$out" >"$out.last"; wait "$numbers"; exit "$found"'

" The lines of the current buffer that one of {patterns} matches; with {invert}, that none of them matches:
" {'numbers': [number or digits, ...], 'last': how many lines were looked at, 'file': where the lines are, and
" maybe more behind them}. It is for the caller to vimtrace#grep#forget() it.
" Throws Vim:Interrupt (Neovim: 'vimtrace: stopped') if the user stopped it with <C-c>.
function! vimtrace#grep#lines(patterns, invert) abort
  let l:found = {'numbers': [], 'last': line('$'), 'file': tempname()}
  try
    if !s:can_grep(a:patterns) || !s:grep(s:words(a:patterns, a:invert), l:found)
      call s:search(a:patterns, a:invert, l:found)
    endif
    let l:done = 1
  finally
    if !exists('l:done')
      call vimtrace#grep#forget(l:found)
    endif
  endtry
  return l:found
endfunction

let s:program = expand('<sfile>:p:h:h:h') . '/awk/events.awk'

" The same for the events that {groups} tell (see term.vim), with all their lines: both halves of a call, its stack
" and its dumps; with {invert}, the others. Throws also 'vimtrace: ...' where the programs are not installed.
function! vimtrace#grep#events(groups, invert) abort
  let l:found = {'numbers': [], 'last': line('$'), 'file': tempname()}
  try
    let l:programs = map(['grep', 'awk', 'cut', 'tail'], 'vimtrace#program#find(v:val)')
    if index(l:programs, '') >= 0
      throw 'vimtrace: TraceFilter needs grep(1), awk(1), cut(1) and tail(1)'
    endif
    let l:file = vimtrace#grep#file()
    if l:file ==# '' || !s:find_events(l:programs, l:file, a:groups, a:invert, l:found)
      call writefile(getline(1, l:found.last), l:found.file . '.in')
      call s:find_events(l:programs, l:found.file . '.in', a:groups, a:invert, l:found)
    endif
    let l:done = 1
  finally
    if !exists('l:done')
      call vimtrace#grep#forget(l:found)
    endif
  endtry
  return l:found
endfunction

" Whether that could be run, and found what is in the buffer.
function! s:find_events(programs, file, groups, invert, found) abort
  let [l:grep, l:awk, l:cut, l:tail] = a:programs
  let l:whole = empty(filter(copy(a:groups), '!v:val.whole'))
  if len(a:groups) == 1 && s:lacks(l:grep, a:file, s:either('more', l:whole ? 'moved' : 'half'))
    return s:run([l:grep, l:cut, l:tail], a:file, s:words(a:groups[0].patterns, a:invert != a:groups[0].hides), a:found)
  endif
  " Halves matter where one of them may not tell all that is asked for, or is another process's.
  let l:whole = l:whole && s:lacks(l:grep, a:file, vimtrace#format#pattern('moved'))
  let l:more = s:either('more', l:whole ? '' : 'half')
  let l:head = [l:grep, l:awk, l:cut, s:program, a:file, a:found.file, l:more, string(a:found.last), string(a:invert)]
  let [l:script, l:words] = s:events_script(a:groups, l:head)
  try
    if vimtrace#program#run(l:script, l:words) != 0
      throw 'vimtrace: TraceFilter: awk(1) cannot do that here'
    endif
  finally
    for l:end in range(1, len(a:groups)) + ['more']
      call delete(a:found.file . '.' . l:end)
    endfor
  endtry
  let a:found.numbers = readfile(a:found.file . '.numbers')
  return s:agrees(a:found.numbers, len(a:found.numbers), a:found.file)
endfunction

" The pattern of the lines that are one of two parts of a trace (see format.vim), or ''.
function! s:either(one, other) abort
  return join(filter(map([a:one, a:other], 'vimtrace#format#pattern(v:val)'), 'v:val !=# ""'), '|')
endfunction

function! s:lacks(grep, file, pattern) abort
  return a:pattern ==# '' || vimtrace#program#run('exec "$1" -qaE -e "$2" -- "$3"', [a:grep, a:pattern, a:file]) == 1
endfunction

" A script and its arguments that write the numbers of the events of {groups}; {head} are the first nine.
function! s:events_script(groups, head) abort
  let [l:script, l:words, l:files] = ['grep=$1 awk=$2 cut=$3 program=$4 in=$5 out=$6', copy(a:head), '']
  if a:head[6] !=# ''
    let l:script .= '; "$grep" -anE -e "$7" -- "$in" >"$out.more" &'
  endif
  for l:at in range(len(a:groups))
    let l:patterns = ''
    for l:pattern in a:groups[l:at].patterns
      call add(l:words, l:pattern.grep)
      let l:patterns .= ' -e "${' . len(l:words) . '}"'
    endfor
    let l:name = '"$out.' . (l:at + 1) . '"'
    let l:script .= "\n" . '"$grep" -anE' . l:patterns . ' -- "$in" | "$cut" -d: -f1 >' . l:name . ' &'
    let l:files .= ' "' . (a:groups[l:at].hides ? '-' : '+') . '"' . l:name
  endfor
  let l:more = a:head[6] ==# '' ? '""' : '"$out.more"'
  let l:script .= "\nwait; " . 'exec "$awk" -f "$program" -- "$8" "$9" ' . l:more . ' "$out" "$in"' . l:files
  return [l:script, l:words]
endfunction

" The texts of the lines that were {found}.
function! vimtrace#grep#texts(found) abort
  return empty(a:found.numbers) ? [] : readfile(a:found.file, '', len(a:found.numbers))
endfunction

" Delete the files of what was {found}.
function! vimtrace#grep#forget(found) abort
  for l:end in ['', '.in', '.numbers', '.last']
    call delete(a:found.file . l:end)
  endfor
endfunction

function! s:can_grep(patterns) abort
  return empty(filter(copy(a:patterns), 'v:val.grep ==# ""'))
endfunction

function! s:words(patterns, invert) abort
  let l:words = a:invert ? ['-v'] : []
  for l:pattern in a:patterns
    let l:words += ['-e', l:pattern.grep]
  endfor
  return l:words
endfunction

" Whether grep could be run.
function! s:grep(words, found) abort
  let l:programs = map(['grep', 'cut', 'tail'], 'vimtrace#program#find(v:val)')
  if index(l:programs, '') >= 0
    return 0
  endif
  let l:file = vimtrace#grep#file()
  if l:file !=# '' && s:run(l:programs, l:file, a:words, a:found)
    return 1
  endif
  let l:file = a:found.file . '.in'
  call writefile(getline(1, a:found.last), l:file)
  return s:run(l:programs, l:file, a:words, a:found)
endfunction

" Whether that could be run, and found what is in the buffer.
function! s:run(programs, file, words, found) abort
  let l:status = vimtrace#program#run(s:script, a:programs + [a:file, a:found.file] + a:words)
  if l:status != 0
    return l:status == 1
  endif
  let l:numbers = readfile(a:found.file . '.numbers')
  let l:count = vimtrace#grep#count_up_to(l:numbers, a:found.last)
  let l:agrees = s:agrees(l:numbers, l:count, a:found.file)
  " What the file holds beyond the lines of the buffer is left out.
  let a:found.numbers = l:count == 0 ? [] : l:count < len(l:numbers) ? l:numbers[: l:count - 1] : l:numbers
  return l:agrees
endfunction

" How many of the ascending {numbers} are not greater than {limit}.
function! vimtrace#grep#count_up_to(numbers, limit) abort
  let [l:low, l:high] = [0, len(a:numbers)]
  while l:low < l:high
    let l:middle = (l:low + l:high) / 2
    if a:numbers[l:middle] <= a:limit
      let l:low = l:middle + 1
    else
      let l:high = l:middle
    endif
  endwhile
  return l:low
endfunction

" Whether the first and the last line that were found are so in the buffer, too.
function! s:agrees(numbers, count, file) abort
  if a:count == 0
    return 1
  endif
  return [getline(a:numbers[0])] ==# readfile(a:file, '', 1)
        \ && (a:count < len(a:numbers) || [getline(a:numbers[-1])] ==# readfile(a:file . '.last', '', 1))
endfunction

" The file that holds the lines of the current buffer, byte for byte, and maybe more behind them; or ''.
function! vimtrace#grep#file() abort
  if &modified
    return ''
  elseif exists('b:vimtrace.feeding')
    let l:file = g:vimtrace_run.files[0]
    return &modifiable || vimtrace#live#is_cut(bufnr('%')) || s:has_nul(l:file) ? '' : l:file
  elseif &buftype !=# '' || &bomb || &fileformat !=# 'unix' || &fileencoding !~# '^\%(' . &encoding . '\)\=$'
    return ''
  endif
  let l:file = expand('%:p')
  let l:bytes = line2byte(line('$') + 1) - 1
  let l:size = getfsize(l:file)
  return filereadable(l:file) && (l:size == l:bytes || l:size == l:bytes - 1) ? l:file : ''
endfunction

" Vim ends a line of a live trace at a NUL byte: the lines are then not those of the file.
function! s:has_nul(file) abort
  let l:grep = vimtrace#program#find('grep')
  return !has('nvim') && vimtrace#program#run('exec "$1" -qaP "\\x00" -- "$2"', [l:grep, a:file]) != 1
endfunction

" The same with the editor's own search(), for what only Vim's patterns can say.
function! s:search(patterns, invert, found) abort
  let l:view = winsaveview()
  try
    let l:hits = map(copy(a:patterns), 's:hits(v:val.vim, a:found.last)')
  finally
    call winrestview(l:view)
  endtry
  let a:found.numbers = len(l:hits) == 1 && !a:invert ? l:hits[0] : s:joined(l:hits, a:invert, a:found.last)
  call vimtrace#program#check()
  call writefile(map(copy(a:found.numbers), 'getline(v:val)'), a:found.file)
endfunction

" The lines that are in one of the lists {hits}; with {invert}, the others.
function! s:joined(hits, invert, last) abort
  let l:is_hit = repeat([a:invert], a:last + 1)
  for l:numbers in a:hits
    for l:number in l:numbers
      let l:is_hit[l:number] = !a:invert
    endfor
  endfor
  return filter(range(1, a:last), 'l:is_hit[v:val]')
endfunction

function! s:hits(pattern, last) abort
  let l:hits = []
  call cursor(1, 1)
  let l:at = search(a:pattern, 'cW', a:last)
  while l:at > 0
    call add(l:hits, l:at)
    if l:at == a:last
      break
    endif
    call cursor(l:at + 1, 1)
    let l:at = search(a:pattern, 'cW', a:last)
  endwhile
  call vimtrace#program#check()
  return l:hits
endfunction

let &cpo = s:cpo
unlet s:cpo
