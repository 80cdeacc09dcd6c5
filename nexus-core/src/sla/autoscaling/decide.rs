//! How many replicas there should be. Pure.

use serde::Serialize;

use super::{Action, Profile};

/// What is known of the load.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Signals {
    /// The longest that 95 of 100 requests take, in milliseconds.
    pub p95_ms: Option<f64>,
    /// How many jobs wait.
    pub queue_depth: Option<u64>,
    /// Whether whoever measured trusts it.
    pub degraded: bool,
}

/// A recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recommendation {
    /// What to do.
    pub action: Action,
    /// How many replicas there should be.
    pub to: u32,
    /// Why, from a closed set of words.
    pub reason: &'static str,
}

/// What is recommended for so many replicas. `hysteresis` is a percentage of the target by which a signal must miss it.
#[must_use]
pub fn recommend(profile: &Profile, current: u32, signals: Signals, cooling: bool, hysteresis: u32) -> Recommendation {
    let hold = |reason| Recommendation { action: Action::Hold, to: current, reason };
    if signals.p95_ms.is_none() && signals.queue_depth.is_none() {
        return hold("signal_unavailable");
    }
    if cooling {
        return hold("cooldown_active");
    }
    let margin = f64::from(hysteresis) / 100.0;
    let p95 = signals.p95_ms.map(|ms| ms / f64::from(profile.target_p95_ms));
    let queue = signals.queue_depth.map(|depth| depth_ratio(depth, profile.target_queue_depth));
    let above = |signal: Option<f64>| signal.is_some_and(|ratio| ratio > 1.0 + margin);
    // A signal that is missing is no reason to give replicas away.
    let below = |signal: Option<f64>| signal.is_some_and(|ratio| ratio < 1.0 - margin);
    if above(p95) || above(queue) {
        if current >= profile.max_replicas {
            return Recommendation { action: Action::Degrade, to: current, reason: "at_max_replicas" };
        }
        let to = current.saturating_add(profile.step_up.max(1)).min(profile.max_replicas);
        return Recommendation { action: Action::ScaleUp, to, reason: "above_target" };
    }
    if below(p95) && below(queue) && current > profile.min_replicas {
        // Nor is one that nobody trusts.
        if signals.degraded {
            return hold("signal_degraded");
        }
        let to = current.saturating_sub(profile.step_down.max(1)).max(profile.min_replicas);
        return Recommendation { action: Action::ScaleDown, to, reason: "below_target" };
    }
    hold("within_targets")
}

/// A depth in relation to its target; where none may wait, an empty queue is as good as can be.
#[allow(clippy::cast_precision_loss, reason = "a relation of depths")]
fn depth_ratio(depth: u64, target: u32) -> f64 {
    match (depth, target) {
        (0, _) => 0.0,
        (_, 0) => f64::INFINITY,
        (depth, target) => depth as f64 / f64::from(target),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sla::autoscaling::tests::profile;
    use proptest::prelude::*;

    fn signals(p95_ms: Option<f64>, queue_depth: Option<u64>) -> Signals {
        Signals { p95_ms, queue_depth, degraded: false }
    }

    #[test]
    fn the_documented_example_scales_up() {
        let found = recommend(&profile(), 2, signals(Some(1650.0), Some(24)), false, 10);
        assert_eq!(found, Recommendation { action: Action::ScaleUp, to: 4, reason: "above_target" });
    }

    #[test]
    fn each_signal_is_weighed_with_its_margin() {
        let at = |current, p95, queue| {
            let found = recommend(&profile(), current, signals(p95, queue), false, 10);
            (found.action, found.to, found.reason)
        };
        assert_eq!(at(2, None, None), (Action::Hold, 2, "signal_unavailable"));
        assert_eq!(at(2, Some(1320.0), Some(22)), (Action::Hold, 2, "within_targets"));
        assert_eq!(at(2, Some(1320.1), None), (Action::ScaleUp, 4, "above_target"));
        assert_eq!(at(2, None, Some(23)), (Action::ScaleUp, 4, "above_target"));
        assert_eq!(at(7, Some(9000.0), None), (Action::ScaleUp, 8, "above_target"));
        assert_eq!(at(8, Some(9000.0), None), (Action::Degrade, 8, "at_max_replicas"));
        assert_eq!(at(5, Some(10.0), Some(0)), (Action::ScaleDown, 4, "below_target"));
        assert_eq!(at(5, Some(10.0), None), (Action::Hold, 5, "within_targets"));
        assert_eq!(at(1, Some(10.0), Some(0)), (Action::Hold, 1, "within_targets"));
        let doubtful = |p95| Signals { degraded: true, ..signals(Some(p95), Some(0)) };
        let found = |p95| recommend(&profile(), 5, doubtful(p95), false, 10);
        assert_eq!((found(10.0).action, found(10.0).reason), (Action::Hold, "signal_degraded"));
        assert_eq!(found(9000.0).action, Action::ScaleUp);
        let cooling = recommend(&profile(), 2, signals(Some(9000.0), None), true, 10);
        assert_eq!((cooling.action, cooling.reason), (Action::Hold, "cooldown_active"));
    }

    #[test]
    fn a_queue_that_should_be_empty_and_is_lets_replicas_go() {
        let strict = Profile { target_queue_depth: 0, ..profile() };
        assert_eq!(recommend(&strict, 3, signals(Some(1.0), Some(0)), false, 10).action, Action::ScaleDown);
        assert_eq!(recommend(&strict, 3, signals(Some(1.0), Some(1)), false, 10).action, Action::ScaleUp);
    }

    proptest! {
        #[test]
        fn what_is_recommended_keeps_within_the_profile(
            current in 1_u32..=8, p95 in prop::option::of(0.0_f64..1e5), queue in prop::option::of(0_u64..1000),
            cooling: bool, hysteresis in 0_u32..=90,
        ) {
            let found = recommend(&profile(), current, signals(p95, queue), cooling, hysteresis);
            prop_assert!((profile().min_replicas..=profile().max_replicas).contains(&found.to));
            match found.action {
                Action::ScaleUp => prop_assert!(found.to > current && !cooling),
                Action::ScaleDown => prop_assert!(found.to < current && !cooling),
                Action::Hold | Action::Degrade => prop_assert_eq!(found.to, current),
            }
        }
    }
}
