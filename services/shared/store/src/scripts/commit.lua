-- Commits changes to cases of one partition, each by itself, if the case is at the version that the change was made on.
-- KEYS    1 log, 2 due, 3 ended; then for each change: its case
-- ARGV    10 for each change: number, version before, version after, traceparent, Case, Commit,
--         next deadline in ms or '', when to reconcile in ms or '', the entry's kind,
--         when it ended in ms, '-' when it goes on again, or '' when neither
-- Result  for each: '' done (now or by an earlier try of this very call), '?' no such case (or on its way into the archive),
--         or the case's version
local call, log, due, ended = redis.call, KEYS[1], KEYS[2], KEYS[3]
local result, a = {}, 1
for k = 4, #KEYS do
  local case, number, after, commit = KEYS[k], ARGV[a], ARGV[a + 2], ARGV[a + 5]
  local deadline, reconcile, ending = ARGV[a + 6], ARGV[a + 7], ARGV[a + 9]
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
    if ending == '-' then
      call('ZREM', ended, number)
    elseif ending ~= '' then
      call('ZADD', ended, ending, number)
    end
  elseif not version then
    answer = '?'
  elseif call('HGET', case, 'e' .. after) ~= commit then
    answer = leaving and '?' or version
  end
  result[#result + 1] = answer
  a = a + 10
end
return result
