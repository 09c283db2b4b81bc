# vimtrace for fish: in ~/.config/fish/config.fish write  vimtrace init fish | source  or source this file.
# Functions for strace and ltrace; for others, or fewer, set first: set -g VIMTRACE_ALIASES strace perf bpftrace.
# It starts no process, leaves your own functions alone, and does nothing in a script. See vimtrace(1).

if status is-interactive; and command -q vimtrace
    set -q VIMTRACE_ALIASES; or set -g VIMTRACE_ALIASES strace ltrace
    for _vimtrace_name in (string split -n ' ' -- $VIMTRACE_ALIASES)
        command -q $_vimtrace_name; or continue
        if functions -q $_vimtrace_name; and not contains -- $_vimtrace_name $_vimtrace_functions
            continue
        end
        function $_vimtrace_name --inherit-variable _vimtrace_name --description "vimtrace $_vimtrace_name"
            vimtrace $_vimtrace_name $argv
        end
        contains -- $_vimtrace_name $_vimtrace_functions; or set -g -a _vimtrace_functions $_vimtrace_name
    end
    set -e _vimtrace_name

    # Completion; the rest of it is loaded by the first Tab.
    if not functions -q _vimtrace_complete
        function _vimtrace_complete
            functions -e _vimtrace_complete
            command vimtrace init fish --completion | source
            and _vimtrace_complete
        end
        complete -c vimtrace -f -a '(_vimtrace_complete)'
    end
end
