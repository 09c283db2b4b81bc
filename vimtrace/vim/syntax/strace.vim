" Vim syntax file
" Language: the output of strace(1)
"
" Every line stands alone, so that any part of a long trace can be drawn at once. There are no regions and
" no pattern is unbounded: a string of 64 KB would be searched for its end again and again, and one of
" 1 MB ends in E363. A long string is a chain of bounded pieces instead.
"
" The lead of a line (pid, command, time, ...) is a chain of nextgroup from its first column, the result
" another one from " = ". What is in between are words of their own. Of two items that start at the same
" place the one defined last wins. Behind an
" item that must match where the one before it ends stands "\|\s*\S\zs" (or "\|.\zs"): a match that begins too
" late and so is none. Without it all of a line of 64 KB were searched for the item.

if exists('b:current_syntax')
  finish
endif
let s:cpo = &cpo
set cpo&vim

syn case match
syn sync minlines=1 maxlines=1
syn spell notoplevel

" Arguments. Vim tries the items from the last to the first, and skips what it knows to come later than what
" it has found: those that are met most often stand last, but for those that most lines lack altogether.
" What starts with < waits behind one zero-wide item, or each of its kinds were searched for in all of a long
" line. "\%#=1" stands where Vim's older engine for patterns is the quicker one; a count as in "\{,250}" of
" anything but a single character is dear in the other one.
syn match straceOperator "\%#=1[,:;=]\+>\=\|[-+*/!%&|~<>@#$^'`\\]"
syn match straceEquals " = \@=" nextgroup=straceError,straceNumberRHS,straceUnknownRHS,straceString,straceConstant skipwhite
syn match straceComment "/\*[^*]*\*/"
syn match stracePath "</[^<>]*\%(<[^<>]*>\)\=>\%((deleted)\)\=" contains=straceDevice
syn match straceAngle "\ze<[^/]" nextgroup=straceDescriptor,straceUnfinished,straceDuration,straceSlow,straceOperator
syn match straceDescriptor "\s*\zs\%(<\a[^<>]*\%(->[^<>]*\)\=\%(<[^<>]*>\)\=-\@1<!>\)\|\s*\S\zs" contained
syn match straceUnfinished "\s*\zs\%(<[^<>]*\.\.\.>\|<ptrace(.*>\)\|\s*\S\zs" contained
syn match straceDuration "<\d\+\.\d\+>$\|.\zs" contained
execute 'syn match straceSlow "<' . vimtrace#slow#pattern(1) . '>$\|.\zs" contained'
syn match straceDevice "<\a[^<>]*>" contained
syn match straceString +\%#=1"[^"\\]\{,250}\%(\\.[^"\\]\{,250}\)\{,80}+ contains=straceSpecialChar nextgroup=straceStringMore,straceStringEnd
syn match straceStringMore +\%#=1\%([^"\\]\{1,500}\|\\.\)\%(\\.[^"\\]\{,100}\)\{,150}\|.\zs+ contained nextgroup=straceStringMore,straceStringEnd
syn match straceStringEnd +"\%(\.\.\.\)\=\|.\zs+ contained
syn match straceSpecialChar +\%(\\\%(\o\{1,3}\|x\x\x\|.\)\)\{1,250}+ contained
syn match straceOtherRHS "?\+"
syn match straceOmitted "\.\.\.\|\."
syn match straceConstant "\%#=1\u\w*"
syn match straceField "\%#=1[a-z_]\w*"
syn match straceParenthesis "\%#=1[][(){}]\+"
syn match straceNumber "\%#=1-\=\d[0-9A-Za-z_.]*"
syn match straceMessage "strace: Process \d.*"

" The result
syn match straceNumberRHS "\s*\zs\%(-\=\%(0x\x\+\|\d\+\)\)\|\s*\S\zs" contained nextgroup=@straceAfter skipwhite
syn match straceUnknownRHS "\s*\zs\%(?\)\|\s*\S\zs" contained nextgroup=straceRestart,@straceAfter skipwhite
syn match straceRestart "\s*\zs\%(E[A-Z0-9_]\+\)\|\s*\S\zs" contained nextgroup=straceVerbosed skipwhite
syn match straceError "\s*\zs\%(-1 E[A-Z0-9]\+\|-1\ze (errno \d\)\|\s*\S\zs" contained nextgroup=straceInjected,straceVerbosed skipwhite
syn match straceVerbosed "\s*\zs\%(([^)]*)\+\)\|\s*\S\zs" contained nextgroup=straceInjected skipwhite
syn match straceAuxiliary "\s*\zs\%(([^()]*\%(([^()]*)[^()]*\)\=)\)\|\s*\S\zs" contained nextgroup=straceInjected skipwhite
      \ contains=straceNumber,straceConstant,straceString,straceParenthesis,stracePath,straceDescriptor
syn match straceInjected "\s*\zs\%((\%(INJECTED\|DELAYED\)[^)]*)\)\|\s*\S\zs" contained nextgroup=straceInjected skipwhite
syn cluster straceAfter contains=stracePath,straceDescriptor,straceAuxiliary,straceInjected

" The lead
syn match straceLead "^" nextgroup=stracePID,straceParenthesis,@straceLead skipwhite
syn match stracePID "\s*\zs\%(\d\{1,7}\ze[ <]\)\|\s*\S\zs" contained nextgroup=@straceLead skipwhite
syn match straceComm "\s*\zs\%(<[^.>][^>]*>\ze\s\)\|\s*\S\zs" contained nextgroup=@straceLead skipwhite
syn match straceOtherPID "\s*\zs\%(\[pid\s\+\d\+\%(<[^>]*>\)\=\]\)\|\s*\S\zs" contained contains=straceOtherPIDNumber,straceOtherComm
      \ nextgroup=@straceLead skipwhite
syn match straceOtherPIDNumber "\d\+\ze[]<]" contained
syn match straceOtherComm "<[^>]*>\ze]" contained
syn match straceTime "\s*\zs\%(\d\+[.:][0-9:.]*\ze\s\|\d\{9,}\ze\s\|(+\s*[0-9.]\+)\)\|\s*\S\zs" contained nextgroup=@straceLead skipwhite
syn match straceAddress "\s*\zs\%(\[\%([ 0-9a-f?]\+\|\a[^][ ]*:[^][ ]*\)\]\)\|\s*\S\zs" contained nextgroup=@straceLead skipwhite
syn match straceSysCall "\s*\zs\%(\%(\h\w*\|?\+\)\ze(\)\|\s*\S\zs" contained
syn match straceResumed "\s*\zs\%(<\.\.\. [^>]* resumed>\)\|\s*\S\zs" contained contains=straceSysCallEmbed
syn match straceSysCallEmbed "\h\w*\ze resumed" contained
syn match straceSign "\s*\zs\ze[-+<[]\|\s*\S\zs" contained
      \ nextgroup=straceComm,straceOtherPID,straceAddress,straceResumed,straceSignal,straceExit,
      \straceUnfinished,straceOperator,straceParenthesis
syn cluster straceLead contains=straceTime,straceSysCall,straceSign

" Signals and ends
syn match straceSignal "\s*\zs\%(--- \%(stopped by \)\=\w\+\)\|\s*\S\zs" contained contains=straceFatal
syn match straceFatal "--- \%(stopped by \)\=SIG\%(SEGV\|BUS\|ILL\|FPE\|ABRT\|SYS\|TRAP\)\>" contained
syn match straceSignalEnd " ---$"
syn match straceExit "\s*\zs\%(+++ .* +++$\)\|\s*\S\zs" contained contains=straceExitFailed,straceKilled
syn match straceExitFailed "+++ exited with [1-9]\d* +++$" contained
syn match straceKilled "+++ killed by .* +++$" contained

" Whole lines
syn match straceMessage "^\%(\%(/\S*/\)\=strace: .*\|[[] Process PID=.*]$\)"
syn match straceFrame "^ > .*$" contains=straceFrameSymbol,straceFrameAddress,straceFrameSource
syn match straceFrameSymbol "(\zs.*\ze) \[" contained
syn match straceFrameAddress "\[0x\x\+\]" contained
syn match straceFrameSource "\s\zs[^] ]\+:\d\+$" contained
syn match straceHexdump "^ | \x\{5,}  [0-9a-f ]*  .*|$" contains=straceHexdumpOffset,straceHexdumpText
syn match straceHexdumpOffset "^ | \zs\x\{5,}\ze  " contained
syn match straceHexdumpText "  \zs\S.\{-,15} *|$" contained
syn match straceSummaryHead "^\%( *[%a-z][a-z/%]*\%( \+[a-z/]\+\)\+$\|System call usage summary.*\)"
syn match straceSummaryRule "^[-]\{3,}\%( -\+\)*$"
syn match straceSummary "^[ 0-9.]*\d\s\+\h\S*$" contains=straceSummaryCall,straceSummaryErrors,straceNumber
syn match straceSummary "^\h\w*\s\+\d[ 0-9.]*$" contains=straceSummaryCall,straceNumber
syn match straceSummaryCall "\h\S*" contained
syn match straceSummaryErrors "\%(^\s*\%([0-9.]\+\s\+\)\{4}\)\@<=\d\+" contained

hi def link straceAddress straceTime
hi def link straceAuxiliary straceVerbosed
hi def link straceComm Type
hi def link straceComment Comment
hi def link straceConstant Function
hi def link straceDescriptor stracePath
hi def link straceDevice Type
hi def link straceDuration straceTime
hi def link straceEquals Type
hi def link straceError ErrorMsg
hi def link straceExit Title
hi def link straceExitFailed straceError
hi def link straceFatal ErrorMsg
hi def link straceField Identifier
hi def link straceFrame Comment
hi def link straceFrameAddress straceTime
hi def link straceFrameSource stracePath
hi def link straceFrameSymbol Function
hi def link straceHexdump Number
hi def link straceHexdumpOffset straceTime
hi def link straceHexdumpText String
hi def link straceInjected Debug
hi def link straceKilled ErrorMsg
hi def link straceMessage MoreMsg
hi def link straceNumber Number
hi def link straceNumberRHS Type
hi def link straceOmitted Special
hi def link straceOperator Normal
hi def link straceOtherComm straceComm
hi def link straceOtherPID PreProc
hi def link straceOtherPIDNumber stracePID
hi def link straceOtherRHS Type
hi def link straceParenthesis Statement
hi def link stracePath Directory
hi def link stracePID PreProc
hi def link straceRestart Special
hi def link straceResumed straceUnfinished
hi def link straceSignal Title
hi def link straceSignalEnd straceSignal
hi def link straceSlow Todo
hi def link straceSpecialChar Special
hi def link straceString String
hi def link straceStringEnd straceString
hi def link straceStringMore straceString
hi def link straceSummary Normal
hi def link straceSummaryCall straceSysCall
hi def link straceSummaryErrors straceError
hi def link straceSummaryHead Title
hi def link straceSummaryRule Comment
hi def link straceSysCall Statement
hi def link straceSysCallEmbed straceSysCall
hi def link straceTime Comment
hi def link straceUnfinished PreProc
hi def link straceUnknownRHS straceOtherRHS
hi def link straceVerbosed Comment

let b:current_syntax = 'strace'
let b:vimtrace_syntax = 1
let &cpo = s:cpo
unlet s:cpo
