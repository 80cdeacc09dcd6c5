//! The knobs of ledgers.

use std::time::Duration;

use crate::settings::Source;

/// How allowances are leased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EscrowSettings {
    /// How long a lease lives without a word of its holder.
    pub lease: Duration,
    /// How often the ledger is told what was spent.
    pub flush: Duration,
    /// After which rest a block goes back.
    pub idle: Duration,
    /// How long somebody who is short waits for what others give back.
    pub patience: Duration,
}

impl Default for EscrowSettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl EscrowSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        Self {
            lease: s.seconds(
                "LEDGER_LEASE_SECONDS",
                10,
                2..=600,
                "After which silence of a replica the units that it leased and did not spend come back",
            ),
            flush: s.millis(
                "LEDGER_FLUSH_MS",
                250,
                10..=1000,
                "How often a replica tells the ledger what it has spent",
            ),
            idle: s.millis(
                "LEDGER_IDLE_RETURN_MS",
                2000,
                100..=600_000,
                "After which rest a replica gives back what it has leased and not spent",
            ),
            patience: s.millis(
                "LEDGER_PATIENCE_MS",
                250,
                10..=10_000,
                "How long a request that finds nothing left waits for what other replicas give back",
            ),
        }
    }
}
