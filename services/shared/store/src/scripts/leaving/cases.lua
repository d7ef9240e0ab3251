-- Prepares a batch of ended cases for the archive, unless one is prepared: they take no commit any more.
-- KEYS    1 archive, 2 ended; then the cases that the batch could have
-- ARGV    1 they must have ended before this, in ms; then their numbers
-- Result  the number of the prepared batch, and its cases separated by spaces, '' when there is none
local call, archive, ended = redis.call, KEYS[1], KEYS[2]
local number, members = unpack(call('HMGET', archive, 'cases', 'members'))
if members then return { number, members } end
local chosen = {}
for k = 3, #KEYS do
  local case = ARGV[k - 1]
  local at = call('ZSCORE', ended, case)
  -- Reopened meanwhile: not in the list any more.
  if at and tonumber(at) < tonumber(ARGV[1]) then
    if call('EXISTS', KEYS[k]) == 1 then
      call('HSET', KEYS[k], 'a', 1)
      chosen[#chosen + 1] = case
    else
      call('ZREM', ended, case)
    end
  end
end
if #chosen == 0 then return { number or '0', '' } end
number = call('HINCRBY', archive, 'cases', 1)
members = table.concat(chosen, ' ')
call('HSET', archive, 'members', members)
return { tostring(number), members }
