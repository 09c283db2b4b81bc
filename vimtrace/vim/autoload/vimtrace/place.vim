" Paths in a trace: what they are relative to, and opening them.

let s:cpo = &cpo
set cpo&vim

" Open the file under the cursor {where}: 'here', 'split' or 'tab'. Nothing of its name is expanded.
function! vimtrace#place#open(where) abort
  let l:path = vimtrace#place#path()
  if l:path ==# ''
    execute 'normal!' {'here': 'gf', 'split': "\<C-w>f", 'tab': "\<C-w>gf"}[a:where]
    return
  endif
  let l:type = getftype(resolve(l:path))
  if l:path[0] !=# '/'
    call vimtrace#move#say(l:path)
  elseif l:type ==# ''
    call vimtrace#move#say(l:path . ': there is no such file now')
  elseif l:type !=# 'file' && l:type !=# 'dir'
    call vimtrace#move#say(l:path . ': is no file to read, but a ' . l:type)
  else
    call s:edit(l:path, a:where)
  endif
endfunction

" By number: as the argument of a command the name would be looked at for wildcards.
function! s:edit(path, where) abort
  let l:buffer = bufadd(a:path)
  call setbufvar(l:buffer, '&buflisted', 1)
  normal! m'
  try
    execute {'here': 'buffer', 'split': 'sbuffer', 'tab': 'tab sbuffer'}[a:where] l:buffer
  catch /^Vim\%((\a\+)\)\=:E\(37\|325\|484\|13\)/
    call vimtrace#move#say(substitute(v:exception, '^Vim.\{-}:', '', ''))
  endtry
endfunction

" The path under the cursor, in full; in words what it is relative to, if that is not known; or '' if there is none.
function! vimtrace#place#path() abort
  let l:line = getline('.')
  let l:at = col('.') - 1
  let l:string = vimtrace#string#at(l:line, l:at)
  if !empty(l:string) && l:string[0] <= l:at
    return s:of_string(l:line, l:string, l:at)
  endif
  let l:text = s:between_angles(l:line, l:at)
  if l:text ==# ''
    let l:text = s:unquoted(l:line, l:at)
  endif
  return l:text[0] ==# '/' ? simplify(vimtrace#string#decode(l:text)) : ''
endfunction

" The path that {string} of {line} is, or the one at the index {at} in it: what was read or written is text.
function! s:of_string(line, string, at) abort
  let l:text = strpart(a:line, a:string[0] + 1, a:string[1] - a:string[0] - 2)
  let l:path = vimtrace#string#decode(l:text)
  let l:whole = a:string[2] ? 'the path is cut off in this trace: trace with "-s 4096"'
        \ : s:absolute(l:path, a:line, a:string[0])
  let [l:word, l:rest] = s:word(l:text, a:at - a:string[0] - 1)
  if getftype(l:whole) !=# '' || l:word ==# '' || l:word ==# l:path || (a:string[2] && l:rest ==# '')
    return l:whole
  endif
  let l:part = s:absolute(l:word, '', 0)
  return getftype(l:part) !=# '' || l:path =~# '[[:cntrl:]]' ? l:part : l:whole
endfunction

" The word of {text}, a string without its quotes, at the index {at}; and what is behind it.
function! s:word(text, at) abort
  let l:before = substitute(vimtrace#string#decode(strpart(a:text, max([0, a:at - 4096]), min([a:at, 4096]))), '\\$', '', '')
  let l:behind = vimtrace#string#decode(strpart(a:text, max([a:at, 0]), 4096))
  let l:name = '[^[:cntrl:] "''()<>=,:;|&{}\[\]]*'
  let l:end = matchend(l:behind, '^' . l:name)
  return [matchstr(l:before, l:name . '$') . strpart(l:behind, 0, l:end), strpart(l:behind, l:end)]
endfunction

" "/usr/lib/x" of "3</usr/lib/x>" and "</dev/null<char 1:3>>", also with the cursor on the number.
function! s:between_angles(line, at) abort
  let l:number = matchend(a:line, '^\w*<', a:at)
  let l:open = l:number > 0 ? l:number - 1 : strridx(a:line, '<', a:at)
  while l:open > 0
    if vimtrace#object#path_end(a:line, l:open) > a:at
      return matchstr(a:line, '^<\zs/[^<>]*', l:open)
    endif
    let l:open = strridx(a:line, '<', l:open - 1)
  endwhile
  return ''
endfunction

" A path that stands for itself, as in "name=/etc/x(/etc/x)" or "> /lib/libc.so(read+0x1)".
function! s:unquoted(line, at) abort
  let l:before = matchstr(strpart(a:line, max([0, a:at - 4095]), min([a:at, 4095])), '[^][ ()<>=",:]*$')
  return matchstr(strpart(a:line, a:at - len(l:before), 8192), '^/[^][ ()<>=",]*')
endfunction

function! s:absolute(path, line, at) abort
  if a:path[0] ==# '/'
    return simplify(a:path)
  endif
  let l:folder = s:folder_of_call(strpart(a:line, 0, a:at))
  return a:path ==# '' ? '' : l:folder[0] ==# '/' ? simplify(l:folder . '/' . a:path) : l:folder
endfunction

" The folder that a path is relative to which stands behind {before}: an argument with a path, or the current one.
function! s:folder_of_call(before) abort
  let l:named = matchstr(a:before, '\%(\d\|AT_FDCWD\)<\zs/[^<>]*\ze>, $')
  if l:named !=# ''
    return vimtrace#string#decode(l:named)
  elseif a:before =~# '\Cat\w*(\%(.*, \)\=\d\+, $'
    return 'descriptor ' . matchstr(a:before, '\d\+\ze, $') . ' is not shown with its path: trace with "-y"'
  endif
  let l:folder = vimtrace#place#current()
  return l:folder !=# '' ? l:folder : getcwd()
endfunction

" The current folder of the process of the line under the cursor, as far as the trace says it; or ''.
function! vimtrace#place#current() abort
  let l:process = vimtrace#format#process(getline('.'))
  let l:view = winsaveview()
  let l:rest = ''
  let l:folder = ''
  call cursor(0, col('$'))
  while l:folder[0] !=# '/' && search('\m\C\<AT_FDCWD</\|\<f\=chdir(', 'bW', 0, 300)
    if vimtrace#format#process(getline('.')) ==# l:process
      let l:folder = s:folder_said(getline('.'))
      let l:rest = l:folder ==# '' ? l:rest : '/' . l:folder . l:rest
    endif
    call cursor(0, 1)
  endwhile
  call winrestview(l:view)
  if l:folder[0] ==# '/'
    return simplify(substitute(l:rest, '^/\+', '/', ''))
  endif
  let l:folder = s:said_later(l:process)
  return l:folder !=# '' ? l:folder : s:of_living(l:process)
endfunction

" The current folder of {process} as a later line says it, before one that changes it; or ''.
function! s:said_later(process) abort
  let l:view = winsaveview()
  let l:folder = ''
  call cursor(0, col('$'))
  while l:folder ==# '' && search('\m\C\<AT_FDCWD</\|\<f\=chdir\>', 'W', 0, 300)
    let l:line = getline('.')
    if vimtrace#format#process(l:line) ==# a:process
      let l:folder = vimtrace#string#decode(matchstr(l:line, '\C\<AT_FDCWD<\zs/[^<>]*'))
      if l:folder ==# '' && l:line !~# ') *= -1 '
        break
      endif
    endif
    call cursor(0, col('$'))
  endwhile
  call winrestview(l:view)
  return l:folder
endfunction

" The folder that {line} says is the current one, or goes to; or ''.
function! s:folder_said(line) abort
  let l:patterns = ['\C\<AT_FDCWD<\zs/[^<>]*',
        \ '\C\<chdir("\zs\%([^"\\]\|\\.\)*\ze") *= 0', '\C\<fchdir(\d\+<\zs/[^<>]*\ze>) *= 0']
  return get(filter(map(l:patterns, 'vimtrace#string#decode(matchstr(a:line, v:val))'), 'v:val !=# ""'), 0, '')
endfunction

" While the trace is live, the kernel knows; later the pid may be another's.
function! s:of_living(process) abort
  let l:link = '/proc/' . a:process . '/cwd'
  let l:folder = a:process !=# '' && get(get(b:, 'vimtrace', {}), 'feeding', 0) ? resolve(l:link) : ''
  return l:folder ==# l:link ? '' : l:folder
endfunction

let &cpo = s:cpo
unlet s:cpo
