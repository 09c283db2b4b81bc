-- A Ctrl-C that interrupts an event of somebody else's, or comes between two, Neovim takes for itself: no map is looked
-- up and nothing is said (normal_check_interrupt() in its normal.c). Only vim.on_key() is told.

local M = {}
local namespace = vim.api.nvim_create_namespace('vimtrace')
local fresh = false

-- Whether a script or a function has asked for this key: a plugin's getchar(), whose user cancels it.
local function is_asked_for()
  local level, frame = 1, debug.getinfo(1, 'f')
  while frame and frame.func ~= vim._on_key do
    level = level + 1
    frame = debug.getinfo(level, 'f')
  end
  local done, script = pcall(vim.fn.expand, '<sfile>')
  return not frame or debug.getinfo(level + 1, 'f') ~= nil or done and script ~= ''
end

-- An event has been worked off: Neovim does that only when no command is half typed.
function M.between_commands()
  fresh = true
end

-- Have vimtrace#live#hear() called after a Ctrl-C that began a command, for which no map was looked up.
function M.listen()
  vim.on_key(function(key)
    if key == '\3' and fresh and vim.api.nvim_get_mode().mode == 'n' and not is_asked_for() then
      vim.g['vimtrace#live#bypassed'] = 1
      vim.schedule(vim.fn['vimtrace#live#hear'])
    end
    fresh = false
  end, namespace)
end

return M
