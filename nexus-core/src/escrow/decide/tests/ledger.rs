//! The ledger of one allowance: it does what the functions of the migration do.

use std::collections::BTreeMap;

use super::{Answer, Ask, Spent};

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lease {
    pub(super) granted: i64,
    pub(super) drawn: i64,
    pub(super) settled: i64,
}

impl Lease {
    fn spent(self) -> i64 {
        self.drawn + self.settled
    }

    fn committed(self) -> i64 {
        self.granted.max(self.spent())
    }
}

/// The ledger of one allowance.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) used: i64,
    pub(super) limit: Option<i64>,
    pub(super) leases: BTreeMap<u32, Lease>,
    /// What was settled on leases that are gone, until a sweep finds it.
    orphans: i64,
}

impl Ledger {
    pub(super) fn new(limit: Option<i64>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Nothing when the lease is gone.
    pub(super) fn turn(&mut self, id: u32, known: bool, ask: &Ask) -> Option<Answer> {
        if known && !self.leases.contains_key(&id) {
            return None;
        }
        let own = self.leases.entry(id).or_default();
        (own.granted, own.drawn) = (ask.granted, ask.drawn);
        let room = self
            .limit
            .map(|limit| limit - self.used - self.orphans - self.leases.values().map(|l| l.committed()).sum::<i64>());
        let gift = match room {
            None => ask.need,
            Some(room) if room >= ask.need => ask.need + ask.extra.min((room - ask.need) / 8),
            Some(room) if room >= ask.least => room.max(0),
            Some(_) => 0,
        };
        let others = self.others(id);
        let own = self.leases.get_mut(&id).unwrap();
        own.granted += gift;
        own.drawn += (own.granted - ask.drawn - ask.held.max(own.settled)).min(ask.cover).max(0);
        Some(Answer { granted: own.granted, drawn: own.drawn, settled: own.settled, others })
    }

    pub(super) fn others(&self, id: u32) -> Spent {
        let live = self.leases.iter().filter(|(other, _)| **other != id);
        Spent::default().plus(self.used + self.orphans + live.map(|(_, l)| l.spent()).sum::<i64>())
    }

    /// A settlement in a transaction that is committed now.
    pub(super) fn draw(&mut self, id: u32, amount: i64) {
        match self.leases.get_mut(&id) {
            Some(lease) => lease.settled += amount,
            None => self.orphans += amount,
        }
    }

    pub(super) fn sweep(&mut self) {
        self.used += std::mem::take(&mut self.orphans);
    }

    pub(super) fn close(&mut self, id: u32) {
        if let Some(lease) = self.leases.remove(&id) {
            self.used += lease.spent();
        }
    }

    pub(super) fn spent(&self) -> i64 {
        self.used + self.orphans + self.leases.values().map(|l| l.spent()).sum::<i64>()
    }

    pub(super) fn committed(&self) -> i64 {
        self.used + self.orphans + self.leases.values().map(|l| l.committed()).sum::<i64>()
    }
}
