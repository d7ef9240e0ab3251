-- Prepares a batch of the log for the archive, unless one is prepared.
-- KEYS    1 archive
-- ARGV    1 where the new batch begins, 2 where it ends; '' and '' to ask only
-- Result  where the prepared batch begins and where it ends, '' and '' when there is none
local at, next = unpack(redis.call('HMGET', KEYS[1], 'at', 'next'))
if next then return { at, next } end
if ARGV[2] == '' or (at or '0-0') ~= ARGV[1] then return { '', '' } end
redis.call('HSET', KEYS[1], 'at', ARGV[1], 'next', ARGV[2])
return { ARGV[1], ARGV[2] }
