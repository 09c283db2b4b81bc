" Marks: what is looked at in a colour, wherever it stands, that stay while one moves on.

let s:cpo = &cpo
set cpo&vim

" [terminal of 256 colours, of fewer, GUI]: black text on each is read on a light and on a dark screen.
let s:colours = [[117, 'Cyan', '#87d7ff'], [221, 'Yellow', '#ffd75f'], [150, 'Green', '#afd787'],
      \ [217, 'Red', '#ffafaf'], [183, 'Magenta', '#d7afff'], [215, 'Brown', '#ffaf5f']]

" The calls that return a descriptor.
let s:opening = 'open|openat|openat2|creat|socket|accept4?|dup[23]?|fcntl(64)?|epoll_create1?|eventfd2?|signalfd4?'
      \ . '|timerfd_create|memfd_create|inotify_init1?|fanotify_init|pidfd_open|pidfd_getfd|perf_event_open|userfaultfd'
      \ . '|io_uring_setup|open_by_handle_at|fsopen|fsmount|open_tree|bpf|landlock_create_ruleset|mq_open'
" How many arguments stand before the descriptor, where it is not the first.
let s:after = ['%(dup[23]|sendfile%(64)?|copy_file_range|tee|inotify_add_watch)\([^,]*, ', 'epoll_ctl\(%([^,]*, ){2}',
      \ 'mmap2?\(%([^,]*, ){4}', '%(splice|linkat|renameat2?)\(%([^,]*, ){2}']

" Mark what is under the cursor, or in Visual mode what is selected, in the colour {count} or the next one; or take
" its mark away.
function! vimtrace#mark#toggle(count, mode) abort
  let l:patterns = a:mode ==# 'x' ? ['\C\V' . escape(s:selected(), '\')] : s:under_cursor()
  if empty(l:patterns)
    call vimtrace#move#say('there is nothing to mark here')
    return
  endif
  let l:marks = get(b:, 'vimtrace_marks', [])
  let l:others = filter(copy(l:marks), 'v:val.patterns !=# l:patterns')
  if len(l:others) == len(l:marks)
    let l:colour = a:count > 0 ? (a:count - 1) % len(s:colours) : s:free(l:marks)
    call add(l:others, {'patterns': l:patterns, 'colour': l:colour})
  endif
  call s:show(l:others)
endfunction

function! vimtrace#mark#clear() abort
  call s:show([])
endfunction

" :TraceMark {pattern}, :TraceMark! [pattern]; without a pattern as the key.
function! vimtrace#mark#command(bang, pattern) abort
  if a:pattern ==# ''
    execute a:bang ? 'call vimtrace#mark#clear()' : 'call vimtrace#mark#toggle(0, "n")'
    return
  endif
  try
    call match('', a:pattern)
  catch /^Vim\%((\a\+)\)\=:E/
    call vimtrace#move#say(substitute(v:exception, '^Vim.\{-}:', '', ''))
    return
  endtry
  let l:marks = filter(copy(get(b:, 'vimtrace_marks', [])), 'v:val.patterns !=# [a:pattern]')
  call s:show(l:marks + (a:bang ? [] : [{'patterns': [a:pattern], 'colour': s:free(l:marks)}]))
endfunction

" The colour that is used least.
function! s:free(marks) abort
  let l:counts = map(copy(s:colours), 'len(filter(copy(a:marks), "v:val.colour == " . v:key))')
  return index(l:counts, min(l:counts))
endfunction

function! s:show(marks) abort
  let b:vimtrace_marks = a:marks
  call s:define_colours()
  let l:matches = []
  for l:mark in a:marks
    let l:matches += map(copy(l:mark.patterns), '{"group": "vimtraceMark" . (l:mark.colour + 1), "pattern": v:val}')
  endfor
  call vimtrace#match#set('mark', l:matches)
endfunction

" Again after :colorscheme, which clears them.
function! s:define_colours() abort
  for l:index in range(len(s:colours))
    let [l:many, l:few, l:gui] = s:colours[l:index]
    execute 'highlight default vimtraceMark' . (l:index + 1) 'ctermfg=Black guifg=Black ctermbg='
          \ . (&t_Co > 255 || has('nvim') ? l:many : l:few) 'guibg=' . l:gui
  endfor
  augroup vimtrace_mark
    autocmd!
    autocmd ColorScheme * call s:define_colours()
  augroup END
endfunction

function! s:selected() abort
  let [l:from, l:to] = [getpos("'<"), getpos("'>")]
  let l:line = getline(l:from[1])
  let l:last = l:to[1] > l:from[1] ? len(l:line) : matchend(l:line, '.', l:to[2] - 1)
  return strpart(l:line, l:from[2] - 1, (l:last < 0 ? len(l:line) : l:last) - l:from[2] + 1)
endfunction

" The patterns of what is under the cursor: a pid, a descriptor, a path in quotes, or a word.
function! s:under_cursor() abort
  let l:line = getline('.')
  let l:at = col('.') - 1
  " No further than a name can be long: a megabyte of base64 is one word.
  let l:from = l:at - len(matchstr(strpart(l:line, max([0, l:at - 255]), min([l:at, 255])), '\w*$'))
  let l:word = matchstr(strpart(l:line, l:from, 512), '^\w*')
  let l:path = s:descriptor_path(l:line, l:from, l:word, l:at)
  let l:string = vimtrace#string#at(l:line, l:at)
  let l:inside = !empty(l:string) && l:string[0] <= l:at
  let l:text = l:inside ? strpart(l:line, l:string[0], l:string[1] - l:string[0]) : ''
  if l:path !=# ''
    return ['\C\V\<' . escape(l:path, '\')]
  elseif stridx(l:text, '/') >= 0 && len(l:text) < 4096
    return ['\C\V' . escape(l:text, '\')]
  elseif l:word =~# '^\d\+$' && s:is_descriptor(l:line, l:from, l:word)
    return s:places(vimtrace#format#process(l:line), l:word)
  endif
  return l:word ==# '' || len(l:word) > 255 ? [] : ['\C\%(\d\.\)\@2<!\<' . l:word . '\>\%(\.\d\)\@!']
endfunction

" "3</path>" with the cursor on any of it: with its path a number is one file, in whatever process.
function! s:descriptor_path(line, from, word, at) abort
  let l:open = a:word =~# '^\d\+$' ? a:from + len(a:word) : strridx(a:line, '<', a:at)
  let l:number = matchstr(strpart(a:line, 0, max([l:open, 0])), '[^0-9A-Za-z_]\zs\d\+$')
  if a:line[l:open] !=# '<' || l:number ==# '' || strpart(a:line, l:open - len(l:number) - 5, 5) =~# '\[pid \|^$'
    return ''
  endif
  let l:end = vimtrace#object#path_end(a:line, l:open)
  return a:at < l:end ? strpart(a:line, l:open - len(l:number), l:end - l:open + len(l:number)) : ''
endfunction

" Whether the {number} at the index {from} of {line} is a descriptor: by its place.
function! s:is_descriptor(line, from, number) abort
  return !empty(filter(s:places(vimtrace#format#process(a:line), a:number), 'match(a:line, v:val) == a:from'))
endfunction

" The patterns of the places where the descriptor {number} of {process} stands; every process has its own.
function! s:places(process, number) abort
  if index(['strace', 'ltrace', ''], vimtrace#format#kind()) < 0
    let l:process = vimtrace#format#vim(vimtrace#format#pattern('process', a:process))
    let l:line = a:process ==# '' ? '' : '\m\%(' . l:process . '\m\)\@='
    return ['\%#=1\v^' . l:line . '\v\C.*<fd%(\=|: )\zs' . a:number . '>']
  endif
  let l:process = vimtrace#format#pattern('process', a:process ==# '' ? '[0-9]+' : a:process)
  " The older engine, and "^" in front: in a line of a megabyte that is the difference between a moment and a minute.
  let l:is = a:process ==# '' ? '\@!' : '\@='
  let l:head = '\%#=1\v^\m\%(' . vimtrace#format#vim(l:process) . '\m\)' . l:is . '\v\C'
  let l:opening = substitute(s:opening, '(', '%(', 'g')
  return [l:head . '[^("]*\(\zs' . a:number . '\ze%(,|\)| )', l:head . '.*\{fd\=\zs' . a:number . '>',
        \ l:head . '[^("]*<%(' . l:opening . ')%(\(| resumed).*\) +\= \zs' . a:number . '>%(\<|$| )@=']
        \ + map(copy(s:after), 'l:head . "[^(\"]*<" . v:val . "\\zs" . a:number . ">"')
endfunction

let &cpo = s:cpo
unlet s:cpo
