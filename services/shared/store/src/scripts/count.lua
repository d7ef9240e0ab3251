-- Acknowledges entries and counts what those acknowledged now, not before, are worth.
-- KEYS    1 log; then hashes of counters
-- ARGV    1 group; then for each entry: its id, how many counters, and for each of them its hash's place in KEYS, its field
-- Result  how many were acknowledged now
local call, acknowledged, sums, a = redis.call, 0, {}, 2
for k = 2, #KEYS do sums[k] = {} end
while a <= #ARGV do
  local last = a + 1 + 2 * tonumber(ARGV[a + 1])
  if call('XACK', KEYS[1], ARGV[1], ARGV[a]) == 1 then
    acknowledged = acknowledged + 1
    for i = a + 2, last, 2 do
      local counters, field = sums[tonumber(ARGV[i])], ARGV[i + 1]
      counters[field] = (counters[field] or 0) + 1
    end
  end
  a = last + 1
end
for k = 2, #KEYS do
  for field, by in pairs(sums[k]) do call('HINCRBY', KEYS[k], field, by) end
end
return acknowledged
