-- Takes from all of these token buckets or from none, by the rules of limit/decide.rs. Time is the server's, so that
-- replicas agree; a rehearsal brings its own.
-- KEYS: hashes; ARGV[1] milliseconds, or '' for the server's clock; ARGV[2] cost; then for each bucket: what it holds when
-- full, what comes back in a millisecond, its life in milliseconds. Amounts are millionths of a token, and whole.
-- Answers for each bucket what it holds now and how many milliseconds until it holds the cost.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local cost = tonumber(ARGV[2])
local held, enough = {}, true
for i = 1, #KEYS do
  local burst, rate = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local kept = redis.call('HMGET', KEYS[i], 'tokens', 'ts')
  local tokens = burst
  if kept[1] and kept[2] then
    local elapsed = math.max(0, now - tonumber(kept[2]))
    -- A bucket is full by then; without this bound the product would not be exact.
    if rate > 0 then elapsed = math.min(elapsed, math.floor(burst / rate) + 1) else elapsed = 0 end
    tokens = math.min(burst, tonumber(kept[1]) + elapsed * rate)
  end
  held[i] = tokens
  if tokens < cost then enough = false end
end
local answer = {}
for i = 1, #KEYS do
  local rate, wait = tonumber(ARGV[3 * i + 1]), 0
  local missing = cost - held[i]
  if missing > 0 and rate > 0 then
    wait = math.floor(missing / rate)
    if wait * rate < missing then wait = wait + 1 end
  elseif missing > 0 then
    wait = 1000
  end
  if enough then held[i] = held[i] - cost end
  redis.call('HSET', KEYS[i], 'tokens', string.format('%.0f', held[i]), 'ts', string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[i], ARGV[3 * i + 2])
  table.insert(answer, string.format('%.0f', held[i]))
  table.insert(answer, string.format('%.0f', wait))
end
return answer
