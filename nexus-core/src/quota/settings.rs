//! The knobs of quotas.

use crate::settings::Source;

/// How use is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaSettings {
    /// How long what was counted and told is kept.
    pub retention_days: u32,
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
        }
    }
}
