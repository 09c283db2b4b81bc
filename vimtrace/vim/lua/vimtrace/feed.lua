-- Neovim's part of a live trace: tail(1) on a pipe that is only read while little enough waits. The same
-- rules as in autoload/vimtrace/live.vim; in Lua, because a job's list of lines costs twice the memory.

local bypass = require('vimtrace.bypass')
local uv = vim.loop
local M = {}
local current

-- The complete lines of {text}, and what follows the last of them.
local function split(text)
  local lines, from = {}, 1
  while true do
    local at = text:find('\n', from, true)
    if not at then
      return lines, text:sub(from)
    end
    lines[#lines + 1] = text:sub(from, at - 1)
    from = at + 1
  end
end

local function append(feed, lines)
  if #lines == 0 or not vim.api.nvim_buf_is_loaded(feed.buffer) or vim.fn['vimtrace#live#was_emptied']() == 1 then
    return
  end
  local followers = vim.fn['vimtrace#live#followers']()
  vim.bo[feed.buffer].modifiable = true
  vim.api.nvim_buf_set_lines(feed.buffer, feed.empty and 0 or -1, -1, false, lines)
  feed.empty = false
  vim.bo[feed.buffer].modifiable = false
  vim.bo[feed.buffer].modified = false
  vim.fn['vimtrace#live#appended'](followers)
end

-- Call {work}; a Ctrl-C that has interrupted it is passed on. What is lost by that is read again at the end.
local function uninterrupted(work, ...)
  local done, said = pcall(work, ...)
  if done then
    return true
  elseif not tostring(said):lower():find('interrupt') then
    error(said, 0)
  end
  vim.fn['vimtrace#live#interrupted']()
  return false
end

-- Append the lines that are complete. The rest waits in pieces: one endless line must not be joined and
-- searched again and again.
local function flush(feed)
  feed.timer_runs, feed.waiting = false, 0
  if feed.complete or feed.closed then
    local text = table.concat(feed.queue)
    local lines, rest = split(text)
    if feed.closed and rest ~= '' then
      lines[#lines + 1], rest = rest, ''
    end
    feed.queue, feed.complete = { rest }, false
    if uninterrupted(append, feed, lines) then
      feed.bytes = feed.bytes + #text - #rest
    end
    -- More than one window can have come only of lines that are themselves as long.
    if #text - #rest >= vim.g['vimtrace#colourless'] then
      vim.fn['vimtrace#do_without_colours'](feed.buffer)
    end
  end
end

-- Whether as much has come as is allowed.
local function is_over(feed)
  return feed.allowed > 0 and feed.got >= feed.allowed
end

-- Once: the timer may have been due when the end came, and is then due twice.
local function tell_end(feed)
  if not feed.ended then
    feed.ended = true
    vim.fn['vimtrace#live#ended']()
  end
end

local receive

local function on_timer(feed)
  if feed ~= current then
    return
  end
  flush(feed)
  if feed ~= current then
    return
  elseif feed.closed then
    tell_end(feed)
  elseif feed.held and is_over(feed) then
    vim.fn['vimtrace#live#full']()
  elseif feed.held then
    feed.held = false
    feed.pipe:read_start(feed.receive)
  end
end

local function schedule(feed, delay)
  if not feed.timer_runs then
    feed.timer_runs = true
    feed.timer:start(delay, 0, vim.schedule_wrap(function()
      on_timer(feed)
      bypass.between_commands()
    end))
  end
end

receive = function(feed, chunk)
  if not chunk then
    feed.closed = true
    feed.timer:stop()
    feed.timer_runs = false
    schedule(feed, 0)
    return
  end
  feed.queue[#feed.queue + 1] = chunk
  feed.waiting = feed.waiting + #chunk
  feed.got = feed.got + #chunk
  feed.complete = feed.complete or chunk:find('\n', 1, true) ~= nil
  if feed.waiting >= feed.window or is_over(feed) then
    feed.held = true
    feed.pipe:read_stop()
    feed.timer:stop()
    feed.timer_runs = false
  end
  schedule(feed, (feed.empty or feed.held) and 0 or feed.tick)
end

-- Start to feed {buffer} with what {command} prints, every {tick} ms at most, {window} bytes in flight.
-- {empty}: there is nothing in the buffer yet.
function M.start(command, buffer, tick, window, empty)
  local feed = { buffer = buffer, tick = tick, window = window, queue = {}, waiting = 0, empty = empty, bytes = 0 }
  feed.got, feed.allowed = 0, 0
  feed.pipe, feed.timer = uv.new_pipe(false), uv.new_timer()
  feed.receive = function(_, chunk)
    receive(feed, chunk)
  end
  current = feed
  local options = { args = vim.list_slice(command, 2), stdio = { nil, feed.pipe, nil } }
  feed.handle = uv.spawn(command[1], options, function() end)
  if not feed.handle then
    return 0
  end
  feed.pipe:read_start(feed.receive)
  return 1
end

-- Take no more than {bytes} in this feed, then wait; 0: take all.
function M.allow(bytes)
  current.allowed = bytes
  if current.held then
    schedule(current, 0)
  end
end

-- How many bytes have been taken.
function M.got()
  return current and current.got or 0
end

-- How many bytes of the file are in the buffer.
function M.bytes()
  return current and current.bytes or 0
end

-- End the feed: the editor is about to exit, or starts another.
function M.stop()
  local feed = current
  current = nil
  if feed and feed.handle and not feed.handle:is_closing() then
    feed.handle:kill('sigkill')
  end
end

return M
