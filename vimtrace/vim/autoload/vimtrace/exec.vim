" An execve of a trace as the command that one would type.

let s:cpo = &cpo
set cpo&vim

let s:call = '\m\C\<execve\%(at\)\=(.*"'

" Put the command that the execve() under the cursor ran, or the last one of its process before, into {register}.
function! vimtrace#exec#yank(register) abort
  let l:found = vimtrace#exec#command()
  if l:found.command ==# ''
    call vimtrace#move#say(l:found.why)
    return
  endif
  call setreg(a:register, l:found.command, 'v')
  call vimtrace#move#say('yanked: ' . l:found.command)
endfunction

" {'command': text, 'why': there is none}.
function! vimtrace#exec#command() abort
  let l:line = s:line()
  if vimtrace#format#kind() !=# 'strace'
    return {'command': '', 'why': 'only a trace of strace shows the arguments of execve'}
  elseif l:line == 0
    return {'command': '', 'why': 'there is no execve of this process before'}
  endif
  let l:text = getline(l:line)
  let l:open = match(l:text, '\C\<execve\%(at\)\=(')
  let l:brackets = filter(vimtrace#object#brackets(l:text), 'v:val.open > l:open')
  let l:list = filter(copy(l:brackets), 'l:text[v:val.open] ==# "["')
  if empty(l:list)
    return {'command': '', 'why': 'this execve does not show its arguments: trace without "-e verbose=none"'}
  endif
  let l:argv = l:list[0]
  let l:strings = filter(vimtrace#string#all(l:text), 'v:val[0] > l:open && v:val[1] <= l:argv.close')
  let l:shown = strpart(l:text, l:argv.open, l:argv.close - l:argv.open)
  if !empty(filter(copy(l:strings), 'v:val[2]')) || l:shown =~# '\%(^\[\|, \)\.\.\.$' || empty(l:strings)
    return {'command': '', 'why': 'the arguments are cut off in this trace: trace with "strace -v -s 65536"'}
  endif
  let l:words = map(copy(l:strings), 'strpart(l:text, v:val[0] + 1, v:val[1] - v:val[0] - 2)')
  return {'command': s:in_folder(l:line, s:command(l:words[0], l:words[1:])), 'why': ''}
endfunction

" The execve() under the cursor, or the nearest before that succeeded, of the same process; or 0.
function! s:line() abort
  let l:view = winsaveview()
  call cursor(vimtrace#move#event(), 1)
  let l:process = vimtrace#format#process(getline('.'))
  let l:found = getline('.') =~# s:call
  while !l:found && search(s:call, 'bW')
    call cursor(0, 1)
    let l:found = vimtrace#format#process(getline('.')) ==# l:process && getline('.') !~# ') *= -1 '
  endwhile
  let l:line = l:found ? line('.') : 0
  call winrestview(l:view)
  return l:line
endfunction

" {argv}[0] is for ps(1) to show, unless the program tells from it what it is to be.
function! s:command(path, argv) abort
  let l:path = a:path =~# '^-\|^[^/]*$' ? './' . a:path : a:path
  let l:words = map([l:path] + a:argv[1:], 'vimtrace#string#quoted(v:val)')
  if !empty(a:argv) && fnamemodify(a:argv[0], ':t') !=# fnamemodify(a:path, ':t')
    return '(exec -a ' . vimtrace#string#quoted(a:argv[0]) . ' ' . join(l:words) . ')'
  endif
  return join(l:words)
endfunction

function! s:in_folder(line, command) abort
  let l:view = winsaveview()
  call cursor(a:line, 1)
  let l:folder = vimtrace#place#current()
  call winrestview(l:view)
  return l:folder ==# '' ? a:command : 'cd ' . s:shell(l:folder) . ' && ' . a:command
endfunction

" A {text} of our own, with bytes that are no escapes.
function! s:shell(text) abort
  return a:text =~# '^[A-Za-z0-9_@%+:,./-]\+$' ? a:text : "'" . substitute(a:text, "'", "'\\\\''", 'g') . "'"
endfunction

let &cpo = s:cpo
unlet s:cpo
