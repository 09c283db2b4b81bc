" The source lines in the stacks that "strace -kk" prints (strace 6.7 or newer): :compiler strace, :cbuffer.
if exists('current_compiler')
  finish
endif
let current_compiler = 'strace'

let s:cpo = &cpo
set cpo&vim

if exists(':CompilerSet') != 2
  command -nargs=* CompilerSet setlocal <args>
endif

CompilerSet makeprg=strace
CompilerSet errorformat=\ >\ %*[^(](%m)\ [%*[^]]]\ %f:%l,%-G%.%#

let &cpo = s:cpo
unlet s:cpo
