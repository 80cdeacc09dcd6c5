//! Another place for checkpoints: what it has not got yet, and whether it contradicts the database.

use std::{collections::VecDeque, sync::Arc};

use super::{
    anchor::{Anchor, AnchorError},
    checkpoint::Signed,
    sealer::SealError,
    store::seals as store,
};
use crate::pg::Db;

/// How many checkpoints wait for a place that does not answer, and how many it may lack at the start.
const BACKLOG: usize = 1000;

/// Hands checkpoints over.
#[derive(Debug, Default)]
pub(super) struct Courier {
    /// What the place has not got yet, in order.
    waiting: VecDeque<Signed>,
    /// Whether the place was found to hold nothing that the database does not know.
    agreed: bool,
    /// Whether it was said that the place does not answer.
    ill: bool,
}

impl Courier {
    /// Takes checkpoints to hand over. The oldest of too many are left out; the database has them.
    pub(super) fn take(&mut self, checkpoints: &[Signed]) {
        self.waiting.extend(checkpoints.iter().cloned());
        let over = self.waiting.len().saturating_sub(BACKLOG);
        self.waiting.drain(..over);
    }

    /// Hands over what waits, as far as the place takes it. Fails when the place holds something else.
    pub(super) async fn hand_over(&mut self, place: &Arc<dyn Anchor>) -> Result<(), AnchorError> {
        while let Some(signed) = self.waiting.front() {
            match place.keep(signed).await {
                Ok(_) => drop(self.waiting.pop_front()),
                Err(error) => return self.away(error),
            }
        }
        self.ill = false;
        Ok(())
    }

    /// Makes sure that the place holds nothing that the database does not know, and gives it what it lacks of late. It is asked
    /// until it answered once; until then the database alone is believed.
    pub(super) async fn agree(&mut self, place: &Arc<dyn Anchor>, db: &Db) -> Result<(), SealError> {
        if self.agreed {
            return Ok(());
        }
        let (number, log) = stand(db).await?;
        match place.beyond(log.as_deref(), number).await {
            // Somebody else may have sealed meanwhile: what lies there was in the database before.
            Ok(Some(found)) => {
                if stand(db).await?.0 < found {
                    return Err(place.conflict(found).into());
                }
            }
            Ok(None) => {}
            Err(error) => return Ok(self.away(error)?),
        }
        let most = u64::try_from(BACKLOG).unwrap_or(u64::MAX);
        let mut tx = db.platform().await?;
        let recent = store::checkpoints(&mut tx, (number + 1).saturating_sub(most).max(1), i64::MAX).await?;
        drop(tx);
        for signed in recent.iter().rev() {
            match place.keep(signed).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return Ok(self.away(error)?),
            }
        }
        self.agreed = true;
        Ok(())
    }

    /// A place that does not answer is told of once, and tried again later; one that contradicts is an error.
    fn away(&mut self, error: AnchorError) -> Result<(), AnchorError> {
        let AnchorError::Io { place, error } = error else { return Err(error) };
        metrics::counter!("nexusrag_audit_sealing_failures_total", "reason" => "anchor").increment(1);
        if !std::mem::replace(&mut self.ill, true) {
            tracing::warn!(%place, %error, "checkpoints are kept there later");
        }
        Ok(())
    }
}

/// The number of the newest checkpoint, and the log that it is of.
async fn stand(db: &Db) -> Result<(u64, Option<String>), SealError> {
    let mut tx = db.platform().await?;
    let newest = store::newest(&mut tx).await?;
    Ok(newest.map_or((0, None), |newest| (newest.number, newest.signed.read().ok().map(|it| it.log))))
}
