-- Gives an entry up: acknowledges it and keeps it, as it is, as a dead letter.
-- KEYS    1 log, 2 dead
-- ARGV    1 group, 2 entry, 3 reason, 4 attempts, 5 traceparent or ''
-- Result  1 buried, 0 it was acknowledged before
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
local letter = { 'g', ARGV[1], 'i', ARGV[2], 'r', ARGV[3], 'n', ARGV[4], 't', ARGV[5] }
local fields = entry and entry[2] or {}
for f = 1, #fields, 2 do
  if fields[f] == 'k' or fields[f] == 'c' or fields[f] == 'e' then
    letter[#letter + 1] = fields[f]
    letter[#letter + 1] = fields[f + 1]
  end
end
redis.call('XADD', KEYS[2], '*', unpack(letter))
return 1
