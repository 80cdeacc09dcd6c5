//! How a policy judges what was measured. Pure: the same counts at the same time give the same answer on every replica.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Class, Decision, Mode, Status,
    document::{Document, Objectives},
    window::{Grid, Tally, ratio},
    words,
};

/// How far back failures are looked at for how fast they come.
const BURN_WINDOW: TimeDelta = TimeDelta::minutes(5);
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

/// What is known of a tenant's requests of a class: windows by their start.
pub type Windows = BTreeMap<DateTime<Utc>, Tally>;

/// Whatever else decides.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// How time is cut.
    pub grid: Grid,
    /// Whether requests may be refused at all.
    pub shed: bool,
}

/// A judgement.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How it is doing.
    pub status: Status,
    /// What is done.
    pub decision: Decision,
    /// What is broken, in the order of [`BreachType`].
    pub breaches: Vec<Breach>,
    /// The start of the window that decided.
    pub window: Option<DateTime<Utc>>,
    /// How many windows in a row are broken.
    pub streak: u32,
}

impl Verdict {
    /// The worst breach; of equals the first.
    #[must_use]
    pub fn worst(&self) -> Option<&Breach> {
        self.breaches.iter().min_by_key(|breach| breach.severity)
    }

    /// What an incident says of it.
    #[must_use]
    pub fn details(&self, grid: Grid) -> Value {
        json!({
            "breaches": self.breaches,
            "streak": self.streak,
            "decision": self.decision,
            "window_end": self.window.map(|start| start + grid.width()),
        })
    }
}

/// Judges.
#[must_use]
pub fn judge(policy: &Document, class: Class, windows: &Windows, rules: Rules, now: DateTime<Utc>) -> Verdict {
    let newest = windows.iter().rev().find(|(_, tally)| !tally.is_empty());
    let Some((start, tally)) = newest.filter(|(start, _)| rules.grid.is_fresh(**start, now)) else {
        let decision = decide(policy, Status::Warning, &[], rules);
        return Verdict { status: Status::Warning, decision, breaches: Vec::new(), window: None, streak: 0 };
    };
    let objectives = &policy.objectives;
    let mut breaches = broken(objectives, class, tally);
    breaches.extend(burning(objectives, windows, now));
    let streak = streak(objectives, class, windows, *start, rules.grid);
    let status = if breaches.is_empty() {
        Status::Healthy
    } else if streak >= policy.enforcement.windows {
        Status::Breached
    } else {
        Status::Warning
    };
    let decision = decide(policy, status, &breaches, rules);
    Verdict { status, decision, breaches, window: Some(*start), streak }
}

fn decide(policy: &Document, status: Status, breaches: &[Breach], rules: Rules) -> Decision {
    let saturated = breaches.iter().any(|breach| breach.kind == BreachType::Saturation);
    match (policy.enforcement.mode, status) {
        (Mode::Observe, _) | (_, Status::Healthy) => Decision::Allow,
        // Runs that do less do not make room: a full house has to refuse.
        (Mode::Enforce, Status::Breached) if policy.relief.allow_degrade && !(saturated && rules.shed) => {
            Decision::Degrade
        }
        (Mode::Enforce, Status::Breached) if rules.shed => Decision::Shed,
        _ => Decision::Warn,
    }
}

/// The promises that one window breaks.
fn broken(objectives: &Objectives, class: Class, tally: &Tally) -> Vec<Breach> {
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
    if let Some(actual) = tally.saturation_pct()
        && actual > objectives.saturation_max_pct
    {
        let limit = objectives.saturation_max_pct;
        breaches.push(breach(BreachType::Saturation, actual, limit, actual - limit));
    }
    breaches
}

/// Whether failures come faster than the promise allows, over the last five minutes.
fn burning(objectives: &Objectives, windows: &Windows, now: DateTime<Utc>) -> Option<Breach> {
    let mut recent = Tally::default();
    windows.range(now - BURN_WINDOW..).for_each(|(_, tally)| recent.merge(tally));
    let budget = (1.0 - objectives.availability_min_pct / 100.0).max(LEAST_BUDGET);
    let (actual, limit) = (ratio(recent.errors, recent.requests) / budget, objectives.max_burn);
    (actual > limit).then(|| breach(BreachType::Burn, actual, limit, (actual - limit) * 10.0))
}

/// How many windows in a row, up to this one, break a promise. A window without requests ends the row: nobody knows whether
/// it would have.
fn streak(objectives: &Objectives, class: Class, windows: &Windows, last: DateTime<Utc>, grid: Grid) -> u32 {
    let mut expected = last;
    let mut streak = 0;
    for (start, tally) in windows.range(..=last).rev() {
        if *start != expected || broken(objectives, class, tally).is_empty() {
            break;
        }
        streak += 1;
        expected = *start - grid.width();
    }
    streak
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
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use std::time::Duration;

    use super::*;
    use crate::sla::document::tests::defaults;
    use proptest::prelude::*;

    const RULES: Rules = Rules { grid: Grid::of(60), shed: true };

    fn policy(mode: &str, windows: u32, degrade: bool) -> Document {
        let document = json!({
            "objectives": { "availability_min_pct": 90, "p95_ms_max": { "run": 100 }, "max_error_budget_burn_5m": 5 },
            "enforcement": { "mode": mode, "consecutive_windows_to_trigger": windows },
            "mitigation": { "allow_degrade": degrade },
        });
        Document::parse(&document, &defaults()).unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(600_000 + seconds, 0).unwrap()
    }

    fn tally(ms: u64) -> Tally {
        let mut tally = Tally::default();
        tally.count(Duration::from_millis(ms), false);
        tally
    }

    /// Windows that end with the one of `at(0)`: a time in milliseconds each, or nothing.
    fn windows(times: &[Option<u64>]) -> Windows {
        let start = |n: usize| at(-60 * i64::try_from(times.len() - 1 - n).unwrap());
        times.iter().enumerate().filter_map(|(n, ms)| Some((start(n), tally((*ms)?)))).collect()
    }

    fn run(policy: &Document, windows: &Windows, now: DateTime<Utc>) -> (Status, Decision) {
        let verdict = judge(policy, Class::Run, windows, RULES, now);
        (verdict.status, verdict.decision)
    }

    #[test]
    fn the_row_of_broken_windows_has_no_gaps() {
        use {Decision as D, Status as S};
        let enforce = policy("enforce", 3, true);
        for (times, expected) in [
            (&[Some(500), Some(500), Some(500)][..], (S::Breached, D::Degrade)),
            (&[Some(500), Some(500)], (S::Warning, D::Warn)),
            (&[Some(500), Some(500), None, Some(500)], (S::Warning, D::Warn)),
            (&[Some(500), Some(50), Some(500), Some(500)], (S::Warning, D::Warn)),
            (&[Some(500), Some(500), Some(500), Some(50)], (S::Healthy, D::Allow)),
        ] {
            assert_eq!(run(&enforce, &windows(times), at(30)), expected, "{times:?}");
        }
    }

    #[test]
    fn the_mode_decides_how_far_it_goes() {
        let breached = windows(&[Some(500)]);
        let decision = |mode, degrade| run(&policy(mode, 1, degrade), &breached, at(1)).1;
        assert_eq!(decision("observe", true), Decision::Allow);
        assert_eq!(decision("warn", true), Decision::Warn);
        assert_eq!(decision("enforce", true), Decision::Degrade);
        assert_eq!(decision("enforce", false), Decision::Shed);
        let kept = judge(&policy("enforce", 1, false), Class::Run, &breached, Rules { shed: false, ..RULES }, at(1));
        assert_eq!(kept.decision, Decision::Warn);
    }

    #[test]
    fn what_is_old_or_missing_decides_nothing() {
        let enforce = policy("enforce", 1, false);
        let breached = windows(&[Some(500)]);
        assert_eq!(run(&enforce, &breached, at(119)), (Status::Breached, Decision::Shed));
        assert_eq!(run(&enforce, &breached, at(120)), (Status::Warning, Decision::Warn));
        assert_eq!(run(&enforce, &Windows::new(), at(0)), (Status::Warning, Decision::Warn));
        assert_eq!(judge(&enforce, Class::Run, &breached, RULES, at(120)).window, None);
    }

    #[test]
    fn a_full_house_refuses_even_where_runs_may_do_less() {
        let mut full = tally(1);
        full.sample(10_000);
        let verdict = judge(&policy("enforce", 1, true), Class::Run, &Windows::from([(at(0), full)]), RULES, at(1));
        assert_eq!(verdict.decision, Decision::Shed);
        assert_eq!(verdict.breaches[0].severity, Severity::Sev2);
        assert_eq!(verdict.worst().unwrap().kind, BreachType::Saturation);
    }

    #[test]
    fn failures_that_come_too_fast_warn_before_a_window_is_broken() {
        // One of eleven fails: available enough, and then all of a window that is five minutes old no more.
        let mut some = Tally::default();
        (0..11).for_each(|n| some.count(Duration::from_millis(1), n == 0));
        let mut all = Tally::default();
        (0..30).for_each(|_| all.count(Duration::from_millis(1), true));
        let windows = Windows::from([(at(-120), all), (at(0), some)]);
        let verdict = judge(&policy("enforce", 1, true), Class::Run, &windows, RULES, at(1));
        assert_eq!(verdict.breaches.iter().map(|b| b.kind).collect::<Vec<_>>(), [BreachType::Burn]);
        assert_eq!((verdict.status, verdict.streak), (Status::Warning, 0));
        let later = judge(&policy("enforce", 1, true), Class::Run, &windows, RULES, at(119));
        assert_eq!(later.status, Status::Warning);
    }

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

    proptest! {
        #[test]
        fn judging_is_sound(
            times in prop::collection::vec(prop::option::of(1_u64..300), 0..25),
            needed in 1_u32..6, age in 0_i64..300, mode in prop::sample::select(vec!["observe", "warn", "enforce"]), degrade: bool,
        ) {
            let (policy, windows) = (policy(mode, needed, degrade), windows(&times));
            let verdict = judge(&policy, Class::Run, &windows, RULES, at(age));
            // Refusing takes a row of broken windows that ends in a fresh one.
            if verdict.status == Status::Breached {
                prop_assert!(verdict.streak >= needed && !verdict.breaches.is_empty());
                prop_assert!(RULES.grid.is_fresh(verdict.window.unwrap(), at(age)));
            } else {
                prop_assert!(verdict.decision <= Decision::Warn);
            }
            prop_assert!(mode != "observe" || verdict.decision == Decision::Allow);
            prop_assert!(mode == "enforce" || verdict.decision <= Decision::Warn);
            // Two windows after the last request nothing is refused, whatever was before.
            prop_assert!(judge(&policy, Class::Run, &windows, RULES, at(120)).decision <= Decision::Warn);
        }
    }
}
