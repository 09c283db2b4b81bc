" Vim syntax file
" Language: the output of sysdig(8): evt.num evt.time cpu process (tid) direction event name=value...
"
" Every line stands alone and no pattern is unbounded; see strace.vim.

if exists('b:current_syntax')
  finish
endif
let s:cpo = &cpo
set cpo&vim

syn case match
syn sync minlines=1 maxlines=1
syn spell notoplevel

" Arguments
syn match sysdigValue "[^ =()]\+"
syn match sysdigOperator "[=,;|()]"
syn match sysdigArgument "\<\h[A-Za-z0-9_.]\{,40}\ze="
syn match sysdigNumber "=\@1<=-\=\%(\d\+\|0x\x\+\|[0-9A-F]\{6,16}\)\>"
syn match sysdigConstant "\<[A-Z_][A-Z0-9_]\+\>"
syn match sysdigPath "=\@1<=/[^ ]*"
syn match sysdigDescriptor "(<\w*>[^)]*)" contains=sysdigKind
syn match sysdigKind "<\w*>" contained
syn match sysdigArgument " \@1<=\%(tuple\|addr\|peer\|local\|remote\)\ze=" nextgroup=sysdigIs
syn match sysdigIs "=" contained nextgroup=sysdigAddress
syn match sysdigAddress "[^ .:/]\{,40}[.:/][^ ]*" contained
syn match sysdigArgument " \@1<=data\ze=" nextgroup=sysdigData
syn match sysdigData "=" contained nextgroup=sysdigString
syn region sysdigString start="\S" end="\ze tuple=" end="\ze \=$" oneline contained
syn match sysdigUnknown "<NA>"
" The result stands first behind the event; "fd=-1(EPERM)" elsewhere is an argument.
syn match sysdigError "\%( < \w\+ \%(res\|fd\)=\)\@40<=-\d\+\%((E[A-Z0-9]\+)\)\="

" The lead
syn match sysdigEvent "^\d\+\ze \%(\d\d:\|\d\+\.\)" nextgroup=sysdigTime skipwhite
syn match sysdigTime "\%(\d\d\d\d-\d\d-\d\d \)\=\%(\d\d:\d\d:\d\d\|\d\+\)\.\d\+" contained nextgroup=sysdigCPU skipwhite
syn match sysdigCPU "\d\+\ze " contained nextgroup=sysdigContainer,sysdigProcess skipwhite
syn match sysdigContainer "\S\{1,80} (\S\{1,80})\ze \S\{1,40} (" contained nextgroup=sysdigProcess skipwhite
syn match sysdigProcess "\S.\{-,20}\ze (-\=\d\+\%([.:]\d\+\)\=) [<>] " contained nextgroup=sysdigThread skipwhite
syn match sysdigThread "(-\=\d\+\%([.:]\d\+\)\=)" contained nextgroup=sysdigEnter,sysdigExit skipwhite
syn match sysdigEnter ">" contained nextgroup=sysdigCall,sysdigSignal skipwhite
syn match sysdigExit "<" contained nextgroup=sysdigCall,sysdigSignal skipwhite
syn match sysdigCall "\h\w*" contained
syn match sysdigSignal "signaldeliver\>\|procexit\>" contained

" Whole lines
syn match sysdigHexdump "^\s\+0x\x\{4,}: .*" contains=sysdigHexdumpOffset,sysdigHexdumpText
syn match sysdigHexdumpOffset "0x\x\{4,}:" contained
syn match sysdigHexdumpText "  \zs\S.*$" contained
syn match sysdigMessage "^\%(Driver \|Suppressed by\|Elapsed time\|Events Captured\|Captured Events\).*"
syn match sysdigMessage "^Unable to .*"

hi def link sysdigAddress Directory
hi def link sysdigArgument Identifier
hi def link sysdigCall Statement
hi def link sysdigConstant Function
hi def link sysdigContainer Type
hi def link sysdigCPU Comment
hi def link sysdigData sysdigOperator
hi def link sysdigDescriptor Directory
hi def link sysdigEnter Operator
hi def link sysdigError ErrorMsg
hi def link sysdigEvent Comment
hi def link sysdigExit Special
hi def link sysdigHexdump Number
hi def link sysdigHexdumpOffset LineNr
hi def link sysdigHexdumpText String
hi def link sysdigIs sysdigOperator
hi def link sysdigKind Type
hi def link sysdigMessage MoreMsg
hi def link sysdigNumber Number
hi def link sysdigOperator Normal
hi def link sysdigPath Directory
hi def link sysdigProcess Type
hi def link sysdigSignal Title
hi def link sysdigString String
hi def link sysdigThread PreProc
hi def link sysdigTime Comment
hi def link sysdigUnknown Comment
hi def link sysdigValue Normal

let b:current_syntax = 'sysdig'
let b:vimtrace_syntax = 1
let &cpo = s:cpo
unlet s:cpo
