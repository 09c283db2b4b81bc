" Which lines a filter keeps, as the editor itself can tell: of a live trace, a few hundred at a time.

let s:cpo = &cpo
set cpo&vim

" The indexes of those of {lines} that all {conditions} keep; {above}: whether the line before the first is kept.
function! vimtrace#keep#indexes(lines, conditions, above) abort
  let [l:kept, l:names] = [range(len(a:lines)), []]
  for l:condition in a:conditions
    let l:misses = {}
    for l:group in l:condition.groups
      let l:hits = {}
      for l:pattern in l:group.patterns
        if has_key(l:pattern, 'name')
          let l:names = empty(l:names) ? map(copy(a:lines), 's:call(v:val)') : l:names
          call s:find_names(l:names, l:pattern, l:hits)
        else
          call s:find(a:lines, l:pattern.vim, l:hits)
        endif
      endfor
      for l:at in filter(range(len(a:lines)), 'has_key(l:hits, v:val) == l:group.hides')
        let l:misses[l:at] = 1
      endfor
    endfor
    call filter(l:kept, 'has_key(l:misses, v:val) == l:condition.invert')
  endfor
  return s:with_stacks(a:lines, l:kept, a:above)
endfunction

" The indexes {kept} of {lines}, where those of a stack or a dump go with the line above.
function! s:with_stacks(lines, kept, above) abort
  let [l:more, l:pattern] = [{}, vimtrace#format#pattern('more')]
  if l:pattern !=# ''
    call s:find(a:lines, vimtrace#format#vim(l:pattern), l:more)
  endif
  if empty(l:more)
    return a:kept
  endif
  let [l:is_kept, l:at] = [repeat([0], len(a:lines)), 0]
  for l:index in a:kept
    let l:is_kept[l:index] = 1
  endfor
  let l:before = a:above
  while l:at < len(a:lines)
    let l:is_kept[l:at] = has_key(l:more, l:at) ? l:before : l:is_kept[l:at]
    let l:before = l:is_kept[l:at]
    let l:at += 1
  endwhile
  return filter(range(len(a:lines)), 'l:is_kept[v:val]')
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

let &cpo = s:cpo
unlet s:cpo
