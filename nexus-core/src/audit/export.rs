//! The log as lines that a stranger can check, read from the database piece by piece.

use std::collections::HashMap;

use super::{
    chain::Seal,
    checkpoint::Signed,
    entry::Entry,
    line::{Closing, EventLine, FORMAT, HeadLine, Line, MissingLine, Opening, SealLine},
    store::seals as store,
};
use crate::pg::{Db, DbError, PlatformTx};

/// How many checkpoints are looked up at once.
const STEP: i64 = 100;
/// How many events that are in no block are named.
const STRAYS: i64 = 100;

/// Why an export ends early.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A line could not be written.
    #[error("an event cannot be written: {0}")]
    Write(#[from] serde_json::Error),
    /// What it begins after is not there.
    #[error("there is no checkpoint {0} to begin after")]
    NoSuchCheckpoint(u64),
    /// Retention removed what was about to be read.
    #[error("events were removed by retention meanwhile; export again")]
    Pruned,
}

/// What to export.
#[derive(Debug, Clone, Default)]
pub struct Extent {
    /// One chain: a tenant, or the empty name for what concerns the platform. All when absent.
    pub chain: Option<String>,
    /// Only what was sealed after this checkpoint.
    pub after: Option<u64>,
    /// End at the first checkpoint after so many events.
    pub most: Option<u64>,
}

/// An export on its way.
#[derive(Debug)]
pub struct Export {
    db: Db,
    extent: Extent,
    at: Step,
    /// The last checkpoint that was written.
    number: u64,
    /// The checkpoint that this export ends with.
    newest: Option<store::Newest>,
    events: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Begin,
    Middle,
    Done,
}

impl Export {
    /// An export of what is sealed now.
    #[must_use]
    pub fn new(db: &Db, extent: Extent) -> Self {
        Self { db: db.clone(), extent, at: Step::Begin, number: 0, newest: None, events: 0 }
    }

    /// How many events were written so far.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The next lines; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ExportError> {
        let mut lines = Vec::new();
        let mut tx = self.db.platform().await?;
        match self.at {
            Step::Begin => self.begin(&mut tx, &mut lines).await?,
            Step::Middle => self.middle(&mut tx, &mut lines).await?,
            Step::Done => return Ok(None),
        }
        tx.commit().await?;
        Ok(Some(lines))
    }

    async fn begin(&mut self, tx: &mut PlatformTx, lines: &mut Vec<u8>) -> Result<(), ExportError> {
        self.newest = store::newest(tx).await?;
        let after = store::pruned_through(tx).await?.max(self.extent.after).filter(|after| *after > 0);
        let chain = self.extent.chain.clone();
        write(lines, &Line::Export(Opening { format: FORMAT.to_owned(), chain, after }))?;
        if let Some(after) = after {
            let found = store::checkpoints(tx, after, 1).await?.into_iter().next();
            let found = found.filter(|signed| signed.read().is_ok_and(|it| it.number == after));
            write(lines, &Line::Checkpoint(found.ok_or(ExportError::NoSuchCheckpoint(after))?))?;
            self.number = after;
            self.heads(tx, after, lines).await?;
        }
        self.at = Step::Middle;
        Ok(())
    }

    async fn middle(&mut self, tx: &mut PlatformTx, lines: &mut Vec<u8>) -> Result<(), ExportError> {
        let newest = self.newest.as_ref().map_or(0, |newest| newest.number);
        let next = match &self.extent.chain {
            Some(chain) => store::checkpoints_of(tx, chain, self.number, STEP).await?,
            None => store::checkpoints(tx, self.number + 1, STEP).await?,
        };
        let wanted = |signed: Signed| Some((signed.read().ok()?.number, signed)).filter(|it| it.0 <= newest);
        let next: Vec<_> = next.into_iter().map_while(wanted).collect();
        if next.is_empty() {
            return self.end(tx, lines, false).await;
        }
        for (number, signed) in next {
            let seals = store::seals_of(tx, number, self.extent.chain.as_deref()).await?;
            self.blocks(tx, number, &seals, lines).await?;
            write(lines, &Line::Checkpoint(signed))?;
            self.number = number;
            if self.extent.most.is_some_and(|most| self.events >= most) {
                return self.end(tx, lines, number < newest).await;
            }
            if lines.len() > 256 * 1024 {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn blocks(
        &mut self,
        tx: &mut PlatformTx,
        number: u64,
        seals: &[Seal],
        lines: &mut Vec<u8>,
    ) -> Result<(), ExportError> {
        let ids: Vec<i64> = seals.iter().flat_map(|seal| seal.ids.iter().copied()).collect();
        let entries = store::entries(tx, &ids).await?;
        let mut entries: HashMap<i64, Entry<'static>> = entries.into_iter().map(|entry| (entry.id, entry)).collect();
        if entries.len() < ids.len() && store::pruned_through(tx).await?.is_some_and(|through| through >= number) {
            return Err(ExportError::Pruned);
        }
        for seal in seals {
            write(lines, &Line::Seal(SealLine::from(seal)))?;
            for ((seq, id), leaf) in (seal.before.seq + 1..).zip(&seal.ids).zip(&seal.leaves) {
                let line = match entries.remove(id) {
                    Some(entry) => Line::Event(EventLine { seq, leaf: *leaf, entry }),
                    None => Line::Missing(MissingLine { seq, id: *id, leaf: *leaf }),
                };
                write(lines, &line)?;
                self.events += 1;
            }
        }
        Ok(())
    }

    async fn end(&mut self, tx: &mut PlatformTx, lines: &mut Vec<u8>, more: bool) -> Result<(), ExportError> {
        if let Some(newest) = self.newest.take().filter(|_| !more) {
            for stray in store::strays(tx, self.extent.chain.as_deref(), newest.settled, STRAYS).await? {
                write(lines, &Line::Stray(stray))?;
            }
            if self.number < newest.number {
                self.number = newest.number;
                write(lines, &Line::Checkpoint(newest.signed))?;
            }
        }
        if self.number > 0 && self.extent.chain.is_some() {
            self.heads(tx, self.number, lines).await?;
        }
        let through = (self.number > 0).then_some(self.number);
        write(lines, &Line::End(Closing { events: self.events, through, more }))?;
        self.at = Step::Done;
        Ok(())
    }

    /// Where the chains of this export are at a checkpoint.
    async fn heads(&self, tx: &mut PlatformTx, number: u64, lines: &mut Vec<u8>) -> Result<(), ExportError> {
        let heads = store::heads(tx, Some(number)).await?;
        let only = self.extent.chain.as_deref();
        let places = heads.places(&heads.tree(), |chain| only.is_none_or(|only| only == chain));
        for (chain, place) in places {
            write(lines, &Line::Head(HeadLine::new(&chain, heads.get(&chain), place)))?;
        }
        Ok(())
    }
}

fn write(lines: &mut Vec<u8>, line: &Line<'_>) -> Result<(), serde_json::Error> {
    serde_json::to_writer(&mut *lines, line)?;
    lines.push(b'\n');
    Ok(())
}
