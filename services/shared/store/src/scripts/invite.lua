-- Holds a case for an answer by message: no operator gets it before then.
-- KEYS    1 calls of the case's language, 2 the case's invitation
-- ARGV    1 case number, 2 now in ms, 3 until when in ms, 4 how often the case was reopened, 5 how the citizen is asked,
--         6 when the case is to be called, in ms
-- Result  {what, until in ms, how, 1 when the message is sent}; what: held, taken by an operator, or none when nobody
--         is to be called
local known = redis.call('HMGET', KEYS[2], 'round', 'until', 'via', 'sent')
if known[1] == ARGV[4] and tonumber(known[2]) > tonumber(ARGV[2]) then
  return {'held', known[2], known[3], known[4]}
end
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not at then return {'none', '0', '', '0'} end
-- An operator who has it has moved it away from its own time.
if tonumber(at) >= tonumber(ARGV[2]) and tonumber(at) ~= tonumber(ARGV[6]) then
  return {'taken', at, '', '0'}
end
redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], 'round', ARGV[4], 'until', ARGV[3], 'via', ARGV[5], 'sent', '0')
redis.call('PEXPIREAT', KEYS[2], ARGV[3])
return {'held', ARGV[3], ARGV[5], '0'}
