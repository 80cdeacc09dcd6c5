//! Knobs of policies.

use nexus_core::settings::Source;

use super::{Fallback, Limits};

/// Rules for policies that an installation chooses.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "four switches that are independent of each other")]
pub struct PolicySettings {
    /// Whether policies count at all; grants and roles count in any case.
    pub abac_enabled: bool,
    /// Whether what no policy mentions is denied.
    pub default_deny: bool,
    /// The longest condition, in bytes of compact JSON.
    pub max_bytes: usize,
    /// The deepest condition.
    pub max_depth: usize,
    /// Whether administrators may ask what a policy would do.
    pub simulation_enabled: bool,
    /// Whether a policy may be about every type of resource at once.
    pub allow_wildcards: bool,
    /// The share of allowed decisions that is written to the audit log, from 0 to 1; denials always are.
    pub audit_allow_sample: f64,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            abac_enabled: true,
            default_deny: true,
            max_bytes: 16_384,
            max_depth: 8,
            simulation_enabled: true,
            allow_wildcards: false,
            audit_allow_sample: 0.0,
        }
    }
}

impl PolicySettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        Self {
            abac_enabled: s.flag("AUTHZ_ABAC_ENABLED", true, "Whether policies count"),
            default_deny: s.flag("AUTHZ_DEFAULT_DENY", true, "Deny what no policy mentions"),
            max_bytes: s.number(
                "AUTHZ_MAX_POLICY_BYTES",
                16_384,
                2..=262_144,
                "The longest condition of a policy, in bytes of compact JSON",
            ),
            max_depth: s.number("AUTHZ_MAX_POLICY_DEPTH", 8, 2..=32, "The deepest condition of a policy"),
            simulation_enabled: s.flag("AUTHZ_SIMULATION_ENABLED", true, "Let administrators simulate policies"),
            allow_wildcards: s.flag(
                "AUTHZ_ALLOW_WILDCARDS",
                false,
                "Let a policy be about every type of resource at once",
            ),
            audit_allow_sample: s.number(
                "AUTHZ_AUDIT_ALLOW_SAMPLE",
                0.0,
                0.0..=1.0,
                "The share of allowed decisions that is audited",
            ),
        }
    }

    /// How large a condition may be.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits { max_bytes: self.max_bytes, max_depth: self.max_depth }
    }

    /// What holds where no policy matches.
    #[must_use]
    pub fn fallback(&self) -> Fallback {
        if self.default_deny { Fallback::Deny } else { Fallback::Allow }
    }
}
