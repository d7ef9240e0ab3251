-- Keeps what a person's decision about a case teaches a model, unless that is known or a newer decision is, and forgets the oldest.
-- KEYS    1 index by time, 2 records, 3 corrections by category, 4 counts of the day
-- ARGV    1 member, 2 time in ms, 3 record, 4 how many are kept, 5 category when it is a correction or '', 6 1 when that
--         counts for the category or '', 7 field of examples, 8 field of those that agree or '', 9 lifetime of the counts in s
-- Result  1 kept now, 0 not
local call, member, head = redis.call, ARGV[1], ARGV[5] .. '\n'
local before = call('ZSCORE', KEYS[1], member)
if before and tonumber(before) >= tonumber(ARGV[2]) then return 0 end
if before and ARGV[5] ~= '' then
  local record = call('HGET', KEYS[2], member)
  if record and string.sub(record, 1, #head) == head then return 0 end
end
call('HSET', KEYS[2], member, head .. ARGV[3])
call('ZADD', KEYS[1], ARGV[2], member)
local over = call('ZCARD', KEYS[1]) - tonumber(ARGV[4])
if over > 0 then
  local gone = call('ZPOPMIN', KEYS[1], over)
  for i = 1, #gone, 2 do call('HDEL', KEYS[2], gone[i]) end
end
if ARGV[6] ~= '' then call('HINCRBY', KEYS[3], ARGV[5], 1) end
call('HINCRBY', KEYS[4], ARGV[7], 1)
if ARGV[8] ~= '' then call('HINCRBY', KEYS[4], ARGV[8], 1) end
call('EXPIRE', KEYS[4], ARGV[9])
return 1
