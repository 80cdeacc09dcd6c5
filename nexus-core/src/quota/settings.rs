//! The knobs of quotas.

use super::Share;
use crate::settings::Source;

/// How use is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaSettings {
    /// How long what was counted and told is kept.
    pub retention_days: u32,
    /// The share of requests whose use the audit log is told of.
    pub recorded: Share,
}

impl Default for QuotaSettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl QuotaSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        Self {
            retention_days: s.number(
                "USAGE_COUNTER_RETENTION_DAYS",
                120,
                90..=36_500,
                "How many days counters of requests, accounts of the ledger, edges of quotas and answered requests for plans are kept",
            ),
            recorded: Share::of(s.number(
                "BILLING_USAGE_AUDIT_SAMPLE",
                0.02,
                0.0..=1.0,
                "The share of requests whose use is recorded in the audit log (`billing.usage_recorded`)",
            ))
            .unwrap_or(Share::millionths(0)),
        }
    }
}
