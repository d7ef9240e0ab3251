-- Sets or drops a case's deadline, unless the case has moved on: the newer commit has set its own.
-- KEYS    1 due, 2 case
-- ARGV    1 number, 2 version, 3 deadline in ms or ''
-- Result  1 done, 0 the case has another version
if redis.call('HGET', KEYS[2], 'v') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[1], 'c:' .. ARGV[1])
else
  redis.call('ZADD', KEYS[1], ARGV[3], 'c:' .. ARGV[1])
end
return 1
