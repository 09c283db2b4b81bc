# vimtrace for bash: in ~/.bashrc write  eval "$(vimtrace init bash)"  or source this file. See vimtrace(1).
# Aliases for strace and ltrace; for others, or fewer, set first: VIMTRACE_ALIASES='strace perf bpftrace'.
# It starts no process, leaves your own aliases and functions alone, and does nothing in a script.
# shellcheck shell=bash

_vimtrace_set_up() {
    \builtin local name IFS=$' \t\n'
    for name in ${VIMTRACE_ALIASES-strace ltrace}; do
        if ! \builtin type -P -- "$name" >/dev/null || \builtin alias -- "$name" &>/dev/null; then
            \builtin continue
        fi
        if \builtin declare -F -- "$name" >/dev/null && [[ " ${_vimtrace_functions-} " != *" $name "* ]]; then
            \builtin continue
        fi
        if \builtin type -P vimtrace >/dev/null; then
            # shellcheck disable=SC2139  # expanded now, so that the alias holds the name
            \builtin alias -- "$name=vimtrace $name"
        elif [[ $name == strace || $name == ltrace ]]; then
            \builtin eval "function $name { _vimtrace_after $name \"\$@\"; }"
            _vimtrace_functions="${_vimtrace_functions-} $name"
        fi
    done
    # Completion, unless it is there already; the rest of it is loaded by the first Tab.
    if \builtin type -P vimtrace >/dev/null && ! \builtin complete -p vimtrace &>/dev/null; then
        \builtin complete -F _vimtrace_load vimtrace
    fi
    \builtin return 0
}

_vimtrace_load() {
    \builtin eval "$(\builtin command vimtrace init bash --completion)" && \builtin return 124
}

# Where there is no vimtrace: _vimtrace_after TRACER ARGS... traces to a file and shows it in Vim.
_vimtrace_after() {
    \builtin local editor
    editor=$(\builtin type -P vim || \builtin type -P nvim)
    if [[ -z $editor ]] || ! _vimtrace_is_shown "$@"; then
        \builtin command "$@"
        \builtin return
    fi
    # A subshell, so that tracer and editor are one job for Ctrl-Z.
    (
        \builtin set +eux
        \builtin trap : INT QUIT
        VIMTRACE_FILE=$(\builtin command mktemp "${TMPDIR:-/tmp}/vimtrace.XXXXXXXX") || \builtin exit 1
        \builtin trap '\builtin command rm -f -- "$VIMTRACE_FILE"; \builtin exit 129' HUP TERM
        \builtin export VIMTRACE_FILE
        tracer=$1
        \builtin shift
        \builtin command "$tracer" -o "$VIMTRACE_FILE" "$@"
        result=$?
        if [[ -s $VIMTRACE_FILE ]]; then
            # shellcheck disable=SC2016  # Vim expands it
            "$editor" -n -i NONE -c 'set nomodeline' -c 'execute "view" fnameescape($VIMTRACE_FILE)' \
                -c "setfiletype $tracer" </dev/tty >/dev/tty 2>&1
        fi
        \builtin command rm -f -- "$VIMTRACE_FILE"
        \builtin exit "$result"
    )
}

# Whether TRACER with ARGS... would write its trace to a terminal.
_vimtrace_is_shown() {
    \builtin local valued=abeEIoOpPsSuUX word letter
    if [[ ! -t 2 || ${TERM:-dumb} == dumb || ${VIMTRACE-} == 0 ]]; then
        \builtin return 1
    fi
    if [[ $1 == ltrace ]]; then
        valued=aADeFlnopsuwxX
    fi
    \builtin shift
    while [[ $# -gt 0 && $1 == -?* && $1 != -- ]]; do
        word=$1
        \builtin shift
        case $word in
        --output | --output=* | --summary-only | --version | --help) \builtin return 1 ;;
        --*) \builtin continue ;;
        esac
        word=${word#-}
        while [[ -n $word ]]; do
            letter=${word%"${word#?}"}
            word=${word#?}
            if [[ ocVh == *"$letter"* ]]; then
                \builtin return 1
            elif [[ $valued == *"$letter"* ]]; then
                if [[ -z $word && $# -gt 0 ]]; then
                    \builtin shift
                fi
                \builtin break
            fi
        done
    done
    \builtin return 0
}

if [[ $- == *i* ]]; then
    _vimtrace_set_up
fi
\builtin unset -f _vimtrace_set_up
