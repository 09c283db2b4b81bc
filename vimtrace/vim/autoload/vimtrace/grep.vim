" The lines of a trace that match: grep(1) on the file, where the buffer is what is in the file, since it
" is several times faster than a script; else on a copy of the buffer's lines.
"
" A pattern is {'grep': for grep -E or '', 'vim': for search()}.

let s:cpo = &cpo
set cpo&vim

" $1 grep, $2 cut, $3 the file, $4 the name of what is written; then what grep is to do.
let s:script = '
      \ grep=$1 cut=$2 in=$3 out=$4; shift 4
      \; "$grep" -anE "$@" -- "$in" >"$out.all" || exit
      \; "$cut" -d: -f1 "$out.all" >"$out.numbers" & "$cut" -d: -f2- "$out.all" >"$out.texts" && wait "$!"'

" The lines of the current buffer that one of {patterns} matches; with {invert}, that none of them matches:
" {'numbers': [number or digits, ...], 'texts': [...], 'last': how many lines were looked at}.
" Throws Vim:Interrupt if the user stopped it with <C-c>.
function! vimtrace#grep#lines(patterns, invert) abort
  let [l:found, l:last] = [{}, line('$')]
  if empty(filter(copy(a:patterns), 'v:val.grep ==# ""'))
    let l:words = a:invert ? ['-v'] : []
    for l:pattern in a:patterns
      let l:words += ['-e', l:pattern.grep]
    endfor
    let l:found = s:grep(l:words, l:last)
  endif
  return empty(l:found) ? s:search(a:patterns, a:invert, l:last) : l:found
endfunction

" What grep finds; {} if it cannot be run.
function! s:grep(words, last) abort
  let l:programs = [vimtrace#program#find('grep'), vimtrace#program#find('cut')]
  if index(l:programs, '') >= 0
    return {}
  endif
  let l:out = tempname()
  try
    let l:file = vimtrace#grep#file()
    let l:found = l:file ==# '' ? {} : s:run(l:programs, l:file, l:out, a:last, a:words)
    if empty(l:found) || !s:agrees(l:found)
      call writefile(getline(1, a:last), l:out . '.in')
      let l:found = s:run(l:programs, l:out . '.in', l:out, a:last, a:words)
    endif
    return l:found
  finally
    for l:end in ['.in', '.all', '.numbers', '.texts']
      call delete(l:out . l:end)
    endfor
  endtry
endfunction

function! s:run(programs, file, out, last, words) abort
  let l:status = vimtrace#program#run(s:script, a:programs + [a:file, a:out] + a:words)
  if l:status == 1
    return {'numbers': [], 'texts': [], 'last': a:last}
  elseif l:status != 0
    return {}
  endif
  let l:found = {'numbers': readfile(a:out . '.numbers'), 'texts': readfile(a:out . '.texts'), 'last': a:last}
  return s:cut_off(l:found)
endfunction

" Leave out what the file holds beyond the lines of the buffer.
function! s:cut_off(found) abort
  let l:count = vimtrace#grep#count_up_to(a:found.numbers, a:found.last)
  if l:count == 0
    let [a:found.numbers, a:found.texts] = [[], []]
  elseif l:count < len(a:found.numbers)
    call remove(a:found.numbers, l:count, -1)
    call remove(a:found.texts, l:count, -1)
  endif
  return a:found
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
function! s:agrees(found) abort
  for l:at in empty(a:found.numbers) ? [] : [0, -1]
    if getline(a:found.numbers[l:at]) !=# a:found.texts[l:at]
      return 0
    endif
  endfor
  return 1
endfunction

" The file that holds the lines of the current buffer, byte for byte, and maybe more behind them; or ''.
function! vimtrace#grep#file() abort
  if &modified
    return ''
  elseif exists('b:vimtrace.feeding')
    let l:file = g:vimtrace_run.files[0]
    return &modifiable || s:has_nul(l:file) ? '' : l:file
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
function! s:search(patterns, invert, last) abort
  let l:hits = {}
  let l:view = winsaveview()
  try
    for l:pattern in a:patterns
      call s:search_one(l:pattern.vim, a:last, l:hits)
      call vimtrace#program#check()
    endfor
  finally
    call winrestview(l:view)
  endtry
  let l:numbers = a:invert ? filter(range(1, a:last), '!has_key(l:hits, v:val)')
        \ : sort(map(keys(l:hits), 'str2nr(v:val)'), 'n')
  return {'numbers': l:numbers, 'texts': map(copy(l:numbers), 'getline(v:val)'), 'last': a:last}
endfunction

function! s:search_one(pattern, last, hits) abort
  call cursor(1, 1)
  let l:at = search(a:pattern, 'cW', a:last)
  while l:at > 0
    let a:hits[l:at] = 1
    if l:at == a:last
      return
    endif
    call cursor(l:at + 1, 1)
    let l:at = search(a:pattern, 'cW', a:last)
  endwhile
endfunction

let &cpo = s:cpo
unlet s:cpo
