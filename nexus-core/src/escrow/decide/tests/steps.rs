//! What happens in a story, and how often.

use proptest::prelude::*;

#[derive(Debug, Clone)]
pub(super) enum Step {
    Take(usize, i64),
    /// A turn that the ledger makes and of which nothing is heard.
    Unheard(usize, i64),
    Settle(usize, usize, i64),
    SettleIn(usize, usize, i64),
    /// The oldest of its transactions is committed, and nobody has noticed yet.
    Commit(usize),
    /// The oldest of its transactions ends.
    End(usize, bool),
    Sweep,
    GiveBack(usize, usize),
    Flush(usize, u8),
    Tick(usize),
    Crash(usize),
    /// The lease lapses while its holder goes on.
    Lapse(usize),
    /// The limit changes, and every replica hears of it before it takes anything more.
    Limit(i64),
}

pub(super) const REPLICAS: usize = 3;

pub(super) fn step() -> impl Strategy<Value = Step> {
    let who = 0..REPLICAS;
    prop_oneof![
        8 => (who.clone(), 1_i64..6).prop_map(|(r, n)| Step::Take(r, n)),
        1 => (who.clone(), 1_i64..6).prop_map(|(r, n)| Step::Unheard(r, n)),
        3 => (who.clone(), 0_usize..8, 0_i64..4).prop_map(|(r, h, n)| Step::Settle(r, h, n)),
        2 => (who.clone(), 0_usize..8, 0_i64..4).prop_map(|(r, h, n)| Step::SettleIn(r, h, n)),
        2 => who.clone().prop_map(Step::Commit),
        3 => (who.clone(), any::<bool>()).prop_map(|(r, done)| Step::End(r, done)),
        1 => Just(Step::Sweep),
        2 => (who.clone(), 0_usize..8).prop_map(|(r, h)| Step::GiveBack(r, h)),
        4 => (who.clone(), 0_u8..3).prop_map(|(r, k)| Step::Flush(r, k)),
        2 => who.clone().prop_map(Step::Tick),
        1 => who.clone().prop_map(Step::Crash),
        1 => who.prop_map(Step::Lapse),
        1 => (0_i64..120).prop_map(Step::Limit),
    ]
}
