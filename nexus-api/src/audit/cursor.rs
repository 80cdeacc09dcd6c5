//! Positions in the log that clients carry: signed, and good for one tenant and one question only.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use nexus_core::{
    audit::{Filter, Recorded},
    id::TenantId,
    problem::{Code, Kind},
};
use subtle::ConstantTimeEq as _;

use crate::{http::Refusal, secrets::CursorKey};

/// What codes of cursors are made for.
const PURPOSE: &str = "cursor of audit events";
/// The part of a code that a cursor carries.
const CODE: usize = 16;
/// The time and the number of an event.
const POSITION: usize = 16;

/// The position after an event.
pub(super) fn encode(key: &CursorKey, tenant: &TenantId, filter: &Filter, last: &Recorded) -> String {
    let mut bytes = Vec::with_capacity(POSITION + CODE);
    bytes.extend_from_slice(&last.occurred_at.timestamp_micros().to_be_bytes());
    bytes.extend_from_slice(&last.id.to_be_bytes());
    let code = code(key, tenant, filter, &bytes);
    bytes.extend_from_slice(&code);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a position that was given out for the same question of the same tenant.
pub(super) fn decode(
    key: &CursorKey,
    tenant: &TenantId,
    filter: &Filter,
    token: &str,
) -> Result<(DateTime<Utc>, i64), Refusal> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (position, given) = bytes.split_at_checked(POSITION)?;
        if !bool::from(code(key, tenant, filter, position).ct_eq(given)) {
            return None;
        }
        let (time, id) = (position.first_chunk::<8>()?, position.last_chunk::<8>()?);
        Some((DateTime::from_timestamp_micros(i64::from_be_bytes(*time))?, i64::from_be_bytes(*id)))
    };
    let message = "The cursor was not given out for this list";
    read().ok_or_else(|| Refusal::new(Kind::Malformed, Code::InvalidCursor, message))
}

fn code(key: &CursorKey, tenant: &TenantId, filter: &Filter, position: &[u8]) -> [u8; CODE] {
    let text = |text: &Option<String>| text.as_ref().map_or_else(|| vec![0], |text| [&[1], text.as_bytes()].concat());
    let time = |time: &Option<DateTime<Utc>>| time.map_or(i64::MIN, |time| time.timestamp_micros()).to_be_bytes();
    let outcome = filter.outcome.map_or("", nexus_core::audit::Outcome::as_str);
    let parts: [&[u8]; 8] = [
        tenant.as_str().as_bytes(),
        &text(&filter.event_type),
        outcome.as_bytes(),
        &text(&filter.resource_type),
        &text(&filter.resource_id),
        &time(&filter.from),
        &time(&filter.to),
        position,
    ];
    let mut short = [0; CODE];
    short.iter_mut().zip(key.code(PURPOSE, &parts)).for_each(|(short, byte)| *short = byte);
    short
}
