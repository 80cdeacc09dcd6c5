//! What can be wrong with a log, and where.

use std::fmt;

/// Where in the log something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The chain.
    pub chain: String,
    /// The number of the event in its chain.
    pub seq: u64,
    /// The number of the event in the installation, where it is known.
    pub id: Option<i64>,
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The line of the export; 0 when it is about none.
    pub line: u64,
    /// The checkpoint.
    pub checkpoint: Option<u64>,
    /// The first event that cannot be vouched for.
    pub at: Option<At>,
    /// What is wrong.
    pub what: What,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// The line is none of an export.
    Unreadable,
    /// The export ends early, or goes on after its end.
    CutOff,
    /// An event is not what was sealed.
    Edited,
    /// An event is gone.
    Missing,
    /// An event was put in later.
    Inserted,
    /// An event is in another place or another chain than it was sealed in.
    Moved,
    /// A block is not what its head says, or does not follow the block before.
    BrokenBlock,
    /// A block or the end of a chain is not what the checkpoint says.
    NotInCheckpoint,
    /// The text of a checkpoint is none.
    NoCheckpoint,
    /// The signature of a checkpoint is not one.
    NotSigned,
    /// A checkpoint is signed by a key that is not trusted.
    UnknownKey,
    /// Two checkpoints contradict each other.
    Forked,
    /// Checkpoints come in another order than they were made.
    OutOfOrder,
    /// A checkpoint is not there.
    CheckpointMissing,
    /// A checkpoint is not the one that was kept elsewhere.
    Rewritten,
    /// A later checkpoint was kept elsewhere than the export knows of.
    RolledBack,
    /// The beginning of the log is gone, and no signed record of retention says why.
    NotPruned,
}

impl What {
    /// A word for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::CutOff => "cut_off",
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::Inserted => "inserted",
            Self::Moved => "moved",
            Self::BrokenBlock => "broken_block",
            Self::NotInCheckpoint => "not_in_checkpoint",
            Self::NoCheckpoint => "no_checkpoint",
            Self::NotSigned => "not_signed",
            Self::UnknownKey => "unknown_key",
            Self::Forked => "forked",
            Self::OutOfOrder => "out_of_order",
            Self::CheckpointMissing => "checkpoint_missing",
            Self::Rewritten => "rewritten",
            Self::RolledBack => "rolled_back",
            Self::NotPruned => "not_pruned",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Unreadable => "the line is not one of an export",
            Self::CutOff => "the export does not end where it should",
            Self::Edited => "the event is not what was sealed",
            Self::Missing => "the event is gone",
            Self::Inserted => "the event was put in behind the back of the log",
            Self::Moved => "the event is not in the place that it was sealed in",
            Self::BrokenBlock => "the block does not follow from what is before it and in it",
            Self::NotInCheckpoint => "the checkpoint says otherwise",
            Self::NoCheckpoint => "the text is not one of a checkpoint",
            Self::NotSigned => "the checkpoint is not signed by the key that it names",
            Self::UnknownKey => "the checkpoint is signed by a key that is not trusted",
            Self::Forked => "the checkpoint contradicts the one before it",
            Self::OutOfOrder => "the checkpoint comes after a later one",
            Self::CheckpointMissing => "a checkpoint before this one is not there",
            Self::Rewritten => "the checkpoint is not the one that was kept elsewhere",
            Self::RolledBack => "a later checkpoint than the last one here was kept elsewhere",
            Self::NotPruned => "what came before is gone, and no signed record says why",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(At { chain, seq, id }) = &self.at {
            let chain = if chain.is_empty() { "the platform" } else { chain };
            write!(f, "event {seq} of {chain}")?;
            if let Some(id) = id {
                write!(f, " (id {id})")?;
            }
            separator = ", ";
        }
        if let Some(checkpoint) = self.checkpoint {
            write!(f, "{separator}checkpoint {checkpoint}")?;
            separator = ", ";
        }
        if self.line > 0 {
            write!(f, "{separator}line {}", self.line)?;
            separator = ", ";
        }
        let colon = if separator.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}", self.what.sentence())
    }
}
