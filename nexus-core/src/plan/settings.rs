//! The knobs of plans.

use crate::settings::Source;

const DEFAULT_PLAN: &str = "DEFAULT_PLAN";

/// What tenants have that were given nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSettings {
    /// The plan of tenants without an assignment.
    pub default_plan: String,
}

impl Default for PlanSettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl PlanSettings {
    /// Reads the knobs; what cannot be used is reported through the source.
    pub fn read(s: &mut Source) -> Self {
        // An installation on its private database serves its owner, who has nobody to buy a plan from.
        let usual = if s.is_given("DATABASE_URL") { "free" } else { "enterprise" };
        let default_plan = s.text_or(DEFAULT_PLAN, usual, "The plan of tenants that were assigned none");
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
        if default_plan.is_empty() || default_plan.len() > 64 || !default_plan.bytes().all(plain) {
            s.refuse(DEFAULT_PLAN, "must be the id of a plan, such as free");
        }
        Self { default_plan }
    }
}
