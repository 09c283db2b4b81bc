" Programs that read a trace for us (grep, cut, awk): found safely, waited for, stopped by <C-c>.

let s:cpo = &cpo
set cpo&vim

" The path of program {name}, or ''. A folder of $PATH that depends on the current one is left out.
function! vimtrace#program#find(name) abort
  for l:folder in split($PATH, ':')
    if l:folder =~# '^/' && executable(l:folder . '/' . a:name)
      return l:folder . '/' . a:name
    endif
  endfor
  return ''
endfunction

" Run {script} in /bin/sh with {args} as $1 and so on; return its exit status, or -1 if it cannot be run.
" Throws Vim:Interrupt if the user stopped it with <C-c>.
function! vimtrace#program#run(script, args) abort
  let l:command = ['/bin/sh', '-c', "umask 077; LC_ALL=C; export LC_ALL\n" . a:script, 'sh'] + a:args
  return has('nvim') ? s:run_in_nvim(l:command) : s:run_in_vim(l:command)
endfunction

function! s:run_in_vim(command) abort
  try
    let l:job = job_start(a:command, {'in_io': 'null', 'out_io': 'null', 'err_io': 'null'})
  catch /^Vim\%((\a\+)\)\=:E\%(117\|145\)/
    return -1
  endtry
  try
    while job_status(l:job) ==# 'run'
      sleep 5m
    endwhile
  finally
    call job_stop(l:job, 'kill')
  endtry
  return job_info(l:job).exitval
endfunction

function! s:run_in_nvim(command) abort
  let l:job = jobstart(a:command)
  try
    while 1
      let l:status = jobwait([l:job], 20)[0]
      if l:status == -2 || s:interrupted()
        throw 'Vim:Interrupt'
      elseif l:status != -1
        return l:status
      endif
    endwhile
  finally
    silent! call jobstop(l:job)
  endtry
endfunction

" Whether <C-c> was typed. Where it is mapped, as in a live trace, Neovim does not interrupt.
function! s:interrupted() abort
  if empty(nvim_list_uis()) || getchar(1) != 3
    return 0
  endif
  call getchar(0)
  return 1
endfunction

let &cpo = s:cpo
unlet s:cpo
