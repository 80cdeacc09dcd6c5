-- Adds to a counter whose life starts with the first addition.
-- KEYS[1] counter; ARGV[1] delta; ARGV[2] life in milliseconds.
-- The sum is returned as text because a Lua number cannot hold every 64-bit integer.
local fresh = redis.call('EXISTS', KEYS[1]) == 0
local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(sum) == 'table' and sum.err then
  local bound = '9223372036854775807'
  if string.sub(ARGV[1], 1, 1) == '-' then bound = '-9223372036854775808' end
  redis.call('SET', KEYS[1], bound, 'KEEPTTL')
end
if fresh then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('GET', KEYS[1])
