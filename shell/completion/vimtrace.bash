# Completion of vimtrace for bash: its own words, then the tracer's completion. Installed as vimtrace.
# shellcheck shell=bash disable=SC2207  # what is offered has no spaces to split at

_vimtrace() {
    local cur=${COMP_WORDS[COMP_CWORD]} at=1 option='' prefix=''
    COMPREPLY=()
    while ((at < COMP_CWORD)); do
        case ${COMP_WORDS[at]} in
        --)
            ((at++))
            break
            ;;
        --pager | --save | --limit | --from | --filetype)
            option=${COMP_WORDS[at]}
            ((at++))
            if [[ ${COMP_WORDS[at]} == = ]]; then
                ((at++))
            fi
            if ((at >= COMP_CWORD)); then
                break
            fi
            option=''
            ((at++))
            ;;
        -?*) ((at++)) ;;
        *) break ;;
        esac
    done
    if [[ -z $option && $at -eq $COMP_CWORD && $cur == --*=* ]]; then
        option=${cur%%=*} # '=' is not in COMP_WORDBREAKS
        prefix=$option=
    fi
    if [[ -n $option ]]; then
        cur=${cur#"$prefix"}
        _vimtrace_value "$option" "${cur#=}" "$prefix"
    elif ((at >= COMP_CWORD)); then
        _vimtrace_command "$cur"
    else
        _vimtrace_arguments "$at" "$cur"
    fi
}

# Those of the commands NAMES... that are installed.
_vimtrace_installed() {
    local name
    for name; do
        if type -P "$name" >/dev/null; then
            printf '%s\n' "$name"
        fi
    done
}

_vimtrace_value() {
    local IFS=$'\n'
    case $1 in
    --pager)
        COMPREPLY=($(compgen -P "$3" -W "$(_vimtrace_installed vim nvim less)" -- "$2"))
        if ((${#COMPREPLY[@]} == 0)) && [[ -n $2 ]]; then
            COMPREPLY=($(compgen -P "$3" -c -- "$2"))
        fi
        ;;
    --save)
        compopt -o filenames
        COMPREPLY=($(compgen -P "$3" -f -- "$2"))
        ;;
    --limit) COMPREPLY=($(compgen -P "$3" -W $'500M\n1G\n2G\n4G\n8G\nnone' -- "$2")) ;;
    --from) COMPREPLY=($(compgen -P "$3" -W $'stdout\nstderr' -- "$2")) ;;
    --filetype)
        COMPREPLY=($(compgen -P "$3" -W $'strace\nltrace\nperftrace\nsysdig\nbpftraceout\ntcpdump\nfatrace' -- "$2"))
        ;;
    esac
}

_vimtrace_command() {
    local IFS=$' \t\n'
    if [[ $1 == -* ]]; then
        COMPREPLY=($(compgen -W '- --pager= --live --no-live --detail --save= --limit= --summary --from= --filetype= --help --version' -- "$1"))
        if [[ ${COMPREPLY[0]-} == *= && ${#COMPREPLY[@]} -eq 1 ]]; then
            compopt -o nospace
        fi
        return
    fi
    COMPREPLY=($(compgen -W "open recover doctor init summary filter tree diff export $(
        _vimtrace_installed strace ltrace perf sysdig bpftrace tcpdump fatrace \
            sudo doas env nice ionice timeout taskset chrt setpriv unshare nsenter
    )" -- "$1"))
    if ((${#COMPREPLY[@]} == 0)); then
        compopt -o filenames
        COMPREPLY=($(compgen -c -- "$1"))
    fi
}

# The words behind the verb or tracer that is word number AT.
_vimtrace_arguments() {
    local at=$1 cur=$2 runs=${XDG_STATE_HOME:-$HOME/.local/state}/vimtrace
    case ${COMP_WORDS[at]} in
    -) ;;
    open)
        compopt -o filenames
        local IFS=$'\n'
        COMPREPLY=($(compgen -f -- "$cur"))
        ;;
    recover) COMPREPLY=($(compgen -W "$(cd "$runs" 2>/dev/null && compgen -d)" -- "$cur")) ;;
    doctor) COMPREPLY=($(compgen -W '--json' -- "$cur")) ;;
    summary) _vimtrace_traces '--json --calls --by= --filter=' "$cur" ;;
    filter) _vimtrace_traces '--numbers' "$cur" ;;
    tree) _vimtrace_traces '--json' "$cur" ;;
    diff) _vimtrace_traces '--stat --text --json --filter=' "$cur" ;;
    export) _vimtrace_traces '--to= --output= --filter=' "$cur" ;;
    init) COMPREPLY=($(compgen -W 'zsh bash fish --completion' -- "$cur")) ;;
    *)
        if _vimtrace_wants_process "$at"; then
            _vimtrace_processes "${cur#=}"
        elif declare -F _comp_command_offset >/dev/null; then
            _comp_command_offset "$at"
        elif declare -F _command_offset >/dev/null; then
            _command_offset "$at"
        else
            compopt -o default -o bashdefault # there is no bash-completion
        fi
        ;;
    esac
}

# One of OPTIONS, a value of one, or a file.
_vimtrace_traces() {
    local IFS=$' \t\n' cur=${2#=} before=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $before in
    --by) COMPREPLY=($(compgen -W 'call pid path errno' -- "$cur")) ;;
    --to) COMPREPLY=($(compgen -W 'jsonl csv perfetto parquet' -- "$cur")) ;;
    --filter) ;;
    *)
        if [[ $cur == -* ]]; then
            COMPREPLY=($(compgen -W "$1" -- "$cur"))
            if [[ ${COMPREPLY[0]-} == *= && ${#COMPREPLY[@]} -eq 1 ]]; then
                compopt -o nospace
            fi
        else
            IFS=$'\n'
            compopt -o filenames
            COMPREPLY=($(compgen -f -- "$cur"))
        fi
        ;;
    esac
}

# Whether the word before the cursor is the -p, or its like, of a tracer behind word number AT.
_vimtrace_wants_process() {
    local i before=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [[ $before != -p && $before != --attach && $before != --pid ]]; then
        return 1
    fi
    for ((i = $1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]##*/} in
        strace | ltrace | perf | bpftrace) return 0 ;;
        esac
    done
    return 1
}

# Process ids that begin with CUR, with their commands where there are several; or process names.
_vimtrace_processes() {
    local cur=$1 done='' width=$((${COLUMNS:-80} - 25)) pid parent user state name command
    if [[ $cur == *,* ]]; then
        done=${cur%,*},
        cur=${cur##*,}
    fi
    while read -r pid parent user state name command; do
        if [[ $state == Z* ]] || ((pid == 2 || parent == 2 || pid == $$ || parent == $$)); then
            continue
        elif [[ $cur == [!0-9]* ]]; then
            if [[ $name == "$cur"* && " ${COMPREPLY[*]-} " != *" $done$name "* ]]; then
                COMPREPLY+=("$done$name")
            fi
        elif [[ $pid == "$cur"* ]]; then
            COMPREPLY+=("$done$pid  ($user: ${command:0:width})")
        fi
    done < <(command ps -eo pid=,ppid=,user=,stat=,comm=,args= 2>/dev/null)
    # A menu (COMP_TYPE 37, 42) would put the command into the line, too.
    if [[ ${#COMPREPLY[@]} -eq 1 || ${COMP_TYPE-} == 37 || ${COMP_TYPE-} == 42 ]]; then
        COMPREPLY=("${COMPREPLY[@]%%  (*}")
    fi
}

complete -F _vimtrace vimtrace
