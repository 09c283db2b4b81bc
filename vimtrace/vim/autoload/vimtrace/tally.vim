" How often each errno, call or signal occurs in many lines: counted by awk(1), since a script is too slow.

let s:cpo = &cpo
set cpo&vim

let s:program = expand('<sfile>:p:h:h:h') . '/awk/tally.awk'
let s:script = 'awk=$1 program=$2 out=$3; shift 3; exec "$awk" -f "$program" -- "$@" >"$out"'

" Begin to count in the lines that were {found} (see grep.vim). {find} and {take} are patterns (see format.vim):
" what {take} matches in what {find} matches is the word, without the '(' or ' resumed' behind it. {sum} is
" another such pair for the numbers to add, or []. Returns what vimtrace#tally#finish() takes.
function! vimtrace#tally#start(found, find, take, sum) abort
  if a:find ==# '' || empty(a:found.numbers)
    return {}
  endif
  let l:tally = {'out': tempname(), 'job': -1}
  let l:awk = vimtrace#program#find('awk')
  if l:awk !=# ''
    let l:patterns = map([a:find, a:take] + (empty(a:sum) ? ['', ''] : a:sum), 'vimtrace#tally#portable(v:val)')
    let l:words = l:patterns + [string(len(a:found.numbers)), a:found.file]
    let l:tally.job = vimtrace#program#start(s:script, [l:awk, s:program, l:tally.out] + l:words)
  endif
  if vimtrace#program#fails(l:tally.job)
    let l:tally.rows = s:by_script(vimtrace#grep#texts(a:found), a:find, a:take)
  endif
  return l:tally
endfunction

" [[count, sum, word], ...], the most frequent first.
function! vimtrace#tally#finish(tally) abort
  if empty(a:tally)
    return []
  endif
  try
    if !has_key(a:tally, 'rows')
      call vimtrace#program#wait(a:tally.job)
      let a:tally.rows = map(readfile(a:tally.out), 'split(v:val, "\t")')
    endif
    return sort(s:merged(a:tally.rows), {a, b -> a[0] == b[0] ? (a[2] <# b[2] ? -1 : 1) : b[0] - a[0]})
  finally
    call delete(a:tally.out)
  endtry
endfunction

" {pattern} without a count in braces, which mawk does not know.
function! vimtrace#tally#portable(pattern) abort
  return substitute(a:pattern, '\(\[[^]]*\]\){\(\d\+\)\(,\=\)}',
        \ '\=repeat(submatch(1), submatch(2)) . (submatch(3) ==# "" ? "" : submatch(1) . "*")', 'g')
endfunction

function! s:by_script(lines, find, take) abort
  let [l:find, l:take, l:counts] = [vimtrace#format#vim(a:find), vimtrace#format#vim(a:take), {}]
  for l:line in a:lines
    let l:word = matchstr(matchstr(l:line, l:find), l:take)
    if l:word !=# ''
      let l:counts[l:word] = get(l:counts, l:word) + 1
    endif
  endfor
  return map(items(l:counts), '[v:val[1], 0, v:val[0]]')
endfunction

function! s:merged(rows) abort
  let l:merged = {}
  for [l:count, l:sum, l:word] in a:rows
    let l:word = substitute(l:word, '\%((\| resumed\| \)$', '', '')
    let l:row = get(l:merged, l:word, [0, 0.0, l:word])
    let l:merged[l:word] = [l:row[0] + l:count, l:row[1] + str2float(l:sum), l:word]
  endfor
  return values(l:merged)
endfunction

let &cpo = s:cpo
unlet s:cpo
