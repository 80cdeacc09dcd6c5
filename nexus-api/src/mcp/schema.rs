//! The schemas of tools, from the types that are read and written.

use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Where the schemas that a schema names stand in an `OpenAPI` document, and where in a document of its own.
const SHARED: &str = "#/components/schemas/";
const OWN: &str = "#/$defs/";

/// The schema of a type, with all that it names.
pub(super) fn of<T: ToSchema>() -> Map<String, Value> {
    let mut named = Vec::new();
    T::schemas(&mut named);
    let defs: Map<String, Value> =
        named.into_iter().filter_map(|(name, schema)| Some((name, serde_json::to_value(schema).ok()?))).collect();
    let mut root = serde_json::to_value(T::schema()).unwrap_or_default();
    if let Some(root) = root.as_object_mut().filter(|_| !defs.is_empty()) {
        root.insert("$defs".into(), Value::Object(defs));
    }
    turn(&mut root);
    let Value::Object(root) = root else { return Map::new() };
    root
}

/// Turns references to the own place. Types nest, and not deeply.
fn turn(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get_mut("$ref")
                && let Some(name) = to.strip_prefix(SHARED)
            {
                *to = format!("{OWN}{name}");
            }
            fields.values_mut().for_each(turn);
        }
        Value::Array(items) => items.iter_mut().for_each(turn),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use nexus_sdk::wire::{ToolDocument, ToolSearch};

    use super::*;

    #[test]
    fn every_reference_leads_into_the_schema() {
        for schema in [of::<ToolSearch>(), of::<ToolDocument>()] {
            let schema = Value::Object(schema);
            let text = schema.to_string();
            assert!(text.contains("\"$ref\""), "{text}");
            for to in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(schema.pointer(to).is_some(), "{to}: {text}");
            }
        }
    }
}
