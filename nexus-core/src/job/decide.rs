//! What becomes of a job after an attempt.

use std::time::Duration;

use super::{JobError, Lease, MAX_ERROR};

/// The end of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is done.
    Succeeded,
    /// It waits and is tried again.
    Retry { error: String, after: Duration },
    /// It is given up.
    Dead { error: String },
    /// It belongs to somebody else.
    Fenced,
}

/// Judges an attempt. `jitter` is a fraction in `[0, 1)`.
pub(super) fn verdict(
    lease: &Lease,
    result: Result<(), JobError>,
    (base, cap): (Duration, Duration),
    jitter: f64,
) -> Verdict {
    match result {
        Ok(()) => Verdict::Succeeded,
        Err(JobError::Fenced) => Verdict::Fenced,
        Err(JobError::Fatal(error)) => Verdict::Dead { error: cut(&error) },
        Err(error) if lease.is_last() => Verdict::Dead { error: cut(&error.to_string()) },
        Err(error) => {
            Verdict::Retry { error: cut(&error.to_string()), after: backoff(base, cap, lease.attempt, jitter) }
        }
    }
}

/// The pause after the n-th attempt: it doubles each time up to a cap, and at least half of it is random, so that jobs
/// that failed together do not come back together.
pub(super) fn backoff(base: Duration, cap: Duration, attempt: u32, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    let full = base.saturating_mul(1 << doublings).min(cap);
    full.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
}

/// An error text of bounded length.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(MAX_ERROR).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::{id::TenantId, job::JobId};

    fn lease(attempt: u32) -> Lease {
        Lease {
            id: JobId(crate::clock::fresh_uuid()),
            tenant: TenantId::new("t1").unwrap(),
            kind: "k".into(),
            payload: serde_json::Value::Null,
            attempt,
            max_attempts: 3,
            holder: "w".into(),
            created_at: crate::clock::Clock::system().now(),
            last_error: None,
        }
    }

    const PACE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

    #[test]
    fn the_last_attempt_and_a_fatal_error_give_the_job_up() {
        let busy = || Err(JobError::Retry("busy".into()));
        assert!(matches!(verdict(&lease(2), busy(), PACE, 0.0), Verdict::Retry { .. }));
        assert_eq!(verdict(&lease(3), busy(), PACE, 0.0), Verdict::Dead { error: "busy".into() });
        let fatal = Err(JobError::Fatal("broken".into()));
        assert_eq!(verdict(&lease(1), fatal, PACE, 0.0), Verdict::Dead { error: "broken".into() });
        assert_eq!(verdict(&lease(3), Err(JobError::Fenced), PACE, 0.0), Verdict::Fenced);
        assert_eq!(verdict(&lease(3), Ok(()), PACE, 0.0), Verdict::Succeeded);
    }

    proptest! {
        #[test]
        fn pauses_grow_up_to_the_cap(attempt in 1_u32..80, jitter in 0.0..1.0) {
            let (base, cap) = PACE;
            let pause = backoff(base, cap, attempt, jitter);
            prop_assert!(pause >= base / 2 && pause <= cap);
            prop_assert!(backoff(base, cap, attempt + 1, jitter) >= pause);
        }

        #[test]
        fn an_error_of_any_text_is_cut_at_a_character(text in ".{0,900}") {
            prop_assert!(cut(&text).chars().count() <= MAX_ERROR && text.starts_with(&cut(&text)));
        }
    }
}
