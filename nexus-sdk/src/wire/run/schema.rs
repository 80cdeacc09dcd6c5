//! The schema of a run's events for the API document: one alternative for each type, and the heartbeat.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::RunEvent;
use super::event::payloads;

type Named = (String, RefOr<Schema>);

/// One type of event and the schema of its `data`.
pub(super) struct Payload {
    kind: &'static str,
    schema: Named,
    collect: fn(&mut Vec<Named>),
}

impl Payload {
    pub(super) fn of<T: ToSchema>(kind: &'static str) -> Self {
        Self { kind, schema: (T::name().into_owned(), T::schema()), collect: T::schemas }
    }

    fn alternative(&self) -> ObjectBuilder {
        ObjectBuilder::new()
            .title(Some(self.kind))
            .property("type", text().enum_values(Some([self.kind])))
            .required("type")
            .property("request_id", text().description(Some("The id of the run.")))
            .required("request_id")
            .property("session_id", text().description(Some("The conversation.")))
            .required("session_id")
            .property("data", Ref::from_schema_name(self.schema.0.clone()))
            .required("data")
            .property("seq", seq())
            .required("seq")
    }
}

impl PartialSchema for RunEvent {
    fn schema() -> RefOr<Schema> {
        let alternatives = OneOfBuilder::new().description(Some("One event of a run."));
        payloads().iter().fold(alternatives, |all, payload| all.item(payload.alternative())).item(heartbeat()).into()
    }
}

impl ToSchema for RunEvent {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("RunEvent")
    }

    fn schemas(schemas: &mut Vec<Named>) {
        for payload in payloads() {
            schemas.push(payload.schema);
            (payload.collect)(schemas);
        }
    }
}

fn heartbeat() -> ObjectBuilder {
    ObjectBuilder::new()
        .title(Some("heartbeat"))
        .property("ts", text().description(Some("The server's clock, ISO 8601.")))
        .required("ts")
        .property("request_id", text().description(Some("The id of the run.")))
        .required("request_id")
        .property("seq", seq())
        .required("seq")
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn seq() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .description(Some("The event's number, counted from 1; equal to the frame's `id`."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::wire::RunEventData;

    #[test]
    fn every_type_is_an_alternative_and_its_payload_is_collected() {
        let schema = serde_json::to_value(RunEvent::schema()).unwrap();
        let kinds: Vec<serde_json::Value> =
            schema["oneOf"].as_array().unwrap().iter().map(|one| one["title"].clone()).collect();
        let expected: Vec<serde_json::Value> =
            RunEventData::KINDS.iter().chain(&["heartbeat"]).map(|kind| (*kind).into()).collect();
        assert_eq!(kinds, expected);

        let mut collected = Vec::new();
        RunEvent::schemas(&mut collected);
        for name in ["TokenDelta", "Citation", "SlaDegradeActions", "EstimateMeta"] {
            assert!(collected.iter().any(|(collected, _)| collected == name), "{name} is collected");
        }
    }
}
