//! The record of who did what, when, from where and with which outcome.
//!
//! A change is recorded in its own transaction ([`record`]): there is no change without its event and no event without
//! its change. What happens on every request ([`AuditLog::note`]) goes through a bounded queue and is written in groups,
//! so that no request waits for the log. When the database is away the queue fills up; what does not fit is dropped and
//! counted, and the rest is written when the database is back.
//!
//! The runtime role can add to the log and read it, and cannot change or remove anything. Events carry ids, counts and
//! names of fields; there is no way to put free text of a request, a document or a secret into one.

mod event;
mod kind;
mod log;
mod settings;
mod store;

pub use self::{
    event::{Event, Outcome},
    kind::EventType,
    log::{AuditLog, AuditWriter},
    settings::AuditSettings,
    store::{Filter, Recorded, find, get, record, record_all},
};
