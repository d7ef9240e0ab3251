-- Puts documents in the place of those before, if nobody has since their writer looked.
-- KEYS    1 state: r revision, c cursor; then documents
-- ARGV    1 the revision that the writer saw, 2 the cursor up to which notes are in the documents, which has the writer's
--         name in it; then for each document its lifetime in seconds (0: for good) and its text
-- Result  'done' (now or by an earlier try of this very call), or the revision
local call, state, saw = redis.call, KEYS[1], tonumber(ARGV[1])
local revision = tonumber(call('HGET', state, 'r') or '0')
if revision == saw + 1 and call('HGET', state, 'c') == ARGV[2] then return 'done' end
if revision ~= saw then return tostring(revision) end
for k = 2, #KEYS do
  local lifetime, text = tonumber(ARGV[2 * k - 1]), ARGV[2 * k]
  if lifetime > 0 then call('SET', KEYS[k], text, 'EX', lifetime) else call('SET', KEYS[k], text) end
end
call('HSET', state, 'r', saw + 1, 'c', ARGV[2])
return 'done'
