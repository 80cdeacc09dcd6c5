//! Which promises a window breaks, and how badly. Pure.

use std::ops::RangeInclusive;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{
    Class,
    decide::Windows,
    document::Objectives,
    window::{Tally, ratio},
    words,
};

/// How far back failures are looked at for how fast they come.
pub(super) const BURN_WINDOW: TimeDelta = TimeDelta::minutes(5);
/// A promise of no failures at all is read as one in ten thousand: nothing could be divided by.
const LEAST_BUDGET: f64 = 0.0001;

words! {
    /// Which promise is broken.
    BreachType {
        /// Too many requests fail.
        Availability = "availability",
        /// Five of a hundred requests take too long.
        P95 = "latency_p95",
        /// One of a hundred requests takes too long.
        P99 = "latency_p99",
        /// Things are too full.
        Saturation = "saturation",
        /// Failures come too fast.
        Burn = "error_budget_burn",
    }
}

words! {
    /// How bad it is; the first is the worst.
    Severity {
        /// Far too many fail, or far too full.
        Sev1 = "sev1",
        /// Clearly too much.
        Sev2 = "sev2",
        /// A little too much.
        Sev3 = "sev3",
    }
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Breach {
    /// Which.
    #[serde(rename = "type")]
    pub kind: BreachType,
    /// What was measured.
    pub actual: f64,
    /// What was promised.
    pub limit: f64,
    /// How bad it is.
    pub severity: Severity,
}

/// What a window can say something of: one without requests says nothing of how requests do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Requests,
    Saturation,
}

impl Signal {
    pub(super) fn is_in(self, tally: &Tally) -> bool {
        match self {
            Self::Requests => tally.requests > 0,
            Self::Saturation => tally.saturation_samples > 0,
        }
    }

    /// The promises about this that one window breaks.
    pub(super) fn broken(self, objectives: &Objectives, class: Class, tally: &Tally) -> Vec<Breach> {
        match self {
            Self::Requests => badly_answered(objectives, class, tally),
            Self::Saturation => too_full(objectives, tally).into_iter().collect(),
        }
    }
}

fn badly_answered(objectives: &Objectives, class: Class, tally: &Tally) -> Vec<Breach> {
    let mut breaches = Vec::new();
    if let Some(actual) = tally.availability_pct()
        && actual < objectives.availability_min_pct
    {
        let limit = objectives.availability_min_pct;
        breaches.push(breach(BreachType::Availability, actual, limit, limit - actual));
    }
    let times = [(BreachType::P95, &objectives.p95_ms_max, 950), (BreachType::P99, &objectives.p99_ms_max, 990)];
    for (kind, limits, permille) in times {
        if let (Some(limit), Some(actual)) = (limits.get(&class), tally.latencies.quantile_ms(permille))
            && actual > *limit
        {
            breaches.push(breach(kind, actual, *limit, (actual / limit - 1.0) * 100.0));
        }
    }
    breaches
}

fn too_full(objectives: &Objectives, tally: &Tally) -> Option<Breach> {
    let (actual, limit) = (tally.saturation_pct()?, objectives.saturation_max_pct);
    (actual > limit).then(|| breach(BreachType::Saturation, actual, limit, actual - limit))
}

/// Whether failures come faster than the promise allows, over the last five minutes.
pub(super) fn burning(
    objectives: &Objectives,
    windows: &Windows,
    within: RangeInclusive<DateTime<Utc>>,
) -> Option<Breach> {
    let recent = windows.range(within).map(|(_, tally)| (tally.errors, tally.requests));
    let (errors, requests) =
        recent.fold((0_u64, 0_u64), |sum, of| (sum.0.saturating_add(of.0), sum.1.saturating_add(of.1)));
    let budget = (1.0 - objectives.availability_min_pct / 100.0).max(LEAST_BUDGET);
    let (actual, limit) = (ratio(errors, requests) / budget, objectives.max_burn);
    (actual > limit).then(|| breach(BreachType::Burn, actual, limit, (actual - limit) * 10.0))
}

fn breach(kind: BreachType, actual: f64, limit: f64, delta: f64) -> Breach {
    let grave = matches!(kind, BreachType::Availability | BreachType::Saturation);
    let severity = if grave && delta >= 10.0 {
        Severity::Sev1
    } else if delta >= 5.0 {
        Severity::Sev2
    } else {
        Severity::Sev3
    };
    Breach { kind, actual, limit, severity }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_bad_it_is_follows_from_how_far_off_it_is() {
        for (kind, delta, expected) in [
            (BreachType::Availability, 10.0, Severity::Sev1),
            (BreachType::Availability, 5.0, Severity::Sev2),
            (BreachType::Saturation, 4.9, Severity::Sev3),
            (BreachType::P95, 400.0, Severity::Sev2),
            (BreachType::Burn, 4.0, Severity::Sev3),
        ] {
            assert_eq!(breach(kind, 0.0, 0.0, delta).severity, expected, "{kind} {delta}");
        }
    }
}
