//! What makes two requests the same, and what is done about it: pure rules.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Answer, Key, Scope};

/// SHA-256 of something.
pub type Digest = [u8; 32];

/// The answer to an earlier request of the same scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What the earlier request asked for.
    pub request: Digest,
    /// How long the answer counts.
    pub expires_at: DateTime<Utc>,
    /// The answer.
    pub answer: Answer,
}

/// What to do with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is the first of its scope, or the one before is forgotten.
    Perform,
    /// It was answered before.
    Repeat(Answer),
    /// Its key came with another request before.
    Conflict,
}

/// Compares a request with what is on record.
#[must_use]
pub fn judge(record: Option<Record>, request: &Digest, now: DateTime<Utc>) -> Verdict {
    match record.filter(|record| record.expires_at > now) {
        None => Verdict::Perform,
        Some(record) if record.request == *request => Verdict::Repeat(record.answer),
        Some(_) => Verdict::Conflict,
    }
}

/// The digest under which a scope is found.
#[must_use]
pub fn scope(scope: &Scope<'_>) -> Digest {
    let Scope { actor, method, path, key, .. } = scope;
    join([actor.as_str(), method, path, key.as_str()].into_iter().map(str::as_bytes))
}

/// The digest of all that a request asks for: its query, and the digest of its body.
#[must_use]
pub fn request(query: &str, body: &Digest) -> Digest {
    join([query.as_bytes(), body])
}

/// The digest of a JSON body: members of objects in any order and spaces are the same. `None` for what is no JSON.
#[must_use]
pub fn json(body: &[u8]) -> Option<Digest> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let mut canonical = Vec::with_capacity(body.len());
    write(&value, &mut canonical);
    Some(Sha256::digest(&canonical).into())
}

/// The digest of the parts of a form, each with its name: texts as they are, and files by their content.
#[must_use]
pub fn form<'a>(parts: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Digest {
    let mut digests: Vec<Digest> = parts.into_iter().map(|(name, part)| join([name.as_bytes(), part])).collect();
    digests.sort_unstable();
    join(digests.iter().map(Digest::as_slice))
}

/// Each piece goes in with its length, so that no two lists of pieces look alike.
fn join<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update((piece.len() as u64).to_be_bytes());
        hash.update(piece);
    }
    hash.finalize().into()
}

/// Writes JSON compactly, with the members of objects in order. Bodies were refused before when they nest too deeply.
fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            out.push(b'{');
            for (place, (name, member)) in members.into_iter().enumerate() {
                separate(place, out);
                out.extend_from_slice(Value::from(name.as_str()).to_string().as_bytes());
                out.push(b':');
                write(member, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (place, item) in items.iter().enumerate() {
                separate(place, out);
                write(item, out);
            }
            out.push(b']');
        }
        _ => out.extend_from_slice(value.to_string().as_bytes()),
    }
}

fn separate(place: usize, out: &mut Vec<u8>) {
    if place > 0 {
        out.push(b',');
    }
}

/// Reads a key: printable ASCII, at most [`Key::MAX`] characters without the spaces around it.
pub(super) fn key(text: &[u8]) -> Option<Key> {
    let text = std::str::from_utf8(text.trim_ascii()).ok()?;
    let fits = (1..=Key::MAX).contains(&text.len()) && text.bytes().all(|b| matches!(b, b' '..=b'~'));
    fits.then(|| Key(text.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use serde_json::json as value;

    #[test]
    fn a_key_is_short_and_printable() {
        assert_eq!(key(b"  a key \t").unwrap().as_str(), "a key");
        assert!(key("x".repeat(128).as_bytes()).is_some());
        let long = "x".repeat(129);
        for bad in [&b""[..], b"   ", b"a\nb", b"\xff", "é".as_bytes(), long.as_bytes()] {
            assert!(key(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_written_differently_is_the_same() {
        let one = json(br#"{"b":[1,{"y":null,"x":"\u0041"}],"a":true}"#).unwrap();
        assert_eq!(json(b" { \"a\" : true , \"b\" : [ 1 , { \"x\":\"A\", \"y\":null } ] } ").unwrap(), one);
        for other in [r#"{"b":[{"y":null,"x":"A"},1],"a":true}"#, r#"{"a":true}"#, r#"{"a":1,"b":[]}"#, "null"] {
            assert_ne!(json(other.as_bytes()).unwrap(), one, "{other}");
        }
        assert_eq!(json(b"{"), None);
    }

    #[test]
    fn pieces_do_not_run_into_each_other() {
        assert_ne!(form([("a", &b"bc"[..])]), form([("ab", &b"c"[..])]));
        assert_ne!(form([("a", &b"1"[..]), ("b", b"2")]), form([("a", &b"2"[..]), ("b", b"1")]));
        assert_eq!(form([("a", &b"1"[..]), ("b", b"2")]), form([("b", &b"2"[..]), ("a", b"1")]));
        assert_ne!(request("a=1", &[0; 32]), request("", &[0; 32]));
    }

    #[test]
    fn what_is_forgotten_does_not_stand_in_the_way() {
        let now = DateTime::UNIX_EPOCH;
        let answer = Answer { request_id: "r".parse().unwrap(), status: 200, headers: Vec::new(), body: None };
        let record = |expires_at| Some(Record { request: [1; 32], expires_at, answer: answer.clone() });
        let later = now + chrono::Duration::seconds(1);
        assert_eq!(judge(None, &[1; 32], now), Verdict::Perform);
        assert_eq!(judge(record(now), &[2; 32], now), Verdict::Perform);
        assert_eq!(judge(record(later), &[1; 32], now), Verdict::Repeat(answer.clone()));
        assert_eq!(judge(record(later), &[2; 32], now), Verdict::Conflict);
    }

    fn a_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-c\"\\\\é]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c\"]{0,2}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn digests_tell_values_apart(one in a_value(), two in a_value()) {
            let digest = |value: &Value| json(value.to_string().as_bytes()).unwrap();
            prop_assert_eq!(digest(&one) == digest(&two), one == two);
            prop_assert_eq!(digest(&value!([one, two])), json(format!("[ {one} , {two} ]").as_bytes()).unwrap());
        }

        #[test]
        fn any_bytes_are_survived(body: Vec<u8>) {
            let _ = (json(&body), key(&body));
        }
    }
}
