//! The JSON body of a request, read strictly: the right type, within its size and depth, and with every fault named.
//!
//! A body is read when the extractor runs. It comes last in a handler, after the caller is known, so that strangers
//! cannot make the server read megabytes.

use axum::extract::{FromRequest, OptionalFromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use nexus_core::problem::{Code, Kind};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::{
    context::Context,
    faults::{Faults, Validate},
    json::survey,
    once::BodyDigest,
    read,
    refusal::Refusal,
};

/// A JSON body. `Option<Body<T>>` also accepts no body at all, and `null`.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

impl<S, T> FromRequest<S> for Body<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate,
{
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let bytes = read_json::<T>(request).await?;
        parse(&bytes).map(Self)
    }
}

impl<S, T> OptionalFromRequest<S> for Body<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate,
{
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Option<Self>, Refusal> {
        let bytes = read_json::<T>(request).await?;
        if matches!(bytes.trim_ascii(), b"" | b"null") { Ok(None) } else { parse(&bytes).map(|body| Some(Self(body))) }
    }
}

/// Parses the bytes of a JSON body as strictly as [`Body`] does.
pub fn parse<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T, Refusal> {
    let survey = survey(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(fault("missing", "a JSON body is required"));
    }
    if !survey.shallow {
        return Err(fault("json_invalid", "the JSON nests too deeply"));
    }
    if T::TENANT_GUARD && survey.names_tenant {
        let message = "tenant_id is not accepted in a body: it comes from the credential";
        return Err(Refusal::new(Kind::Malformed, Code::TenantIdNotAllowed, message));
    }
    if T::OBJECT && bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(fault("type_error", "must be an object"));
    }
    let value: T = decode(bytes)?;
    let mut faults = Faults::of("body");
    value.validate(&mut faults);
    faults.into_result().map(|()| value)
}

/// Refuses a body that nests more deeply than any that is read.
pub fn refuse_depth(bytes: &[u8]) -> Result<(), Refusal> {
    if survey(bytes).shallow { Ok(()) } else { Err(fault("json_invalid", "the JSON nests too deeply")) }
}

async fn read_json<T: Validate>(request: Request) -> Result<Bytes, Refusal> {
    let (parts, body) = request.into_parts();
    refuse_type(&parts.headers)?;
    let limits = parts.extensions.get::<Context>().map(|c| c.body).unwrap_or_default();
    let max = T::MAX_BYTES.unwrap_or(limits.max_bytes);
    let bytes = read::whole(body, &parts.headers, max, limits).await?;
    if let Some(digest) = parts.extensions.get::<BodyDigest>().filter(|_| survey(&bytes).shallow) {
        digest.of_json(&bytes);
    }
    Ok(bytes)
}

/// JSON, or nothing said about the type.
fn refuse_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let essence = value.to_str().unwrap_or("?").split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let json = match essence.split_once('/') {
        None => essence.is_empty(),
        Some(("application", kind)) => kind == "json" || kind.ends_with("+json"),
        Some(_) => false,
    };
    if json {
        return Ok(());
    }
    let message = "The content type must be application/json";
    Err(Refusal::new(Kind::UnsupportedMedia, Code::UnsupportedMediaType, message))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|e| match e.inner().classify() {
        Category::Data => {
            let mut faults = Faults::of("body");
            faults.add_serde(e.path(), &safe(&e.inner().to_string(), bytes, e.path()));
            faults.into_refusal()
        }
        Category::Syntax | Category::Eof | Category::Io => not_json(e.inner()),
    })?;
    json.end().map_err(|e| not_json(&e))?;
    Ok(value)
}

/// A type may write its own sentence, and that may quote the value: then the sentence is replaced.
fn safe(message: &str, bytes: &[u8], path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let body: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let value = path.iter().try_fold(&body, |value, segment| match segment {
        Segment::Map { key } => value.get(key),
        Segment::Seq { index } => value.get(index),
        Segment::Enum { .. } | Segment::Unknown => Some(value),
    });
    match value.and_then(serde_json::Value::as_str) {
        Some(text) if text.len() > 2 && message.contains(text) && !message.contains(", expected ") => {
            "is not valid".to_owned()
        }
        _ => message.to_owned(),
    }
}

fn not_json(error: &serde_json::Error) -> Refusal {
    let place = format!("the body is not valid JSON at line {} column {}", error.line(), error.column());
    fault("json_invalid", &place)
}

fn fault(kind: &'static str, message: &str) -> Refusal {
    let mut faults = Faults::of("body");
    faults.add("", kind, message);
    faults.into_refusal()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Ask {
        message: String,
        #[serde(default)]
        top_k: Option<u8>,
        #[serde(default)]
        #[serde(rename = "filters")]
        _filters: Vec<Filter>,
        #[serde(default)]
        #[serde(rename = "corpus")]
        _corpus: Option<nexus_core::id::CorpusId>,
    }

    #[derive(Debug, Deserialize)]
    struct Filter {
        #[serde(rename = "op")]
        _op: Op,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Op {
        Eq,
    }

    impl Validate for Ask {
        fn validate(&self, faults: &mut Faults) {
            faults.length("message", &self.message, &(1..=10));
            if let Some(top_k) = &self.top_k {
                faults.range("top_k", top_k, &(1..=50));
            }
        }
    }

    fn errors(body: &str) -> Value {
        let refusal = parse::<Ask>(body.as_bytes()).unwrap_err();
        assert_eq!(refusal.code(), Code::RequestValidation, "{body}");
        assert!(!refusal.facts().unwrap().to_string().contains("hunter2"), "{body}");
        refusal.facts().unwrap()["errors"][0].clone()
    }

    #[test]
    fn a_fault_has_a_type_and_a_place() {
        let at = |body: &str| {
            let error = errors(body);
            (error["type"].as_str().unwrap().to_owned(), error["loc"].clone())
        };
        assert_eq!(at("{}"), ("missing".into(), json!(["body", "message"])));
        assert_eq!(at(r#"{"message":"a","hunter":1}"#), ("extra_forbidden".into(), json!(["body", "hunter"])));
        assert_eq!(at(r#"{"message":7}"#), ("type_error".into(), json!(["body", "message"])));
        assert_eq!(at(r#"{"message":"a","top_k":"hunter2"}"#), ("type_error".into(), json!(["body", "top_k"])));
        assert_eq!(at(r#"{"message":"a","top_k":300}"#), ("value_error".into(), json!(["body", "top_k"])));
        assert_eq!(at(r#"{"message":"a","top_k":51}"#), ("less_than_equal".into(), json!(["body", "top_k"])));
        assert_eq!(
            at(r#"{"message":"a","filters":[{"op":"eq"},{"op":"hunter2"}]}"#),
            ("enum".into(), json!(["body", "filters", 1, "op"]))
        );
        assert_eq!(
            at(r#"{"message":"a","corpus":"hunter2 hunter2"}"#),
            ("value_error".into(), json!(["body", "corpus"]))
        );
        assert_eq!(at(r#"{"message":"hunter2hunter2"}"#), ("string_too_long".into(), json!(["body", "message"])));
    }

    #[test]
    fn what_is_not_json_is_said_to_be_so() {
        for body in ["{", "nul", "{\"message\":\"a\"} x", "{\"message\":\"\u{1}\"}", "\u{feff}{}"] {
            assert_eq!(errors(body)["type"], "json_invalid", "{body:?}");
        }
        assert_eq!(errors("")["type"], "missing");
        assert_eq!(errors(&"[".repeat(10_000))["type"], "json_invalid");
    }

    #[test]
    fn a_list_is_not_an_object() {
        for body in [r#"["hello"]"#, "null"] {
            assert_eq!(errors(body), json!({ "type": "type_error", "loc": ["body"], "msg": "must be an object" }));
        }
    }

    #[test]
    fn a_body_may_not_name_a_tenant() {
        let refusal = parse::<Ask>(br#"{"message":"a","tenant_id":"t2"}"#).unwrap_err();
        assert_eq!((refusal.status().as_u16(), refusal.code()), (400, Code::TenantIdNotAllowed));
    }

    #[test]
    fn only_json_types_are_read() {
        let status = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            refuse_type(&headers).map_err(|r| r.status().as_u16())
        };
        for fine in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json", ""] {
            assert_eq!(status(fine), Ok(()), "{fine}");
        }
        for bad in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"] {
            assert_eq!(status(bad), Err(415), "{bad}");
        }
    }
}
