//! The knobs of shared state.

use std::time::Duration;

use secrecy::SecretString;

use crate::settings::Source;

pub(super) const REDIS_URL: &str = "REDIS_URL";
const PREFIX: &str = "SHARED_PREFIX";

/// Where shared state lives and how long a verb may take.
#[derive(Debug, Clone)]
pub struct SharedSettings {
    /// The server; without one, state belongs to this process.
    pub redis_url: Option<SecretString>,
    /// The longest that a verb waits for Redis.
    pub timeout: Duration,
    /// How many connections are kept.
    pub pool_size: usize,
    /// What every key in Redis begins with.
    pub prefix: String,
    /// How many entries this process keeps when there is no Redis.
    pub local_max_entries: usize,
    /// How many bytes those entries may take.
    pub local_max_bytes: usize,
}

impl Default for SharedSettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl SharedSettings {
    /// Reads the knobs; what cannot be used is reported through the source.
    pub fn read(source: &mut Source) -> Self {
        let prefix = source.text_or(PREFIX, "nexusrag", "What every key in Redis begins with.");
        // The separator and the braces of cluster hash tags must not come from here.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if prefix.is_empty() || prefix.len() > 64 || !prefix.bytes().all(plain) {
            source.refuse(PREFIX, "must be 1 to 64 letters, digits, '_' or '-'");
        }
        Self {
            redis_url: source.secret(
                REDIS_URL,
                "Redis or Valkey for several replicas: redis://, rediss://, redis-cluster://, redis-sentinel:// or redis+unix://.",
            ),
            timeout: source.millis("REDIS_TIMEOUT_MS", 250, 10..=10_000, "The longest that one use of Redis may take."),
            pool_size: source.number("REDIS_POOL_SIZE", 4, 1..=64, "How many connections to Redis are kept."),
            prefix,
            local_max_entries: source.number(
                "SHARED_LOCAL_MAX_ENTRIES",
                100_000,
                1_000..=10_000_000,
                "How many entries of shared state a process without Redis keeps.",
            ),
            local_max_bytes: source.number(
                "SHARED_LOCAL_MAX_BYTES",
                64 * 1024 * 1024,
                32 * 1024 * 1024..=16 * 1024 * 1024 * 1024,
                "How many bytes of shared state a process without Redis keeps.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_cannot_break_the_shape_of_a_key() {
        for bad in ["a:b", "a{b}", "a b"] {
            let mut source = Source::from_pairs([(PREFIX, bad)]);
            let _ = SharedSettings::read(&mut source);
            assert_eq!(source.errors().iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), [PREFIX], "{bad}");
        }
    }
}
