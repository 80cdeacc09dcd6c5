//! Places in lists that clients carry: signed, and good for one tenant, one list, one order and one filter.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use nexus_core::{
    id::TenantId,
    order::{Field, Kind, Order, Value},
    problem::{Code, Kind as Problem},
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::{http::Refusal, secrets::CursorKey};

/// What codes of cursors are made for.
const PURPOSE: &str = "cursor of a list of web applications";
/// The form of what a cursor holds.
const VERSION: u8 = 1;
/// The longest cursor that is looked at: a name of a file may be long.
const MAX: usize = 16 * 1024;

/// What a cursor holds.
#[derive(Serialize, Deserialize)]
struct Held {
    v: u8,
    at: Vec<Value>,
}

/// What a cursor is good for.
pub(super) struct Cursors<'a, F> {
    pub(super) key: &'a CursorKey,
    pub(super) tenant: &'a TenantId,
    /// The list.
    pub(super) list: &'static str,
    pub(super) order: &'a Order<F>,
    /// What its ids are.
    pub(super) id: Kind,
    /// The filter, in one form.
    pub(super) filter: String,
}

impl<F: Field> Cursors<'_, F> {
    /// The cursor of a place.
    pub(super) fn encode(&self, at: Vec<Value>) -> Result<String, Refusal> {
        let held = serde_json::to_vec(&Held { v: VERSION, at }).map_err(|cause| Refusal::internal(&cause))?;
        Ok(format!("{}.{}", URL_SAFE_NO_PAD.encode(&held), hex::encode(self.code(&held))))
    }

    /// The place of a cursor that was given out for the same list.
    pub(super) fn decode(&self, token: &str) -> Result<Vec<Value>, Refusal> {
        let read = || {
            let (held, code) = token.split_once('.').filter(|_| token.len() <= MAX)?;
            let (held, code) = (URL_SAFE_NO_PAD.decode(held).ok()?, hex::decode(code).ok()?);
            if !bool::from(self.code(&held).as_slice().ct_eq(&code)) {
                return None;
            }
            let held: Held = serde_json::from_slice(&held).ok()?;
            (held.v == VERSION && self.order.fits(&held.at, self.id)).then_some(held.at)
        };
        let message = "The cursor was not given out for this list, order and filter";
        read().ok_or_else(|| Refusal::new(Problem::Malformed, Code::InvalidCursor, message))
    }

    fn code(&self, held: &[u8]) -> [u8; 32] {
        let order = self.order.to_string();
        let list = [self.tenant.as_str(), self.list, &order, &self.filter].map(str::as_bytes);
        self.key.code(PURPOSE, &[&list[..], &[held]].concat())
    }
}
