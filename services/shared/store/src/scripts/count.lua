-- Acknowledges entries and counts what those acknowledged now, not before, are worth; keeps their notes.
-- KEYS    1 log, 2 stream of notes; then hashes of counters
-- ARGV    1 group, 2 about how many notes are kept; then for each entry: its id, its note (empty: none), how many counters,
--         and for each of them its hash's place in KEYS, its field
-- Result  how many were acknowledged now
local call, acknowledged, sums, a = redis.call, 0, {}, 3
for k = 3, #KEYS do sums[k] = {} end
while a <= #ARGV do
  local last = a + 2 + 2 * tonumber(ARGV[a + 2])
  if call('XACK', KEYS[1], ARGV[1], ARGV[a]) == 1 then
    acknowledged = acknowledged + 1
    if ARGV[a + 1] ~= '' then call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'n', ARGV[a + 1]) end
    for i = a + 3, last, 2 do
      local counters, field = sums[tonumber(ARGV[i])], ARGV[i + 1]
      counters[field] = (counters[field] or 0) + 1
    end
  end
  a = last + 1
end
for k = 3, #KEYS do
  for field, by in pairs(sums[k]) do call('HINCRBY', KEYS[k], field, by) end
end
return acknowledged
