-- Keeps what a replica says of itself with the time it said so, and forgets replicas that have long been silent.
-- KEYS    1 replicas
-- ARGV    1 replica, 2 state, 3 how long a silent replica is kept in ms
-- Result  how many were forgotten
local call, replicas, time = redis.call, KEYS[1], redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Not tostring: it would round so large a number.
call('HSET', replicas, ARGV[1], string.format('%.0f:', now) .. ARGV[2])
local forgotten, all = 0, call('HGETALL', replicas)
for f = 1, #all, 2 do
  local at = tonumber(string.match(all[f + 1], '^(%d+):'))
  if not at or now - at > tonumber(ARGV[3]) then
    forgotten = forgotten + call('HDEL', replicas, all[f])
  end
end
return forgotten
