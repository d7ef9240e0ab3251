-- Claims what is due in one partition: pushes it back, so that nobody else gets it for a while.
-- KEYS    1 due
-- ARGV    1 now in ms, 2 until when in ms, 3 how many at most (up to 256)
-- Result  the members, oldest first
local members = redis.call('ZRANGE', KEYS[1], '-inf', '(' .. ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3])
if #members > 0 then
  local pairs = {}
  for _, member in ipairs(members) do
    pairs[#pairs + 1] = ARGV[2]
    pairs[#pairs + 1] = member
  end
  redis.call('ZADD', KEYS[1], unpack(pairs))
end
return members
