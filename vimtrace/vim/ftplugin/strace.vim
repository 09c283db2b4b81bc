" What vimtrace does in the buffer of a trace: see autoload/vimtrace/buffer.vim.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1
call vimtrace#buffer#setup()
let b:undo_ftplugin = 'call vimtrace#buffer#undo()'
