//! When to ask again, and how long to wait before: pure rules.

use std::time::Duration;

use super::Error;

/// How often and how patiently a call is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most times a call is sent, the first time included.
    pub max_attempts: u32,
    /// The wait before the second attempt; it doubles with each that follows.
    pub base: Duration,
    /// The longest wait. A server that asks for a longer one gets no further attempt: the caller is told instead.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 4, base: Duration::from_millis(250), cap: Duration::from_secs(20) }
    }
}

impl RetryPolicy {
    /// Sends every call once.
    #[must_use]
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// How long to wait after `attempt` (counted from 1) failed with `error`; `None` gives up.
    ///
    /// Only for calls that may be sent twice without harm. `jitter` is from 0 to 1.
    pub(super) fn after(&self, attempt: u32, error: &Error, jitter: f64) -> Option<Duration> {
        if attempt >= self.max_attempts || !is_transient(error) {
            return None;
        }
        match asked_wait(error) {
            Some(wait) if wait > self.cap => None,
            Some(wait) => Some(wait.max(Duration::from_millis(1)).saturating_add(self.base.mul_f64(unit(jitter)))),
            None => Some(self.backoff(attempt, jitter)),
        }
    }

    /// How long to wait after a call came too soon for the `turn`th time (counted from 1).
    pub(super) fn turn(&self, turn: u32, error: &Error, jitter: f64) -> Option<Duration> {
        let turns = self.max_attempts.saturating_sub(1).saturating_mul(TURNS);
        if turn <= turns { Self { max_attempts: 2, ..*self }.after(1, error, jitter) } else { None }
    }

    /// Half of the doubled wait for certain, the other half by chance, so that many clients do not come back at once.
    pub(super) fn backoff(&self, attempt: u32, jitter: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let full = self.base.saturating_mul(1 << doublings).min(self.cap);
        (full / 2).saturating_add((full / 2).mul_f64(unit(jitter)))
    }
}

/// How often a call waits for its turn when the server says that it comes too soon, for each attempt that it has.
const TURNS: u32 = 16;

/// Whether a call came too soon. It was not even looked at, so this is no failed attempt.
pub(super) fn is_early(error: &Error) -> bool {
    matches!(error, Error::Api { status: 429, .. })
}

/// Whether the same call may succeed a little later.
fn is_transient(error: &Error) -> bool {
    match error {
        Error::Api { status: 429 | 502 | 503 | 504, .. } | Error::Silence(_) | Error::Interrupted { .. } => true,
        // A conflict passes only if the server says when, as it does while the first call is still at work.
        Error::Api { status: 409, retry_after, .. } => retry_after.is_some(),
        Error::Transport(error) => !(error.is_builder() || error.is_redirect()),
        _ => false,
    }
}

fn asked_wait(error: &Error) -> Option<Duration> {
    match error {
        Error::Api { retry_after, .. } => *retry_after,
        _ => None,
    }
}

fn unit(jitter: f64) -> f64 {
    if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refusal(status: u16, retry_after: Option<u64>) -> Error {
        let retry_after = retry_after.map(Duration::from_secs);
        Error::Api { status, code: "X".into(), message: "x".into(), details: None, request_id: None, retry_after }
    }

    #[test]
    fn only_passing_troubles_are_worth_another_attempt() {
        let policy = RetryPolicy::default();
        for status in [429, 502, 503, 504] {
            assert!(policy.after(1, &refusal(status, None), 0.5).is_some(), "{status}");
        }
        for status in [400, 401, 402, 403, 404, 409, 422, 500, 501] {
            assert!(policy.after(1, &refusal(status, None), 0.5).is_none(), "{status}");
        }
        assert!(policy.after(1, &refusal(409, Some(1)), 0.5).is_some());
    }

    #[test]
    fn the_attempts_are_bounded() {
        let policy = RetryPolicy { max_attempts: 3, ..RetryPolicy::default() };
        assert!(policy.after(2, &refusal(503, None), 0.0).is_some());
        assert!(policy.after(3, &refusal(503, None), 0.0).is_none());
        assert!(RetryPolicy::never().after(1, &refusal(503, None), 0.0).is_none());
    }

    #[test]
    fn the_servers_wait_is_kept_or_the_call_given_up() {
        let policy = RetryPolicy::default();
        let wait = policy.after(1, &refusal(429, Some(7)), 0.9).unwrap();
        assert!(wait >= Duration::from_secs(7) && wait <= Duration::from_secs(8));
        assert_eq!(policy.after(1, &refusal(429, Some(21)), 0.0), None);
    }

    #[test]
    fn who_came_too_soon_waits_its_turn_for_longer() {
        let policy = RetryPolicy { max_attempts: 3, ..RetryPolicy::default() };
        let early = refusal(429, Some(1));
        assert!(is_early(&early) && !is_early(&refusal(503, Some(1))));
        assert!(policy.turn(32, &early, 0.5).is_some() && policy.turn(33, &early, 0.5).is_none());
        assert_eq!(policy.turn(1, &refusal(429, Some(21)), 0.5), None, "a wait that is too long");
        assert_eq!(RetryPolicy::never().turn(1, &early, 0.5), None);
    }

    #[test]
    fn the_wait_doubles_within_its_bounds() {
        let policy = RetryPolicy::default();
        for attempt in 1..100 {
            let (least, most) = (policy.backoff(attempt, 0.0), policy.backoff(attempt, 1.0));
            assert!(least <= most && most <= policy.cap);
            assert!(policy.backoff(attempt, f64::NAN) == least);
        }
        assert_eq!(policy.backoff(1, 1.0), Duration::from_millis(250));
        assert_eq!(policy.backoff(3, 1.0), Duration::from_secs(1));
        assert_eq!(policy.backoff(90, 1.0), policy.cap);
    }
}
