//! What lists for web applications have in common: a text, an order, a page.

use nexus_core::{
    order::{Field, Order},
    problem::{Code, Kind},
};
use nexus_sdk::wire;

use crate::http::{Faults, Refusal};

/// The items of a page when the client does not say.
const DEFAULT_LIMIT: u32 = 25;
/// The largest page.
const MAX_LIMIT: u32 = 100;
/// The longest text that is looked for.
const MAX_TEXT: usize = 256;

/// Reports a page out of range, and texts that cannot be looked for.
pub(super) fn check<const N: usize>(
    limit: Option<u32>,
    texts: [(&'static str, &Option<String>); N],
    faults: &mut Faults,
) {
    if let Some(limit) = &limit {
        faults.range("limit", limit, &(1..=MAX_LIMIT));
    }
    for (field, text) in texts {
        if let Some(text) = text {
            faults.length(field, text, &(0..=MAX_TEXT));
            faults.storable(field, text);
        }
    }
}

/// A text, unless it is empty.
pub(super) fn said(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// How many items a page has.
pub(super) fn size(limit: Option<u32>) -> u32 {
    limit.unwrap_or(DEFAULT_LIMIT)
}

/// The order that is asked for, or else by one field that falls.
pub(super) fn order<F: Field>(sort: Option<&str>, otherwise: F) -> Result<Order<F>, Refusal> {
    let order = Order::parse(sort.unwrap_or_default(), Order::by(otherwise, true));
    order.map_err(|unknown| Refusal::new(Kind::Malformed, Code::BadRequest, unknown.to_string()))
}

/// Cuts what was fetched with one more than the limit, and says where the list goes on.
pub(super) fn page<T>(
    mut found: Vec<T>,
    limit: u32,
    cursor: impl Fn(&T) -> Result<String, Refusal>,
) -> Result<(Vec<T>, wire::UiPageInfo), Refusal> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| has_more).map(cursor).transpose()?;
    Ok((found, wire::UiPageInfo { next_cursor, has_more }))
}
