//! What remote providers have in common: their faults, and the way from what they found to a [`Hit`].
//!
//! What comes from outside is bounded and made storable here: texts are cut, what has no text or an impossible name is
//! left out. Attributes are kept whole or the passage is left out, because policies may look at any of them.

pub(crate) mod fault;

use std::sync::Arc;

use nexus_core::text::is_storable_json;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

pub use self::fault::RemoteFault;
use crate::{
    index::{Hit, Origin},
    ingest::location::{Location, Place},
};

/// The longest passage, in characters.
const MAX_TEXT: usize = 20_000;
/// The longest name of a document or source.
const MAX_NAME: usize = 1024;
/// The most bytes of attributes.
const MAX_METADATA: usize = 16 * 1024;
/// The attribute that tells where a passage comes from.
const SOURCE: &str = "source_uri";

/// A passage as a provider gave it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The name of the document with the provider.
    pub id: Option<String>,
    /// Where the document lies.
    pub source: Option<String>,
    pub title: Option<String>,
    pub text: String,
    pub score: Option<f64>,
    /// The page of its file that it begins on, from one.
    pub page: Option<u32>,
    /// Where the text was cut out, as far as known.
    pub metadata: Map<String, Value>,
}

impl Found {
    /// The passage, when it can be shown and its rights can be asked.
    ///
    /// The document is the attribute `document_id`, which is ours; else where it lies; else its name with the provider.
    pub(crate) fn into_hit(self, nameless: &str) -> Option<Hit> {
        let Self { id, source, title, text, score, page, mut metadata } = self;
        let text: String = text.chars().filter(|c| *c != '\0').take(MAX_TEXT).collect();
        let ours = metadata.get("document_id").and_then(Value::as_str).map(ToOwned::to_owned);
        let named = [ours, source.clone(), id].into_iter().flatten().find(|name| !name.trim().is_empty());
        let document = named.unwrap_or_else(|| nameless.to_owned());
        if let Some(source) = &source {
            metadata.entry(SOURCE).or_insert_with(|| Value::from(source.as_str()));
        }
        let attributes = Value::Object(metadata);
        let storable = is_storable_json(&attributes) && attributes.to_string().len() <= MAX_METADATA;
        if text.trim().is_empty() || !plain(&document) || !storable {
            return None;
        }
        let Value::Object(metadata) = attributes else { return None };
        let said = |key: &str| metadata.get(key).and_then(Value::as_str).filter(|text| plain(text));
        let filename = source.as_deref().and_then(last_part).unwrap_or_default();
        let title = title.as_deref().filter(|title| plain(title)).or_else(|| said("title"));
        let origin = Origin {
            title: title.or((!filename.is_empty()).then_some(filename.as_str())).unwrap_or(&document).to_owned(),
            content_type: said("content_type").unwrap_or("text/plain").to_owned(),
            filename,
            id: document,
            content_hash: hex::encode(Sha256::digest(text.as_bytes())),
            metadata,
        };
        let page = page.filter(|page| *page > 0);
        let location = page.map(|page| Arc::new(Location { place: Place::page(page), turns: Vec::new() }));
        Some(Hit { location, score: unit(score), ..Hit::new(origin.into(), 0, text) })
    }
}

/// A score from 0 to 1; what is no number scores nothing.
fn unit(score: Option<f64>) -> f32 {
    let score = score.filter(|score| score.is_finite()).unwrap_or_default().clamp(0.0, 1.0);
    #[allow(clippy::cast_possible_truncation)]
    let score = score as f32;
    score
}

fn plain(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= MAX_NAME && !name.chars().any(char::is_control)
}

/// The name of the file at the end of an address.
fn last_part(address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let (_, name) = path.rsplit_once('/')?;
    plain(name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn found(metadata: &Value) -> Found {
        Found { text: "words".into(), metadata: metadata.as_object().unwrap().clone(), ..Found::default() }
    }

    #[test]
    fn our_name_for_a_document_comes_before_where_it_lies() {
        let source = Some("s3://bucket/folder/a.pdf?v=2".to_owned());
        let hit = Found { source: source.clone(), ..found(&json!({ "document_id": "d1" })) }.into_hit("kb").unwrap();
        assert_eq!(
            (hit.origin.id.as_str(), hit.origin.filename.as_str(), hit.origin.title.as_str()),
            ("d1", "a.pdf", "a.pdf")
        );
        assert_eq!(hit.origin.metadata.get(SOURCE), Some(&json!(source)));
        let hit = Found { source, id: Some("x".into()), ..found(&json!({})) }.into_hit("kb").unwrap();
        assert_eq!(hit.origin.id, "s3://bucket/folder/a.pdf?v=2");
        assert_eq!(Found { id: Some("x".into()), ..found(&json!({})) }.into_hit("kb").unwrap().origin.id, "x");
        assert_eq!(found(&json!({})).into_hit("kb").unwrap().origin.id, "kb");
    }

    #[test]
    fn attributes_are_kept_whole_or_the_passage_goes() {
        assert!(found(&json!({ "a": "x".repeat(MAX_METADATA) })).into_hit("kb").is_none());
        assert!(found(&json!({ "a": "nul \u{0}" })).into_hit("kb").is_none());
        assert!(found(&json!({ "document_id": "a\u{0}b" })).into_hit("kb").is_none());
        assert!(Found { text: " \u{0} ".into(), ..found(&json!({})) }.into_hit("kb").is_none());
    }

    proptest! {
        #[test]
        fn whatever_comes_is_bounded_and_storable(
            text in ".{0,50}", id in prop::option::of(".{0,20}"), source in prop::option::of(".{0,40}"),
            title in prop::option::of(".{0,20}"), score in prop::option::of(any::<f64>()),
        ) {
            let found = Found { id, source, title, text, score, page: Some(1), metadata: Map::new() };
            if let Some(hit) = found.into_hit("kb") {
                prop_assert!((0.0..=1.0).contains(&hit.score));
                prop_assert!(!hit.text.contains('\0') && !hit.text.trim().is_empty());
                prop_assert!([&hit.origin.id, &hit.origin.title].into_iter().all(|name| plain(name)));
                prop_assert_eq!(hit.end, hit.text.chars().count() as u64);
            }
        }
    }
}
