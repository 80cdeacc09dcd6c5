#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
//! Replicas that spend, crash, are slow and lose answers, against a ledger that does what the functions of the migration do.

mod ledger;
mod steps;

use proptest::{collection::vec, prelude::*};

use self::{
    ledger::Ledger,
    steps::{REPLICAS, Step, step},
};
use super::*;

#[derive(Debug)]
struct Replica {
    id: u32,
    /// The lease before it.
    gone: u32,
    known: bool,
    told: i64,
    epoch: u32,
    /// Whether its lease has certainly not lapsed.
    valid: bool,
    purse: Purse,
    holds: Vec<(i64, u32)>,
    /// Transactions that settle: on which lease, in which epoch, how much, and whether the ledger has them already.
    open: Vec<(u32, u32, i64, bool)>,
}

impl Replica {
    fn new(id: u32) -> Self {
        Self {
            id,
            gone: id,
            known: false,
            told: 0,
            epoch: 0,
            valid: false,
            purse: Purse::default(),
            holds: Vec::new(),
            open: Vec::new(),
        }
    }
}

struct World {
    cover: Cover,
    ledger: Ledger,
    replicas: Vec<Replica>,
    next: u32,
    /// What clients really got, and what was settled beyond what had been reserved.
    served: i64,
    /// What was held or spent and not yet told when leases lapsed: so much may be exceeded.
    adrift: i64,
    /// The highest limit that there was.
    most: i64,
    faults: bool,
}

impl World {
    fn new(cover: Cover, limit: Option<i64>) -> Self {
        let ledger = Ledger::new(limit);
        let replicas = (0..3).map(Replica::new).collect();
        Self { cover, ledger, replicas, next: 3, served: 0, adrift: 0, most: limit.unwrap_or(0), faults: false }
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// Under the one cover what is taken is served at once, under the other when it is settled.
    fn take(&mut self, r: usize, amount: i64) -> bool {
        let bounded = self.ledger.limit.is_some();
        for _ in 0..3 {
            let replica = &mut self.replicas[r];
            if !bounded && replica.known {
                replica.purse.take_unbounded(amount, self.cover);
            } else if !(replica.valid && replica.purse.take(amount, self.cover)) {
                replica.purse.wait(amount);
                self.turn(r, amount, bounded, true);
                self.replicas[r].purse.wait(-amount);
                continue;
            }
            let replica = &mut self.replicas[r];
            replica.holds.push((amount, replica.epoch));
            if self.cover == Cover::Ahead {
                self.served += amount;
            }
            return true;
        }
        false
    }

    fn turn(&mut self, r: usize, amount: i64, bounded: bool, heard: bool) {
        let (cover, fresh) = (self.cover, self.fresh());
        let replica = &mut self.replicas[r];
        let ask = replica.purse.ask(cover, amount, bounded);
        let answer = self.ledger.turn(replica.id, replica.known, &ask);
        match answer {
            _ if !heard => {}
            Some(answer) => {
                replica.purse.answered(&ask, &answer);
                (replica.known, replica.valid, replica.told) = (true, true, answer.drawn);
            }
            None => Self::lost(replica, fresh),
        }
    }

    fn lost(replica: &mut Replica, fresh: u32) {
        replica.purse.lost(replica.told);
        replica.gone = replica.id;
        (replica.id, replica.known, replica.valid, replica.told) = (fresh, false, false, 0);
        replica.epoch += 1;
    }

    fn flush(&mut self, r: usize, keep: Keep) {
        let (cover, fresh) = (self.cover, self.fresh());
        if !self.replicas[r].known {
            if self.replicas[r].purse.owes() {
                self.turn(r, 0, false, true);
            }
            return;
        }
        let replica = &mut self.replicas[r];
        let ask = replica.purse.keep(cover, keep);
        let others = self.ledger.others(replica.id);
        match self.ledger.leases.get_mut(&replica.id) {
            Some(lease) => {
                (lease.granted, lease.drawn) = (ask.granted, ask.drawn);
                let settled = lease.settled;
                replica.purse.kept(&ask, settled, others);
                replica.told = ask.drawn;
            }
            None => Self::lost(replica, fresh),
        }
    }

    fn hold(&mut self, r: usize, h: usize) -> Option<(i64, bool)> {
        let replica = &mut self.replicas[r];
        if replica.holds.is_empty() {
            return None;
        }
        let (amount, epoch) = replica.holds.swap_remove(h % replica.holds.len());
        Some((amount, epoch == replica.epoch))
    }

    fn settle(&mut self, r: usize, h: usize, less: i64) {
        let Some((amount, current)) = self.hold(r, h) else { return };
        let actual = (amount - less).max(0);
        if current || self.cover == Cover::AtSettlement {
            self.replicas[r].purse.settle(amount, actual, self.cover);
        }
        self.served += if self.cover == Cover::Ahead { actual - amount } else { actual };
    }

    /// A transaction settles, and goes on.
    fn settle_in(&mut self, r: usize, h: usize, less: i64) {
        if self.cover == Cover::Ahead {
            return self.settle(r, h, less);
        }
        let Some((amount, _)) = self.hold(r, h) else { return };
        let actual = (amount - less).max(0);
        let replica = &mut self.replicas[r];
        let (lease, epoch) =
            if replica.known { (replica.id, replica.epoch) } else { (replica.gone, replica.epoch - 1) };
        replica.purse.pend(amount, actual, epoch == replica.epoch, false);
        replica.open.push((lease, epoch, actual, false));
    }

    fn commit(&mut self, r: usize) {
        let Some((lease, _, actual, committed)) = self.replicas[r].open.first_mut() else { return };
        if !std::mem::replace(committed, true) {
            self.ledger.draw(*lease, *actual);
            self.served += *actual;
        }
    }

    fn end_transaction(&mut self, r: usize, committed: bool) {
        if committed {
            self.commit(r);
        }
        let replica = &mut self.replicas[r];
        if replica.open.is_empty() {
            return;
        }
        let (_, epoch, actual, _) = replica.open.remove(0);
        if epoch == replica.epoch {
            replica.purse.landed(actual);
        } else {
            replica.purse.landed_elsewhere(actual);
        }
    }

    fn give_back(&mut self, r: usize, h: usize) {
        let Some((amount, current)) = self.hold(r, h) else { return };
        if current || self.cover == Cover::AtSettlement {
            self.replicas[r].purse.give_back(amount, self.cover);
        }
        if self.cover == Cover::Ahead {
            self.served -= amount;
        }
    }

    /// What a lease that lapses or a holder that dies leaves to others although it is used, or may be.
    fn drift(&mut self, r: usize) {
        let Replica { purse, holds, open, .. } = &self.replicas[r];
        let held: i64 = holds.iter().map(|(amount, _)| amount).chain(open.iter().map(|told| &told.2)).sum();
        self.adrift += held + purse.drawn();
    }

    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Take(r, n) => drop(self.take(r, n)),
            Step::Unheard(r, n) => {
                self.faults = true;
                self.replicas[r].purse.wait(n);
                self.turn(r, n, self.ledger.limit.is_some(), false);
                self.replicas[r].purse.wait(-n);
            }
            Step::Settle(r, h, less) => self.settle(r, h, less),
            Step::SettleIn(r, h, less) => self.settle_in(r, h, less),
            Step::Commit(r) => self.commit(r),
            Step::End(r, committed) => self.end_transaction(r, committed),
            Step::Sweep => self.ledger.sweep(),
            Step::GiveBack(r, h) => self.give_back(r, h),
            Step::Flush(r, keep) => {
                self.flush(r, [Keep::Going, Keep::Idle, Keep::Recalled][usize::from(keep)]);
            }
            Step::Tick(r) => self.replicas[r].purse.tick(),
            Step::Crash(r) => {
                self.faults = true;
                self.drift(r);
                let fresh = self.fresh();
                let dead = std::mem::replace(&mut self.replicas[r], Replica::new(fresh));
                self.ledger.close(dead.id);
            }
            Step::Lapse(r) => {
                self.faults = true;
                self.replicas[r].valid = false;
                self.drift(r);
                self.ledger.close(self.replicas[r].id);
            }
            Step::Limit(_) if self.ledger.limit.is_none() => {}
            Step::Limit(limit) => {
                self.ledger.limit = Some(limit);
                self.most = self.most.max(limit);
                (0..REPLICAS).for_each(|r| self.flush(r, Keep::Recalled));
            }
        }
    }

    /// Everybody stops in good order.
    fn end(&mut self) {
        for r in 0..REPLICAS {
            while !self.replicas[r].holds.is_empty() {
                self.settle(r, 0, 0);
            }
            while !self.replicas[r].open.is_empty() {
                self.end_transaction(r, true);
            }
            // A lease that is found to be gone is charged with the next one.
            for _ in 0..2 {
                self.turn(r, 0, false, true);
                self.flush(r, Keep::Idle);
            }
            self.ledger.close(self.replicas[r].id);
        }
    }
}

/// How closely the ledger must agree in the end.
#[derive(Clone, Copy, PartialEq)]
enum Exact {
    /// To the unit.
    Yes,
    /// It may count more than was served.
    AtLeast,
    /// It may count less, by what was adrift.
    No,
}

fn run(cover: Cover, limit: Option<i64>, steps: &[Step], exact: Exact) -> Result<(), TestCaseError> {
    let mut world = World::new(cover, limit);
    for step in steps {
        let before = world.ledger.committed();
        world.apply(step);
        if let Some(limit) = world.ledger.limit {
            // Nothing is granted beyond the limit. What is committed grows beyond it only by what is used all the same.
            let bound = limit.max(before) + if cover == Cover::Ahead { 0 } else { world.adrift };
            prop_assert!(world.ledger.committed() <= bound, "{:?} after {step:?}", world.ledger);
            let adrift = if cover == Cover::Ahead { 0 } else { world.adrift };
            prop_assert!(world.served <= world.most + adrift, "{} served, {:?}", world.served, world.ledger);
            prop_assert!(cover == Cover::AtSettlement || world.served <= world.ledger.spent(), "{:?}", world.ledger);
        }
    }
    world.end();
    world.ledger.sweep();
    prop_assert!(
        exact == Exact::No || world.served <= world.ledger.used,
        "{} served, {:?}",
        world.served,
        world.ledger
    );
    if exact == Exact::Yes || !world.faults {
        prop_assert_eq!(world.served, world.ledger.used, "the ledger agrees to the unit");
    }
    // What is left can be spent to the last unit, by a replica that comes new.
    if let Some(limit) = world.ledger.limit {
        let left = limit - world.ledger.used;
        let fresh = world.fresh();
        world.replicas[0] = Replica::new(fresh);
        for _ in 0..left {
            prop_assert!(world.take(0, 1), "{left} were left: {:?}", world.ledger);
        }
        prop_assert!(!world.take(0, 1), "more than the limit: {:?}", world.ledger);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_overspent_and_nothing_is_lost(limit in 0_i64..120, steps in vec(step(), 0..150)) {
        run(Cover::Ahead, Some(limit), &steps, Exact::AtLeast)?;
        // What is settled beside any transaction is written down a moment later, and a crash before that forgets it.
        run(Cover::AtSettlement, Some(limit), &steps, Exact::No)?;
        // In transactions the ledger is exact through crashes and lapses; a crash rolls back what was not committed.
        let in_transactions = |s: &Step| match *s {
            Step::Settle(r, h, less) => Step::SettleIn(r, h, less),
            ref other => other.clone(),
        };
        run(Cover::AtSettlement, Some(limit), &steps.iter().map(in_transactions).collect::<Vec<_>>(), Exact::Yes)?;
    }

    #[test]
    fn without_a_limit_everything_is_counted(steps in vec(step(), 0..100)) {
        // A lapse only moves what was used to another lease.
        let steps: Vec<_> = steps.into_iter().filter(|s| !matches!(s, Step::Unheard(..) | Step::Crash(_))).collect();
        for cover in [Cover::Ahead, Cover::AtSettlement] {
            let mut world = World::new(cover, None);
            for step in &steps {
                world.apply(step);
            }
            world.end();
            world.ledger.sweep();
            // What was drawn with a lease and given back after it is gone stays drawn.
            prop_assert!(world.served <= world.ledger.used);
            if cover == Cover::AtSettlement || !steps.iter().any(|s| matches!(s, Step::Lapse(_))) {
                prop_assert_eq!(world.served, world.ledger.used);
            }
        }
    }

    #[test]
    fn a_limit_that_comes_later_counts_what_was_used(before in 0_i64..200, limit in 0_i64..200) {
        let mut world = World::new(Cover::Ahead, None);
        for _ in 0..before {
            assert!(world.take(0, 1));
        }
        world.ledger.limit = Some(limit);
        world.flush(0, Keep::Recalled);
        let more = (0..300).filter(|n| world.take(n % REPLICAS, 1)).count();
        prop_assert_eq!(i64::try_from(more).unwrap(), (limit - before).max(0));
    }
}

#[test]
fn a_replica_that_is_used_asks_less_and_less_often() {
    let mut world = World::new(Cover::Ahead, Some(1_000_000));
    let mut turns = 0;
    for n in 0..10_000 {
        let replica = &mut world.replicas[0];
        if !replica.purse.take(1, Cover::Ahead) {
            turns += 1;
            assert!(world.take(0, 1));
        }
        if n % 250 == 0 {
            world.replicas[0].purse.tick();
        }
    }
    assert!(turns < 100, "{turns} turns for 10,000 requests");
}

#[test]
fn a_purse_that_rests_keeps_nothing() {
    let mut world = World::new(Cover::Ahead, Some(1000));
    for _ in 0..100 {
        world.take(0, 1);
    }
    assert!(world.replicas[0].purse.hoards());
    world.flush(0, Keep::Idle);
    assert!(!world.replicas[0].purse.hoards());
    assert_eq!((world.ledger.committed(), world.ledger.spent()), (100, 100));
}
