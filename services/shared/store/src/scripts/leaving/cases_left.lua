-- The archive has a batch of cases: forgets them.
-- KEYS    1 archive, 2 ended, 3 due, 4 cases that count; then the batch's cases
-- ARGV    1 the batch's number; then its cases' numbers
-- Result  1 done, 0 it was done before
local call, archive = redis.call, KEYS[1]
local number, members = unpack(call('HMGET', archive, 'cases', 'members'))
if not members or number ~= ARGV[1] then return 0 end
for k = 5, #KEYS do
  local case = ARGV[k - 3]
  local version = call('HGET', KEYS[k], 'v')
  if version then call('ZREM', KEYS[3], 'c:' .. case, 'r:' .. case .. ':' .. version) end
  call('UNLINK', KEYS[k])
  call('ZREM', KEYS[2], case)
  call('ZREM', KEYS[4], case)
end
call('HDEL', archive, 'members')
return 1
