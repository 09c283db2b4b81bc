" Traces by their name, and by their first lines where nothing else is known of a file. Vim takes every
" file with "execve(" in its first line for strace's.

autocmd BufNewFile,BufRead *.strace,*.strace.[0-9]*,strace.out,strace.out.[0-9]* call vimtrace#detect#is('strace')
autocmd BufNewFile,BufRead *.ltrace,*.ltrace.[0-9]*,ltrace.out,ltrace.out.[0-9]* call vimtrace#detect#is('ltrace')
autocmd BufNewFile,BufRead *.sysdig,*.scap.txt call vimtrace#detect#is('sysdig')
autocmd BufNewFile,BufRead *.perftrace call vimtrace#detect#is('perftrace')
autocmd BufNewFile,BufRead *.bpftraceout call vimtrace#detect#is('bpftraceout')
autocmd BufNewFile,BufRead *.tcpdump call vimtrace#detect#is('tcpdump')
autocmd BufNewFile,BufRead *.fatrace call vimtrace#detect#is('fatrace')
autocmd BufNewFile,BufRead * if &l:buftype ==# '' && expand('<afile>') !~# '\.[sl]trace\%(\.\d\+\)\=$'
      \ && (!did_filetype() || &l:filetype ==# 'strace') | call vimtrace#detect#file() | endif
