-- Gives a lease up, unless it has passed to somebody else.
-- KEYS    1 lease
-- ARGV    1 holder
-- Result  1 given up, 0 it was not the holder's
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
