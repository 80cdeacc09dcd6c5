//! Something reserved, until it is settled or given back.

use std::{fmt, sync::Arc};

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

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
    /// In which epoch a transaction has told of it.
    drawn: Option<u64>,
}

impl Hold {
    pub(super) fn new(cell: Arc<Cell>, epoch: u64, amount: i64, standing: Spent) -> Self {
        Self { cell, epoch, amount, standing, open: true, drawn: None }
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
        Self {
            cell: Arc::clone(&self.cell),
            epoch: self.epoch,
            amount,
            standing: self.standing,
            open: self.open,
            drawn: None,
        }
    }

    /// What was reserved is used, to this amount, which may be less or more. Takes no time; the ledger is told with the next
    /// turn. Under [`Cover::AtSettlement`] a process that dies before that has not spent it: where that matters the caller
    /// has a transaction, and settles in it.
    pub fn settle(mut self, actual: i64) {
        if self.drawn.is_none() && std::mem::take(&mut self.open) {
            self.cell.settle(self.epoch, self.amount, actual.max(0));
        }
    }

    /// As [`Hold::settle`], in the caller's transaction: what is written there and what is spent are durable together. The
    /// hold has to be kept until the transaction has ended. One that is rolled back has spent nothing: then it can be settled
    /// again, in another one, or dropped, and what was reserved comes back with the next word of the ledger.
    pub async fn settle_in(&mut self, tx: &mut TenantTx, actual: i64) -> Result<(), DbError> {
        match self.draw(actual) {
            Some(draw) => store::draw(tx, &draw).await,
            None => Ok(()),
        }
    }

    /// As [`Hold::settle_in`], for a transaction that writes what is drawn along with something else; nothing when there is
    /// nothing to write, because it was drawn ahead.
    pub fn draw(&mut self, actual: i64) -> Option<Draw> {
        let actual = actual.max(0);
        if !self.open {
            return None;
        }
        if self.cell.cover() == Cover::Ahead {
            self.open = false;
            self.cell.settle(self.epoch, self.amount, actual);
            return None;
        }
        let (place, epoch) = self.cell.draw((self.drawn, self.amount), actual);
        (self.amount, self.drawn) = (actual, Some(epoch));
        Some(Draw { id: crate::id::fresh(), lease_id: place.lease, meter: place.meter, day: place.day, amount: actual })
    }
}

/// A settlement as the ledger keeps it until the lease is closed: a row of `ledger_draws`, less its tenant.
#[derive(Debug, Clone, Serialize)]
pub struct Draw {
    pub(super) id: Uuid,
    pub(super) lease_id: Uuid,
    pub(super) meter: &'static str,
    pub(super) day: NaiveDate,
    pub(super) amount: i64,
}

impl Drop for Hold {
    fn drop(&mut self) {
        match self.drawn {
            _ if !self.open => {}
            Some(epoch) => self.cell.landed(epoch, self.amount),
            None => self.cell.give_back(self.epoch, self.amount),
        }
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").field("amount", &self.amount).field("open", &self.open).finish_non_exhaustive()
    }
}
