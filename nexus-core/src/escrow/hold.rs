//! Something reserved, until it is settled or given back.

use std::{fmt, sync::Arc};

use super::{Cover, Spent, cell::Cell, store};
use crate::pg::{DbError, TenantTx};

/// An amount that nobody else can have. Dropping it gives it back; this takes no time and cannot fail.
#[must_use = "what is reserved comes back when the hold is dropped"]
pub struct Hold {
    cell: Arc<Cell>,
    epoch: u64,
    amount: i64,
    standing: Spent,
    open: bool,
}

impl Hold {
    pub(super) fn new(cell: Arc<Cell>, epoch: u64, amount: i64, standing: Spent) -> Self {
        Self { cell, epoch, amount, standing, open: true }
    }

    /// How much is reserved.
    #[must_use]
    pub fn amount(&self) -> i64 {
        self.amount
    }

    /// What the tenant had spent when it was reserved, this reservation included.
    #[must_use]
    pub fn standing(&self) -> Spent {
        self.standing
    }

    /// Parts with so much of it, which from now on is settled or given back by itself.
    pub fn split(&mut self, amount: i64) -> Self {
        let amount = amount.clamp(0, self.amount);
        self.amount -= amount;
        Self { cell: Arc::clone(&self.cell), epoch: self.epoch, amount, standing: self.standing, open: self.open }
    }

    /// What was reserved is used, to this amount, which may be less or more. Takes no time; the ledger is told with the next
    /// turn. Under [`Cover::AtSettlement`] a process that dies before that has not spent it: where that matters the caller
    /// has a transaction, and settles in it.
    pub fn settle(mut self, actual: i64) {
        if std::mem::take(&mut self.open) {
            self.cell.settle(self.epoch, self.amount, actual.max(0));
        }
    }

    /// As [`Hold::settle`], in the caller's transaction: what is written there and what is spent are durable together. A
    /// transaction that is rolled back after this has spent nothing, and what was reserved comes back with the lease.
    pub async fn settle_in(&mut self, tx: &mut TenantTx, actual: i64) -> Result<(), DbError> {
        let actual = actual.max(0);
        if !self.open {
            return Ok(());
        }
        if self.cell.cover() == Cover::Ahead {
            self.open = false;
            self.cell.settle(self.epoch, self.amount, actual);
            return Ok(());
        }
        store::draw(tx, &self.cell.place(), actual).await?;
        self.open = false;
        self.cell.settled_in(self.epoch, self.amount, actual);
        Ok(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.open {
            self.cell.give_back(self.epoch, self.amount);
        }
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").field("amount", &self.amount).field("open", &self.open).finish_non_exhaustive()
    }
}
