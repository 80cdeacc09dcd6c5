//! Knobs of API keys.

use std::time::Duration;

use nexus_core::settings::Source;

/// Rules for API keys.
#[derive(Debug, Clone)]
pub struct CredentialSettings {
    /// How long a key that was seen is remembered at most; changes are noticed at once in any case.
    pub cache_ttl: Duration,
    /// How many keys are remembered.
    pub cache_entries: u64,
    /// After how many days without use a key is refused; zero means never.
    pub inactive_days: u32,
    /// Whether the rule above is applied.
    pub inactive_enforced: bool,
}

impl Default for CredentialSettings {
    fn default() -> Self {
        Self { cache_ttl: Duration::from_secs(15), cache_entries: 10_000, inactive_days: 90, inactive_enforced: true }
    }
}

impl CredentialSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        Self {
            cache_ttl: s.seconds("AUTH_CACHE_TTL_S", 15, 0..=3600, "How long a checked key is remembered at most"),
            cache_entries: s.number(
                "AUTH_CACHE_ENTRIES",
                10_000,
                0..=1_000_000,
                "How many checked keys are remembered",
            ),
            inactive_days: s.number(
                "AUTH_API_KEY_INACTIVE_DAYS",
                90,
                0..=36_500,
                "After how many days without use a key is refused; 0 means never",
            ),
            inactive_enforced: s.flag(
                "AUTH_API_KEY_INACTIVE_ENFORCED",
                true,
                "Refuse keys that were not used for long",
            ),
        }
    }
}
