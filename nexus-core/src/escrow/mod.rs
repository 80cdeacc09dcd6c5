//! Allowances that many replicas spend at once and nobody overspends: leases of blocks from a ledger.
//!
//! An allowance is so much of a [`Meter`] (requests, micro-dollars) in a day and in a month; both must have room. A replica
//! leases a block of it in one statement and spends that in memory, so that requests of a tenant neither wait for the
//! database nor for each other. The block is about what the last second used, and near the limit exactly what is asked for,
//! so that the last unit can be spent and not one more. A [`Hold`] gives back what it reserved when it is dropped, and
//! says when it is settled what was really used.
//!
//! What a lease has drawn is spent, whatever becomes of its holder. Under [`Cover::Ahead`] a unit is drawn before it is
//! spent; under [`Cover::AtSettlement`] when it is settled, at best in the transaction of the effect ([`Hold::settle_in`]).
//! When a replica dies, what it had leased beyond that comes back once the lease lapses; when a replica is short while
//! others sit on units, those are asked to give them back at once. Without a limit there is nothing to lease: spending is
//! counted, and written down with the next turn.
//!
//! When the database is away, what was leased can be spent until the lease ends; then reserving fails and the caller
//! refuses. Nothing is ever let through uncounted.

mod cell;
mod decide;
mod hold;
mod settings;
mod store;
mod upkeep;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{Datelike as _, NaiveDate};
use tokio::sync::Notify;

use self::cell::{Cell, Taken};
pub use self::{
    decide::{Cover, Spent},
    hold::Hold,
    settings::EscrowSettings,
    store::spent,
};
use crate::{
    id::TenantId,
    op::Op,
    pg::{
        Db, DbError,
        changes::{Change, Changes},
    },
};

/// The topic under which replicas ask each other to give units back.
const RECALL: &str = "ledger";
/// How long somebody who is short waits for what others give back, step by step.
const PATIENCE: [Duration; 4] =
    [Duration::from_millis(15), Duration::from_millis(30), Duration::from_millis(60), Duration::from_millis(120)];
/// How often a turn is taken for one request before it is refused, when others take what it asked for.
const MAX_TURNS: usize = 16;
/// The largest amount that can be reserved at once.
const MAX_AMOUNT: i64 = 1 << 50;

/// What is counted. The list is closed, because names are part of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meter {
    /// The name in the ledger.
    pub name: &'static str,
    /// When something reserved counts as spent.
    pub cover: Cover,
}

/// How much there is. What is `None` has no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// In a day.
    pub day: Option<i64>,
    /// In a month.
    pub month: Option<i64>,
}

impl Limits {
    fn bound(self) -> bool {
        self.day.is_some() || self.month.is_some()
    }
}

/// A period that an allowance is for, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From the first of a month to the first of the next.
    Month,
}

impl Period {
    /// The word in the ledger and in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The first day of the period that a day belongs to.
    #[must_use]
    pub fn start(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day,
            Self::Month => day.with_day(1).unwrap_or(day),
        }
    }
}

/// Why nothing is reserved.
#[derive(Debug, thiserror::Error)]
pub enum EscrowError {
    /// There is not so much left.
    #[error("the allowance is used up: {0:?}")]
    Short(Spent),
    /// It cannot be known what is left.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What is to be reserved.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// For whom.
    pub tenant: &'a TenantId,
    /// Of what.
    pub meter: Meter,
    /// How much.
    pub amount: i64,
    /// Of how much.
    pub limits: Limits,
}

/// The ledger as a replica uses it. Cheap to clone.
#[derive(Clone)]
pub struct Escrow(Arc<Inner>);

struct Inner {
    db: Db,
    settings: EscrowSettings,
    cells: Mutex<HashMap<Key, Arc<Cell>>>,
    /// Tells upkeep that something goes back at once.
    hurry: Notify,
}

/// An allowance of one day. Its month follows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    tenant: TenantId,
    meter: &'static str,
    day: NaiveDate,
}

impl Escrow {
    /// The ledger of this database. [`Escrow::run`] has to go on beside it: without it nothing is written down.
    #[must_use]
    pub fn new(db: &Db, changes: &Changes, settings: EscrowSettings) -> Self {
        let inner = Inner { db: db.clone(), settings, cells: Mutex::default(), hurry: Notify::new() };
        let escrow = Self(Arc::new(inner));
        let weak = Arc::downgrade(&escrow.0);
        changes.on_change(move |change| {
            if let (Some(inner), Change::Of { topic, tenant, id }) = (weak.upgrade(), change)
                && topic == RECALL
            {
                Self(inner).recall(tenant, id);
            }
        });
        escrow
    }

    /// Reserves an amount, or says that it is not there. Takes a turn at the ledger only when the block of this replica does
    /// not suffice; those who wait at the same time share it.
    pub async fn reserve(&self, op: &Op, claim: &Claim<'_>) -> Result<Hold, EscrowError> {
        let (amount, limits) = (claim.amount.clamp(0, MAX_AMOUNT), claim.limits);
        let cell = self.cell(claim.tenant, claim.meter, op.now.date_naive());
        let taken = match cell.take(amount, limits.bound()) {
            Taken::Must => {
                let _waiting = cell.wait(amount);
                self.queue(&cell, amount, limits).await?
            }
            taken => taken,
        };
        match taken {
            Taken::Yes { epoch, standing } => Ok(Hold::new(Arc::clone(&cell), epoch, amount, standing)),
            Taken::Dry(standing) => Err(EscrowError::Short(standing)),
            Taken::Must => Err(EscrowError::Short(cell.standing())),
        }
    }

    /// What the tenant has spent, this replica's reservations included. Asks the ledger when this replica does not know.
    pub async fn standing(&self, op: &Op, tenant: &TenantId, meter: Meter, limits: Limits) -> Result<Spent, DbError> {
        let claim = Claim { tenant, meter, amount: 0, limits };
        match self.reserve(op, &claim).await {
            Ok(hold) => Ok(hold.standing()),
            Err(EscrowError::Short(standing)) => Ok(standing),
            Err(EscrowError::Db(error)) => Err(error),
        }
    }

    /// What the tenant has spent as far as this replica knows, which it does while it has a lease.
    #[must_use]
    pub fn peek(&self, op: &Op, tenant: &TenantId, meter: Meter) -> Option<Spent> {
        let key = Key { tenant: tenant.clone(), meter: meter.name, day: op.now.date_naive() };
        self.cells().get(&key).and_then(|cell| cell.known_standing())
    }

    /// Forgets what was found out about a tenant's limits: somebody changed them. What was leased under the old ones goes
    /// back at once, and whoever was refused may ask again.
    pub fn limits_changed(&self, tenant: &TenantId, meter: Meter) {
        for cell in self.recall(tenant.as_str(), meter.name) {
            cell.look_again();
        }
    }

    /// Waits for the turn at the ledger, and takes it unless another request has brought enough meanwhile.
    async fn queue(&self, cell: &Arc<Cell>, amount: i64, limits: Limits) -> Result<Taken, DbError> {
        let _turn = cell.gate().lock().await;
        let mut patience = PATIENCE.into_iter();
        for _ in 0..MAX_TURNS {
            let taken = cell.take(amount, limits.bound());
            if !matches!(taken, Taken::Must) {
                return Ok(taken);
            }
            let Some(idle_elsewhere) = self.turn(cell, amount, limits).await? else { continue };
            if cell.could_take(amount, limits.bound()) {
                continue;
            }
            match patience.next().filter(|_| idle_elsewhere > 0) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => cell.dried_up(amount, self.0.settings.flush),
            }
        }
        Ok(Taken::Must)
    }

    /// One turn at the ledger. `None` when the lease had lapsed and a new one has to be opened.
    async fn turn(&self, cell: &Cell, amount: i64, limits: Limits) -> Result<Option<i64>, DbError> {
        let (place, ask) = cell.ask(amount, limits.bound());
        let sent = Instant::now();
        let mut tx = self.0.db.tenant(&place.tenant).await?;
        let turned = store::turn(&mut tx, &place, &ask, limits, self.0.settings.lease).await?;
        tx.commit().await?;
        metrics::counter!("nexusrag_ledger_turns_total", "meter" => place.meter).increment(1);
        let Some(turned) = turned else {
            cell.lost();
            return Ok(None);
        };
        cell.answered(&ask, &turned.answer, self.valid_until(sent));
        Ok(Some(turned.idle_elsewhere))
    }

    /// A replica trusts its lease a little shorter than the ledger does, for what lies between the two clocks.
    fn valid_until(&self, sent: Instant) -> Instant {
        sent + self.0.settings.lease * 4 / 5
    }

    fn cell(&self, tenant: &TenantId, meter: Meter, day: NaiveDate) -> Arc<Cell> {
        let key = Key { tenant: tenant.clone(), meter: meter.name, day };
        let mut cells = self.cells();
        match cells.get(&key) {
            Some(cell) => Arc::clone(cell),
            None => Arc::clone(cells.entry(key.clone()).or_insert_with(|| Arc::new(Cell::new(key, meter.cover)))),
        }
    }

    fn recall(&self, tenant: &str, meter: &str) -> Vec<Arc<Cell>> {
        let cells = self.cells();
        let of = |key: &Key| key.tenant.as_str() == tenant && key.meter == meter;
        let found: Vec<_> = cells.iter().filter(|(key, _)| of(key)).map(|(_, cell)| Arc::clone(cell)).collect();
        for cell in &found {
            cell.recall();
        }
        self.0.hurry.notify_one();
        found
    }

    fn cells(&self) -> MutexGuard<'_, HashMap<Key, Arc<Cell>>> {
        self.0.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Escrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Escrow").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
