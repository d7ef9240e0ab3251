-- Says what became of an invitation: the message is sent, or could not be and the case goes back to the operators.
-- KEYS    1 calls of the case's language, 2 the case's invitation
-- ARGV    1 case number, 2 the invitation's until in ms, 3 when the case is to be called in ms; empty: the message is sent
-- Result  1 done, 0 it is another invitation, or none
if redis.call('HGET', KEYS[2], 'until') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('HSET', KEYS[2], 'sent', '1')
  return 1
end
-- Somebody else's try may have sent it.
if redis.call('HGET', KEYS[2], 'sent') == '1' then return 0 end
redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[1])
redis.call('DEL', KEYS[2])
return 1
