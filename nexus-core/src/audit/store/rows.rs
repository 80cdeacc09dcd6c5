//! Rows of events and blocks, and what they mean.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::super::{
    chain::{Head, Place, Seal},
    checkpoint::{Signed, time_text},
    entry::{Entry, Text, canonical},
    tree::Hash,
};
use crate::pg::DbError;

#[derive(Debug, FromRow)]
pub(super) struct EntryRow {
    pub(super) id: i64,
    occurred_at: DateTime<Utc>,
    tenant_id: Option<String>,
    actor_type: String,
    actor_id: Option<String>,
    actor_role: Option<String>,
    event_type: String,
    outcome: String,
    resource_type: Option<String>,
    resource_id: Option<String>,
    request_id: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    metadata: String,
    error_code: Option<String>,
    created_at: DateTime<Utc>,
}

impl EntryRow {
    pub(super) fn entry(self) -> Entry<'static> {
        let text = |text: Option<String>| text.map(Text::from);
        Entry {
            id: self.id,
            occurred_at: Text::from(time_text(self.occurred_at)),
            tenant_id: text(self.tenant_id),
            actor_type: Text::from(self.actor_type),
            actor_id: text(self.actor_id),
            actor_role: text(self.actor_role),
            event_type: Text::from(self.event_type),
            outcome: Text::from(self.outcome),
            resource_type: text(self.resource_type),
            resource_id: text(self.resource_id),
            request_id: text(self.request_id),
            ip_address: text(self.ip_address),
            user_agent: text(self.user_agent),
            metadata_json: canonical(&self.metadata).into(),
            error_code: text(self.error_code),
            created_at: Text::from(time_text(self.created_at)),
        }
    }
}

#[derive(Debug, FromRow)]
pub(super) struct SealRow {
    chain: String,
    first_seq: i64,
    ids: Vec<i64>,
    leaves: Vec<u8>,
    previous: Vec<u8>,
    head: Vec<u8>,
    position: i64,
    path: Vec<u8>,
}

#[derive(Debug, FromRow)]
pub(super) struct SealedRow {
    #[sqlx(flatten)]
    seal: SealRow,
    body: String,
    public_key: String,
    signature: String,
}

impl SealedRow {
    pub(super) fn sealed(self) -> Result<(Seal, Signed), DbError> {
        let text = Signed { text: self.body, key: self.public_key, signature: self.signature };
        Ok((self.seal.seal()?, text))
    }
}

impl SealRow {
    pub(super) fn seal(self) -> Result<Seal, DbError> {
        let before = Head { seq: unsigned(self.first_seq) - 1, hash: one("audit_seals.previous", &self.previous)? };
        let events = u64::try_from(self.ids.len()).unwrap_or(u64::MAX);
        Ok(Seal {
            chain: self.chain,
            before,
            leaves: many("audit_seals.leaves", &self.leaves)?,
            head: Head { seq: before.seq + events, hash: one("audit_seals.head", &self.head)? },
            ids: self.ids,
            place: Place { index: unsigned(self.position), path: many("audit_seals.path", &self.path)? },
        })
    }
}

pub(super) fn flat(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

pub(super) fn one(column: &str, bytes: &[u8]) -> Result<Hash, DbError> {
    Hash::from_slice(bytes).ok_or_else(|| wrong(column))
}

fn many(column: &str, bytes: &[u8]) -> Result<Vec<Hash>, DbError> {
    bytes.chunks(32).map(|bytes| one(column, bytes)).collect()
}

pub(super) fn wrong(column: &str) -> DbError {
    DbError::Failed(sqlx::Error::Decode(format!("{column} is out of its range").into()))
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
