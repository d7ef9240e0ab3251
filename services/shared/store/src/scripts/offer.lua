-- Puts orders into one team's queue, each once; a newer offer of a case takes the place of an older one.
-- KEYS    1-3 lanes, 4 open
-- ARGV    4 for each order: number, offer, lane 1-3, OrderOffer
-- Result  how many were new
local call, open, new = redis.call, KEYS[4], 0
for a = 1, #ARGV, 4 do
  local number, offer, lane = ARGV[a], ARGV[a + 1], ARGV[a + 2]
  local known = call('HGET', open, number)
  local newer = true
  if known then
    local no, old_lane, id = string.match(known, '^(%d+):(%d):(.*)$')
    newer = tonumber(no) < tonumber(offer)
    if newer and id ~= '' then call('XDEL', KEYS[tonumber(old_lane)], id) end
  end
  if newer then
    local id = call('XADD', KEYS[tonumber(lane)], '*', 'c', number, 'n', offer, 'o', ARGV[a + 3])
    call('HSET', open, number, offer .. ':' .. lane .. ':' .. id)
    new = new + 1
  end
end
return new
