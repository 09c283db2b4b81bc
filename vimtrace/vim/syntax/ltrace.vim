" Vim syntax file
" Language: the output of ltrace(1)
"
" It is that of strace with other results and names; the groups are those of strace.vim, too.

if exists('b:current_syntax')
  finish
endif
let s:cpo = &cpo
set cpo&vim

execute 'source' fnameescape(expand('<sfile>:p:h') . '/strace.vim')

syn match straceConstant "\<nil\>"
syn match straceString "'\%([^\\']\|\\\o\{1,3}\|\\x\x\x\|\\.\)'" contains=straceSpecialChar
syn match straceUnfinished "<no return \.\.\.>"
syn match straceUnknownRHS "<void>" contained
syn match straceNumberRHS "-\=\%(0x\x\+\|\d\+\%(\.\d\+\)\=\)" contained nextgroup=@straceAfter skipwhite
syn match straceError "-1\ze\%( <\|$\)\|\%(\<SYS_.*\)\@400<=-\d\{1,4}\ze\%( <\|$\)" contained
syn match straceMessage "\<error: .*"

syn match straceSysCall "\h[^("']*\ze(" contained contains=straceLibrary,straceWhere
syn match straceLibrary "[^ (]*->" contained
syn match straceWhere "@[^ (]*" contained
syn match straceAddress "\s*\zs\[0x\x\+\]\|\s*\S\zs" contained nextgroup=@straceLead skipwhite

syn match straceVerbosed "\%(--- SIG\w\+ \)\@20<=(.*)\ze ---$"
syn match straceExitFailed "+++ exited (status [1-9]\d*) +++$" contained

hi def link straceLibrary Type
hi def link straceWhere straceLibrary

let b:current_syntax = 'ltrace'
let &cpo = s:cpo
unlet s:cpo
