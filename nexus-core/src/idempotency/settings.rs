//! The knobs of idempotency.

use std::time::Duration;

use crate::settings::Source;

/// Whether answers are remembered, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencySettings {
    /// Whether an `Idempotency-Key` means anything.
    pub enabled: bool,
    /// How long an answer is remembered.
    pub life: Duration,
    /// How long a request waits for one that is the same and still at work.
    pub wait: Duration,
}

impl Default for IdempotencySettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl IdempotencySettings {
    /// Reads the knobs; what cannot be used is reported through the source.
    pub fn read(s: &mut Source) -> Self {
        let hours =
            s.number("IDEMPOTENCY_TTL_HOURS", 24, 1..=24 * 30, "Hours for which the answer to a change is remembered");
        Self {
            enabled: s.flag("IDEMPOTENCY_ENABLED", true, "Changes that carry the same Idempotency-Key happen once"),
            life: Duration::from_hours(hours),
            wait: s.millis(
                "IDEMPOTENCY_WAIT_MS",
                1000,
                0..=30_000,
                "How long a change waits for one with the same Idempotency-Key that is still at work",
            ),
        }
    }
}
