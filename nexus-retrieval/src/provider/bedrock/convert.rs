//! Filters for the service, and passages from it.

use aws_sdk_bedrockagentruntime::types::{
    FilterAttribute, KnowledgeBaseRetrievalResult, RetrievalFilter, RetrievalResultLocation,
};
use aws_smithy_types::{Document, Number};
use serde_json::{Map, Value};

use crate::{index::Hit, provider::remote::Found};

/// The name of a passage that has none.
const NAMELESS: &str = "bedrock_kb";
/// The attribute that the service itself sets on passages of files with pages.
const PAGE: &str = "x-amz-bedrock-kb-document-page-number";

/// A filter as the types of the client. One that they cannot express is left out, which lets more pass.
pub(super) fn filter(value: &Value) -> Option<RetrievalFilter> {
    let (operator, operand) = value.as_object()?.iter().next()?;
    let group = || operand.as_array()?.iter().map(filter).collect::<Option<Vec<_>>>();
    let attribute = || {
        let key = operand.get("key")?.as_str()?;
        FilterAttribute::builder().key(key).value(document(operand.get("value")?)).build().ok()
    };
    Some(match operator.as_str() {
        "andAll" => RetrievalFilter::AndAll(group()?),
        "orAll" => RetrievalFilter::OrAll(group()?),
        "equals" => RetrievalFilter::Equals(attribute()?),
        "in" => RetrievalFilter::In(attribute()?),
        "greaterThan" => RetrievalFilter::GreaterThan(attribute()?),
        "greaterThanOrEquals" => RetrievalFilter::GreaterThanOrEquals(attribute()?),
        "lessThan" => RetrievalFilter::LessThan(attribute()?),
        "lessThanOrEquals" => RetrievalFilter::LessThanOrEquals(attribute()?),
        _ => return None,
    })
}

/// A passage, when it is a text.
pub(super) fn hit(result: KnowledgeBaseRetrievalResult) -> Option<Hit> {
    let metadata: Map<String, Value> =
        result.metadata.into_iter().flatten().map(|(key, attribute)| (key, value(attribute))).collect();
    let found = Found {
        id: result.document_id,
        source: result.location.as_ref().and_then(source),
        title: None,
        text: result.content?.text,
        score: result.score,
        page: metadata.get(PAGE).and_then(Value::as_f64).and_then(whole),
        metadata,
    };
    found.into_hit(NAMELESS)
}

/// The service writes page numbers as 3.0.
fn whole(number: f64) -> Option<u32> {
    format!("{number:.0}").parse().ok()
}

/// Where a document lies, or at least in what kind of place.
fn source(location: &RetrievalResultLocation) -> Option<String> {
    let s3 = location.s3_location().and_then(|it| it.uri());
    let web = location.web_location().and_then(|it| it.url());
    let confluence = location.confluence_location().and_then(|it| it.url());
    let salesforce = location.salesforce_location().and_then(|it| it.url());
    let share_point = location.share_point_location().and_then(|it| it.url());
    let kendra = location.kendra_document_location().and_then(|it| it.uri());
    let custom = location.custom_document_location().and_then(|it| it.id());
    let known = [s3, web, confluence, salesforce, share_point, kendra, custom];
    known.into_iter().flatten().next().map(ToOwned::to_owned)
}

fn document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(it) => Document::Bool(*it),
        Value::Number(it) => Document::Number(match (it.as_u64(), it.as_i64()) {
            (Some(n), _) => Number::PosInt(n),
            (None, Some(n)) => Number::NegInt(n),
            (None, None) => Number::Float(it.as_f64().unwrap_or_default()),
        }),
        Value::String(it) => Document::String(it.clone()),
        Value::Array(items) => Document::Array(items.iter().map(document).collect()),
        Value::Object(map) => Document::Object(map.iter().map(|(key, it)| (key.clone(), document(it))).collect()),
    }
}

fn value(document: Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(it) => Value::Bool(it),
        Document::Number(Number::PosInt(n)) => n.into(),
        Document::Number(Number::NegInt(n)) => n.into(),
        Document::Number(Number::Float(n)) => n.into(),
        Document::String(it) => Value::String(it),
        Document::Array(items) => items.into_iter().map(value).collect(),
        Document::Object(map) => Value::Object(map.into_iter().map(|(key, it)| (key, value(it))).collect()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_survive_the_way_there_and_back() {
        let given = json!({ "a": [1, -2, 0.5, null, true], "b": { "c": "d" } });
        assert_eq!(value(document(&given)), given);
    }

    #[test]
    fn a_filter_keeps_its_shape() {
        let given = json!({ "andAll": [
            { "equals": { "key": "tenant_id", "value": "t" } },
            { "orAll": [
                { "in": { "key": "labels.team", "value": ["a", "b"] } },
                { "greaterThan": { "key": "level", "value": 3 } },
            ] },
        ] });
        let Some(RetrievalFilter::AndAll(parts)) = filter(&given) else { unreachable!() };
        let [RetrievalFilter::Equals(tenant), RetrievalFilter::OrAll(either)] = parts.as_slice() else {
            unreachable!()
        };
        assert_eq!((tenant.key(), tenant.value()), ("tenant_id", &Document::String("t".into())));
        assert_eq!(either.len(), 2);
        assert_eq!(filter(&json!({ "never": {} })), None);
    }
}
