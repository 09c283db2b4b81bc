# Completion of vimtrace for fish: its own words, then the tracer's completion.

function _vimtrace_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -e words[1]
    set -l option
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                break
            case --pager --save --limit --from --filetype
                set option $words[1]
                set -e words[1]
                set -q words[1]; or break
                set option
                set -e words[1]
            case '-?*'
                set -e words[1]
            case '*'
                break
        end
    end
    if set -q option[1]
        _vimtrace_value $option $current
    else if set -q words[1]
        _vimtrace_arguments $current $words
    else if string match -qr -- '^--[a-z]+=' $current
        set -l parts (string split -m 1 = -- $current)
        for value in (_vimtrace_value $parts[1] $parts[2])
            printf '%s=%s\n' $parts[1] $value
        end
    else
        _vimtrace_command
    end
end

# Those of the commands in $argv[2..] that are installed, described as $argv[1].
function _vimtrace_installed
    for name in $argv[2..-1]
        command -q $name; and printf '%s\t%s\n' $name $argv[1]
    end
end

function _vimtrace_value
    switch $argv[1]
        case --pager
            _vimtrace_installed pager vim nvim less
        case --save
            __fish_complete_path "$argv[2]"
        case --limit
            printf '%s\n' 500M 1G 2G 4G 8G none
        case --from
            printf '%s\n' stdout stderr
        case --filetype
            printf '%s\n' strace ltrace perftrace sysdig bpftraceout tcpdump fatrace
    end
end

function _vimtrace_command
    printf '%s\t%s\n' \
        --pager= 'show the trace with this' \
        --live 'open the pager at once and follow the trace' \
        --no-live 'open the pager when the tracing has ended' \
        --detail 'trace with the flags of an expert' \
        --save= 'write the trace to a file and keep it' \
        --limit= 'ask before an editor loads more than this' \
        --summary 'print a summary of the trace at the end' \
        --from= 'the stream that is the trace' \
        --filetype= 'the file type of the trace in the editor' \
        --help 'show help' \
        --version 'show the version' \
        - 'show what arrives on standard input' \
        open 'show saved traces' \
        recover 'list, or open, traces of runs that died' \
        summary 'calls and their times, errors, processes, files' \
        filter 'print the lines that match' \
        tree 'the processes: who started whom' \
        diff 'what two runs did differently' \
        export 'the events for other programs' \
        doctor 'tell what works here, and what mends the rest' \
        init 'print the aliases and completion for a shell'
    _vimtrace_installed tracer strace ltrace perf sysdig bpftrace tcpdump fatrace
    _vimtrace_installed 'starts a tracer' \
        sudo doas env nice ionice timeout taskset chrt setpriv unshare nsenter
end

# The words behind the verb or tracer $argv[2], when $argv[1] is being typed.
function _vimtrace_arguments
    set -l current $argv[1]
    set -l words $argv[2..-1]
    switch $words[1]
        case -
        case open
            __fish_complete_path "$current"
        case summary filter tree diff export
            _vimtrace_traces "$current" $words
        case recover
            set -l state $XDG_STATE_HOME
            set -q state[1]; or set state ~/.local/state
            for run in $state/vimtrace/*/
                string replace -r '.*/([^/]+)/$' '$1' -- $run
            end
        case doctor
            printf '%s\t%s\n' --json 'for programs'
        case init
            printf '%s\n' zsh bash fish
            printf '%s\t%s\n' --completion 'print the completion alone'
        case '*'
            if string match -qr -- '(^|/)(strace|ltrace|perf|bpftrace)$' $words
                and contains -- $words[-1] -p --attach --pid
                _vimtrace_processes "$current"
            else
                set -l program (_vimtrace_program $words)
                complete -C (string join ' ' -- (string escape -- $words[$program..-1]) $current)
            end
    end
end

# The options of the verb $argv[2] that reads traces, values of them, and files.
function _vimtrace_traces
    set -l names (string match -r -- '^--[a-z]+' $argv[1]; or string match -r -- '^--[a-z]+$' $argv[-1])
    set -l prefix (string match -r -- '^--[a-z]+=' $argv[1])
    switch "$names[1]"
        case --by
            printf "$prefix%s\n" call pid path errno
        case --to
            printf "$prefix%s\n" jsonl csv perfetto parquet
    end
    switch $argv[2]
        case summary
            printf '%s\t%s\n' --json 'print JSON' --calls 'only the table of calls' --by= 'group the calls by this' \
                --filter= 'only the events that match'
        case tree
            printf '%s\t%s\n' --json 'print JSON'
        case filter
            printf '%s\t%s\n' --numbers 'print the numbers of the lines'
        case diff
            printf '%s\t%s\n' --stat 'print how many calls differ' --text 'print a unified diff' \
                --json 'print JSON' --filter= 'only the events that match'
        case export
            printf '%s\t%s\n' --to= 'the format' --output= 'write to a file' --filter= 'only the events that match'
    end
    __fish_complete_path "$argv[1]"
end

# Where in $argv the program begins that strace or ltrace starts, or would if a word came; else 1.
function _vimtrace_program
    set -l at 1
    while set -q argv[$at]; and not string match -qr -- '^(.*/)?[sl]trace$' $argv[$at]
        set at (math $at + 1)
    end
    set -l valued abeEIoOpPsSuUX
    string match -q -- '*ltrace' $argv[$at]; and set valued aADeFlnopsuwxX
    set at (math $at + 1)
    while set -q argv[$at]; and string match -q -- '-*' $argv[$at]
        string match -qr -- "^-[^-$valued]*[$valued]\$" $argv[$at]; and set at (math $at + 1)
        set at (math $at + 1)
    end
    if set -q argv[$at]
        echo $at
    else if test $at -eq (math (count $argv) + 1); and not string match -q -- '-*' (commandline -ct)
        echo $at # the program itself is being typed
    else
        echo 1
    end
end

# Processes, by id with their command, or by name; behind what stands in $argv[1] before its last comma.
function _vimtrace_processes
    set -l done (string match -r -- '^.*,' $argv[1])
    command ps -eo pid=,ppid=,user=,stat=,comm=,args= 2>/dev/null | while read -l pid parent user state name command
        string match -q 'Z*' $state; and continue
        contains 2 $pid $parent; and continue
        contains $fish_pid $pid $parent; and continue
        printf '%s%s\t%s: %s\n' "$done" $pid $user "$command"
        printf '%s%s\t%s: %s\n' "$done" $name $user "$command"
    end
end

complete -c vimtrace -e
complete -c vimtrace -f -a '(_vimtrace_complete)'
