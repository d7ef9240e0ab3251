-- Finds cases that share keys with new ones, and makes the new ones findable. One shard of the likeness index.
--
-- A hash maps a key to the records of its newest cases, one after the other, the newest first; the field '' holds about
-- how many bytes the hash takes. There is a hash for this window of time and one for the window before, which is only read.
-- A case that is there already is not added again. A full hash gives up fields at random: the older ones have had the
-- most chances to go.
--
-- KEYS   for each hash: the one of this window, the one of the window before
-- ARGV   1 bytes of a record, of which the first six are the case; 2 records kept to a key; 3 bytes that a hash may take;
--        4 bytes that a field takes beside its records; then for each hash: its end in unix seconds, how many entries
--        follow, and for each entry: field, record
-- Result for each entry, in order: the records that were there before, of both windows
local width, room, limit, overhead = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local NUMBER, PART = 6, 1000
local found, at = {}, 5

local function has(records, number)
  for from = 1, #records, width do
    if string.sub(records, from, from + NUMBER - 1) == number then return true end
  end
  return false
end

local function shrink(key, bytes)
  while bytes > limit do
    local gone, victims = {}, redis.call('HRANDFIELD', key, 32, 'WITHVALUES')
    for v = 1, #victims, 2 do
      if victims[v] ~= '' then
        gone[#gone + 1] = victims[v]
        bytes = bytes - overhead - #victims[v + 1]
      end
    end
    if #gone == 0 then return bytes end
    redis.call('HDEL', key, unpack(gone))
  end
  return bytes
end

for k = 1, #KEYS, 2 do
  local key, ends, count = KEYS[k], ARGV[at], tonumber(ARGV[at + 1])
  at = at + 2
  local fields = {}
  for i = 1, count do fields[i] = ARGV[at + 2 * (i - 1)] end
  local now = redis.call('HMGET', key, '', unpack(fields))
  local before = redis.call('HMGET', KEYS[k + 1], unpack(fields))
  local bytes, changed = tonumber(now[1] or 0), {}
  for i = 1, count do
    local field, record = fields[i], ARGV[at + 2 * i - 1]
    local records = changed[field] or now[i + 1] or ''
    found[#found + 1] = records .. (before[i] or '')
    if not has(records, string.sub(record, 1, NUMBER)) then
      local longer = string.sub(record .. records, 1, width * room)
      if records == '' then bytes = bytes + overhead end
      bytes = bytes + #longer - #records
      changed[field] = longer
    end
  end
  at = at + 2 * count
  local words = {}
  for field, records in pairs(changed) do
    words[#words + 1] = field
    words[#words + 1] = records
    if #words >= PART then
      redis.call('HSET', key, unpack(words))
      words = {}
    end
  end
  if next(changed) then
    if #words > 0 then redis.call('HSET', key, unpack(words)) end
    redis.call('HSET', key, '', shrink(key, bytes))
    if not now[1] then redis.call('EXPIREAT', key, ends) end
  end
end
return found
