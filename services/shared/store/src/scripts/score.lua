-- Changes how cases of one partition count, each by itself, if it counts as the caller saw.
-- KEYS    1 cases that count; then for each change: its case, the sums it was in, the sums it goes into (its case again: none)
-- ARGV    9 for each change: number; line before, its field and counts; line now, its field and counts ('' for each: none);
--         the day it counts on as yyyymmdd, when the sums it goes into may be forgotten in unix s
-- Result  for each: '' done (now or before), '!' it counts otherwise than the caller saw, '?' no such case
local call, result, k, a = redis.call, {}, 2, 1
local function add(sums, field, counts, sign)
  local had = call('HGET', sums, field)
  -- Sums that were forgotten stay so.
  if not had and sign < 0 then return end
  local now, any, before = {}, false, {}
  for n in string.gmatch(had or '', '%d+') do before[#before + 1] = n end
  for n in string.gmatch(counts, '%d+') do
    local sum = (before[#now + 1] or 0) + sign * n
    any = any or sum ~= 0
    now[#now + 1] = string.format('%d', sum)
  end
  if any then
    call('HSET', sums, field, table.concat(now, ','))
  else
    call('HDEL', sums, field)
  end
end
while k < #KEYS do
  local case, number, before, now = KEYS[k], ARGV[a], ARGV[a + 1], ARGV[a + 4]
  local is = call('HGET', case, 'q') or ''
  local answer = ''
  if call('EXISTS', case) == 0 then
    answer = '?'
  elseif is == before and is ~= now then
    if before ~= '' then add(KEYS[k + 1], ARGV[a + 2], ARGV[a + 3], -1) end
    if now ~= '' then
      add(KEYS[k + 2], ARGV[a + 5], ARGV[a + 6], 1)
      call('EXPIREAT', KEYS[k + 2], ARGV[a + 8])
      call('HSET', case, 'q', now)
      call('ZADD', KEYS[1], ARGV[a + 7], number)
    else
      call('HDEL', case, 'q')
      call('ZREM', KEYS[1], number)
    end
  elseif is ~= now then
    answer = '!'
  end
  result[#result + 1] = answer
  k = k + 3
  a = a + 9
end
return result
