//! The rules, pure: when a breaker turns, and how long to wait before trying again.
//!
//! `shared/lua/breaker.lua` is the same arithmetic for replicas; `tests/shared.rs` compares the two step by step.

use std::time::Duration;

/// What a breaker does with calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Phase {
    /// Lets calls through.
    #[default]
    Closed,
    /// Lets a few calls through, to see whether the service is back.
    HalfOpen,
    /// Refuses calls.
    Open,
}

impl Phase {
    /// The word in logs, events, metrics and Redis.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }

    /// The phase of a word; one that is not known is closed, as a breaker that nobody has used.
    #[must_use]
    pub fn of(word: &str) -> Self {
        [Self::HalfOpen, Self::Open].into_iter().find(|phase| phase.as_str() == word).unwrap_or_default()
    }
}

/// When a breaker turns. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// So many failures in a row open it.
    pub failures: u32,
    /// So long it stays open.
    pub open_ms: u64,
    /// So many trials at once are let through when it is half open.
    pub trials: u32,
    /// A trial of which nothing was heard for so long is given to another call.
    pub trial_ms: u64,
}

/// What is remembered of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct State {
    /// What it does.
    pub phase: Phase,
    /// Failures in a row.
    pub failures: u32,
    /// When it was opened, on the clock of whoever keeps the state.
    pub opened_at: u64,
    /// Trials that have not reported.
    pub trials: u32,
    /// When the last of them counts as lost.
    pub trial_until: u64,
    /// How often it has turned. A call reports under the number it was let in with; after a turn nobody listens to it.
    pub turn: u64,
}

/// Something that happens to a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A call asks to be let through.
    Enter,
    /// A call that was let in at this turn ends well, or not.
    Leave {
        /// The turn.
        turn: u64,
        /// Whether the service answered.
        well: bool,
    },
    /// A call that was let in at this turn ends and says nothing of the service: a trial is free again.
    Release {
        /// The turn.
        turn: u64,
    },
    /// Nothing; the state is looked at.
    Look,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stepped {
    /// What the breaker does now.
    pub phase: Phase,
    /// Whether this step turned it.
    pub turned: bool,
    /// The turn it is at.
    pub turn: u64,
    /// How long a call that was not let through should wait, in milliseconds.
    pub wait_ms: Option<u64>,
}

/// Takes a step at a time in milliseconds.
pub fn step(state: &mut State, rules: &Rules, step: Step, now: u64) -> Stepped {
    if step == Step::Look {
        return Stepped { phase: state.phase, turned: false, turn: state.turn, wait_ms: None };
    }
    // A clock that was set back must not keep a breaker open for longer than the rules say.
    state.opened_at = state.opened_at.min(now);
    state.trial_until = state.trial_until.min(now.saturating_add(rules.trial_ms));
    let before = state.turn;
    let wait_ms = match step {
        Step::Enter => enter(state, rules, now),
        Step::Leave { turn, well } => {
            if turn == state.turn {
                leave(state, rules, well, now);
            }
            None
        }
        Step::Release { turn } => {
            if turn == state.turn {
                state.trials = state.trials.saturating_sub(1);
            }
            None
        }
        Step::Look => None,
    };
    Stepped { phase: state.phase, turned: state.turn != before, turn: state.turn, wait_ms }
}

fn enter(state: &mut State, rules: &Rules, now: u64) -> Option<u64> {
    match state.phase {
        Phase::Closed => return None,
        Phase::Open => {
            let waited = now - state.opened_at;
            if waited < rules.open_ms {
                return Some(rules.open_ms - waited);
            }
            turn(state, Phase::HalfOpen);
        }
        Phase::HalfOpen => {
            if now >= state.trial_until {
                state.trials = 0;
            }
            if state.trials >= rules.trials {
                return Some(state.trial_until - now);
            }
        }
    }
    state.trials += 1;
    state.trial_until = now.saturating_add(rules.trial_ms);
    None
}

fn leave(state: &mut State, rules: &Rules, well: bool, now: u64) {
    match (state.phase, well) {
        (Phase::Closed, true) => state.failures = 0,
        (Phase::Closed, false) => {
            state.failures += 1;
            if state.failures >= rules.failures {
                state.opened_at = now;
                turn(state, Phase::Open);
            }
        }
        (Phase::HalfOpen, true) => {
            state.failures = 0;
            turn(state, Phase::Closed);
        }
        (Phase::HalfOpen, false) => {
            state.opened_at = now;
            turn(state, Phase::Open);
        }
        // Nobody was let in at this turn.
        (Phase::Open, _) => {}
    }
}

fn turn(state: &mut State, to: Phase) {
    state.phase = to;
    state.turn += 1;
    state.trials = 0;
    state.trial_until = 0;
}

/// The pause before attempt `made + 1`: it doubles, is no shorter than what the service asks for, and is spread, so that
/// callers that failed together do not come back together. Nothing when no time is left for another attempt.
#[must_use]
pub fn pause(made: u32, base: Duration, jitter: f64, asked: Option<Duration>, left: Duration) -> Option<Duration> {
    let doubled = base.saturating_mul(1 << made.saturating_sub(1).min(16));
    let jitter = jitter.clamp(0.0, 1.0);
    let pause = match asked {
        Some(asked) => asked.max(doubled).saturating_add(doubled.mul_f64(jitter)),
        None => doubled.mul_f64(0.5 + jitter),
    };
    (pause < left).then_some(pause)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const RULES: Rules = Rules { failures: 3, open_ms: 1000, trials: 2, trial_ms: 100 };

    fn enter(state: &mut State, now: u64) -> Option<u64> {
        let entered = step(state, &RULES, Step::Enter, now);
        entered.wait_ms.is_none().then_some(entered.turn)
    }

    fn leave(state: &mut State, turn: u64, well: bool, now: u64) -> Phase {
        step(state, &RULES, Step::Leave { turn, well }, now).phase
    }

    fn opened() -> State {
        let mut state = State::default();
        for _ in 0..3 {
            let turn = enter(&mut state, 0).unwrap();
            leave(&mut state, turn, false, 0);
        }
        assert_eq!(state.phase, Phase::Open);
        state
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_in_between_does_not() {
        let mut state = State::default();
        for well in [false, false, true, false, false] {
            assert_eq!(leave(&mut state, 0, well, 0), Phase::Closed);
        }
        assert_eq!(leave(&mut state, 0, false, 0), Phase::Open);
        assert_eq!(step(&mut state, &RULES, Step::Enter, 400).wait_ms, Some(600));
    }

    #[test]
    fn trials_are_counted_and_one_success_closes() {
        let mut state = opened();
        let first = enter(&mut state, 1000).unwrap();
        assert_eq!(enter(&mut state, 1010), Some(first));
        assert_eq!(step(&mut state, &RULES, Step::Enter, 1020).wait_ms, Some(90));
        assert_eq!(leave(&mut state, first, true, 1030), Phase::Closed);
        assert_eq!(leave(&mut state, first, false, 1040), Phase::Closed, "a report of an earlier turn counts nothing");
        assert_eq!(state.failures, 0);
    }

    #[test]
    fn a_trial_that_is_never_heard_of_is_given_away() {
        let mut state = opened();
        enter(&mut state, 1000).unwrap();
        enter(&mut state, 1000).unwrap();
        assert_eq!(enter(&mut state, 1099), None);
        assert!(enter(&mut state, 1100).is_some());
    }

    #[test]
    fn a_trial_that_was_given_up_is_free_and_decides_nothing() {
        let mut state = opened();
        let turn = enter(&mut state, 1000).unwrap();
        enter(&mut state, 1000).unwrap();
        assert_eq!(enter(&mut state, 1001), None);
        let release = |state: &mut State, turn| step(state, &RULES, Step::Release { turn }, 1002).phase;
        assert_eq!(release(&mut state, turn - 1), Phase::HalfOpen);
        assert_eq!(enter(&mut state, 1003), None, "of another turn");
        assert_eq!(release(&mut state, turn), Phase::HalfOpen);
        assert!(enter(&mut state, 1004).is_some());
        let mut closed = State { failures: 2, ..State::default() };
        assert_eq!((release(&mut closed, 0), closed.failures), (Phase::Closed, 2));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_keep_it_open() {
        let mut state = State { opened_at: 1_000_000, ..opened() };
        assert_eq!(enter(&mut state, 5), None);
        assert!(enter(&mut state, 1005).is_some());
    }

    #[test]
    fn pauses_double_and_are_spread() {
        let base = Duration::from_millis(200);
        let long = Duration::from_mins(1);
        assert_eq!(pause(1, base, 0.0, None, long), Some(Duration::from_millis(100)));
        assert_eq!(pause(2, base, 1.0, None, long), Some(Duration::from_millis(600)));
        assert_eq!(pause(1, base, 0.5, Some(Duration::from_secs(3)), long), Some(Duration::from_millis(3100)));
        assert_eq!(pause(2, base, 0.25, Some(Duration::ZERO), long), Some(Duration::from_millis(500)), "a floor");
        assert_eq!(pause(1, base, 1.0, Some(Duration::MAX), long), None);
        assert_eq!(pause(1, base, 0.5, Some(Duration::from_secs(3)), Duration::from_secs(2)), None);
    }

    #[derive(Debug, Clone)]
    enum Act {
        Enter,
        Leave(usize, bool),
        Wait(u64),
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![
            4 => Just(Act::Enter),
            4 => (any::<usize>(), any::<bool>()).prop_map(|(who, well)| Act::Leave(who, well)),
            1 => (0_u64..1500).prop_map(Act::Wait),
        ];
        prop::collection::vec(act, 0..200)
    }

    proptest! {
        /// Whatever happened: an open breaker lets nobody through before its time, a half-open one no more than its
        /// trials at once, and a service that is well again is used again after at most the two waits.
        #[test]
        fn a_breaker_protects_and_recovers(acts in acts()) {
            let (mut state, mut now) = (State::default(), 0_u64);
            let mut inside: Vec<u64> = Vec::new();
            let mut trials: Vec<u64> = Vec::new();
            for act in acts {
                match act {
                    Act::Wait(ms) => now += ms,
                    Act::Enter => {
                        let before = state;
                        if let Some(turn) = enter(&mut state, now) {
                            prop_assert!(before.phase != Phase::Open || now - before.opened_at >= RULES.open_ms);
                            inside.push(turn);
                            if state.phase == Phase::HalfOpen {
                                if before.phase == Phase::Open { trials.clear(); }
                                trials.retain(|until| *until > now);
                                trials.push(now + RULES.trial_ms);
                                prop_assert!(trials.len() <= 2 * RULES.trials as usize);
                            }
                        } else {
                            prop_assert!(before.phase != Phase::Closed);
                        }
                    }
                    Act::Leave(who, well) if !inside.is_empty() => {
                        let turn = inside.swap_remove(who % inside.len());
                        let before = state;
                        leave(&mut state, turn, well, now);
                        prop_assert!(turn == before.turn || state == before, "an earlier turn counts nothing");
                    }
                    Act::Leave(..) => {}
                }
                prop_assert!(state.failures <= RULES.failures && state.trials <= RULES.trials);
            }
            now += RULES.open_ms + RULES.trial_ms;
            let turn = enter(&mut state, now).unwrap();
            prop_assert_eq!(leave(&mut state, turn, true, now), Phase::Closed);
        }
    }
}
