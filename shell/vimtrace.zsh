# vimtrace for zsh: source this from ~/.zshrc. See vimtrace(1).
if command -v vimtrace >/dev/null 2>&1; then
  alias strace='vimtrace strace'
  alias ltrace='vimtrace ltrace'
fi
