-- Commits changes to cases of one partition, each by itself, if the case is at the version that the change was made on.
-- KEYS    1 log, 2 due, 3 ended, 4 supervised, 5 triage, 6 to 8 overdue (dispatch, handle, callback); then for each change:
--         its case, and the callbacks in its language
-- ARGV    16 for each change: number, version before, version after, traceparent, Case, Commit,
--         next deadline in ms or '', when to reconcile in ms or '', the entry's kind, and its place in the
--         lists (ended, supervised, triage, the three of overdue, callbacks): a time in ms, '-' to take it off, or '' to leave it
-- Result  for each: '' done (now or by an earlier try of this very call), '?' no such case (or on its way into the archive),
--         or the case's version
local call, log, due = redis.call, KEYS[1], KEYS[2]
local result, a = {}, 1
local function list(key, member, at)
  if at == '-' then
    call('ZREM', key, member)
  elseif at ~= '' then
    call('ZADD', key, at, member)
  end
end
for k = 9, #KEYS, 2 do
  local case, number, after, commit = KEYS[k], ARGV[a], ARGV[a + 2], ARGV[a + 5]
  local deadline, reconcile = ARGV[a + 6], ARGV[a + 7]
  local version, leaving = unpack(call('HMGET', case, 'v', 'a'))
  local answer = ''
  if version == ARGV[a + 1] and not leaving then
    call('HSET', case, 'v', after, 's', ARGV[a + 4], 't', ARGV[a + 3], 'e' .. after, commit)
    call('XADD', log, '*', 'k', ARGV[a + 8], 'c', number, 'e', commit)
    if deadline == '' then
      call('ZREM', due, 'c:' .. number)
    else
      call('ZADD', due, deadline, 'c:' .. number)
    end
    if reconcile ~= '' then
      call('ZADD', due, reconcile, 'r:' .. number .. ':' .. after)
    end
    for l = 3, 8 do
      list(KEYS[l], number, ARGV[a + 6 + l])
    end
    list(KEYS[k + 1], number, ARGV[a + 15])
  elseif not version then
    answer = '?'
  elseif call('HGET', case, 'e' .. after) ~= commit then
    answer = leaving and '?' or version
  end
  result[#result + 1] = answer
  a = a + 16
end
return result
