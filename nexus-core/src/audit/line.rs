//! The lines of an export, one JSON object each.

use serde::{Deserialize, Serialize};

use super::{
    chain::{Head, Place, Seal},
    checkpoint::Signed,
    entry::{Entry, Text},
    tree::Hash,
};

/// What an export calls itself.
pub const FORMAT: &str = "nexusrag-audit-export/1";

/// A line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line<'a> {
    /// The first line.
    Export(Opening),
    /// A block of a chain begins; its events follow.
    #[serde(borrow)]
    Seal(SealLine<'a>),
    /// An event of the block.
    Event(EventLine<'a>),
    /// An event of the block that is not there any more.
    Missing(MissingLine),
    /// An event that is in the log and in no block, although it would have to be.
    Stray(Entry<'a>),
    /// The blocks before are covered by this.
    Checkpoint(Signed),
    /// Where a chain is at the checkpoint before.
    Head(HeadLine<'a>),
    /// The last line.
    End(Closing),
}

/// What an export is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// [`FORMAT`].
    pub format: String,
    /// The one chain that is exported; all when absent.
    pub chain: Option<String>,
    /// The checkpoint after which the export begins, because of retention or because that was asked for; the beginning of the
    /// log when absent.
    pub after: Option<u64>,
}

/// A block of a chain, without its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealLine<'a> {
    /// The chain.
    #[serde(borrow)]
    pub chain: Text<'a>,
    /// The number of the first event.
    pub first_seq: u64,
    /// How many events.
    pub events: u64,
    /// The hash of the block before; zeros at the beginning of the chain.
    pub previous: Hash,
    /// The hash of the block.
    pub head: Hash,
    /// Where the chain stands among all chains at its checkpoint.
    pub index: u64,
    /// The way to the root of its checkpoint.
    pub path: Vec<Hash>,
}

/// An event with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventLine<'a> {
    /// Its number in the chain.
    pub seq: u64,
    /// Its hash, as it was when it was sealed.
    pub leaf: Hash,
    /// The event.
    #[serde(borrow)]
    pub entry: Entry<'a>,
}

/// An event that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissingLine {
    /// Its number in the chain.
    pub seq: u64,
    /// Its number in the installation.
    pub id: i64,
    /// The hash that it had.
    pub leaf: Hash,
}

/// Where a chain is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadLine<'a> {
    /// The chain.
    #[serde(borrow)]
    pub chain: Text<'a>,
    /// The number of its newest event.
    pub seq: u64,
    /// The hash of its newest block.
    pub head: Hash,
    /// Where it stands among all chains.
    pub index: u64,
    /// The way to the root.
    pub path: Vec<Hash>,
}

/// What an export has told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// How many events.
    pub events: u64,
    /// The last checkpoint; absent when nothing was sealed yet.
    pub through: Option<u64>,
    /// Whether more is sealed than one export holds: the next one begins after `through`.
    pub more: bool,
}

impl<'a> From<&'a Seal> for SealLine<'a> {
    fn from(seal: &'a Seal) -> Self {
        Self {
            chain: Text(seal.chain.as_str().into()),
            first_seq: seal.before.seq + 1,
            events: seal.head.seq - seal.before.seq,
            previous: seal.before.hash,
            head: seal.head.hash,
            index: seal.place.index,
            path: seal.place.path.clone(),
        }
    }
}

impl HeadLine<'_> {
    /// A line for a chain.
    #[must_use]
    pub fn new(chain: &str, head: Head, place: Place) -> HeadLine<'static> {
        HeadLine { chain: Text::from(chain), seq: head.seq, head: head.hash, index: place.index, path: place.path }
    }
}
