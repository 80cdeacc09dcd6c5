//! The wrapper of every refusal and failure under `/v1`.

use serde::{Deserialize, Serialize};

use super::{Meta, Object};

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ErrorEnvelope {
    /// What went wrong.
    pub error: ErrorBody,
    /// What identifies this answer.
    pub meta: Meta,
}

impl ErrorEnvelope {
    /// Wraps `error` in the answer to the request `request_id`.
    pub fn new(error: ErrorBody, request_id: impl Into<String>) -> Self {
        Self { error, meta: Meta::new(request_id) }
    }
}

/// What went wrong, for programs (`code`, `details`) and for people (`message`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// A stable code to branch on.
    #[cfg_attr(feature = "schema", schema(example = "RATE_LIMITED"))]
    pub code: String,
    /// A sentence for people; its wording may change.
    #[cfg_attr(feature = "schema", schema(example = "Rate limit exceeded"))]
    pub message: String,
    /// Facts that belong to the code; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub details: Option<Object>,
}

impl ErrorBody {
    /// An error without details.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), details: None }
    }

    /// The same error with `details`; an empty object counts as no details.
    #[must_use]
    pub fn with_details(self, details: Object) -> Self {
        Self { details: (!details.is_empty()).then_some(details), ..self }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn details_are_absent_when_there_are_none() {
        let body = ErrorBody::new("NOT_FOUND", "Corpus not found").with_details(Object::new());
        let json = serde_json::to_string(&ErrorEnvelope::new(body, "r-1")).unwrap();
        assert_eq!(
            json,
            r#"{"error":{"code":"NOT_FOUND","message":"Corpus not found"},"meta":{"request_id":"r-1","api_version":"v1"}}"#
        );
    }

    #[test]
    fn details_survive_the_round_trip() {
        let literal = r#"{"error":{"code":"QUOTA_EXCEEDED","message":"Daily quota exceeded","details":{"limit":100,"period":"day","remaining":0,"used":100}},"meta":{"request_id":"r-1","api_version":"v1"}}"#;
        let parsed: ErrorEnvelope = serde_json::from_str(literal).unwrap();
        assert_eq!(serde_json::to_string(&parsed).unwrap(), literal);
    }
}
