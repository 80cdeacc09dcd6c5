//! A row of checkpoints: who signed them, and whether each follows the one before. Pure.

use std::collections::HashMap;

use super::{
    checkpoint::{Checkpoint, Signed},
    fault::What,
    tree::Hash,
};

/// Checkpoints as they come, in order.
#[derive(Debug)]
pub(super) struct Trail {
    keys: Vec<String>,
    /// Whether no checkpoint may be left out.
    whole: bool,
    last: Option<(Hash, Checkpoint)>,
}

impl Trail {
    pub(super) fn new(keys: &[String], whole: bool) -> Self {
        Self { keys: keys.to_vec(), whole, last: None }
    }

    pub(super) fn last(&self) -> Option<&Checkpoint> {
        self.last.as_ref().map(|(_, checkpoint)| checkpoint)
    }

    /// Takes the next checkpoint. When it is refused, its number comes with the reason.
    pub(super) fn push(&mut self, signed: &Signed) -> Result<(), (Option<u64>, What)> {
        let checkpoint = signed.read().map_err(|_| (None, What::NoCheckpoint))?;
        let what = if !self.keys.contains(&signed.key) {
            What::UnknownKey
        } else if !signed.is_signed() {
            What::NotSigned
        } else if let Some(what) = self.contradiction(&checkpoint) {
            what
        } else {
            self.last = Some((signed.hash(), checkpoint));
            return Ok(());
        };
        Err((Some(checkpoint.number), what))
    }

    fn contradiction(&self, now: &Checkpoint) -> Option<What> {
        let (hash, before) = self.last.as_ref()?;
        if now.number <= before.number {
            Some(What::OutOfOrder)
        } else if now.log != before.log || now.number == before.number + 1 && now.previous != *hash {
            Some(What::Forked)
        } else {
            (self.whole && now.number > before.number + 1).then_some(What::CheckpointMissing)
        }
    }
}

/// Checkpoints that were kept outside of the database.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    known: HashMap<u64, Hash>,
    newest: u64,
}

impl Anchors {
    /// Reads the lines of a file of checkpoints and checks them among themselves. Gives the line that is wrong.
    pub fn read(keys: &[String], lines: impl IntoIterator<Item = Signed>) -> Result<Self, (u64, What)> {
        let mut trail = Trail::new(keys, false);
        let mut anchors = Self::default();
        for (line, signed) in (1..).zip(lines) {
            let hash = signed.hash();
            trail.push(&signed).map_err(|(_, what)| (line, what))?;
            if let Some(checkpoint) = trail.last() {
                anchors.known.insert(checkpoint.number, hash);
                anchors.newest = checkpoint.number;
            }
        }
        Ok(anchors)
    }

    /// The number of the newest; 0 when there is none.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// What a checkpoint was, where that is known.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<Hash> {
        self.known.get(&number).copied()
    }
}
