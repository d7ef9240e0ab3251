-- Takes complaints into one partition, each once.
-- KEYS    1 log; then for each complaint: its case, its idempotency key (the case again when it has none)
-- ARGV    1 lifetime of idempotency keys in seconds; then 8 for each complaint: number, acceptance time in ms,
--         traceparent, Case, Commit without complaint, head of the commit's field "complaint", Complaint, contact or ''
-- Result  for each: '' taken in (now or by an earlier try of this very call), '!' the number is another case's,
--         or '<number> <ms>' of the case that the idempotency key led to before
local call, log, life = redis.call, KEYS[1], ARGV[1]
local result, a = {}, 2
for k = 2, #KEYS, 2 do
  local case, idem, number = KEYS[k], KEYS[k + 1], ARGV[a]
  local commit, complaint, contact = ARGV[a + 4], ARGV[a + 6], ARGV[a + 7]
  local answer = ''
  if call('EXISTS', case) == 1 then
    if call('HGET', case, 'e1') ~= commit then answer = '!' end
  else
    local before = idem ~= case and call('SET', idem, number .. ' ' .. ARGV[a + 1], 'EX', life, 'NX', 'GET')
    if before then
      answer = before
    else
      if contact == '' then
        call('HSET', case, 'v', 1, 's', ARGV[a + 3], 't', ARGV[a + 2], 'in', complaint, 'e1', commit)
      else
        call('HSET', case, 'v', 1, 's', ARGV[a + 3], 't', ARGV[a + 2], 'in', complaint, 'e1', commit, 'ct', contact)
      end
      -- Protobuf fields may simply follow each other: the complaint is stored once in the case and sent once.
      call('XADD', log, '*', 'k', 'accepted', 'c', number, 'e', commit .. ARGV[a + 5] .. complaint)
    end
  end
  result[#result + 1] = answer
  a = a + 8
end
return result
