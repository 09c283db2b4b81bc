-- Neovim's part of a live trace: tail(1) on a pipe that is only read while little enough waits. The same
-- rules as in autoload/vimtrace/live.vim; in Lua, because a job's list of lines costs twice the memory.

local uv = vim.loop
local M = {}
local feed

local function flush()
  feed.timer_runs = false
  local text = feed.partial .. table.concat(feed.queue)
  feed.queue, feed.waiting = {}, 0
  local lines, from = {}, 1
  while true do
    local at = text:find('\n', from, true)
    if not at then
      break
    end
    lines[#lines + 1] = text:sub(from, at - 1)
    from = at + 1
  end
  feed.partial = text:sub(from)
  if feed.closed and feed.partial ~= '' then
    lines[#lines + 1] = feed.partial
    feed.partial = ''
  end
  if #lines > 0 and vim.api.nvim_buf_is_loaded(feed.buffer) then
    local followers = vim.fn['vimtrace#live#followers']()
    vim.bo[feed.buffer].modifiable = true
    vim.api.nvim_buf_set_lines(feed.buffer, feed.empty and 0 or -1, -1, false, lines)
    feed.empty = false
    vim.bo[feed.buffer].modifiable = false
    vim.bo[feed.buffer].modified = false
    vim.fn['vimtrace#live#appended'](#lines, followers)
  end
end

local receive

local function on_timer()
  flush()
  if feed.closed then
    vim.fn['vimtrace#live#ended']()
  elseif feed.held then
    feed.held = false
    feed.pipe:read_start(receive)
  end
end

local function schedule(delay)
  if not feed.timer_runs then
    feed.timer_runs = true
    feed.timer:start(delay, 0, vim.schedule_wrap(on_timer))
  end
end

receive = function(_, chunk)
  if not chunk then
    feed.closed = true
    feed.timer:stop()
    feed.timer_runs = false
    schedule(0)
    return
  end
  feed.queue[#feed.queue + 1] = chunk
  feed.waiting = feed.waiting + #chunk
  if feed.waiting >= feed.window then
    feed.held = true
    feed.pipe:read_stop()
    feed.timer:stop()
    feed.timer_runs = false
  end
  schedule((feed.empty or feed.held) and 0 or feed.tick)
end

-- Start to feed {buffer} with what {command} prints, every {tick} ms at most, {window} bytes in flight.
function M.start(command, buffer, tick, window)
  feed = { buffer = buffer, tick = tick, window = window, queue = {}, waiting = 0, partial = '', empty = true }
  feed.pipe, feed.timer = uv.new_pipe(false), uv.new_timer()
  local arguments = vim.list_slice(command, 2)
  feed.handle = uv.spawn(command[1], { args = arguments, stdio = { nil, feed.pipe, nil } }, function() end)
  if not feed.handle then
    return 0
  end
  feed.pipe:read_start(receive)
  return 1
end

-- End the feed; the editor is about to exit.
function M.stop()
  if feed and feed.handle and not feed.handle:is_closing() then
    feed.handle:kill('sigkill')
  end
end

return M
