#compdef vimtrace
# Completion of vimtrace for zsh: its own words, then the tracer's completion. Installed as _vimtrace.

function _vimtrace {
  local curcontext=$curcontext
  local -a state line
  local -A opt_args
  _arguments -C -S -A '-*' \
    '(- *)'{-h,--help}'[show help]' \
    '(- *)'{-V,--version}'[show the version]' \
    '--pager=[show the trace with this]:pager:_vimtrace_pagers' \
    '(--no-live)--live[open the pager at once and follow the trace]' \
    '(--live)--no-live[open the pager when the tracing has ended]' \
    '--detail[trace with the flags of an expert]' \
    '--save=[write the trace to a file and keep it]:file:_files' \
    '--limit=[ask before an editor loads more than this]:size:(500M 1G 2G 4G 8G none)' \
    '--summary[print a summary of the trace at the end]' \
    '--from=[the stream that is the trace]:stream:(stdout stderr)' \
    '--filetype=[the file type of the trace in the editor]:file type:(
      strace ltrace perftrace sysdig bpftraceout tcpdump fatrace)' \
    '(-)1: :_vimtrace_commands' \
    '*:: :_vimtrace_arguments'
}

function _vimtrace_pagers {
  local name
  local -a found
  for name in vim nvim less; do
    whence -p $name >/dev/null && found+=($name)
  done
  _wanted pagers expl pager compadd -a found || _command_names -e
}

function _vimtrace_commands {
  local name
  local -a tracers wrappers verbs
  for name in strace ltrace perf sysdig bpftrace tcpdump fatrace; do
    whence -p $name >/dev/null && tracers+=($name)
  done
  for name in sudo doas env nice ionice timeout taskset chrt setpriv unshare nsenter; do
    whence -p $name >/dev/null && wrappers+=($name)
  done
  verbs=(
    '-:show what arrives on standard input'
    'open:show saved traces'
    'recover:list, or open, traces of runs that died'
    'summary:calls and their times, errors, processes, files'
    'filter:print the lines that match'
    'tree:the processes: who started whom'
    'diff:what two runs did differently'
    'export:the events for other programs'
    'doctor:tell what works here, and what mends the rest'
    'init:print the aliases and completion for a shell'
  )
  _alternative 'tracers:tracer:compadd -a tracers' 'wrappers:command that starts a tracer:compadd -a wrappers' \
    'verbs:verb:(( ${(q)verbs} ))' || _command_names -e
}

function _vimtrace_arguments {
  case $words[1] in
    open) _files ;;
    summary)
      _arguments '--json[print JSON]' '--calls[only the table of calls]' '--filter=[only the events that match]:expression:' \
        '--by=[group the calls by this]:group:(call pid path errno)' '*:trace:_files'
      ;;
    filter) _arguments '--numbers[print the numbers of the lines]' '1:expression:' '*:trace:_files' ;;
    tree) _arguments '--json[print JSON]' '*:trace:_files' ;;
    diff)
      _arguments '(--text --json)--stat[print how many calls differ]' '(--stat --json)--text[print a unified diff]' \
        '(--stat --text)--json[print JSON]' '--filter=[only the events that match]:expression:' '*:trace:_files'
      ;;
    export)
      _arguments '--to=[the format]:format:(jsonl csv perfetto parquet)' '--output=[write to a file]:file:_files' \
        '--filter=[only the events that match]:expression:' '*:trace:_files'
      ;;
    recover) _vimtrace_runs ;;
    doctor) compadd -- --json ;;
    init) compadd -- zsh bash fish --completion ;;
    -) return 1 ;;
    *)
      if (( ${words[(I)(*/|)(strace|ltrace|perf|bpftrace)]} )) && _vimtrace_wants_process; then
        _vimtrace_processes
      else
        _normal -p vimtrace
      fi
      ;;
  esac
}

function _vimtrace_runs {
  local -a runs
  runs=(${XDG_STATE_HOME:-$HOME/.local/state}/vimtrace/*(N/:t))
  _wanted runs expl run compadd -a runs
}

# Whether the word before the cursor is -p, or its like, or the word itself begins so.
function _vimtrace_wants_process {
  case $words[CURRENT-1] in
    -p | --attach | --pid) return 0 ;;
  esac
  compset -P '(-p|--attach=|--pid=)'
}

function _vimtrace_processes {
  local pid parent user state name command
  local -a pids
  local -aU names
  while read -r pid parent user state name command; do
    [[ $state == Z* ]] && continue
    (( pid == 2 || parent == 2 || pid == $$ || parent == $$ )) && continue
    pids+=("$pid:$user  $command")
    names+=(${name//:/\\:})
  done < <(command ps -eo pid=,ppid=,user=,stat=,comm=,args= 2>/dev/null)
  compset -P '*,'
  if [[ $PREFIX == [^0-9]* ]]; then
    _describe -t processes 'process name' names
  else
    _describe -t processes process pids
  fi
}

# Autoloaded, this file is the body of _vimtrace; else it is being loaded by "vimtrace init zsh".
if [[ ${funcstack[1]-} == _vimtrace ]]; then
  _vimtrace "$@"
elif typeset -f compdef >/dev/null; then
  compdef _vimtrace vimtrace
fi
