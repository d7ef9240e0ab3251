-- Finds cases that share keys with new ones, and makes the new ones findable. One shard of the likeness index.
--
-- A hash maps a key to the records of its newest cases, one after the other, the newest first; the field '' holds about
-- how many bytes the hash takes. There is a hash for this window of time and one for the window before, which is only read.
-- A case that is there already is not added again. A full hash gives up fields at random: the older ones have had the
-- most chances to go. Entries come packed: an argument each would cost more than all that is done with them.
--
-- KEYS   for each hash: the one of this window, the one of the window before
-- ARGV   1 bytes of a record, of which the first six are the case; 2 records kept to a key; 3 bytes that a hash may take;
--        4 bytes that a field takes beside its records; then for each hash: its end in unix seconds, and its entries, each
--        seven bytes of the field and a record
-- Result for each entry that found any, in order: which it is, counted from 1 over all hashes; the records that were there
--        before, of both windows
local width, room, limit, overhead = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local FIELD, NUMBER, PART = 7, 6, 1000
local step, longest = FIELD + width, width * room
local sub, call = string.sub, redis.call
local found, n = {}, 0

local function has(records, number)
  for from = 1, #records, width do
    if sub(records, from, from + NUMBER - 1) == number then return true end
  end
  return false
end

local function shrink(key, bytes)
  while bytes > limit do
    local gone, victims = {}, call('HRANDFIELD', key, 32, 'WITHVALUES')
    for v = 1, #victims, 2 do
      if victims[v] ~= '' then
        gone[#gone + 1] = victims[v]
        bytes = bytes - overhead - #victims[v + 1]
      end
    end
    if #gone == 0 then return bytes end
    call('HDEL', key, unpack(gone))
  end
  return bytes
end

for k = 1, #KEYS, 2 do
  local key, ends, packed = KEYS[k], ARGV[4 + k], ARGV[5 + k]
  local fields, count = {}, 0
  for from = 1, #packed, step do
    count = count + 1
    fields[count] = sub(packed, from, from + FIELD - 1)
  end
  local now = call('HMGET', key, '', unpack(fields))
  local before = call('HMGET', KEYS[k + 1], unpack(fields))
  local bytes, changed, words, w, any = tonumber(now[1] or 0), {}, {}, 0, false
  for i = 1, count do
    local field = fields[i]
    local record = sub(packed, (i - 1) * step + FIELD + 1, i * step)
    local records, old = changed[field] or now[i + 1], before[i]
    n = n + 1
    if records or old then
      found[#found + 1] = n
      found[#found + 1] = (records or '') .. (old or '')
    end
    if not records then
      bytes = bytes + overhead + width
    elseif has(records, sub(record, 1, NUMBER)) then
      record = nil
    else
      record = sub(record .. records, 1, longest)
      bytes = bytes + #record - #records
    end
    if record then
      changed[field] = record
      any = true
      w = w + 2
      words[w - 1], words[w] = field, record
      if w >= PART then
        call('HSET', key, unpack(words))
        words, w = {}, 0
      end
    end
  end
  if any then
    if w > 0 then call('HSET', key, unpack(words)) end
    call('HSET', key, '', shrink(key, bytes))
    if not now[1] then call('EXPIREAT', key, ends) end
  end
end
return found
