//! The wrapper of every JSON answer under `/v1`.

use serde::{Deserialize, Serialize};

/// The version every envelope names.
pub const API_VERSION: &str = "v1";

/// A successful answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Envelope<T> {
    /// What was asked for.
    pub data: T,
    /// What identifies this answer.
    pub meta: Meta,
}

impl<T> Envelope<T> {
    /// Wraps `data` in the answer to the request `request_id`.
    pub fn new(data: T, request_id: impl Into<String>) -> Self {
        Self { data, meta: Meta::new(request_id) }
    }

    /// Wraps one page of a list; `next_cursor` asks for the page that follows and is absent on the last one.
    pub fn page(data: T, request_id: impl Into<String>, next_cursor: Option<String>) -> Self {
        Self { data, meta: Meta { next_cursor, ..Meta::new(request_id) } }
    }
}

/// What identifies an answer, successful or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Meta {
    /// The id of the request, the same in the header, the logs and the audit trail.
    #[cfg_attr(feature = "schema", schema(example = "3f0f5b1e-6d54-4f6b-9c4e-8d6f6f8f2f11"))]
    pub request_id: String,
    /// The version of the API that answered.
    #[cfg_attr(feature = "schema", schema(example = "v1"))]
    pub api_version: String,
    /// The cursor of the next page of a list; absent on the last page and on answers that are not lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl Meta {
    /// The meta part of an answer that is not a page of a list.
    pub fn new(request_id: impl Into<String>) -> Self {
        Self { request_id: request_id.into(), api_version: API_VERSION.to_owned(), next_cursor: None }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn success_has_data_and_meta_and_nothing_else() {
        let json = serde_json::to_string(&Envelope::new(vec![1, 2], "r-1")).unwrap();
        assert_eq!(json, r#"{"data":[1,2],"meta":{"request_id":"r-1","api_version":"v1"}}"#);
    }

    #[test]
    fn a_page_keeps_data_an_array_and_carries_the_cursor_in_meta() {
        let json = serde_json::to_string(&Envelope::page([1], "r-1", Some("c".into()))).unwrap();
        assert_eq!(json, r#"{"data":[1],"meta":{"request_id":"r-1","api_version":"v1","next_cursor":"c"}}"#);
        let back: Envelope<Vec<i32>> = serde_json::from_str(&json).unwrap();
        assert_eq!(back.meta.next_cursor.as_deref(), Some("c"));
    }
}
