//! The knobs of calls to other services.

use std::time::Duration;

use super::decide::Rules;
use crate::settings::Source;

/// A trial that has not reported this long after its call must have ended counts as lost.
const GRACE: Duration = Duration::from_secs(1);
const PREFIX: &str = "CB_REDIS_PREFIX";

/// How long others may let us wait, how often they are asked, and when they are left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResilienceSettings {
    /// The longest that a call takes, retries and pauses included.
    pub timeout: Duration,
    /// How often a call is tried.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles.
    pub backoff: Duration,
    /// How many calls of this process to one service in one place go on at once.
    pub max_concurrency: usize,
    /// How many of them one tenant may have.
    pub tenant_max_concurrency: usize,
    /// How many failures in a row open a breaker.
    pub failures: u32,
    /// How long it stays open.
    pub open_for: Duration,
    /// How many trials at once a half-open breaker lets through.
    pub trials: u32,
    /// What the keys of breakers in Redis begin with.
    pub prefix: String,
}

impl Default for ResilienceSettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl ResilienceSettings {
    /// Reads the knobs; what cannot be used is reported through the source.
    pub fn read(s: &mut Source) -> Self {
        let prefix = s.text_or(PREFIX, "nexusrag:cb", "What the keys of circuit breakers in Redis begin with");
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':');
        if prefix.is_empty() || prefix.len() > 64 || !prefix.bytes().all(plain) {
            s.refuse(PREFIX, "must be 1 to 64 letters, digits, '_', '-' or ':'");
        }
        Self {
            timeout: s.millis(
                "EXT_CALL_TIMEOUT_MS",
                8_000,
                10..=300_000,
                "The longest that a call to another service takes, retries and pauses included",
            ),
            attempts: s.number(
                "EXT_RETRY_MAX_ATTEMPTS",
                2,
                1..=10,
                "How often a call to another service is tried when it fails in a way that may pass",
            ),
            backoff: s.millis(
                "EXT_RETRY_BACKOFF_MS",
                200,
                1..=60_000,
                "The pause before the second attempt; it doubles and is spread; it is no shorter than a Retry-After",
            ),
            max_concurrency: s.number(
                "EXT_MAX_CONCURRENCY",
                256,
                1..=10_000,
                "Calls of one process to one service in one region at once; more are refused",
            ),
            tenant_max_concurrency: s.number(
                "EXT_TENANT_MAX_CONCURRENCY",
                64,
                1..=10_000,
                "How many of them one tenant may have",
            ),
            failures: s.number("CB_FAILURE_THRESHOLD", 5, 1..=10_000, "Failures in a row that open a circuit breaker"),
            open_for: s.seconds("CB_OPEN_SECONDS", 30, 1..=86_400, "How long a circuit breaker stays open"),
            trials: s.number(
                "CB_HALF_OPEN_TRIALS",
                2,
                1..=1_000,
                "Trials at once that a half-open circuit breaker lets through",
            ),
            prefix,
        }
    }

    /// What a breaker goes by whose calls take at most so long.
    #[must_use]
    pub fn rules(&self, timeout: Duration) -> Rules {
        Rules {
            failures: self.failures,
            open_ms: millis(self.open_for),
            trials: self.trials,
            trial_ms: millis(timeout + GRACE),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_that_could_name_other_keys_is_refused() {
        for bad in ["a b", "{a}", "*"] {
            let mut source = Source::from_pairs([(PREFIX, bad)]);
            let _ = ResilienceSettings::read(&mut source);
            assert_eq!(source.errors().len(), 1, "{bad}");
        }
    }
}
