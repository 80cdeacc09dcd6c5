//! The query string of a request, with the same error shape as a body.

use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::request::Parts;
use serde::{
    Deserialize as _, Deserializer,
    de::{DeserializeOwned, Error as _},
};

use super::{
    faults::{Faults, Validate},
    refusal::Refusal,
};

/// A typed query string. Document it with `#[into_params(parameter_in = Query)]`.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Sync,
    T: DeserializeOwned + Validate,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn parse<T: DeserializeOwned + Validate>(query: &str) -> Result<T, Refusal> {
    let mut faults = Faults::of("query");
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    let value: T = match serde_path_to_error::deserialize(pairs) {
        Ok(value) => value,
        Err(e) => {
            faults.add_serde(e.path(), &safe(&e.inner().to_string(), query));
            return Err(faults.into_refusal());
        }
    };
    value.validate(&mut faults);
    faults.into_result().map(|()| value)
}

/// A moment with its offset; one without could be any of many. In a query a plus sign means a space.
#[must_use]
pub fn read_moment(text: &str) -> Option<DateTime<Utc>> {
    let read = DateTime::parse_from_rfc3339(&text.trim().replace(' ', "+")).ok()?;
    Some(read.with_timezone(&Utc))
}

/// Reads an optional moment of a query; for `deserialize_with`.
pub fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = || D::Error::custom("must be a moment such as 2026-05-01T00:00:00Z");
    read_moment(&text).ok_or_else(wrong).map(Some)
}

/// A sentence of a type's own that quotes a value is replaced.
fn safe(message: &str, query: &str) -> String {
    let appears = |text: &str| text.len() > 2 && message.contains(text);
    let quoted = form_urlencoded::parse(query.as_bytes()).any(|(_, value)| appears(&value));
    let serde_says = ["missing field", "unknown field", "duplicate field"].iter().any(|s| message.starts_with(s));
    if quoted && !serde_says && !message.contains(", expected ") { "is not valid".into() } else { message.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    struct List {
        #[serde(default)]
        limit: Option<u32>,
        corpus_id: nexus_core::id::CorpusId,
    }

    impl Validate for List {
        fn validate(&self, faults: &mut Faults) {
            if let Some(limit) = &self.limit {
                faults.range("limit", limit, &(1..=500));
            }
        }
    }

    #[test]
    fn faults_are_in_the_query() {
        let at = |query: &str| {
            let refusal = parse::<List>(query).unwrap_err();
            let errors = refusal.facts().unwrap()["errors"][0].clone();
            assert!(!errors.to_string().contains("hunter2"), "{errors}");
            errors["loc"].clone()
        };
        assert_eq!(at(""), json!(["query", "corpus_id"]));
        assert_eq!(at("corpus_id=c&limit=hunter2"), json!(["query", "limit"]));
        assert_eq!(at("corpus_id=c&limit=0"), json!(["query", "limit"]));
        assert_eq!(at("corpus_id=hunter2%2F"), json!(["query", "corpus_id"]));
        assert_eq!(at("corpus_id=a&corpus_id=b"), json!(["query", "corpus_id"]));
        assert_eq!(parse::<List>("corpus_id=c%2D1&limit=7").unwrap().corpus_id.as_str(), "c-1");
    }
}
