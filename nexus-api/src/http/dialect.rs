//! Refusals in the form of others, on the routes whose clients were made for them: OpenAI's, and JSON-RPC.

use std::fmt::Write as _;

use http::StatusCode;
use nexus_core::id::RequestId;
use nexus_sdk::wire::{ChatError, ChatErrorBody};
use serde_json::{Value, json};

use super::Refusal;

/// What JSON-RPC leaves to implementations.
const SERVER_ERROR: i32 = -32_000;

/// A refusal in OpenAI's form. The code is ours.
#[must_use]
pub fn openai(refusal: &Refusal) -> ChatError {
    let facts = refusal.facts();
    let fault = facts.and_then(|facts| facts.get("errors")?.as_array()?.first());
    let param = fault.and_then(|fault| param(fault.get("loc")?.as_array()?));
    let message = match (&param, fault.and_then(|fault| fault.get("msg")?.as_str())) {
        (Some(param), Some(said)) => format!("{param}: {said}"),
        (None, Some(said)) => said.to_owned(),
        _ => refusal.message().to_owned(),
    };
    ChatError {
        error: ChatErrorBody {
            message,
            kind: family(refusal.status()).to_owned(),
            param,
            code: refusal.code().as_str().to_owned(),
            details: facts.and_then(Value::as_object).cloned(),
        },
    }
}

/// A refusal of a whole message, in JSON-RPC's form: it answers no request that anybody could name.
#[must_use]
pub fn jsonrpc(refusal: &Refusal, request_id: &RequestId) -> Value {
    let mut data = json!({ "code": refusal.code().as_str(), "request_id": request_id.as_str() });
    if let (Some(facts), Some(data)) = (refusal.facts(), data.as_object_mut()) {
        data.insert("details".into(), facts.clone());
    }
    let error = json!({ "code": SERVER_ERROR, "message": refusal.message(), "data": data });
    json!({ "jsonrpc": "2.0", "id": null, "error": error })
}

/// The name of a field as OpenAI writes it: `messages[0].role`.
fn param(loc: &[Value]) -> Option<String> {
    let mut name = String::new();
    for step in loc.iter().skip(1) {
        if let Some(index) = step.as_u64() {
            let _ = write!(name, "[{index}]");
        } else if let Some(field) = step.as_str() {
            let dot = if name.is_empty() { "" } else { "." };
            name.push_str(dot);
            name.push_str(field);
        }
    }
    (!name.is_empty()).then_some(name)
}

/// The family of a status, in OpenAI's words.
#[must_use]
pub fn family(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::PAYMENT_REQUIRED => "insufficient_quota",
        StatusCode::FORBIDDEN => "permission_error",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request_error",
    }
}

#[cfg(test)]
mod tests {
    use nexus_core::problem::{Code, Kind};

    use super::*;
    use crate::http::Faults;

    #[test]
    fn a_fault_names_its_parameter() {
        let mut faults = Faults::of("body");
        faults.add("messages.2.content.0.type", "value_error", "must be text");
        let error = openai(&faults.into_refusal()).error;
        assert_eq!(error.param.as_deref(), Some("messages[2].content[0].type"));
        assert_eq!(error.message, "messages[2].content[0].type: must be text");
        assert_eq!((error.kind.as_str(), error.code.as_str()), ("invalid_request_error", "REQUEST_VALIDATION_ERROR"));
    }

    #[test]
    fn what_names_no_field_has_no_parameter() {
        let error = openai(&Refusal::new(Kind::RateLimited, Code::RateLimited, "Too many requests")).error;
        assert_eq!((error.param, error.message.as_str()), (None, "Too many requests"));
        assert_eq!((error.kind.as_str(), error.details), ("rate_limit_error", None));
    }
}
