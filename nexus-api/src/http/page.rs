//! The page of a list that a client asks for, and ids inside bodies.

use std::str::FromStr;

use nexus_core::{
    page::{After, DEFAULT_LIMIT, MAX_LIMIT, PageRequest},
    problem::{Code, Kind},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Faults, Refusal, Validate};

/// Which part of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items at most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    pub limit: Option<u32>,
    /// `meta.next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The page as the stores understand it.
    pub fn request(&self) -> Result<PageRequest, Refusal> {
        page_request(self.limit, self.cursor.as_deref())
    }
}

impl Validate for PageQuery {
    fn validate(&self, faults: &mut Faults) {
        check_limit(self.limit, faults);
    }
}

/// Reports a limit out of range.
pub fn check_limit(limit: Option<u32>, faults: &mut Faults) {
    if let Some(limit) = &limit {
        faults.range("limit", limit, &(1..=MAX_LIMIT));
    }
}

/// The page as the stores understand it.
pub fn page_request(limit: Option<u32>, cursor: Option<&str>) -> Result<PageRequest, Refusal> {
    let after = cursor
        .map(After::decode)
        .transpose()
        .map_err(|invalid| Refusal::new(Kind::Malformed, Code::InvalidCursor, invalid.to_string()))?;
    Ok(PageRequest { limit: limit.unwrap_or(DEFAULT_LIMIT), after })
}

/// An id in a body or a form; one outside of its alphabet is a fault of its field.
pub fn checked_id<T: FromStr<Err: std::fmt::Display>>(field: &'static str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|invalid: T::Err| {
        let mut faults = Faults::of("body");
        faults.add(field, "value_error", invalid.to_string());
        faults.into_refusal()
    })
}
