//! What goes on beside requests: telling the ledger what was spent, giving back what rests, closing what lapsed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

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

    /// Tells the ledger everything and gives everything back that is not used. Called when nothing is reserved any more;
    /// leases with open reservations lapse by themselves.
    pub async fn close(&self) {
        let told = async {
            self.flush().await?;
            self.end(Duration::ZERO).await
        };
        if let Err(error) = told.await {
            tracing::warn!(%error, "leased units could not be given back; they come back when their lease lapses");
        }
    }

    /// Tells the ledger what is new, now. For tests and reports that want to be exact.
    pub async fn flush(&self) -> Result<(), DbError> {
        let (renew, idle) = (self.0.settings.lease / 3, self.0.settings.idle);
        for cell in self.all().iter().filter(|cell| cell.owes()) {
            // What is left of a lease that is gone is said by a turn that asks for nothing.
            if let Ok(_gate) = cell.gate().try_lock() {
                self.turn(cell, 0, Limits::default(), self.stamp()).await?;
            }
        }
        self.tell(|cell| cell.keep(renew, idle), false).await
    }

    async fn flush_or_say(&self) {
        let done = async {
            self.flush().await?;
            self.end(CLOSE).await
        };
        if let Err(error) = done.await {
            tracing::warn!(%error, "the ledger cannot be told what was spent; it is told later");
        }
    }

    /// Closes leases that rest, and forgets their cells.
    async fn end(&self, rest: Duration) -> Result<(), DbError> {
        let closing = self.tell(|cell| cell.last_word(rest), true).await;
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

    /// Tells the ledger of all cells that have something to say and are not having a turn.
    async fn tell(
        &self,
        word: impl Fn(&Cell) -> Option<(store::Place, Ask)> + Send + Sync,
        last: bool,
    ) -> Result<(), DbError> {
        for cells in self.all().chunks(BATCH) {
            // Their gates stay closed until the ledger has answered.
            let mut told = Vec::new();
            for cell in cells {
                let Ok(gate) = cell.gate().try_lock() else { continue };
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

    fn all(&self) -> Vec<Arc<Cell>> {
        self.cells().values().cloned().collect()
    }
}
