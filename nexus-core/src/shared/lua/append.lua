-- Appends to a list that keeps its last items and remembers how many it dropped.
-- KEYS[1] list; ARGV[1] life in milliseconds; ARGV[2] how many items are kept; ARGV[3..] items.
-- The head of the stored list is the number of dropped items, as text; the items follow.
local head = redis.call('LPOP', KEYS[1])
local dropped = tonumber(head or '0')
for i = 3, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
local kept = redis.call('LLEN', KEYS[1])
local over = kept - tonumber(ARGV[2])
if over > 0 then
  redis.call('LTRIM', KEYS[1], over, -1)
  dropped = dropped + over
  kept = kept - over
end
redis.call('LPUSH', KEYS[1], string.format('%.0f', dropped))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return dropped + kept
