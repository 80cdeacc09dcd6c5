//! A receipt for an answer: an event of the log that says what the answer rests on, and the proof that it is in the log.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Event,
    chain::{Head, Place, Seal},
    checkpoint::Signed,
    entry::Entry,
    fault::What,
    trail::Anchors,
    tree::{Hash, Tree, climb},
};
use crate::{
    id::{CredentialId, TenantId},
    principal::{Principal, Role},
    problem::Code,
};

/// The most citations that a receipt names.
const MAX_CITATIONS: usize = 100;

/// What an answer rests on: hashes, ids and numbers, no text of a question, an answer or a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// SHA-256 of the question.
    pub query_sha256: Hash,
    /// SHA-256 of the answer.
    pub answer_sha256: Hash,
    /// Who asked: see [`fingerprint`].
    pub principal: Hash,
    /// Which policies counted; absent where policies are switched off.
    pub policies: Option<String>,
    /// What was searched.
    pub index: Index,
    /// Who wrote the answer.
    pub model: Model,
    /// What it cost so far, in dollars; absent where costs are not kept.
    pub cost_usd: Option<String>,
    /// The passages that the answer cites; the first hundred.
    pub citations: Vec<Cited>,
    /// How many passages it cites.
    pub cited: u64,
}

/// What was searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The corpus.
    pub corpus_id: String,
    /// When its configuration was changed last.
    pub corpus_updated_at: String,
    /// The provider that found the passages.
    pub provider: String,
    /// The model of the vectors.
    pub embedding_model: String,
}

/// Who wrote the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The provider.
    pub provider: String,
    /// The model.
    pub name: String,
    /// What it read.
    pub input_tokens: u32,
    /// What it wrote.
    pub output_tokens: u32,
    /// Whether the numbers are estimates.
    pub estimated: bool,
}

/// A passage that an answer cites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cited {
    /// The document.
    pub document_id: String,
    /// Where the passage begins in its stored text, in characters.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// SHA-256 of the whole stored text.
    pub content_sha256: String,
}

impl Event {
    /// What an answer rests on.
    #[must_use]
    pub fn receipt(self, receipt: Receipt) -> Self {
        self.value("receipt", receipt.bounded())
    }

    /// The event for `nexus_record_event`, in a statement that changes something else as well.
    #[must_use]
    pub fn for_statement(&self) -> Value {
        serde_json::json!({
            "occurred_at": self.occurred_at,
            "tenant_id": self.tenant.as_ref().map(TenantId::as_str),
            "actor_type": self.actor_type,
            "actor_id": self.actor_id.as_ref().map(CredentialId::as_str),
            "actor_role": self.actor_role.map(Role::as_str),
            "event_type": self.what.as_str(),
            "outcome": self.outcome.as_str(),
            "resource_type": self.resource_type,
            "resource_id": self.resource_id,
            "request_id": self.request_id.as_str(),
            "ip_address": self.ip.map(|ip| ip.to_string()),
            "user_agent": self.user_agent,
            "metadata_json": self.permitted(),
            "error_code": self.error_code.map(Code::as_str),
        })
    }
}

impl Receipt {
    /// The receipt as a fact of an event, within its bounds.
    #[must_use]
    pub fn bounded(mut self) -> Value {
        self.citations.truncate(MAX_CITATIONS);
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The receipt that an event carries.
    #[must_use]
    pub fn of(entry: &Entry<'_>) -> Option<Self> {
        let mut metadata: Value = serde_json::from_str(&entry.metadata_json).ok()?;
        serde_json::from_value(metadata.get_mut("receipt")?.take()).ok()
    }
}

/// The hash of a text, as receipts have it.
#[must_use]
pub fn digest(text: &str) -> Hash {
    Hash::plain(text.as_bytes())
}

/// Who somebody was when he asked: the hash of his tenant, user, credential, role and groups, each on a line.
#[must_use]
pub fn fingerprint(principal: &Principal) -> Hash {
    let mut groups: Vec<&str> = principal.groups.iter().map(crate::id::GroupId::as_str).collect();
    groups.sort_unstable();
    let own =
        [principal.tenant.as_str(), principal.user.as_str(), principal.credential.as_str(), principal.role.as_str()];
    digest(&own.into_iter().chain(groups).collect::<Vec<_>>().join("\n"))
}

/// That an event is in the log: the way from its hash to a signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The number of the event in its chain.
    pub seq: u64,
    /// The number of the first event of its block.
    pub first_seq: u64,
    /// How many events its block has.
    pub events: u64,
    /// The way from the event to the root of the block.
    pub path: Vec<Hash>,
    /// The hash of the block before.
    pub previous: Hash,
    /// Where the chain stands among all chains.
    pub chain_index: u64,
    /// The way from the block to the root of the checkpoint.
    pub chain_path: Vec<Hash>,
    /// The checkpoint.
    pub checkpoint: Signed,
}

impl Proof {
    /// The proof of an event of a block.
    #[must_use]
    pub fn new(id: i64, seal: &Seal, checkpoint: Signed) -> Option<Self> {
        let index = seal.ids.iter().position(|it| *it == id)?;
        Some(Self {
            seq: seal.before.seq + 1 + u64::try_from(index).ok()?,
            first_seq: seal.before.seq + 1,
            events: seal.head.seq - seal.before.seq,
            path: Tree::new(seal.leaves.clone()).path(index),
            previous: seal.before.hash,
            chain_index: seal.place.index,
            chain_path: seal.place.path.clone(),
            checkpoint,
        })
    }

    /// Checks that an event was in the log when the checkpoint was signed, with one of the keys, and that the checkpoint is the
    /// one that was kept elsewhere, where one was.
    pub fn check(&self, entry: &Entry<'_>, keys: &[String], anchors: &Anchors) -> Result<(), What> {
        if !keys.contains(&self.checkpoint.key) {
            return Err(What::UnknownKey);
        }
        if !self.checkpoint.is_signed() {
            return Err(What::NotSigned);
        }
        let checkpoint = self.checkpoint.read().map_err(|_| What::NoCheckpoint)?;
        if anchors.get(checkpoint.number).is_some_and(|kept| kept != self.checkpoint.hash()) {
            return Err(What::Rewritten);
        }
        let within = self.seq.checked_sub(self.first_seq).filter(|_| self.first_seq > 0).ok_or(What::Moved)?;
        let before = Head { seq: self.first_seq - 1, hash: self.previous };
        let place = Place { index: self.chain_index, path: self.chain_path.clone() };
        let chain = entry.chain();
        let leads = |leaf| {
            let root = climb(leaf, within, self.events, &self.path)?;
            place.root(chain, &before.after(chain, self.events, &root), checkpoint.chains)
        };
        let mut buffer = Vec::new();
        let known = [entry.leaf(self.seq, &mut buffer), entry.leaf_rewritten(self.seq, &mut buffer)];
        if known.into_iter().any(|leaf| leads(leaf) == Some(checkpoint.root)) { Ok(()) } else { Err(What::Edited) }
    }
}
