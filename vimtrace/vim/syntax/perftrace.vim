" Vim syntax file
" Language: the output of perf-trace(1)
"
" The arguments and the result are those of strace, the lead is not; the groups are those of strace.vim.

if exists('b:current_syntax')
  finish
endif
let s:cpo = &cpo
set cpo&vim

execute 'source' fnameescape(expand('<sfile>:p:h') . '/strace.vim')
syn clear straceLead straceSummary straceSummaryHead straceSummaryRule straceSummaryCall straceSummaryErrors
syn clear straceMessage straceFrame

syn match straceTime "^\s*\%(\d\+\.\d\+\|?\)\ze (" nextgroup=straceDuration,straceSlow skipwhite
syn match straceDuration "([ 0-9.]*\%(ms\)\=\s*):" contained nextgroup=@perftraceLead skipwhite
execute 'syn match straceSlow "(\s*' . vimtrace#slow#pattern(0.001) . ' ms):" contained nextgroup=@perftraceLead skipwhite'
syn match straceComm "\S.\{-,20}\ze/\d\+ " contained nextgroup=perftraceSlash
syn match perftraceSlash "/" contained nextgroup=stracePID
syn match stracePID "\d\+\ze " contained nextgroup=straceUnfinished,straceSysCall skipwhite
syn match straceSysCall "\h[0-9A-Za-z_:]*\ze(" contained
syn match straceSysCall "\%(min\|maj\)fault\>" contained
syn match straceUnfinished "\.\.\. \[continued\]:" nextgroup=straceSysCall skipwhite
syn match straceUnfinished "\s\zs\.\.\.$"
syn cluster perftraceLead contains=straceComm,straceUnfinished,straceSysCall
syn match straceConstant "\%(: \||\)\@2<=[A-Z][A-Z0-9_]*\>"

" Page faults: [function+0x1] => file@0x1 (d.)
syn match straceFrameSymbol "\[\zs\S\+\ze\] =>"
syn match stracePath "/[^@ ]*\ze@0x"
syn match straceOperator "@"

" Lost events, other tracers' events, call chains
syn match straceMessage "^LOST .*"
syn match straceMessage "^Error:.*"
syn match straceFrame "^\s\{20,}\S.*(\S*)$"

" perf trace -s
syn match straceSummaryHead "^ Summary of events:"
syn match straceSummaryHead "^   syscall  .*"
syn match straceSummaryHead "^\s\+(msec).*"
syn match straceSummaryRule "^   ---[- ]*$"
syn match straceSummary "^ \S.\{-,20} (\d\+), \d\+ events, [0-9.]\+%$" contains=straceSummaryProcess,stracePIDInSummary,straceNumber,straceField
syn match straceSummaryProcess "^ \zs\S.\{-}\ze (" contained
syn match stracePIDInSummary "(\zs\d\+\ze)" contained
syn match straceSummary "^   \h\w*\%(\s\+[0-9.]\+\)\+%$" contains=straceSummaryCall,straceNumber,straceSummaryErrors
syn match straceSummaryCall "^   \zs\h\w*" contained
syn match straceSummaryErrors "^   \h\w*\s\+\d\+\s\+\zs[1-9]\d*" contained
syn match straceSummaryErrors "^\s\+E[A-Z0-9]\+: \d\+$"
syn match straceOperator "%"

hi def link perftraceSlash straceOperator
hi def link straceSummaryProcess straceComm
hi def link stracePIDInSummary stracePID

let b:current_syntax = 'perftrace'
let &cpo = s:cpo
unlet s:cpo
