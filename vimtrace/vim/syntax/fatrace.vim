" Vim syntax file
" Language: the output of fatrace(8): time command(pid): types path

if exists('b:current_syntax')
  finish
endif
let s:cpo = &cpo
set cpo&vim

syn case match
syn sync minlines=1 maxlines=1
syn spell notoplevel

syn match fatraceTime "^\%(\d\d:\d\d:\d\d\|\d\{9,}\)\.\d\+\ze " nextgroup=fatraceCommand skipwhite
syn match fatraceCommand "^\%(\d[0-9:.]* \)\@!\S.\{-,20}\ze(\d\+)" nextgroup=fatraceProcess
syn match fatraceCommand "\S.\{-,20}\ze(\d\+)" contained nextgroup=fatraceProcess
syn match fatraceProcess "(\d\+)" contained nextgroup=fatraceColon contains=fatracePID
syn match fatracePID "\d\+" contained
syn match fatraceColon "\%( \[\d\+:\d\+\]\)\=:" contained nextgroup=fatraceTypes skipwhite
syn match fatraceTypes "[RWOCDm+<>]\+\ze\s" contained contains=fatraceWrite nextgroup=fatracePath,fatraceDevice skipwhite
syn match fatraceWrite "[W+D<>]" contained
syn match fatracePath "/.*$" contained contains=fatraceDeleted
syn match fatraceDeleted " (deleted)$" contained
syn match fatraceDevice "device .*" contained

hi def link fatraceColon Operator
hi def link fatraceCommand Type
hi def link fatraceDeleted Comment
hi def link fatraceDevice Comment
hi def link fatracePath Directory
hi def link fatracePID PreProc
hi def link fatraceProcess Operator
hi def link fatraceTime Comment
hi def link fatraceTypes Statement
hi def link fatraceWrite WarningMsg

let b:current_syntax = 'fatrace'
let b:vimtrace_syntax = 1
let &cpo = s:cpo
unlet s:cpo
