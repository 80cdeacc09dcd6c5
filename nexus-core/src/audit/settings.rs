//! The knobs of the audit log.

use std::time::Duration;

use crate::settings::Source;

/// How events that nobody waits for are written.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// How many events wait at most; more are dropped and counted.
    pub queue: usize,
    /// How many events are written at once.
    pub batch: usize,
    /// How long an event waits for others.
    pub pause: Duration,
    /// How long shutdown waits for the last events.
    pub drain: Duration,
    /// How long an event waits at most until a signed checkpoint covers it, where there are few.
    pub every: Duration,
    /// After how many days events are removed; never when absent.
    pub retention: Option<u32>,
    /// Where checkpoints are kept besides: a folder or a bucket.
    pub anchor: Option<String>,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl AuditSettings {
    /// Reads the knobs; what cannot be used is reported through the source.
    pub fn read(s: &mut Source) -> Self {
        let days =
            s.number("AUDIT_RETENTION_DAYS", 90, 0..=36_500, "After how many days audit events go; 0 keeps them.");
        Self {
            every: s.seconds("AUDIT_CHECKPOINT_SECONDS", 10, 1..=60, "How long an audit event waits to be sealed."),
            anchor: s.text(
                "AUDIT_ANCHOR_URL",
                "file:///folder or s3://bucket/prefix where signed checkpoints are kept besides.",
            ),
            retention: (days > 0).then_some(days),
            queue: s.number("AUDIT_QUEUE_SIZE", 10_000, 1..=1_000_000, "How many audit events wait for the database."),
            batch: s.number("AUDIT_BATCH_SIZE", 100, 1..=1000, "How many audit events are written at once."),
            pause: s.millis("AUDIT_FLUSH_MS", 50, 1..=10_000, "How long an audit event waits for others."),
            drain: s.seconds("AUDIT_DRAIN_SECONDS", 5, 0..=300, "How long shutdown waits for the last audit events."),
        }
    }
}
