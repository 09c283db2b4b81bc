" Folds of what is rarely read: made once, on demand, and manual, since folds by expression take seconds.

let s:cpo = &cpo
set cpo&vim

let s:kinds = ['loader', 'call', 'process', 'hexdump', 'stack']
let s:program = expand('<sfile>:p:h:h:h') . '/awk/fold.awk'
let s:script = 'awk=$1 sort=$2 program=$3 out=$4; shift 4
      \; "$awk" -f "$program" -- "$@" >"$out.rows" && "$sort" -k1,1n -k2,2nr "$out.rows" >"$out"'

" Fold {kinds} of lines in the current window, instead of what was folded before; 'none' takes the folds
" away and gives the window its options back.
function! vimtrace#fold#run(kinds) abort
  let l:unknown = filter(copy(a:kinds), 'index(s:kinds + ["none"], v:val) < 0')
  try
    if !empty(l:unknown)
      throw 'vimtrace: ' . l:unknown[0] . ': what can be folded: ' . join(s:kinds + ['none'], ', ')
    elseif index(a:kinds, 'none') >= 0
      call s:restore()
    else
      call s:fold(a:kinds)
    endif
  catch /^\%(Vim:Interrupt\|vimtrace: stopped\)$/
    call s:restore()
    call s:complain('vimtrace: stopped; nothing is folded')
  catch /^vimtrace: /
    call s:complain(v:exception)
  endtry
endfunction

function! vimtrace#fold#complete(start, line, position) abort
  return filter(s:kinds + ['none'], 'stridx(v:val, a:start) == 0')
endfunction

function! s:complain(message) abort
  redraw
  echohl WarningMsg
  echo a:message
  echohl None
endfunction

function! s:fold(kinds) abort
  let l:rows = s:rows(a:kinds)
  let l:rows = len(a:kinds) > 1 ? s:nested(l:rows) : l:rows
  if empty(l:rows)
    throw 'vimtrace: nothing to fold: ' . join(a:kinds)
  endif
  call vimtrace#program#check()
  call s:prepare()
  let b:vimtrace_folds = {}
  for l:row in l:rows
    let b:vimtrace_folds[l:row[0] . ',' . l:row[1]] = l:row[2:]
    execute l:row[0] . ',' . l:row[1] . 'fold'
  endfor
  let l:grows = get(get(b:, 'vimtrace', {}), 'feeding', 0)
  echo 'vimtrace: ' . len(l:rows) . (len(l:rows) == 1 ? ' fold' : ' folds')
        \ . (l:grows ? '; what arrives later is not folded, unless asked again' : '')
endfunction

" [[first, last, kind, process, calls, errors, seconds, call], ...], in order, what is wider first.
function! s:rows(kinds) abort
  let l:programs = map(['awk', 'sort'], 'vimtrace#program#find(v:val)')
  let l:out = tempname()
  try
    let [l:last, l:file] = [line('$'), vimtrace#grep#file()]
    if l:file ==# ''
      let l:file = l:out . '.in'
      call writefile(getline(1, l:last), l:file)
    endif
    let l:words = [vimtrace#format#kind(), join(a:kinds), string(l:last), l:file]
    if vimtrace#program#run(s:script, l:programs + [s:program, l:out] + l:words) != 0
      throw 'vimtrace: TraceFold needs awk(1) and sort(1)'
    endif
    return map(readfile(l:out), 'split(v:val, "\t", 1)')
  finally
    for l:end in ['', '.in', '.rows']
      call delete(l:out . l:end)
    endfor
  endtry
endfunction

" {rows} without a fold that is there already, and with one that sticks out of another cut short; the inner
" ones first, since :fold takes the whole of a closed fold that it touches.
function! s:nested(rows) abort
  let [l:nested, l:open, l:seen] = [[], [], ['', '']]
  for l:row in a:rows
    while !empty(l:open) && str2nr(l:open[-1][1]) < l:row[0]
      call add(l:nested, remove(l:open, -1))
    endwhile
    if !empty(l:open) && l:row[1] > str2nr(l:open[-1][1])
      let l:row[1] = l:open[-1][1]
    endif
    if l:row[:1] != l:seen && str2nr(l:row[1]) > l:row[0]
      call add(l:open, l:row)
    endif
    let l:seen = l:row[:1]
  endfor
  return extend(l:nested, reverse(l:open))
endfunction

function! s:prepare() abort
  if !exists('w:vimtrace_unfolded')
    let w:vimtrace_unfolded = {'foldmethod': &l:foldmethod, 'foldtext': &l:foldtext, 'foldlevel': &l:foldlevel,
          \ 'foldenable': &l:foldenable}
  endif
  setlocal foldmethod=manual foldtext=vimtrace#fold#text() foldlevel=0 foldenable
  normal! zE
endfunction

function! s:restore() abort
  if exists('w:vimtrace_unfolded')
    setlocal foldmethod=manual
    normal! zE
    for [l:name, l:value] in items(w:vimtrace_unfolded)
      call setwinvar(0, '&' . l:name, l:value)
    endfor
    unlet w:vimtrace_unfolded
  endif
endfunction

" The line of a closed fold: the process, how many calls, how long they took, how many failed.
function! vimtrace#fold#text() abort
  let l:row = get(get(b:, 'vimtrace_folds', {}), v:foldstart . ',' . v:foldend, [])
  if empty(l:row)
    return foldtext()
  endif
  let [l:kind, l:process, l:count, l:errors, l:seconds, l:call] = l:row
  let l:what = {'loader': l:count . ' calls of the loader', 'call': l:count . ' ' . l:call,
        \ 'process': l:count . ' lines', 'hexdump': l:count . ' lines of a hex dump',
        \ 'stack': l:count . ' frames of a stack'}[l:kind]
  let l:parts = [(l:process ==# '' || l:kind =~# 'hexdump\|stack' ? '' : l:process . ': ') . l:what]
  let l:parts += str2float(l:seconds) > 0 ? [printf('%.6f s', str2float(l:seconds))] : []
  let l:parts += l:errors > 0 ? [l:errors . (l:errors == 1 ? ' error' : ' errors')] : []
  return '+-' . v:folddashes . ' ' . join(l:parts, ', ') . ' '
endfunction

let &cpo = s:cpo
unlet s:cpo
