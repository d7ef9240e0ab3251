-- Forgets consumers of a group that hold nothing and have not been seen for long: each process start makes a new one.
-- KEYS    1 log
-- ARGV    1 group, 2 how long in ms
-- Result  how many were forgotten
local forgotten = 0
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local facts = {}
  for f = 1, #consumer, 2 do facts[consumer[f]] = consumer[f + 1] end
  if facts.pending == 0 and facts.idle >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], facts.name)
    forgotten = forgotten + 1
  end
end
return forgotten
