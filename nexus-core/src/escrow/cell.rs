//! The purse of one allowance in this process, and what is known of its lease.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{
    Key, Limits,
    decide::{Answer, Ask, Cover, Keep, Purse, Spent},
    store::Place,
};

/// A purse that several requests share.
pub(super) struct Cell {
    key: Key,
    cover: Cover,
    state: Mutex<State>,
    /// One statement about this lease at a time: what is said is absolute.
    gate: tokio::sync::Mutex<()>,
}

struct State {
    purse: Purse,
    lease: Uuid,
    /// The lease before it.
    gone: Uuid,
    /// Whether the ledger has the lease, as far as this process was told.
    known: bool,
    /// What the ledger was last told as drawn, and confirmed.
    told: i64,
    /// Counts leases, so that a hold of one is not settled on the next.
    epoch: u64,
    /// Until when what was granted may be spent.
    valid_until: Instant,
    /// Until when it is known that so much is not left.
    dry: (Instant, i64),
    used_at: Instant,
    told_at: Instant,
    /// Whether there is something that the ledger does not know.
    dirty: bool,
    recalled: bool,
    /// The limits that units are leased under, and as of when.
    limits: Option<(Limits, u64)>,
    /// Limits that were read before this are outdated.
    not_before: u64,
}

/// What taking an amount came to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Taken {
    /// It is reserved.
    Yes { epoch: u64, standing: Spent },
    /// The ledger has to be asked.
    Must,
    /// The ledger said a moment ago that nothing is left.
    Dry(Spent),
    /// The limits have changed since they were read.
    Stale,
}

impl Cell {
    pub(super) fn new(key: Key, cover: Cover) -> Self {
        let now = Instant::now();
        let lease = crate::id::fresh();
        let state = State {
            purse: Purse::default(),
            lease,
            gone: lease,
            known: false,
            told: 0,
            epoch: 0,
            valid_until: now,
            dry: (now, 0),
            used_at: now,
            told_at: now,
            dirty: false,
            recalled: false,
            limits: None,
            not_before: 0,
        };
        Self { key, cover, state: Mutex::new(state), gate: tokio::sync::Mutex::default() }
    }

    /// Whoever holds it takes a turn at the ledger; the others wait and then look again.
    pub(super) fn gate(&self) -> &tokio::sync::Mutex<()> {
        &self.gate
    }

    /// Takes an amount by limits that were read at some time.
    pub(super) fn take(&self, amount: i64, limits: Limits, read: u64) -> Taken {
        let now = Instant::now();
        let mut state = self.state();
        state.used_at = now;
        if !state.agrees(limits, read) {
            return Taken::Stale;
        }
        if !limits.bound() {
            if !state.known {
                return Taken::Must;
            }
            state.purse.take_unbounded(amount, self.cover);
        } else if !state.may_take(now) || !state.purse.take(amount, self.cover) {
            let (until, of) = state.dry;
            return if now < until && amount >= of { Taken::Dry(state.purse.standing()) } else { Taken::Must };
        }
        state.dirty = true;
        Taken::Yes { epoch: state.epoch, standing: state.purse.standing() }
    }

    /// Whether so much is here, even if it has to go back or be renewed before it is taken.
    pub(super) fn has(&self, amount: i64, bound: bool) -> bool {
        let state = self.state();
        let mut purse = state.purse.clone();
        state.known && (!bound || purse.take(amount, self.cover))
    }

    /// Counts an amount as asked for, until the guard is dropped.
    pub(super) fn wait(self: &Arc<Self>, amount: i64) -> Waiting {
        self.state().purse.wait(amount);
        Waiting { cell: Arc::clone(self), amount }
    }

    /// So much is not left: whoever wants as much within this time need not ask the ledger.
    pub(super) fn dried_up(&self, amount: i64, pause: Duration) {
        self.state().dry = (Instant::now() + pause, amount);
    }

    pub(super) fn standing(&self) -> Spent {
        self.state().purse.standing()
    }

    pub(super) fn known_standing(&self) -> Option<Spent> {
        let state = self.state();
        state.known.then(|| state.purse.standing())
    }

    pub(super) fn give_back(&self, epoch: u64, amount: i64) {
        let mut state = self.state();
        // What was drawn with a lease that is gone went with it.
        if self.cover == Cover::AtSettlement || state.epoch == epoch {
            state.purse.give_back(amount, self.cover);
            state.freed();
        }
    }

    pub(super) fn settle(&self, epoch: u64, amount: i64, actual: i64) {
        let mut state = self.state();
        if self.cover == Cover::AtSettlement || state.epoch == epoch {
            state.purse.settle(amount, actual, self.cover);
        } else {
            // The amount was charged with the lease.
            state.purse.charge((actual - amount).max(0));
        }
        state.freed();
    }

    /// A transaction tells of `actual`; an earlier one of the same hold, if any, told of `amount` in another epoch. Says which
    /// lease it tells of, and in which epoch: without a lease, of the one before, and the ledger finds it there.
    pub(super) fn draw(&self, (before, amount): (Option<u64>, i64), actual: i64) -> (Place, u64) {
        let mut state = self.state();
        let place = state.place(&self.key);
        let (place, epoch) = if state.known {
            (place, state.epoch)
        } else {
            (Place { lease: state.gone, ..place }, state.epoch.saturating_sub(1))
        };
        let (here, again) = (epoch == state.epoch, before == Some(state.epoch));
        state.purse.pend(amount, actual, here, again);
        (place, epoch)
    }

    pub(super) fn landed(&self, epoch: u64, actual: i64) {
        let mut state = self.state();
        if state.epoch == epoch {
            state.purse.landed(actual);
        } else {
            state.purse.landed_elsewhere(actual);
        }
        state.freed();
    }

    pub(super) fn cover(&self) -> Cover {
        self.cover
    }

    /// What to say and ask for those who wait, by limits that were read at some time; nothing when they have changed since.
    pub(super) fn ask(&self, amount: i64, limits: Limits, read: u64) -> Option<(Place, Ask)> {
        let mut state = self.state();
        if !state.agrees(limits, read) {
            return None;
        }
        if std::mem::take(&mut state.recalled) {
            state.purse.keep(self.cover, Keep::Recalled);
        }
        Some((state.place(&self.key), state.purse.ask(self.cover, amount, limits.bound())))
    }

    pub(super) fn answered(&self, ask: &Ask, answer: &Answer, valid_until: Instant) {
        let mut state = self.state();
        state.purse.answered(ask, answer);
        state.confirmed(answer.drawn, valid_until);
    }

    /// The lease is gone; the next one is opened with the next turn.
    pub(super) fn lost(&self) {
        let mut state = self.state();
        let told = state.told;
        metrics::counter!("nexusrag_ledger_leases_lost_total", "meter" => self.key.meter).increment(1);
        tracing::warn!(tenant = %self.key.tenant, meter = self.key.meter, "a lease lapsed before it was renewed");
        state.purse.lost(told);
        state.forget_lease();
    }

    /// Somebody needs what is not used here: it is not taken any more until the ledger was told.
    pub(super) fn recall(&self) {
        self.state().recalled = true;
    }

    /// The limits are others now, or may be: what was leased goes back, what was read before counts no longer, and whoever was
    /// refused may ask again.
    pub(super) fn outdate(&self, now: u64) {
        let mut state = self.state();
        state.not_before = state.not_before.max(now);
        state.recalled = true;
        state.dry.0 = Instant::now();
    }

    /// Whether a lease has to be opened only to say what was used or is held.
    pub(super) fn owes(&self) -> bool {
        let state = self.state();
        !state.known && state.purse.owes()
    }

    pub(super) fn tick(&self) {
        self.state().purse.tick();
    }

    /// What the ledger should be told now, if anything.
    pub(super) fn keep(&self, renew: Duration, idle: Duration) -> Option<(Place, Ask)> {
        let now = Instant::now();
        let mut state = self.state();
        let recalled = std::mem::take(&mut state.recalled);
        if !state.known {
            return None;
        }
        let rested = now.duration_since(state.used_at) >= idle;
        let due = state.dirty || state.purse.overdraws() || now.duration_since(state.told_at) >= renew;
        let keep = match (recalled, rested && state.purse.hoards()) {
            (true, _) => Keep::Recalled,
            (false, true) => Keep::Idle,
            (false, false) if due => Keep::Going,
            (false, false) => return None,
        };
        let cover = self.cover;
        let ask = state.purse.keep(cover, keep);
        state.dirty = false;
        Some((state.place(&self.key), ask))
    }

    /// What the ledger is told last: everything that is not used goes back. `None` while somebody still uses it.
    pub(super) fn last_word(&self, idle: Duration) -> Option<(Place, Ask)> {
        let mut state = self.state();
        let rests = state.purse.rests() && state.used_at.elapsed() >= idle;
        if !state.known || !rests {
            return None;
        }
        let cover = self.cover;
        let ask = state.purse.keep(cover, Keep::Idle);
        Some((state.place(&self.key), ask))
    }

    pub(super) fn kept(&self, ask: &Ask, (settled, others): (i64, Spent), valid_until: Instant) {
        let mut state = self.state();
        state.purse.kept(ask, settled, others);
        state.confirmed(ask.drawn, valid_until);
    }

    /// The ledger was not reached: everything has to be told again.
    pub(super) fn not_kept(&self) {
        self.state().dirty = true;
    }

    /// The lease was closed in good order.
    pub(super) fn closed(&self, ask: &Ask) {
        let mut state = self.state();
        state.purse.lost(ask.drawn);
        state.forget_lease();
    }

    /// Whether there is nothing to close and nobody to serve.
    pub(super) fn is_empty(&self) -> bool {
        let state = self.state();
        !state.known && state.purse.rests() && !state.purse.owes()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn may_take(&self, now: Instant) -> bool {
        self.known && !self.recalled && now < self.valid_until
    }

    /// Whether limits that were read at some time are those that count now, as far as this process knows. Newer ones replace
    /// what is there, and what was leased under the old ones goes back before anything is taken. What nothing bounds may be
    /// taken beside a bound.
    fn agrees(&mut self, limits: Limits, read: u64) -> bool {
        if read < self.not_before {
            return false;
        }
        match self.limits {
            Some((current, _)) if current == limits => return true,
            Some((_, since)) if read < since => return false,
            _ if !limits.bound() => return true,
            Some(_) => (self.recalled, self.dry.0) = (true, self.used_at),
            None => {}
        }
        self.limits = Some((limits, read));
        true
    }

    fn place(&self, key: &Key) -> Place {
        let Key { tenant, meter, day } = key.clone();
        Place { tenant, meter, day, lease: self.lease, known: self.known }
    }

    /// Something came back, perhaps: the ledger should hear of it, and who was refused may look again.
    fn freed(&mut self) {
        self.dirty = true;
        self.dry.0 = self.used_at;
    }

    fn confirmed(&mut self, told: i64, valid_until: Instant) {
        self.known = true;
        self.told = told;
        self.valid_until = valid_until;
        self.told_at = Instant::now();
    }

    fn forget_lease(&mut self) {
        self.gone = std::mem::replace(&mut self.lease, crate::id::fresh());
        self.known = false;
        self.told = 0;
        self.epoch += 1;
        self.dirty = false;
    }
}

/// Somebody who waits for an amount.
pub(super) struct Waiting {
    cell: Arc<Cell>,
    amount: i64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.cell.state().purse.wait(-self.amount);
    }
}
