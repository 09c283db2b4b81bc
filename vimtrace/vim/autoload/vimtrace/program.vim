" Programs that read a trace for us (grep, cut, awk): found safely, waited for, stopped by <C-c>.

let s:cpo = &cpo
set cpo&vim

" The path of program {name}, or ''. A folder of $PATH that depends on the current one is left out.
function! vimtrace#program#find(name) abort
  for l:folder in split($PATH, ':')
    " Neovim 0.7 looks for an absolute path, too, in each folder of $PATH, so in the current one; getfperm() does not.
    if l:folder =~# '^/' && executable(l:folder . '/' . a:name) && getfperm(l:folder . '/' . a:name) =~# 'x'
      return l:folder . '/' . a:name
    endif
  endfor
  return ''
endfunction

" The words that start vimtrace itself: those of the run that started this editor, else it is looked for.
" Throws 'vimtrace: ...' if there is none.
function! vimtrace#program#vimtrace() abort
  let l:words = get(get(g:, 'vimtrace_run', {}), 'program', [])
  let l:words = empty(l:words) ? [vimtrace#program#find('vimtrace')] : copy(l:words)
  if l:words[0] ==# ''
    throw 'vimtrace: the program vimtrace is not in $PATH'
  endif
  return l:words
endfunction

" Have vimtrace do what {words} say, its output in the file {out} if it is given; return its exit status, 0 or 1.
" Throws the first line that it says if it cannot ('vimtrace: ...'), and what vimtrace#program#wait() throws.
function! vimtrace#program#expect(words, ...) abort
  let [l:out, l:errors] = [a:0 ? a:1 : '/dev/null', tempname()]
  try
    let l:script = 'out=$1 errors=$2; shift 2; exec "$@" >"$out" 2>"$errors" </dev/null'
    let l:status = vimtrace#program#run(l:script, [l:out, l:errors] + vimtrace#program#vimtrace() + a:words)
    let l:said = filereadable(l:errors) ? get(readfile(l:errors, '', 1), 0, '') : ''
  finally
    call delete(l:errors)
  endtry
  if l:status != 0 && (l:said !=# '' || l:status != 1)
    throw l:said =~# '^vimtrace: ' ? l:said : 'vimtrace: no answer (status ' . l:status . ') ' . l:said
  endif
  return l:status
endfunction

" Run {script} in /bin/sh with {args} as $1 and so on; return its exit status, or -1 if it cannot be run.
" Throws Vim:Interrupt (Neovim: 'vimtrace: stopped')
" if the user stopped it with <C-c>.
function! vimtrace#program#run(script, args) abort
  return vimtrace#program#wait(vimtrace#program#start(a:script, a:args))
endfunction

" {job: exit status} of those that have ended in Neovim.
let s:ended = {}

function! s:note_end(job, status, event) abort
  let s:ended[a:job] = a:status
endfunction

" Start it, for vimtrace#program#wait().
function! vimtrace#program#start(script, args) abort
  let l:command = ['/bin/sh', '-c', "umask 077; LC_ALL=C; export LC_ALL\n" . a:script, 'sh'] + a:args
  try
    return has('nvim') ? jobstart(l:command, {'on_exit': function('s:note_end')})
          \ : job_start(l:command, {'in_io': 'null', 'out_io': 'null', 'err_io': 'null'})
  catch /^Vim\%((\a\+)\)\=:E\%(117\|145\):/
    return -1
  endtry
endfunction

" Whether {job} could not be started.
function! vimtrace#program#fails(job) abort
  return type(a:job) == type(0) ? a:job <= 0 : job_status(a:job) ==# 'fail'
endfunction

" Wait for {job}: its exit status, or -1 if it could not be started. Throws Vim:Interrupt (Neovim:
" 'vimtrace: stopped') if the user stopped it with <C-c>.
function! vimtrace#program#wait(job) abort
  if vimtrace#program#fails(a:job)
    return -1
  endif
  return has('nvim') ? s:wait_in_nvim(a:job) : s:wait_in_vim(a:job)
endfunction

function! s:wait_in_vim(job) abort
  try
    while job_status(a:job) ==# 'run'
      sleep 5m
    endwhile
  finally
    call job_stop(a:job, 'kill')
  endtry
  return job_info(a:job).exitval
endfunction

function! s:wait_in_nvim(job) abort
  try
    while 1
      let l:status = jobwait([a:job], 20)[0]
      if s:interrupted() || l:status == -2
        throw 'vimtrace: stopped'
      elseif l:status == -3
        " It ended while we looked for keys: Neovim does not know it any more.
        return get(s:ended, a:job, -1)
      elseif l:status != -1
        return l:status
      endif
    endwhile
  finally
    silent! call jobstop(a:job)
    silent! call remove(s:ended, a:job)
  endtry
endfunction

" Throw 'vimtrace: stopped' if <C-c> was typed meanwhile; Vim itself interrupts then.
function! vimtrace#program#check() abort
  if has('nvim') && s:interrupted()
    throw 'vimtrace: stopped'
  endif
endfunction

" Whether <C-c> was typed. Where it is mapped, as in a live trace, Neovim does not always interrupt, and the
" key would go on to end the tracing: it is taken out.
function! s:interrupted() abort
  let l:was = 0
  while !empty(nvim_list_uis()) && getchar(1) == 3
    call getchar(0)
    let l:was = 1
  endwhile
  return l:was
endfunction

let &cpo = s:cpo
unlet s:cpo
