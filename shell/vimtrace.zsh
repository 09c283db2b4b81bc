# vimtrace for zsh: in ~/.zshrc write  eval "$(vimtrace init zsh)"  or source this file. See vimtrace(1).
# Aliases for strace and ltrace; for others, or fewer, set first: VIMTRACE_ALIASES='strace perf bpftrace'.
# It starts no process, leaves your own aliases and functions alone, and does nothing in a script.

function _vimtrace_set_up {
  \builtin emulate -L zsh
  \builtin local name
  for name in ${=VIMTRACE_ALIASES-strace ltrace}; do
    if ! \builtin whence -p -- "$name" >/dev/null || \builtin alias -- "$name" >/dev/null; then
      \builtin continue
    fi
    if \builtin typeset -f -- "$name" >/dev/null && [[ " ${_vimtrace_functions-} " != *" $name "* ]]; then
      \builtin continue
    fi
    if \builtin whence -p vimtrace >/dev/null; then
      \builtin alias -- "$name=vimtrace $name"
    elif [[ $name == strace || $name == ltrace ]]; then
      \builtin eval "function $name { _vimtrace_after $name \"\$@\" }"
      \builtin typeset -g _vimtrace_functions="${_vimtrace_functions-} $name"
    fi
  done
  if \builtin whence -p vimtrace >/dev/null; then
    if \builtin typeset -f compdef >/dev/null; then
      _vimtrace_compdef
    elif [[ " ${precmd_functions-} " != *" _vimtrace_compdef "* ]]; then
      \builtin typeset -ga precmd_functions
      precmd_functions+=(_vimtrace_compdef)  # compinit may come later in ~/.zshrc
    fi
  fi
}

# Completion, unless an installed _vimtrace has it already; the rest of it is loaded by the first Tab.
function _vimtrace_compdef {
  \builtin emulate -L zsh
  if [[ -n ${precmd_functions-} ]]; then
    precmd_functions=("${(@)precmd_functions:#_vimtrace_compdef}")
  fi
  if \builtin typeset -f compdef >/dev/null && [[ -z ${_comps[vimtrace]-} ]]; then
    compdef _vimtrace_load vimtrace
  fi
}

function _vimtrace_load {
  \builtin eval "$(\builtin command vimtrace init zsh --completion)" && _vimtrace "$@"
}

# Where there is no vimtrace: _vimtrace_after TRACER ARGS... traces to a file and shows it in Vim.
function _vimtrace_after {
  \builtin emulate -L zsh
  \builtin unsetopt err_exit err_return no_unset xtrace
  \builtin local editor tracer result
  \builtin local -x VIMTRACE_FILE
  editor=$(\builtin whence -p vim || \builtin whence -p nvim)
  if [[ -z $editor ]] || ! _vimtrace_is_shown "$@"; then
    \builtin command "$@"
    \builtin return
  fi
  # A subshell, so that tracer and editor are one job for Ctrl-Z.
  (
    \builtin trap : INT QUIT
    VIMTRACE_FILE=$(\builtin command mktemp "${TMPDIR:-/tmp}/vimtrace.XXXXXXXX") || \builtin exit 1
    \builtin trap '\builtin command rm -f -- "$VIMTRACE_FILE"; \builtin exit 129' HUP TERM
    tracer=$1
    \builtin shift
    \builtin command "$tracer" -o "$VIMTRACE_FILE" "$@"
    result=$?
    if [[ -s $VIMTRACE_FILE ]]; then
      "$editor" -n -i NONE -c 'set nomodeline' -c 'execute "view" fnameescape($VIMTRACE_FILE)' \
        -c "setfiletype $tracer" </dev/tty >/dev/tty 2>&1
    fi
    \builtin command rm -f -- "$VIMTRACE_FILE"
    \builtin exit "$result"
  )
}

# Whether TRACER with ARGS... would write its trace to a terminal.
function _vimtrace_is_shown {
  \builtin emulate -L zsh
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

if [[ -o interactive ]]; then
  _vimtrace_set_up
fi
\builtin unset -f _vimtrace_set_up
