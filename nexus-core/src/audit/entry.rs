//! An event as a stranger sees it: every column as text, and the one sequence of bytes that is hashed of it. Pure.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value, value::RawValue};

use super::tree::Hash;

/// What the bytes of an event begin with, so that nothing else passes for one.
const TAG: &str = "nexusrag-audit-event/1";

/// A text that is borrowed where it has no escapes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(pub Cow<'a, str>);

impl<S: Into<String>> From<S> for Text<'_> {
    fn from(text: S) -> Self {
        Self(Cow::Owned(text.into()))
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// An event, as it is hashed and exported. Times are UTC with six digits behind the second and a `Z`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry<'a> {
    /// Its number in the installation.
    pub id: i64,
    /// When it happened.
    #[serde(borrow)]
    pub occurred_at: Text<'a>,
    /// In which tenant; absent for what concerns the platform.
    #[serde(borrow)]
    pub tenant_id: Option<Text<'a>>,
    /// How the actor was identified.
    #[serde(borrow)]
    pub actor_type: Text<'a>,
    /// The credential of the actor.
    #[serde(borrow)]
    pub actor_id: Option<Text<'a>>,
    /// The role of the actor at that time.
    #[serde(borrow)]
    pub actor_role: Option<Text<'a>>,
    /// What happened.
    #[serde(borrow)]
    pub event_type: Text<'a>,
    /// `success` or `failure`.
    #[serde(borrow)]
    pub outcome: Text<'a>,
    /// The kind of thing that it was done to.
    #[serde(borrow)]
    pub resource_type: Option<Text<'a>>,
    /// The thing that it was done to.
    #[serde(borrow)]
    pub resource_id: Option<Text<'a>>,
    /// The request that caused it.
    #[serde(borrow)]
    pub request_id: Option<Text<'a>>,
    /// The address of the caller.
    #[serde(borrow)]
    pub ip_address: Option<Text<'a>>,
    /// The program of the caller.
    #[serde(borrow)]
    pub user_agent: Option<Text<'a>>,
    /// Further facts, as JSON.
    #[serde(borrow, serialize_with = "write_raw", deserialize_with = "read_raw")]
    pub metadata_json: Cow<'a, str>,
    /// The code that the caller was given.
    #[serde(borrow)]
    pub error_code: Option<Text<'a>>,
    /// When it was written.
    #[serde(borrow)]
    pub created_at: Text<'a>,
}

impl Entry<'_> {
    /// The chain that it belongs to: its tenant, or the empty name for what concerns the platform.
    #[must_use]
    pub fn chain(&self) -> &str {
        self.tenant_id.as_ref().map_or("", |tenant| &tenant.0)
    }

    /// The hash of this event at a place of its chain. Metadata is taken as it is written.
    #[must_use]
    pub fn leaf(&self, seq: u64, buffer: &mut Vec<u8>) -> Hash {
        self.bytes(seq, &self.metadata_json, buffer);
        Hash::leaf(buffer)
    }

    /// As [`Entry::leaf`], after metadata was written anew: spaces and the order of its fields do not count.
    #[must_use]
    pub fn leaf_rewritten(&self, seq: u64, buffer: &mut Vec<u8>) -> Hash {
        self.bytes(seq, &canonical(&self.metadata_json), buffer);
        Hash::leaf(buffer)
    }

    /// Each column as its length in four bytes and its text; what is absent as the length 2³² − 1 and nothing.
    fn bytes(&self, seq: u64, metadata: &str, buffer: &mut Vec<u8>) {
        buffer.clear();
        let mut digits = Digits::default();
        put(buffer, TAG);
        put(buffer, digits.of(i128::from(seq)));
        put(buffer, digits.of(i128::from(self.id)));
        put(buffer, &self.occurred_at.0);
        put_option(buffer, self.tenant_id.as_ref());
        put(buffer, &self.actor_type.0);
        put_option(buffer, self.actor_id.as_ref());
        put_option(buffer, self.actor_role.as_ref());
        put(buffer, &self.event_type.0);
        put(buffer, &self.outcome.0);
        put_option(buffer, self.resource_type.as_ref());
        put_option(buffer, self.resource_id.as_ref());
        put_option(buffer, self.request_id.as_ref());
        put_option(buffer, self.ip_address.as_ref());
        put_option(buffer, self.user_agent.as_ref());
        put(buffer, metadata);
        put_option(buffer, self.error_code.as_ref());
        put(buffer, &self.created_at.0);
    }
}

/// A text with its length before it.
pub(super) fn put(buffer: &mut Vec<u8>, text: &str) {
    // The longest column of the database is shorter than this bound.
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX - 1);
    buffer.extend_from_slice(&length.to_be_bytes());
    buffer.extend_from_slice(text.as_bytes());
}

fn put_option(buffer: &mut Vec<u8>, text: Option<&Text<'_>>) {
    match text {
        Some(text) => put(buffer, &text.0),
        None => buffer.extend_from_slice(&u32::MAX.to_be_bytes()),
    }
}

/// Writes numbers without allocating.
#[derive(Default)]
struct Digits(String);

impl Digits {
    fn of(&mut self, number: i128) -> &str {
        use fmt::Write as _;
        self.0.clear();
        let _ = write!(self.0, "{number}");
        &self.0
    }
}

/// JSON without spaces, the fields of each object in the order of their bytes. What is no JSON stays as it is.
#[must_use]
pub fn canonical(json: &str) -> String {
    serde_json::from_str::<Value>(json).map_or_else(|_| json.to_owned(), |value| canonical_value(&value))
}

/// As [`canonical`], of a value.
#[must_use]
pub fn canonical_value(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| name.as_str());
            text.push('{');
            for (n, (name, value)) in fields.into_iter().enumerate() {
                if n > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write_value(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    text.push(',');
                }
                write_value(item, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

fn write_raw<S: Serializer>(json: &str, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::Error as _;
    let raw: &RawValue = serde_json::from_str(json).map_err(S::Error::custom)?;
    raw.serialize(serializer)
}

fn read_raw<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'a, str>, D::Error> {
    <&'de RawValue>::deserialize(deserializer).map(|raw| Cow::Borrowed(raw.get()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn json_has_one_form() {
        let once = canonical(r#" { "b" : [1, {"z":null,"a":"\u00e9\n"}], "a" : true } "#);
        assert_eq!(once, "{\"a\":true,\"b\":[1,{\"a\":\"é\\n\",\"z\":null}]}");
        assert_eq!(canonical(&once), once);
        assert_eq!(canonical("1e999"), "1e999");
    }

    #[test]
    fn an_event_survives_its_line_and_every_column_counts() {
        let line = r#"{"id":7,"occurred_at":"2026-01-02T03:04:05.000006Z","tenant_id":"t1","actor_type":"api_key",
            "actor_id":"k","actor_role":null,"event_type":"run.invoked","outcome":"success","resource_type":"run",
            "resource_id":"r\"1","request_id":"q","ip_address":null,"user_agent":"a","metadata_json":{"a":1},
            "error_code":null,"created_at":"2026-01-02T03:04:05.000007Z"}"#;
        let entry: Entry<'_> = serde_json::from_str(line).unwrap();
        let text = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry<'_>>(&text).unwrap(), entry);
        let mut buffer = Vec::new();
        let leaf = entry.leaf(1, &mut buffer);
        assert_ne!(entry.leaf(2, &mut buffer), leaf);
        let spaced = text.replace(r#"{"a":1}"#, r#"{ "a": 1 }"#);
        let spaced: Entry<'_> = serde_json::from_str(&spaced).unwrap();
        assert_ne!(spaced.leaf(1, &mut buffer), leaf);
        assert_eq!(spaced.leaf_rewritten(1, &mut buffer), leaf);
        // Absent is not empty, and a text does not run into the next one.
        let mut empty = entry.clone();
        empty.actor_role = Some(Text::from(""));
        assert_ne!(empty.leaf(1, &mut buffer), leaf);
        let mut moved = entry.clone();
        (moved.actor_type, moved.actor_id) = (Text::from("api_keyk"), Some(Text::from("")));
        assert_ne!(moved.leaf(1, &mut buffer), leaf);
    }
}
