//! The record of who did what, when, from where and with which outcome.
//!
//! A change is recorded in its own transaction ([`record`]): there is no change without its event and no event without
//! its change. What happens on every request ([`AuditLog::note`]) goes through a bounded queue and is written in groups,
//! so that no request waits for the log. When the database is away the queue fills up; what does not fit is dropped and
//! counted, and the rest is written when the database is back.
//!
//! The runtime role can add to the log and read it, and cannot change or remove anything. Events carry ids, counts and
//! names of fields; there is no way to put free text of a request, a document or a secret into one.
//!
//! What was committed is sealed a little later ([`Sealer`]): events become blocks of a chain of their tenant, a tree over all
//! chains has a root, and a signed checkpoint with this root is kept outside of the database. An [`Export`] holds all that a
//! stranger needs to check it ([`Verifier`]) with nothing but the public key. `docs/audit.md` says what can be forged all the same.

mod anchor;
mod chain;
mod checkpoint;
mod elsewhere;
mod entry;
mod event;
mod export;
mod fault;
mod fields;
mod kind;
pub mod line;
mod log;
mod receipt;
mod sealer;
mod settings;
mod store;
mod trail;
mod tree;
pub mod verify;
mod window;

pub use self::{
    anchor::{Anchor, AnchorError, AnchorFile, Last},
    chain::{Head, Heads, Place, Seal},
    checkpoint::{Checkpoint, NotAKey, Pruned, Signed, SigningKey, code, time_text},
    entry::{Entry, Text, canonical, canonical_value},
    event::{Event, Outcome},
    export::{Export, ExportError, Extent},
    fault::{At, Fault, What},
    fields::{REDACTED, permitted},
    kind::EventType,
    log::{AuditLog, AuditWriter},
    receipt::{Cited, Index, Model, Proof, Receipt, digest, fingerprint},
    sealer::{SealError, Sealer},
    settings::AuditSettings,
    store::{
        Filter, MAX_OFFSET, Recorded,
        activity::{ActivityField, ActivityFilter, MOST as MOST_ACTIVITY, activity, event_types},
        find, get, of_request, record, record_all, seals,
    },
    trail::Anchors,
    tree::{Hash, Tree},
    verify::{Report, Trust, Verifier},
};
