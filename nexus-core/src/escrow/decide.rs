//! What one replica may spend of an allowance without asking the ledger, and what it asks for when it does. Pure: the
//! ledger is somewhere else, and so is the time.

use std::cmp::max;

/// Of how many parts of a second the use is remembered.
const PARTS: usize = 4;
/// The most that is asked for in advance.
const MAX_EXTRA: i64 = 1 << 40;

/// When what is reserved counts as spent for the case that this process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// Before it is spent: what is reserved is nearly always spent at once. Nothing has to be written when it is settled.
    Ahead,
    /// When it is settled: what is reserved is an estimate, held for a while. It comes back when the process dies before.
    AtSettlement,
}

/// What was spent in the two periods that an allowance is bounded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Since the day began.
    pub day: i64,
    /// Since the month began.
    pub month: i64,
}

impl Spent {
    fn plus(self, amount: i64) -> Self {
        Self { day: self.day.saturating_add(amount), month: self.month.saturating_add(amount) }
    }
}

/// What a replica has of one allowance.
///
/// `covered` is what the ledger counts as spent already, `granted` what it has set aside; both only grow by the ledger's
/// word and only shrink before the ledger is told. So whatever is lost on the way, the ledger never thinks that less is gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Purse {
    granted: i64,
    covered: i64,
    /// Taken under [`Cover::Ahead`]. At most `covered`, unless nothing bounds it.
    spent: i64,
    /// Taken under [`Cover::AtSettlement`] and not yet settled. It outlives the lease: who holds it goes on, too.
    held: i64,
    /// Settled in transactions that go on, or whose end was not noticed yet: what the ledger says may contain it already.
    pending: i64,
    /// Settled here, and written down with the next turn.
    settled: i64,
    /// Settled in transactions of others, by the ledger's word.
    settled_in: i64,
    /// Settled in transactions that ended since the ledger was asked last: committed, perhaps.
    fresh_in: i64,
    /// What requests wait for.
    waiting: i64,
    /// What was taken lately, by parts of a second, the newest first.
    recent: [i64; PARTS],
    others: Spent,
}

/// What the ledger is told and asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ask {
    /// What this replica keeps of what it was granted.
    pub(super) granted: i64,
    /// What it has drawn, or is about to.
    pub(super) drawn: i64,
    /// What must stay free for settlements.
    pub(super) held: i64,
    /// What requests wait for.
    pub(super) need: i64,
    /// Less than this is of no use to the one who asks.
    pub(super) least: i64,
    /// What is welcome beyond that.
    pub(super) extra: i64,
    /// How much of what is free shall count as drawn.
    pub(super) cover: i64,
    /// How much of what is drawn is not spent.
    pub(super) ahead: i64,
    settled: i64,
    /// What was settled in transactions that had ended by then.
    fresh: i64,
}

/// What the ledger says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Answer {
    pub(super) granted: i64,
    pub(super) drawn: i64,
    /// What was settled on this lease in transactions that are committed.
    pub(super) settled: i64,
    /// What all others have spent.
    pub(super) others: Spent,
}

/// How a purse is kept while nobody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// It is in use.
    Going,
    /// It was not used for a while: what is free goes back.
    Idle,
    /// Somebody else is short: what is not in somebody's hands goes back.
    Recalled,
}

impl Purse {
    /// What counts as spent here if everything that is covered is.
    fn consumed(&self) -> i64 {
        max(self.covered, self.spent) + self.settled + self.in_transactions()
    }

    /// What the ledger is told of as drawn.
    pub(super) fn drawn(&self) -> i64 {
        max(self.covered, self.spent) + self.settled
    }

    fn in_transactions(&self) -> i64 {
        self.settled_in + self.fresh_in
    }

    fn free(&self) -> i64 {
        max(0, self.granted - self.consumed() - self.held - self.pending)
    }

    fn cover_left(&self) -> i64 {
        self.covered - self.spent
    }

    /// What was spent by everybody, what is reserved here included.
    pub(super) fn standing(&self) -> Spent {
        self.others.plus(self.spent + self.held + self.pending + self.settled + self.in_transactions())
    }

    /// Takes an amount, if it is there.
    pub(super) fn take(&mut self, amount: i64, cover: Cover) -> bool {
        let there = match cover {
            Cover::Ahead => self.cover_left(),
            Cover::AtSettlement => self.free(),
        };
        if there < amount {
            return false;
        }
        self.take_unbounded(amount, cover);
        true
    }

    /// Takes an amount of an allowance that nothing bounds.
    pub(super) fn take_unbounded(&mut self, amount: i64, cover: Cover) {
        match cover {
            Cover::Ahead => self.spent += amount,
            Cover::AtSettlement => self.held += amount,
        }
        if let Some(newest) = self.recent.first_mut() {
            *newest = newest.saturating_add(amount);
        }
    }

    /// Gives an amount back that was taken and not used.
    pub(super) fn give_back(&mut self, amount: i64, cover: Cover) {
        match cover {
            Cover::Ahead => self.spent -= amount,
            Cover::AtSettlement => self.held -= amount,
        }
    }

    /// Turns what was taken into what was really used, which may be less or more.
    pub(super) fn settle(&mut self, amount: i64, actual: i64, cover: Cover) {
        match cover {
            Cover::Ahead if actual <= amount => self.spent -= amount - actual,
            Cover::Ahead => self.settled += actual - amount,
            Cover::AtSettlement => {
                self.held -= amount;
                self.settled += actual;
            }
        }
    }

    /// Somebody's transaction tells the ledger what was really used, on this lease or on the one before. Until it ends, so
    /// much stays reserved. `again` when an earlier transaction of the same hold on this lease came to nothing.
    pub(super) fn pend(&mut self, amount: i64, actual: i64, here: bool, again: bool) {
        *(if again { &mut self.pending } else { &mut self.held }) -= amount;
        *(if here { &mut self.pending } else { &mut self.held }) += actual;
    }

    /// That transaction has ended. The ledger says with its next word whether it was committed.
    pub(super) fn landed(&mut self, actual: i64) {
        self.pending -= actual;
        self.fresh_in += actual;
    }

    /// It has ended, and told of a lease that is gone: the ledger counts it by itself.
    pub(super) fn landed_elsewhere(&mut self, actual: i64) {
        self.held -= actual;
        self.granted = max(0, self.granted - actual);
    }

    /// Adds something that was used under a lease that is gone.
    pub(super) fn charge(&mut self, actual: i64) {
        self.settled += actual;
    }

    /// Somebody waits for an amount, or (with a negative one) no longer.
    pub(super) fn wait(&mut self, amount: i64) {
        self.waiting += amount;
    }

    /// What to ask of the ledger for those who wait, by one who wants an amount. Without a bound nothing is asked for.
    pub(super) fn ask(&self, cover: Cover, amount: i64, bounded: bool) -> Ask {
        let keep = Ask {
            // Only what is certain: settlements that are in the ledger's word already must not be set aside once more.
            granted: max(self.granted, self.drawn() + self.settled_in + self.held),
            drawn: self.drawn(),
            held: self.held + self.pending + self.in_transactions(),
            ahead: max(0, self.cover_left()),
            settled: self.settled,
            fresh: self.fresh_in,
            ..Ask::default()
        };
        if !bounded {
            return keep;
        }
        let there = match cover {
            Cover::Ahead => self.cover_left(),
            Cover::AtSettlement => 0,
        };
        let short = max(0, self.waiting - there);
        Ask {
            need: max(0, short - self.free()),
            least: max(0, amount - there - self.free()),
            extra: self.pace().min(MAX_EXTRA),
            cover: if cover == Cover::Ahead { short + self.ahead() } else { 0 },
            ..keep
        }
    }

    /// Takes note of what the ledger answered. Whatever was taken or settled meanwhile stands.
    pub(super) fn answered(&mut self, ask: &Ask, answer: &Answer) {
        self.granted = answer.granted;
        self.covered = answer.drawn - ask.settled;
        self.confirmed(ask, answer.settled);
        self.others = answer.others;
    }

    /// Transactions that had ended when the ledger was asked are in its answer, if they were committed.
    fn confirmed(&mut self, ask: &Ask, settled: i64) {
        self.settled_in = settled;
        self.fresh_in -= ask.fresh;
    }

    /// What to tell the ledger while nobody waits. What goes back is not used from now on.
    pub(super) fn keep(&mut self, cover: Cover, keep: Keep) -> Ask {
        let target = match (cover, keep) {
            (Cover::Ahead, Keep::Going) => self.ahead(),
            _ => 0,
        };
        let left = self.cover_left();
        self.covered -= max(0, left - target);
        if keep != Keep::Going {
            self.granted = self.granted.min(self.consumed() + self.held + self.pending);
        }
        let advance = max(0, target - max(left, 0)).min(self.free());
        let ask = self.ask(cover, 0, false);
        Ask { drawn: ask.drawn + advance, ahead: ask.ahead + advance, ..ask }
    }

    /// Takes note that the ledger was told, what was settled by then, and what the others have spent.
    pub(super) fn kept(&mut self, ask: &Ask, settled: i64, others: Spent) {
        self.granted = max(self.granted, ask.granted);
        self.covered = ask.drawn - ask.settled;
        self.confirmed(ask, settled);
        self.others = others;
    }

    /// The lease is gone: it lapsed, and what the ledger knew of, up to `told`, was charged. What it did not know of is
    /// charged with the next one, and what is held is set aside there again.
    pub(super) fn lost(&mut self, told: i64) {
        let untold = max(0, max(self.spent, 0) + self.settled - told);
        let Self { waiting, recent, .. } = *self;
        let held = self.held + self.pending;
        *self = Self { held, settled: untold, waiting, recent, ..Self::default() };
    }

    /// Whether there is anything that a lease has to be opened for.
    pub(super) fn owes(&self) -> bool {
        self.held > 0 || self.drawn() > 0
    }

    /// A part of a second is over.
    pub(super) fn tick(&mut self) {
        self.recent.rotate_right(1);
        if let Some(newest) = self.recent.first_mut() {
            *newest = 0;
        }
    }

    /// Whether nobody holds an estimate or waits.
    pub(super) fn rests(&self) -> bool {
        self.held == 0 && self.pending == 0 && self.waiting == 0
    }

    /// Whether more is drawn in advance than the present use asks for.
    pub(super) fn overdraws(&self) -> bool {
        self.cover_left() > self.ahead()
    }

    /// Whether anything of what was granted is not spent.
    pub(super) fn hoards(&self) -> bool {
        self.free() > 0 || self.cover_left() > 0
    }

    /// What the last second used.
    fn pace(&self) -> i64 {
        self.recent.iter().fold(0, |sum, part| sum.saturating_add(*part))
    }

    /// What the next half second will use: so much is drawn in advance, and lost at most when this process dies.
    fn ahead(&self) -> i64 {
        (self.pace() / 2).min(MAX_EXTRA)
    }
}

#[cfg(test)]
mod tests;
