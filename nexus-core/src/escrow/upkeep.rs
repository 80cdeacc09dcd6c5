//! What goes on beside requests: telling the ledger what was spent, giving back what rests, closing what lapsed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::MutexGuard;
use tokio_util::sync::CancellationToken;

use super::{
    Escrow, Limits,
    cell::Cell,
    decide::Ask,
    store::{self, Kept},
};
use crate::pg::DbError;

/// How many leases one statement is about.
const BATCH: usize = 500;
/// How many lapsed leases one sweep closes.
const SWEEP: i32 = 200;
/// After which rest a lease is closed. Until then the next request finds out what was spent without opening a new one.
const CLOSE: Duration = Duration::from_mins(1);

/// What becomes of a cell that is at the ledger already.
#[derive(Clone, Copy)]
enum Busy {
    /// Its turn says what it has.
    Skipped,
    /// The end of its turn is waited for.
    Waited,
}

impl Busy {
    async fn gate(self, cell: &Cell) -> Option<MutexGuard<'_, ()>> {
        match self {
            Self::Skipped => cell.gate().try_lock().ok(),
            Self::Waited => Some(cell.gate().lock().await),
        }
    }
}

impl Escrow {
    /// Keeps the ledger up to date until `stop`. A turn that fails is made up for by the next one.
    pub async fn run(&self, stop: CancellationToken) {
        let settings = self.0.settings;
        let mut tick = tokio::time::interval(settings.flush);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut sweep = tokio::time::interval(settings.lease / 2);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.0.hurry.notified() => self.flush_or_say().await,
                _ = tick.tick() => {
                    for cell in self.all() {
                        cell.tick();
                    }
                    self.flush_or_say().await;
                }
                _ = sweep.tick() => {
                    if let Err(error) = self.sweep().await {
                        tracing::warn!(%error, "lapsed leases cannot be closed");
                    }
                }
            }
        }
    }

    /// Tells the ledger everything and gives everything back that is not used, also what is at the ledger just now. Called
    /// when nothing is reserved any more; leases with open reservations lapse by themselves.
    pub async fn close(&self) {
        let told = async {
            self.flush_by(Busy::Waited).await?;
            self.end(Duration::ZERO, Busy::Waited).await
        };
        if let Err(error) = told.await {
            tracing::warn!(%error, "leased units could not be given back; they come back when their lease lapses");
        }
    }

    /// Tells the ledger what is new, now. For tests and reports that want to be exact.
    pub async fn flush(&self) -> Result<(), DbError> {
        self.flush_by(Busy::Skipped).await
    }

    async fn flush_by(&self, busy: Busy) -> Result<(), DbError> {
        let (renew, idle) = (self.0.settings.lease / 3, self.0.settings.idle);
        for cell in self.all().iter().filter(|cell| cell.owes()) {
            // What is left of a lease that is gone is said by a turn that asks for nothing.
            if let Some(_gate) = busy.gate(cell).await {
                self.turn(cell, 0, Limits::default(), self.stamp()).await?;
            }
        }
        self.tell(|cell| cell.keep(renew, idle), false, busy).await
    }

    async fn flush_or_say(&self) {
        let done = async {
            self.flush().await?;
            self.end(CLOSE, Busy::Skipped).await
        };
        if let Err(error) = done.await {
            tracing::warn!(%error, "the ledger cannot be told what was spent; it is told later");
        }
    }

    /// Closes leases that rest, and forgets their cells.
    async fn end(&self, rest: Duration, busy: Busy) -> Result<(), DbError> {
        let closing = self.tell(|cell| cell.last_word(rest), true, busy).await;
        let mut cells = self.cells();
        // Whoever has found a cell in here has a share of it.
        cells.retain(|_, cell| Arc::strong_count(cell) > 1 || !cell.is_empty());
        #[allow(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("nexusrag_ledger_purses").set(cells.len() as f64);
        closing
    }

    async fn sweep(&self) -> Result<(), DbError> {
        let mut tx = self.0.db.platform().await?;
        let closed = store::sweep(&mut tx, SWEEP).await?;
        tx.commit().await?;
        tracing::debug!(closed, "leases are closed");
        Ok(())
    }

    /// Tells the ledger of all cells that have something to say.
    async fn tell(
        &self,
        word: impl Fn(&Cell) -> Option<(store::Place, Ask)> + Send + Sync,
        last: bool,
        busy: Busy,
    ) -> Result<(), DbError> {
        for cells in self.all().chunks(BATCH) {
            // Their gates stay closed until the ledger has answered.
            let mut told = Vec::new();
            for cell in cells {
                let Some(gate) = busy.gate(cell).await else { continue };
                if let Some((place, ask)) = word(cell) {
                    told.push((cell, gate, Kept { place, ask, last }));
                }
            }
            if told.is_empty() {
                continue;
            }
            let kept: Vec<Kept> = told.iter().map(|(_, _, kept)| kept.clone()).collect();
            let sent = Instant::now();
            match self.say(&kept, last).await {
                Ok(found) => {
                    for (cell, _gate, kept) in told {
                        match found.iter().find(|(lease, _)| *lease == kept.place.lease) {
                            Some(_) if last => cell.closed(&kept.ask),
                            Some((_, standing)) => cell.kept(&kept.ask, *standing, self.valid_until(sent)),
                            None => cell.lost(),
                        }
                    }
                }
                Err(error) => {
                    for (cell, _, _) in &told {
                        cell.not_kept();
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn say(&self, kept: &[Kept], last: bool) -> Result<Vec<store::Found>, DbError> {
        let mut tx = self.0.db.platform().await?;
        let found = store::keep(&mut tx, kept, self.0.settings.lease).await?;
        tx.commit().await?;
        if last {
            // In a transaction of its own: leases are locked after their accounts.
            self.sweep().await?;
        }
        Ok(found)
    }

    /// Always in the same order, so that two who wait for gates do not wait for each other.
    fn all(&self) -> Vec<Arc<Cell>> {
        let mut all: Vec<_> = self.cells().values().cloned().collect();
        all.sort_unstable_by_key(Arc::as_ptr);
        all
    }
}
