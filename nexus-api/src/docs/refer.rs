//! Names in place of copies. A generic type such as the envelope comes with a copy of what it holds, and whoever generates
//! code from the document would get a type of its own for each copy.

use utoipa::openapi::{Components, Ref, RefOr, Schema, schema::ArrayItems};

const ENVELOPE: &str = "Envelope_";
const LIST: &str = "Vec_";

/// Lets each envelope refer to what it holds, wherever that has a name of its own.
pub(super) fn to_named(components: &mut Components) {
    let names: Vec<String> = components.schemas.keys().filter(|name| name.starts_with(ENVELOPE)).cloned().collect();
    for name in names {
        let held = name.trim_start_matches(ENVELOPE).trim_start_matches(LIST).to_owned();
        let Some(known) = components.schemas.get(&held).cloned() else { continue };
        let Some(RefOr::T(Schema::Object(envelope))) = components.schemas.get_mut(&name) else { continue };
        match envelope.properties.get_mut("data") {
            Some(RefOr::T(Schema::Array(list))) => {
                if let ArrayItems::RefOrSchema(item) = &mut list.items {
                    shorten(item, &known, &held);
                }
            }
            Some(data) => shorten(data, &known, &held),
            None => {}
        }
    }
}

/// A copy that says anything else than what it was made of stays.
fn shorten(schema: &mut RefOr<Schema>, known: &RefOr<Schema>, name: &str) {
    if schema == known {
        *schema = RefOr::Ref(Ref::from_schema_name(name));
    }
}
