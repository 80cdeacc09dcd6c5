//! Passages from the service: chunks, or documents with what was cut out of them.

use google_cloud_discoveryengine_v1::model::{Chunk, Document, document::Data, search_response::SearchResult};
use serde_json::{Map, Value};

use crate::{index::Hit, provider::remote::Found};

/// The name of a passage that has none.
const NAMELESS: &str = "vertex_ai";
/// The score by this name is the one that the request asks for.
const RELEVANCE: &str = "relevance_score";

/// A passage, when the result has a text.
pub(super) fn hit(mut result: SearchResult) -> Option<Hit> {
    let relevance = result.model_scores.get(RELEVANCE).and_then(|scores| scores.values.first().copied());
    let mut found = match (result.chunk.take(), result.document.take()) {
        (Some(chunk), _) => of_chunk(chunk),
        (None, Some(document)) => of_document(document),
        (None, None) => return None,
    };
    found.score = relevance.or(found.score);
    found.id = found.id.or((!result.id.is_empty()).then_some(result.id));
    found.into_hit(NAMELESS)
}

fn of_chunk(chunk: Chunk) -> Found {
    let document = chunk.document_metadata.unwrap_or_default();
    Found {
        // `…/documents/D/chunks/C`: rights belong to the document.
        id: part_after(&chunk.name, "documents"),
        source: given(document.uri),
        title: given(document.title),
        text: chunk.content,
        score: chunk.relevance_score,
        page: chunk.page_span.and_then(|span| u32::try_from(span.page_start).ok()),
        metadata: document.struct_data.unwrap_or_default(),
    }
}

fn of_document(document: Document) -> Found {
    let derived = document.derived_struct_data.unwrap_or_default();
    let metadata = match document.data {
        Some(Data::StructData(data)) => *data,
        Some(Data::JsonData(text)) => match serde_json::from_str(&text) {
            Ok(Value::Object(data)) => data,
            _ => Map::new(),
        },
        _ => Map::new(),
    };
    let said = |key: &str| text_of(&metadata, key).or_else(|| text_of(&derived, key));
    Found {
        id: given(document.id),
        source: said("uri").or_else(|| said("link")),
        title: said("title"),
        text: passage(&derived, &metadata).unwrap_or_default(),
        page: None,
        score: metadata.get(RELEVANCE).or_else(|| derived.get(RELEVANCE)).and_then(Value::as_f64),
        metadata,
    }
}

/// The best text that the result has: what was extracted, what the document says of itself, or a snippet.
fn passage(derived: &Map<String, Value>, metadata: &Map<String, Value>) -> Option<String> {
    let first = |list: &str, key: &str| {
        let item = derived.get(list)?.as_array()?.first()?.as_object()?;
        text_of(item, key)
    };
    first("extractive_segments", "content")
        .or_else(|| first("extractive_answers", "content"))
        .or_else(|| ["text", "content"].iter().find_map(|key| text_of(metadata, key).or_else(|| text_of(derived, key))))
        .or_else(|| first("snippets", "snippet").map(|snippet| without_marks(&snippet)))
        .or_else(|| text_of(metadata, "snippet").or_else(|| text_of(derived, "snippet")))
}

/// Snippets come with marks of HTML around the words that were found.
fn without_marks(snippet: &str) -> String {
    let marks =
        [("<b>", ""), ("</b>", ""), ("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'")];
    let plain = marks.iter().fold(snippet.to_owned(), |text, (mark, plain)| text.replace(mark, plain));
    plain.replace("&amp;", "&")
}

fn text_of(map: &Map<String, Value>, key: &str) -> Option<String> {
    map.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(ToOwned::to_owned)
}

fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn part_after(path: &str, collection: &str) -> Option<String> {
    let mut parts = path.split('/').skip_while(|part| *part != collection).skip(1);
    parts.next().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_chunk_belongs_to_its_document() {
        let chunk = Chunk::new()
            .set_name("projects/p/locations/eu/dataStores/s/branches/0/documents/d7/chunks/c3")
            .set_content("words")
            .set_relevance_score(0.75);
        let hit = hit(SearchResult::new().set_id("c3").set_chunk(chunk)).unwrap();
        assert_eq!((hit.origin.id.as_str(), &*hit.text, hit.score.to_bits()), ("d7", "words", 0.75_f32.to_bits()));
    }

    #[test]
    fn the_best_text_of_a_document_is_taken() {
        let derived = json!({
            "snippets": [{ "snippet": "a <b>marked</b> &amp;lt; word" }],
            "extractive_segments": [{ "content": "a segment" }],
        });
        let metadata = object(&json!({ "text": "its own text" }));
        assert_eq!(passage(&object(&derived), &metadata).unwrap(), "a segment");
        let derived = object(&json!({ "snippets": derived.get("snippets") }));
        assert_eq!(passage(&derived, &metadata).unwrap(), "its own text");
        assert_eq!(passage(&derived, &Map::new()).unwrap(), "a marked &lt; word");
        assert_eq!(passage(&Map::new(), &object(&json!({ "snippet": "left" }))).unwrap(), "left");
    }
}
