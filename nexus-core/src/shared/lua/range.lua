-- The items of a list from a position on, after the position of the first that is returned.
-- KEYS[1] list; ARGV[1] position, counted from the first item that was ever appended.
local head = redis.call('LINDEX', KEYS[1], 0)
if not head then return {'0'} end
local dropped = tonumber(head)
local total = dropped + redis.call('LLEN', KEYS[1]) - 1
local first = math.min(math.max(tonumber(ARGV[1]), dropped), total)
local answer = redis.call('LRANGE', KEYS[1], first - dropped + 1, -1)
table.insert(answer, 1, string.format('%.0f', first))
return answer
