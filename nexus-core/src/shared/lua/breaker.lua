-- One step of a circuit breaker, by the rules of resilience/decide.rs. Time is the server's, so that replicas agree.
-- KEYS[1] hash; ARGV: step (enter, well, ill, release, look), turn that a call was let in at, failures that open, milliseconds
-- open, trials at once, milliseconds of a trial, life of a closed breaker, life of another.
-- Answers {phase, 1 when this step turned it, turn, milliseconds to wait or -1}.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local step, ticket = ARGV[1], tonumber(ARGV[2])
local most, open_ms, trials_max, trial_ms = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local kept = redis.call('HMGET', KEYS[1], 'state', 'failures', 'opened_at', 'half_open_trials', 'trial_until', 'turn')
local phase = kept[1] or 'closed'
local failures = tonumber(kept[2] or '0')
local opened_at = math.min(tonumber(kept[3] or '0'), now)
local trials = tonumber(kept[4] or '0')
local trial_until = math.min(tonumber(kept[5] or '0'), now + trial_ms)
local turn = tonumber(kept[6] or '0')
-- A clock that was set back is written down, so that a breaker is not open until it has caught up.
local changed = opened_at ~= tonumber(kept[3] or '0') or trial_until ~= tonumber(kept[5] or '0')
local before, wait = turn, -1
if step == 'look' then return {phase, 0, string.format('%.0f', turn), -1} end

local function become(to)
  phase, turn, trials, trial_until = to, turn + 1, 0, 0
end

if step == 'enter' then
  if phase == 'open' then
    local waited = now - opened_at
    if waited < open_ms then wait = open_ms - waited else become('half_open') end
  elseif phase == 'half_open' then
    if now >= trial_until then trials = 0 end
    if trials >= trials_max then wait = trial_until - now end
  end
  if phase == 'half_open' and wait < 0 then
    trials = trials + 1
    trial_until = now + trial_ms
    changed = true
  end
elseif step == 'release' and ticket == turn then
  changed = changed or trials > 0
  trials = math.max(trials - 1, 0)
elseif (step == 'well' or step == 'ill') and ticket == turn then
  if phase == 'closed' and step == 'well' then
    changed = failures > 0
    failures = 0
  elseif phase == 'closed' then
    failures = failures + 1
    changed = true
    if failures >= most then
      opened_at = now
      become('open')
    end
  elseif phase == 'half_open' and step == 'well' then
    failures = 0
    become('closed')
  elseif phase == 'half_open' then
    opened_at = now
    become('open')
  end
end

local turned = turn ~= before
if changed or turned then
  redis.call('HSET', KEYS[1], 'state', phase, 'failures', failures, 'opened_at', string.format('%.0f', opened_at),
    'half_open_trials', trials, 'trial_until', string.format('%.0f', trial_until), 'turn', string.format('%.0f', turn))
  redis.call('PEXPIRE', KEYS[1], phase == 'closed' and ARGV[7] or ARGV[8])
end
return {phase, turned and 1 or 0, string.format('%.0f', turn), wait}
