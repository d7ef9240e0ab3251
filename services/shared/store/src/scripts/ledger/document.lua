-- Keeps a document, or a piece of one, under its digest, which never comes to mean another text.
-- KEYS    1 document
-- ARGV    1 text
-- Result  1 kept, now or before; 0 it is there with another text
if redis.call('SET', KEYS[1], ARGV[1], 'NX') then return 1 end
return redis.call('GET', KEYS[1]) == ARGV[1] and 1 or 0
