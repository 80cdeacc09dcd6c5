//! The knobs of self-service.

use nexus_core::settings::Source;

/// What administrators of a tenant may do without the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelfServeSettings {
    /// How many active API keys a tenant may have when it makes one more.
    pub max_active_keys: u32,
}

impl SelfServeSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        Self {
            max_active_keys: s.number(
                "SELF_SERVE_MAX_ACTIVE_KEYS",
                20,
                1..=100_000,
                "How many active API keys a tenant may have",
            ),
        }
    }
}
