-- What each replica last said of itself, and how long ago by Redis' own clock.
-- KEYS    1 replicas
-- ARGV    none
-- Result  for each: { id, age in ms, state }
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local result, all = {}, redis.call('HGETALL', KEYS[1])
for f = 1, #all, 2 do
  local at, state = string.match(all[f + 1], '^(%d+):(.*)$')
  -- Never below zero: Redis' clock may have been set back.
  if at then result[#result + 1] = { all[f], math.max(0, now - tonumber(at)), state } end
end
return result
