" What the syntax says of each line: for every file of $GROUPS_FILES (one path a line), to $GROUPS_OUT.
" One line of answer for one of the file: the text, with the group before each piece that has one.

function! s:describe(number) abort
  let l:text = strpart(getline(a:number), 0, get(g:, 'groups_columns', 100000))
  " Once for each column and from the left: anything else has the line parsed again.
  let l:groups = map(range(1, len(l:text)), 'synIDattr(synID(a:number, v:val, 1), "name")')
  let l:out = ''
  let l:at = 0
  while l:at < len(l:text)
    let l:from = l:at
    while l:at < len(l:text) && l:groups[l:at] ==# l:groups[l:from]
      let l:at += 1
    endwhile
    let l:out .= s:piece(l:groups[l:from], strpart(l:text, l:from, l:at - l:from))
  endwhile
  return l:out
endfunction

function! s:piece(group, text) abort
  if a:group ==# ''
    return a:text =~# '^\s*$' ? a:text : s:piece('NONE', a:text)
  endif
  return a:group . '⟨' . a:text . '⟩'
endfunction

for s:path in readfile($GROUPS_FILES)
  execute 'silent edit' fnameescape(s:path)
  let s:answer = ['filetype=' . &l:filetype . ' syntax=' . get(b:, 'current_syntax', '')]
  if exists('g:syntax_on')
    call extend(s:answer, map(range(1, line('$')), 's:describe(v:val)'))
  endif
  call writefile(s:answer + ["\f"], $GROUPS_OUT, 'a')
  silent bwipeout!
endfor
qall!
