-- The archive has a batch of the log: moves it on to the batch's end.
-- KEYS    1 archive
-- ARGV    1 where the batch begins, 2 where it ends
-- Result  1 done, 0 it was done before
local at, next = unpack(redis.call('HMGET', KEYS[1], 'at', 'next'))
if at ~= ARGV[1] or next ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'at', ARGV[2])
redis.call('HDEL', KEYS[1], 'next')
return 1
