" Vim syntax file
" Language: the output of tcpdump(8)

if exists('b:current_syntax')
  finish
endif
let s:cpo = &cpo
set cpo&vim

syn case match
syn sync minlines=1 maxlines=1
syn spell notoplevel

" What is said of a packet
syn match tcpdumpWord "[A-Za-z_][0-9A-Za-z_.@/-]*"
syn match tcpdumpOperator "[][(),;:=<>|!?*+-]\+\|->"
syn match tcpdumpNumber "\<\%(0x\x\+\|\d\+\%(\.\d\+\)\=\)\%(us\|ms\|s\)\=\>"
syn match tcpdumpName "\<\%(seq\|ack\|win\|urg\|options\|length\|cksum\|tos\|ttl\|id\|offset\|flags\|proto\|ethertype\|hlim\|class\|flowlabel\|next-header\|payload\)\>"
syn match tcpdumpFlags "\%(Flags \)\@6<=\[[^]]*\]"
syn match tcpdumpReset "\%(Flags \)\@6<=\[[^]]*R[^]]*\]"
syn match tcpdumpError "\<incorrect\>\|\<\%(udp\|tcp\|icmp\)\= *\%(port \)\=\S* *unreachable\>\|\[bad [^]]*\]"
syn match tcpdumpError "\[|\w\+\]"
syn match tcpdumpString "\"[^\"]*\""

" The addresses: the last part is the port
syn match tcpdumpAddress "\<\d\{1,3}\%(\.\d\{1,3}\)\{3}\>" nextgroup=tcpdumpPort
syn match tcpdumpAddress "\<\x\{1,4}:[0-9a-f:]\{2,40}" nextgroup=tcpdumpPort
syn match tcpdumpAddress "\<\x\x\%(:\x\x\)\{5}\>"
syn match tcpdumpAddress "\s\@1<=::\x*" nextgroup=tcpdumpPort
syn match tcpdumpAddress "\<\h[0-9A-Za-z_.-]*\ze\.[0-9a-z-]\+\%( >\|:\)" nextgroup=tcpdumpPort
syn match tcpdumpPort "\.[0-9a-z-]\+\ze\%( >\|:\|$\|,\)" contained

" The lead
syn match tcpdumpTime "^\s*\%(\d\d\d\d-\d\d-\d\d \)\=\d\d:\d\d:\d\d\%(\.\d\+\)\=" nextgroup=@tcpdumpLead skipwhite
syn match tcpdumpTime "^\s*\d\{1,10}\.\d\{6,9}\ze " nextgroup=@tcpdumpLead skipwhite
syn match tcpdumpInterface "^\%(\S\+\)\ze\s\+\%(In\|Out\|B\|M\|P\)\s" nextgroup=tcpdumpDirection skipwhite
syn match tcpdumpInterface "\%(\S\+\)\ze\s\+\%(In\|Out\|B\|M\|P\)\s" contained nextgroup=tcpdumpDirection skipwhite
syn match tcpdumpDirection "\%(In\|Out\|B\|M\|P\)\ze\s" contained nextgroup=tcpdumpProtocol skipwhite
syn match tcpdumpProtocol "\%(IP6\=\|ARP\|RARP\|STP\|LLDP\|CDP\|EAPOL\|MPLS\|PPPoE\|802\.1Q\|loopback\|unknown\)\>" contained
syn match tcpdumpProtocol "^\s*\%(IP6\=\|ARP\)\ze "
syn cluster tcpdumpLead contains=tcpdumpInterface,tcpdumpProtocol

" Whole lines
syn match tcpdumpHexdump "^\s\+0x\x\{4,}:  .*" contains=tcpdumpHexdumpOffset,tcpdumpHexdumpText
syn match tcpdumpHexdumpOffset "0x\x\{4,}:" contained
syn match tcpdumpHexdumpText "\%(0x\x\+:.\{41,42}\)\@60<=.*$" contained
syn match tcpdumpMessage "^tcpdump: .*"
syn match tcpdumpMessage "^listening on .*"
syn match tcpdumpMessage "^reading from .*"
syn match tcpdumpMessage "^\d\+ packets\= \%(captured\|received\|dropped\).*"
syn match tcpdumpReset "^[1-9]\d* packets\= dropped.*"

hi def link tcpdumpAddress Directory
hi def link tcpdumpDirection PreProc
hi def link tcpdumpError ErrorMsg
hi def link tcpdumpFlags Special
hi def link tcpdumpHexdump Number
hi def link tcpdumpHexdumpOffset LineNr
hi def link tcpdumpHexdumpText String
hi def link tcpdumpInterface Type
hi def link tcpdumpMessage MoreMsg
hi def link tcpdumpName Identifier
hi def link tcpdumpNumber Number
hi def link tcpdumpOperator Normal
hi def link tcpdumpPort PreProc
hi def link tcpdumpProtocol Statement
hi def link tcpdumpReset ErrorMsg
hi def link tcpdumpString String
hi def link tcpdumpTime Comment
hi def link tcpdumpWord Normal

let b:current_syntax = 'tcpdump'
let b:vimtrace_syntax = 1
let &cpo = s:cpo
unlet s:cpo
