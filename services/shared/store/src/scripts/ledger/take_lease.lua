-- Takes a lease, or renews it for whoever has it.
-- KEYS    1 lease
-- ARGV    1 holder, 2 for how long in ms
-- Result  1 it is the holder's, 0 somebody else has it
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
