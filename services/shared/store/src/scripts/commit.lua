-- Commits changes to cases of one partition, each by itself, if the case is at the version that the change was made on.
-- KEYS    1 log, 2 due, 3 ended, 4 supervised; then for each change: its case, and the callbacks in its language
-- ARGV    12 for each change: number, version before, version after, traceparent, Case, Commit,
--         next deadline in ms or '', when to reconcile in ms or '', the entry's kind, and its place in the
--         three lists (ended, supervised, callbacks): a time in ms, '-' to take it off, or '' to leave it
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
for k = 5, #KEYS, 2 do
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
    list(KEYS[3], number, ARGV[a + 9])
    list(KEYS[4], number, ARGV[a + 10])
    list(KEYS[k + 1], number, ARGV[a + 11])
  elseif not version then
    answer = '?'
  elseif call('HGET', case, 'e' .. after) ~= commit then
    answer = leaving and '?' or version
  end
  result[#result + 1] = answer
  a = a + 12
end
return result
