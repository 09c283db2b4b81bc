" Vim syntax file
" Language: the output of bpftrace(8): maps, histograms, stacks and what printf() was given

if exists('b:current_syntax')
  finish
endif
let s:cpo = &cpo
set cpo&vim

syn case match
syn sync minlines=1 maxlines=1
syn spell notoplevel

syn match bpftraceoutNumber "\<-\=\%(0x\x\+\|\d\+\%(\.\d\+\)\=\)\>"
syn match bpftraceoutPath "\%(^\|\s\)\@1<=/\S*"
syn match bpftraceoutTime "^\d\d:\d\d:\d\d\%(\.\d\+\)\="

" @name[key, key]: value
syn match bpftraceoutMap "^@\w*" nextgroup=bpftraceoutKey,bpftraceoutColon
syn match bpftraceoutKey "\[[^]]*\]" contained nextgroup=bpftraceoutColon contains=bpftraceoutComma,bpftraceoutKeyNumber
syn match bpftraceoutKey "\[$" contained
syn match bpftraceoutComma "," contained
syn match bpftraceoutKeyNumber "\<-\=\%(0x\x\+\|\d\+\)\>" contained
syn match bpftraceoutColon ":" contained nextgroup=bpftraceoutStatistics skipwhite
syn match bpftraceoutStatistics "count \d\+, average -\=\d\+, total -\=\d\+" contained contains=bpftraceoutNumber
syn match bpftraceoutColon "^\%(, .*\)\=\]:" nextgroup=bpftraceoutStatistics skipwhite

" [4, 8)  12 |@@@@   |
syn match bpftraceoutRange "^[[(]-\=[0-9.]*[KMGTPE]\=\%(, *\%(-\=[0-9.]\+[KMGTPE]\=\|\.\.\.\)\)\=[])]\ze " nextgroup=bpftraceoutCount skipwhite
syn match bpftraceoutCount "\d\+" contained nextgroup=bpftraceoutBar skipwhite
syn match bpftraceoutBar "|[@ ]*|$" contained

" Stacks, messages, lost events
syn match bpftraceoutFrame "^\s\+\S\+\%(+0x\=\x\+\)$"
syn match bpftraceoutFrame "^\s\+\S\+\%(+\d\+\)\=\%( (\S*)\)\=$"
syn match bpftraceoutFrame "^\s\+0x\x\+\%( (.*)\)\=$"
syn match bpftraceoutMessage "^Attaching \d\+ probes\=\.\.\."
syn match bpftraceoutPlace "^\%(stdin\|[^ :]\+\):\d\+\%(:\d\+\)\=\%(-\d\+\)\=:\ze \%(ERROR\|WARNING\)" nextgroup=bpftraceoutError,bpftraceoutWarning skipwhite
syn match bpftraceoutError "^ERROR: .*"
syn match bpftraceoutError "ERROR: .*" contained
syn match bpftraceoutWarning "^WARNING: .*"
syn match bpftraceoutWarning "WARNING: .*" contained
syn match bpftraceoutWarning "^\s*\~\+$"
syn match bpftraceoutLost "^Lost \d\+ events$"

hi def link bpftraceoutBar Function
hi def link bpftraceoutColon Operator
hi def link bpftraceoutComma Operator
hi def link bpftraceoutCount Number
hi def link bpftraceoutError ErrorMsg
hi def link bpftraceoutFrame Comment
hi def link bpftraceoutKey Type
hi def link bpftraceoutKeyNumber PreProc
hi def link bpftraceoutLost WarningMsg
hi def link bpftraceoutMap Identifier
hi def link bpftraceoutMessage MoreMsg
hi def link bpftraceoutNumber Number
hi def link bpftraceoutPath Directory
hi def link bpftraceoutPlace LineNr
hi def link bpftraceoutRange Constant
hi def link bpftraceoutStatistics Identifier
hi def link bpftraceoutTime Comment
hi def link bpftraceoutWarning WarningMsg

let b:current_syntax = 'bpftraceout'
let b:vimtrace_syntax = 1
let &cpo = s:cpo
unlet s:cpo
