-- Appends an entry to a ledger's log if the log is as long as its writer saw it, and keeps the document that it speaks of.
-- KEYS    1 log; then the document, when there is one
-- ARGV    1 the length that the writer saw, 2 entry, 3 channel; then the document's text
-- Result  'done' (now or by an earlier try of this very call), 'other' the document is there with another text, or the
--         log's length
local call, log, at = redis.call, KEYS[1], tonumber(ARGV[1])
local length = call('LLEN', log)
if length > at and call('LINDEX', log, ARGV[1]) == ARGV[2] then return 'done' end
if length ~= at then return tostring(length) end
local document, text = KEYS[2], ARGV[4]
if document and not call('SET', document, text, 'NX') and call('GET', document) ~= text then return 'other' end
length = call('RPUSH', log, ARGV[2])
-- Best effort: whoever follows the log also looks by itself, and a user without the channel's permission appends all the same.
redis.pcall('PUBLISH', ARGV[3], length)
return 'done'
