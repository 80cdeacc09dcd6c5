//! How a policy judges what was measured. Pure: the same counts at the same time give the same answer on every replica.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    Class, Decision, Mode, Status,
    breach::{BURN_WINDOW, Breach, BreachType, Signal, burning},
    document::{Document, Objectives},
    window::{Grid, Tally},
};

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
    /// The start of the newest window that is broken, or else of the newest one that was judged.
    pub window: Option<DateTime<Utc>>,
    /// How many windows in a row are broken.
    pub streak: u32,
    /// Until when it counts, should nobody judge anew.
    pub until: Option<DateTime<Utc>>,
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

/// Judges. Each signal is judged by the newest window that has it, among those that go back without a gap from one that is
/// fresh: while slow runs go on, the windows in which none of them ended change nothing.
#[must_use]
pub fn judge(policy: &Document, class: Class, windows: &Windows, rules: Rules, now: DateTime<Utc>) -> Verdict {
    // What lies further ahead was measured by a clock that is wrong.
    let ahead = rules.grid.start(now) + rules.grid.width();
    let newest = windows.range(..=ahead).rev().find(|(_, tally)| !tally.is_empty());
    let Some((last, _)) = newest.filter(|(start, _)| rules.grid.is_fresh(**start, now)) else {
        let decision = decide(policy, class, Status::Warning, &[], rules);
        let (breaches, window, until) = (Vec::new(), None, None);
        return Verdict { status: Status::Warning, decision, breaches, window, streak: 0, until };
    };
    let objectives = &policy.objectives;
    let (mut breaches, mut streak) = (Vec::new(), 0);
    let (mut window, mut broken_window) = (None, None);
    for signal in [Signal::Requests, Signal::Saturation] {
        let newest = row(windows, *last, rules.grid).find(|(_, tally)| signal.is_in(tally));
        let Some((start, tally)) = newest else { continue };
        window = window.max(Some(start));
        let broken = signal.broken(objectives, class, tally);
        if !broken.is_empty() {
            broken_window = broken_window.max(Some(start));
            streak = streak.max(self::streak(objectives, class, row(windows, *last, rules.grid), signal));
        }
        breaches.extend(broken);
    }
    breaches.extend(burning(objectives, windows, now - BURN_WINDOW..=ahead));
    let status = if breaches.is_empty() {
        Status::Healthy
    } else if streak >= policy.enforcement.windows {
        Status::Breached
    } else {
        Status::Warning
    };
    let decision = decide(policy, class, status, &breaches, rules);
    let window = broken_window.or(window);
    Verdict { status, decision, breaches, window, streak, until: Some(*last + rules.grid.width() * 2) }
}

fn decide(policy: &Document, class: Class, status: Status, breaches: &[Breach], rules: Rules) -> Decision {
    let saturated = breaches.iter().any(|breach| breach.kind == BreachType::Saturation);
    let decision = match (policy.enforcement.mode, status) {
        (Mode::Observe, _) | (_, Status::Healthy) => Decision::Allow,
        // Runs that do less do not make room: a full house has to refuse.
        (Mode::Enforce, Status::Breached) if policy.relief.allow_degrade && !(saturated && rules.shed) => {
            Decision::Degrade
        }
        (Mode::Enforce, Status::Breached) if rules.shed => Decision::Shed,
        _ => Decision::Warn,
    };
    // Nothing is claimed that nobody does: only runs do less, and only runs and documents are refused.
    match (class, decision) {
        (Class::Run, _) | (Class::Ingest, Decision::Shed) => decision,
        _ => decision.min(Decision::Warn),
    }
}

/// The windows in which something was measured, from this one back to the first gap.
fn row(windows: &Windows, last: DateTime<Utc>, grid: Grid) -> impl Iterator<Item = (DateTime<Utc>, &Tally)> {
    let back = windows.range(..=last).rev().filter(|(_, tally)| !tally.is_empty());
    back.scan(last, move |expected, (start, tally)| {
        let follows = *start == *expected;
        *expected -= grid.width();
        follows.then_some((*start, tally))
    })
}

/// How many windows of a row break a promise. One that says nothing of the signal is passed over; a gap ends the row, as nobody
/// knows whether it would have.
fn streak<'a>(
    objectives: &Objectives,
    class: Class,
    row: impl Iterator<Item = (DateTime<Utc>, &'a Tally)>,
    signal: Signal,
) -> u32 {
    let breaks = |tally: &Tally| {
        let any = |signal: Signal| !signal.broken(objectives, class, tally).is_empty();
        any(Signal::Requests) || any(Signal::Saturation)
    };
    let mut streak = 0;
    for (_, tally) in row {
        if breaks(tally) {
            streak += 1;
        } else if signal.is_in(tally) {
            break;
        }
    }
    streak
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use std::time::Duration;

    use super::*;
    use crate::sla::{breach::Severity, document::tests::defaults};
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
    fn a_window_without_requests_neither_ends_a_row_nor_decides() {
        use {Decision as D, Status as S};
        let mut holding = Tally::default();
        holding.sample(1_000);
        let enforce = policy("enforce", 2, false);
        let of = |windows: &[(i64, Tally)]| windows.iter().map(|(at_, tally)| (at(*at_), tally.clone())).collect();
        // Slow runs end in every third window; in between they only hold their places.
        let slow: Windows = of(&[(-180, tally(500)), (-120, holding.clone()), (-60, holding.clone()), (0, tally(500))]);
        assert_eq!(run(&enforce, &slow, at(1)), (S::Breached, D::Shed));
        let mut later = slow.clone();
        later.extend([(at(60), holding.clone()), (at(120), holding.clone())]);
        assert_eq!(run(&enforce, &later, at(121)), (S::Breached, D::Shed));
        let verdict = judge(&enforce, Class::Run, &later, RULES, at(121));
        assert_eq!((verdict.window, verdict.streak, verdict.until), (Some(at(0)), 2, Some(at(240))));
        // Nobody holds a place any more: what was does not decide.
        assert_eq!(run(&enforce, &later, at(240)), (S::Warning, D::Warn));
        let gap: Windows = of(&[(-120, tally(500)), (0, tally(500))]);
        assert_eq!(run(&enforce, &gap, at(1)), (S::Warning, D::Warn));
        let only: Windows = of(&[(0, holding)]);
        assert_eq!(run(&enforce, &only, at(1)), (S::Healthy, D::Allow));
    }

    #[test]
    fn quick_answers_do_not_empty_a_full_house() {
        let (mut full, enforce) = (Tally::default(), policy("enforce", 2, true));
        full.sample(10_000);
        let windows = Windows::from([(at(-120), full.clone()), (at(-60), full), (at(0), tally(1))]);
        assert_eq!(run(&enforce, &windows, at(1)), (Status::Breached, Decision::Shed));
    }

    #[test]
    fn a_clock_that_is_ahead_decides_nothing() {
        let mut windows = windows(&[Some(50)]);
        windows.extend([(at(120), tally(500)), (at(9_000), tally(500))]);
        assert_eq!(run(&policy("enforce", 1, false), &windows, at(1)), (Status::Healthy, Decision::Allow));
    }

    #[test]
    fn no_class_is_said_to_do_what_it_does_not() {
        let breached = windows(&[Some(500)]);
        let decided = |degrade, class| {
            let mut policy = policy("enforce", 1, degrade);
            policy.objectives.p95_ms_max.insert(class, 100.0);
            judge(&policy, class, &breached, RULES, at(1)).decision
        };
        for class in Class::ALL {
            let refuses = matches!(class, Class::Run | Class::Ingest);
            assert_eq!(decided(false, *class), if refuses { Decision::Shed } else { Decision::Warn }, "{class}");
            let does_less = *class == Class::Run;
            assert_eq!(decided(true, *class), if does_less { Decision::Degrade } else { Decision::Warn }, "{class}");
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
