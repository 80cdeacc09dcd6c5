//! The knobs of background work.

use std::time::Duration;

use crate::settings::Source;

/// How jobs are run.
#[derive(Debug, Clone)]
pub struct JobSettings {
    /// How often a job is tried before it is given up.
    pub max_attempts: u32,
    /// How many jobs one worker runs at a time.
    pub concurrency: usize,
    /// How long a job stays with a worker that says nothing.
    pub lease: Duration,
    /// The longest attempt.
    pub timeout: Duration,
    /// How often the queue is looked at without a notification.
    pub poll: Duration,
    /// The pause after the first failure.
    pub backoff: Duration,
    /// The longest pause between attempts.
    pub backoff_max: Duration,
    /// How long running jobs may go on at shutdown.
    pub drain: Duration,
    /// How long finished jobs are kept.
    pub retention: Duration,
    /// How often a worker says that it is alive.
    pub heartbeat: Duration,
    /// The age of a heartbeat from which workers count as gone.
    pub heartbeat_stale: Duration,
}

impl Default for JobSettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl JobSettings {
    /// Reads the knobs; what cannot be used is reported through the source.
    pub fn read(s: &mut Source) -> Self {
        Self {
            max_attempts: s.number("INGEST_MAX_RETRIES", 3, 1..=100, "How often a job is tried before it is given up."),
            concurrency: s.number("INGEST_MAX_CONCURRENCY", 4, 1..=256, "How many jobs one worker runs at a time."),
            lease: s.seconds(
                "JOB_LEASE_SECONDS",
                15,
                3..=3600,
                "After which silence of a worker its jobs are taken over.",
            ),
            timeout: s.seconds("JOB_TIMEOUT_SECONDS", 900, 1..=86_400, "The longest attempt at a job."),
            poll: s.millis("JOB_POLL_INTERVAL_MS", 2000, 50..=60_000, "How often workers look for jobs unasked."),
            backoff: s.millis("JOB_BACKOFF_MS", 1000, 0..=3_600_000, "The pause after the first failure of a job."),
            backoff_max: s.seconds("JOB_BACKOFF_MAX_SECONDS", 300, 0..=86_400, "The longest pause between attempts."),
            drain: s.seconds("JOB_DRAIN_SECONDS", 20, 0..=3600, "How long running jobs may go on at shutdown."),
            retention: s.seconds(
                "JOB_RETENTION_SECONDS",
                7 * 24 * 3600,
                60..=31_536_000,
                "How long finished jobs are kept.",
            ),
            heartbeat: s.seconds("WORKER_HEARTBEAT_INTERVAL_S", 10, 1..=3600, "How often a worker says it is alive."),
            heartbeat_stale: s.seconds(
                "WORKER_HEARTBEAT_STALE_AFTER_S",
                60,
                2..=86_400,
                "The age of a heartbeat from which workers count as gone.",
            ),
        }
    }
}
