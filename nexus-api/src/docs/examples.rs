//! A body for every operation that takes JSON, as a client would send it. The contract test sends each of them.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::openapi::{RefOr, path::Operation};

/// Bodies by the id of their operation.
const BODIES: &str = include_str!("examples.json");

/// Bodies by the id of their operation.
pub(super) fn bodies() -> BTreeMap<String, Value> {
    serde_json::from_str(BODIES).unwrap_or_default()
}

/// Shows what an operation is sent.
pub(super) fn show(operation: &mut Operation, bodies: &BTreeMap<String, Value>) {
    let body = operation.operation_id.as_ref().and_then(|id| bodies.get(id));
    let (Some(body), Some(RefOr::T(request))) = (body, operation.request_body.as_mut()) else { return };
    if let Some(RefOr::T(content)) = request.content.get_mut("application/json") {
        content.example = Some(body.clone());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use std::collections::BTreeSet;

    use super::*;

    /// The members that a schema knows, and those that it asks for.
    fn members(document: &Value, schema: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
        let named = schema["$ref"].as_str().map(|name| name.trim_start_matches('#'));
        let schema = named.map_or(schema, |name| document.pointer(name).unwrap());
        if let Some(choices) = schema["oneOf"].as_array() {
            return members(document, choices.iter().find(|choice| choice["type"] != "null").unwrap());
        }
        let known = schema["properties"].as_object().unwrap().keys().cloned().collect();
        let asked = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned());
        (known, asked.collect())
    }

    #[test]
    fn every_operation_that_takes_json_shows_a_body_of_its_schema() {
        let document = serde_json::to_value(crate::router::openapi()).unwrap();
        let mut bodies = bodies();
        assert!(!bodies.is_empty());
        for operation in
            document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
        {
            let content = &operation["requestBody"]["content"]["application/json"];
            if content.is_null() {
                continue;
            }
            let id = operation["operationId"].as_str().unwrap();
            assert!(content["example"].is_object(), "{id} shows no body");
            let given: BTreeSet<String> = content["example"].as_object().unwrap().keys().cloned().collect();
            let (known, asked) = members(&document, &content["schema"]);
            assert!(given.is_subset(&known) && asked.is_subset(&given), "{id}: {given:?}, {known:?}, {asked:?}");
            bodies.remove(id);
        }
        assert!(bodies.is_empty(), "no operation takes {bodies:?}");
    }
}
