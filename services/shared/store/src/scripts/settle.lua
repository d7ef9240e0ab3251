-- Says what became of an offer: takes it out of its lane, and unless it was signed out of the team's open orders.
-- KEYS    1-3 lanes, 4 open
-- ARGV    1 number, 2 offer, 3 'signed' or 'gone'
-- Result  1 done, 0 the team does not have this offer
local known = redis.call('HGET', KEYS[4], ARGV[1])
if not known then return 0 end
local no, lane, id = string.match(known, '^(%d+):(%d):(.*)$')
if no ~= ARGV[2] then return 0 end
if id ~= '' then redis.call('XDEL', KEYS[tonumber(lane)], id) end
if ARGV[3] == 'gone' then
  redis.call('HDEL', KEYS[4], ARGV[1])
elseif id ~= '' then
  redis.call('HSET', KEYS[4], ARGV[1], no .. ':' .. lane .. ':')
end
return 1
