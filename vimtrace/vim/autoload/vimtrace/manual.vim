" "K": the manual page of a call, or what an errno, a signal or a flag means.

let s:cpo = &cpo
set cpo&vim

" What the C library and strace call by another name than the manual does.
let s:pages = {'newfstatat': 'fstatat', 'pread64': 'pread', 'pwrite64': 'pwrite', 'rt_sigreturn': 'sigreturn',
      \ 'SYS_newfstatat': 'fstatat', '_exit': '_exit', 'exit_group': 'exit_group', 'procexit': '_exit'}

" Tell the meaning of the word under the cursor, or show the manual page: of the call under the cursor, or else of
" that of the line, at the word under the cursor.
function! vimtrace#manual#explain() abort
  let l:line = getline('.')
  let l:word = matchstr(l:line, '\w*\%' . col('.') . 'c\w\+')
  let l:call = vimtrace#format#call(getline(vimtrace#move#event()))
  let l:meaning = s:meaning(l:word, l:line, l:call)
  if l:meaning !=# ''
    echo strcharpart(l:meaning, 0, &columns - 12)
  elseif l:call ==# ''
    call vimtrace#move#say('there is no call on this line')
  else
    call s:show(l:call, l:word =~# '\C^[A-Z][A-Z0-9_]*$' ? l:word : '')
  endif
endfunction

" 'ENOENT: error 2: No such file or directory'; of a trace of ltrace the number of an error is the word, too.
function! s:meaning(word, line, call) abort
  let l:is_number = a:word =~# '^\d\+$' && a:call =~# '^SYS_' && a:line =~# '= -' . a:word . '\>'
  let l:name = l:is_number ? vimtrace#meaning#errno(a:word) : a:word
  let l:meaning = l:name ==# a:call ? '' : vimtrace#meaning#of(l:name)
  return l:meaning ==# '' ? '' : l:name . ': ' . l:meaning
endfunction

" The manual page of {call}, at the {flag}. Only letters, digits and "_" ever get as far as man(1).
function! s:show(call, flag) abort
  let l:section = vimtrace#format#kind() ==# 'ltrace' && a:call !~# '^SYS_' ? '3' : '2'
  if !executable('man')
    call vimtrace#move#say('there is no man(1) to show ' . a:call . '(' . l:section . ')')
    return
  endif
  for l:name in s:names(a:call)
    call system('man -w ' . l:section . ' ' . l:name)
    if v:shell_error == 0
      call s:man(l:section, l:name)
      call s:find(a:flag)
      return
    endif
  endfor
  call vimtrace#move#say('there is no manual page ' . a:call . '(' . l:section . ')')
endfunction

" The names under which the manual may have {call}: "SYS_read", "__printf_chk", "puts@plt", "rt_sigaction".
function! s:names(call) abort
  let l:name = substitute(matchstr(a:call, '^\w\+'), '^SYS_', '', '')
  let l:plain = substitute(substitute(l:name, '^_*\(\w\{-}\)_chk$', '\1', ''), '^rt_', '', '')
  let l:names = [get(s:pages, l:name, l:name), l:name, l:plain, substitute(l:plain, '64$', '', '')]
  return filter(copy(l:names), 'v:val =~# "^\\w\\+$" && index(l:names, v:val) == v:key')
endfunction

" In Vim the plugin that comes with it has to be asked for :Man; Neovim has it.
function! s:man(section, name) abort
  if exists(':Man') != 2
    runtime ftplugin/man.vim
  endif
  if exists(':Man') == 2
    execute 'Man' a:section a:name
    return
  endif
  let l:lines = systemlist('MANPAGER=cat MAN_KEEP_FORMATTING= man -P cat ' . a:section . ' ' . a:name)
  new
  setlocal buftype=nofile bufhidden=wipe noswapfile nomodeline nobuflisted
  call setline(1, map(l:lines, 'substitute(v:val, ".\\b", "", "g")'))
  setlocal nomodifiable filetype=man
endfunction

" The line of the manual page that explains {flag}.
function! s:find(flag) abort
  if a:flag !=# '' && &filetype ==# 'man' && !search('\m\C^ *' . a:flag . '\>', 'w')
    call search('\m\C\<' . a:flag . '\>', 'w')
  endif
endfunction

let &cpo = s:cpo
unlet s:cpo
