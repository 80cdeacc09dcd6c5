//! Allowances that many replicas spend at once and nobody overspends: leases of blocks from a ledger.
//!
//! An allowance is so much of a [`Meter`] (requests, micro-dollars) in a day and in a month; both must have room. A replica
//! leases a block of it in one statement and spends that in memory, so that requests of a tenant neither wait for the
//! database nor for each other. The block is about what the last second used, and near the limit exactly what is asked for,
//! so that the last unit can be spent and not one more. A [`Hold`] gives back what it reserved when it is dropped, and
//! says when it is settled what was really used.
//!
//! What a lease has drawn is spent, whatever becomes of its holder. Under [`Cover::Ahead`] a unit is drawn before it is
//! spent; under [`Cover::AtSettlement`] when it is settled, at best in the transaction of the effect ([`Hold::settle_in`], [`Hold::draw`]).
//! When a replica dies, what it had leased beyond that comes back once the lease lapses; when a replica is short while
//! others sit on units, those are asked to give them back at once. Without a limit there is nothing to lease: spending is
//! counted, and written down with the next turn.
//!
//! When the database is away, what was leased can be spent until the lease ends, by callers who still know their limits;
//! then reserving fails and the caller refuses. Nothing is ever let through uncounted.

mod cell;
mod decide;
mod hold;
mod settings;
mod store;
mod upkeep;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{Datelike as _, NaiveDate};
use tokio::sync::Notify;

use self::cell::{Cell, Taken};
pub use self::{
    decide::{Cover, Spent},
    hold::{Draw, Hold},
    settings::EscrowSettings,
    store::spent,
};
use crate::{
    id::TenantId,
    op::Op,
    pg::{
        Db, DbError, PlatformTx,
        changes::{Change, Changes},
    },
};

/// The topic under which replicas ask each other to give units back.
const RECALL: &str = "ledger";
/// After which time somebody who is short looks first whether others gave back; then after twice as long, and so on.
const FIRST_LOOK: Duration = Duration::from_millis(15);
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
    /// Orders in this process when limits were read and when they changed.
    clock: AtomicU64,
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
        let inner =
            Inner { db: db.clone(), settings, cells: Mutex::default(), hurry: Notify::new(), clock: AtomicU64::new(0) };
        let escrow = Self(Arc::new(inner));
        let weak = Arc::downgrade(&escrow.0);
        changes.on_change(move |change| {
            let Some(inner) = weak.upgrade() else { return };
            match change {
                Change::Of { topic, tenant, id } if topic == RECALL => drop(Self(inner).recall(tenant, id)),
                Change::Of { .. } => {}
                // Limits may have changed, and nobody said so.
                Change::Lost => Self(inner).outdate_all(),
            }
        });
        escrow
    }

    /// A moment, to be taken before limits are read (see [`Escrow::reserve_by`]).
    #[must_use]
    pub fn stamp(&self) -> u64 {
        self.0.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Reserves an amount, or says that it is not there. Takes a turn at the ledger only when the block of this replica does
    /// not suffice; those who wait at the same time share it.
    pub async fn reserve(&self, op: &Op, claim: &Claim<'_>) -> Result<Hold, EscrowError> {
        for _ in 0..MAX_TURNS {
            if let Some(hold) = self.reserve_by(op, claim, self.stamp()).await? {
                return Ok(hold);
            }
        }
        Err(DbError::too_slow().into())
    }

    /// As [`Escrow::reserve`], by limits that were read after this moment. `None` when they have changed since, so that they
    /// have to be read again: whoever lowers a limit may rely on it, also against those who wait for a turn.
    pub async fn reserve_by(&self, op: &Op, claim: &Claim<'_>, read: u64) -> Result<Option<Hold>, EscrowError> {
        let (amount, limits) = (claim.amount.clamp(0, MAX_AMOUNT), claim.limits);
        let cell = self.cell(claim.tenant, claim.meter, op.now.date_naive());
        let taken = match cell.take(amount, limits, read) {
            Taken::Must => {
                let _waiting = cell.wait(amount);
                self.queue(&cell, amount, limits, read).await?
            }
            taken => taken,
        };
        match taken {
            Taken::Yes { epoch, standing } => Ok(Some(Hold::new(Arc::clone(&cell), epoch, amount, standing))),
            Taken::Stale => Ok(None),
            Taken::Dry(standing) => Err(EscrowError::Short(standing)),
            Taken::Must if limits.bound() => Err(EscrowError::Short(cell.standing())),
            // Its lease was lost again and again.
            Taken::Must => Err(DbError::too_slow().into()),
        }
    }

    /// What the tenant has spent, this replica's reservations included. Asks the ledger when this replica does not know.
    pub async fn standing(&self, op: &Op, tenant: &TenantId, meter: Meter) -> Result<Spent, DbError> {
        let claim = Claim { tenant, meter, amount: 0, limits: Limits::default() };
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
            cell.outdate(self.stamp());
        }
    }

    fn outdate_all(&self) {
        for cell in self.cells().values() {
            cell.outdate(self.stamp());
        }
        self.0.hurry.notify_one();
    }

    /// Waits for the turn at the ledger, and takes it unless another request has brought enough meanwhile.
    async fn queue(&self, cell: &Arc<Cell>, amount: i64, limits: Limits, read: u64) -> Result<Taken, DbError> {
        let _turn = cell.gate().lock().await;
        let (mut pause, mut waited) = (FIRST_LOOK, Duration::ZERO);
        for _ in 0..MAX_TURNS {
            let taken = cell.take(amount, limits, read);
            if !matches!(taken, Taken::Must) {
                return Ok(taken);
            }
            let Some(idle_elsewhere) = self.turn(cell, amount, limits, read).await? else { continue };
            if cell.has(amount, limits.bound()) {
                continue;
            }
            if idle_elsewhere > 0 && waited < self.0.settings.patience {
                tokio::time::sleep(pause).await;
                (pause, waited) = (pause * 2, waited + pause);
            } else {
                cell.dried_up(amount, self.0.settings.flush);
            }
        }
        Ok(Taken::Must)
    }

    /// One turn at the ledger. `None` when the lease had lapsed and a new one has to be opened, or the limits have changed.
    async fn turn(&self, cell: &Cell, amount: i64, limits: Limits, read: u64) -> Result<Option<i64>, DbError> {
        let Some((place, ask)) = cell.ask(amount, limits, read) else { return Ok(None) };
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

/// Removes accounts of periods that ended so many days ago.
pub(crate) async fn prune(tx: &mut PlatformTx, days: i32) -> Result<(), DbError> {
    store::prune(tx, days).await
}

impl fmt::Debug for Escrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Escrow").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
