//! How the switches stand, from defaults, rows and the time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::{Kill, Rollout, Row, SwitchSettings};
use crate::id::TenantId;

/// How one switch stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Zero or one for a kill switch, a percentage for a rollout.
    pub value: u8,
    /// The row that says so; without one it is the default.
    pub row: Option<Row>,
}

/// How all switches stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Positions(BTreeMap<&'static str, Position>);

impl Positions {
    /// A row counts until it expires; then, and without a row, the default does.
    #[must_use]
    pub fn of(settings: &SwitchSettings, rows: &[Row], now: DateTime<Utc>) -> Self {
        let defaults = settings.defaults();
        let position = |(id, default): (&'static str, u8)| {
            let row = rows.iter().find(|row| row.id == id && row.expires_at.is_none_or(|end| end > now)).cloned();
            (id, Position { value: row.as_ref().map_or(default, |row| row.value), row })
        };
        Self(defaults.into_iter().map(position).collect())
    }

    /// Whether it is stopped.
    #[must_use]
    pub fn killed(&self, what: Kill) -> bool {
        self.0.get(what.as_str()).is_some_and(|position| position.value > 0)
    }

    /// Whether a tenant has it.
    #[must_use]
    pub fn rolled_out(&self, what: Rollout, tenant: &TenantId) -> bool {
        in_cohort(tenant, self.percentage(what))
    }

    /// The share of tenants that have it.
    #[must_use]
    pub fn percentage(&self, what: Rollout) -> u8 {
        self.0.get(what.as_str()).map_or(0, |position| position.value.min(100))
    }

    /// Tells metrics.
    pub(super) fn show(&self) {
        for (id, position) in &self.0 {
            metrics::gauge!("nexusrag_switch_position", "switch" => *id).set(f64::from(position.value));
        }
    }

    /// How one stands, by its name.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Position> {
        self.0.get(id)
    }
}

/// Whether a tenant is in the first `percent` of a hundred buckets. The bucket is that of the published formula: the first
/// eight hexadecimal digits of the SHA-256 of the id, modulo 100, so that a tenant is in the same one everywhere.
#[must_use]
pub fn in_cohort(tenant: &TenantId, percent: u8) -> bool {
    bucket(tenant) < u32::from(percent)
}

fn bucket(tenant: &TenantId) -> u32 {
    let digest = Sha256::digest(tenant.as_str());
    digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) % 100
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Clock;

    fn row(id: &str, value: u8, expires_at: Option<DateTime<Utc>>) -> Row {
        let updated_at = Clock::system().now();
        Row { id: id.into(), value, reason: None, expires_at, set_by: "k".into(), updated_at }
    }

    #[test]
    fn the_published_bucket() {
        assert_eq!(bucket(&"t1".parse().unwrap()), 77);
        assert!(!in_cohort(&"t1".parse().unwrap(), 77));
        assert!(in_cohort(&"t1".parse().unwrap(), 78));
    }

    #[test]
    fn a_row_counts_until_it_expires() {
        let now = Clock::system().now();
        let settings = SwitchSettings { run: true, ..SwitchSettings::default() };
        let off = [row("kill.run", 0, Some(now + TimeDelta::seconds(1)))];
        assert!(Positions::of(&settings, &[], now).killed(Kill::Run));
        assert!(!Positions::of(&settings, &off, now).killed(Kill::Run));
        assert!(Positions::of(&settings, &off, now + TimeDelta::seconds(1)).killed(Kill::Run));
        assert!(!Positions::of(&settings, &[row("kill.ingest", 1, None)], now).killed(Kill::Tts));
    }

    proptest! {
        #[test]
        fn nobody_falls_out_of_a_growing_rollout(id in "[a-z0-9]{1,20}", percent in 0_u8..100) {
            let tenant: TenantId = id.parse().unwrap();
            prop_assert!(!in_cohort(&tenant, 0) && in_cohort(&tenant, 100));
            prop_assert!(!in_cohort(&tenant, percent) || in_cohort(&tenant, percent + 1));
        }
    }
}
