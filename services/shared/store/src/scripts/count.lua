-- Acknowledges entries and counts what those acknowledged now, not before, are worth.
-- KEYS    1 log, 2 rates
-- ARGV    1 group; then for each entry: its id, how many counters, and their fields
-- Result  how many were acknowledged now
local call, acknowledged, sums, a = redis.call, 0, {}, 2
while a <= #ARGV do
  local n = tonumber(ARGV[a + 1])
  if call('XACK', KEYS[1], ARGV[1], ARGV[a]) == 1 then
    acknowledged = acknowledged + 1
    for i = a + 2, a + 1 + n do sums[ARGV[i]] = (sums[ARGV[i]] or 0) + 1 end
  end
  a = a + 2 + n
end
for field, by in pairs(sums) do call('HINCRBY', KEYS[2], field, by) end
return acknowledged
