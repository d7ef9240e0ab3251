-- Puts dead letters back at the end of the log, for the group that gave them up.
-- KEYS    1 log, 2 dead
-- ARGV    the letters' ids
-- Result  how many were put back
local back = 0
for _, id in ipairs(ARGV) do
  local letter = redis.call('XRANGE', KEYS[2], id, id)[1]
  if letter then
    local entry, fields = {}, letter[2]
    for f = 1, #fields, 2 do
      local name = fields[f]
      if name == 'k' or name == 'c' or name == 'e' or name == 'g' then
        entry[#entry + 1] = name
        entry[#entry + 1] = fields[f + 1]
      end
    end
    redis.call('XADD', KEYS[1], '*', unpack(entry))
    redis.call('XDEL', KEYS[2], id)
    back = back + 1
  end
end
return back
