//! JSON as text: the `text` of an object that has one, to the letter; anything else value by value, each with the path that
//! leads to it, as it is read and without a tree. Several values in one file, one on each line, are read one after the other.

use std::{borrow::Cow, cell::RefCell, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Budget, Draft, ExtractError, Extracted};

/// Texts from this length on, or with several lines, are paragraphs of their own.
const LONG: usize = 200;
/// The longest path to a value; one that is longer is nested too deeply to be of use.
const MAX_PATH: usize = 2000;

pub(super) fn read(bytes: &[u8], budget: &Budget) -> Result<Extracted, ExtractError> {
    if let Some(text) = text_field(bytes) {
        return Ok(Extracted { text, ..Extracted::default() });
    }
    let writer = RefCell::new(Writer { draft: Draft::new(budget), budget, below: String::new(), error: None });
    let mut file = serde_json::Deserializer::from_slice(bytes);
    let mut line = 0_usize;
    // One value is the whole file; from the second on each has its number.
    while file.end().is_err() {
        line += 1;
        let root = if line == 1 { "$".to_owned() } else { format!("$[{}]", line - 1) };
        let value = Value { writer: &writer, record: &root, path: Cow::Borrowed(""), number: None };
        if let Err(error) = value.deserialize(&mut file) {
            let own = writer.borrow_mut().error.take();
            let deep = error.to_string().starts_with("recursion limit");
            return Err(own.unwrap_or(if deep { ExtractError::TooDeep } else { ExtractError::NotTextJson }));
        }
    }
    let (text, marks) = writer.into_inner().draft.finish();
    Ok(Extracted { text, marks, headed: true, ..Extracted::default() })
}

fn text_field(bytes: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct File {
        text: String,
    }
    // The library would also read a list as the fields in their order.
    let is_object = bytes.trim_ascii_start().first() == Some(&b'{');
    serde_json::from_slice::<File>(bytes).ok().filter(|_| is_object).map(|file| file.text)
}

struct Writer<'a> {
    draft: Draft,
    budget: &'a Budget,
    /// The record whose heading was written last.
    below: String,
    error: Option<ExtractError>,
}

impl Writer<'_> {
    /// Writes a value below the heading of its record.
    fn write(&mut self, record: &str, path: &str, text: &str) -> Result<(), ExtractError> {
        self.budget.cells(1)?;
        if text.trim().is_empty() {
            return Ok(());
        }
        let begins = self.below != record;
        if begins {
            // What stands at the top of a file needs no heading, unless something stands above it.
            if !(self.below.is_empty() && record == "$") {
                self.draft.heading(1, record)?;
            }
            record.clone_into(&mut self.below);
        }
        match path {
            "" => self.draft.paragraph(text),
            _ if text.len() >= LONG || text.contains('\n') => self.draft.paragraph(&format!("{path}:\n{text}")),
            _ if begins => self.draft.paragraph(&format!("{path}: {text}")),
            _ => self.draft.line(&format!("{path}: {text}")),
        }
    }
}

/// A value to be read: the record that it belongs to, and its path inside of it.
struct Value<'w, 'a> {
    writer: &'w RefCell<Writer<'a>>,
    record: &'w str,
    path: Cow<'w, str>,
    /// Its number, if it is one of a list: it is a record of its own if it has values of its own.
    number: Option<usize>,
}

impl Value<'_, '_> {
    /// Where its own values belong.
    fn place<E: de::Error>(&self) -> Result<(Cow<'_, str>, &str), E> {
        let mut writer = self.writer.borrow_mut();
        let fits = if self.record.len() + self.path.len() > MAX_PATH { Err(ExtractError::TooDeep) } else { Ok(()) };
        fits.and_then(|()| writer.budget.step()).map_err(|error| stop(&mut writer, error))?;
        let dot = if self.path.is_empty() { "" } else { "." };
        Ok(match self.number {
            Some(number) => (format!("{}{dot}{}[{number}]", self.record, self.path).into(), ""),
            None => (Cow::Borrowed(self.record), &self.path),
        })
    }

    fn write<E: de::Error>(&self, text: &str) -> Result<(), E> {
        let mut writer = self.writer.borrow_mut();
        let written = writer.write(self.record, &self.path, text);
        written.map_err(|error| stop(&mut writer, error))
    }
}

/// The parser's errors are texts; what stopped it is kept beside.
fn stop<E: de::Error>(writer: &mut Writer<'_>, error: ExtractError) -> E {
    writer.error = Some(error);
    E::custom("more than is read")
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.write("")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.write(if value { "true" } else { "false" })
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.write(&value.to_string())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.write(&value.to_string())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        self.write(&value.to_string())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<(), E> {
        self.write(value)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let (record, above) = self.place()?;
            let path = if above.is_empty() { key } else { format!("{above}.{key}") };
            map.next_value_seed(Value { writer: self.writer, record: &record, path: path.into(), number: None })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let (record, path) = self.place()?;
        for number in 0_usize.. {
            let path = Cow::Borrowed(path);
            let value = Value { writer: self.writer, record: &record, path, number: Some(number) };
            if list.next_element_seed(value)?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::ingest::extract::{ContentType, ExtractError, Limits, extract};

    fn json(source: &str) -> Result<String, ExtractError> {
        extract(ContentType::Json, source.as_bytes(), &Limits::default()).map(|read| read.text)
    }

    #[test]
    fn a_text_is_taken_to_the_letter_and_anything_else_value_by_value() {
        assert_eq!(json(r#"{"x":1,"text":" hi\n"}"#).unwrap(), " hi\n");
        assert_eq!(
            json(
                r#"{"title":"Plan","owner":{"name":"Ada","tags":["a","b"],"left":null},"rooms":[{"no":1,"open":true},
                {"no":2,"sizes":[[1.5],[2]]}],"note":"end"}"#
            )
            .unwrap(),
            "title: Plan\nowner.name: Ada\nowner.tags: a\nowner.tags: b\n\n# $.rooms[0]\n\nno: 1\nopen: true\n\n\
             # $.rooms[1]\n\nno: 2\n\n# $.rooms[1].sizes[0]\n\n1.5\n\n# $.rooms[1].sizes[1]\n\n2\n\n# $\n\nnote: end"
        );
        assert_eq!(json("\"words\"").unwrap(), "words");
        assert_eq!(json("{\"text\":5}").unwrap(), "text: 5");
        assert_eq!(json("{\"a\":\"one\\ntwo\"}").unwrap(), "a:\none\ntwo");
    }

    #[test]
    fn lines_of_json_are_records() {
        assert_eq!(json("{\"a\":1,\"b\":2}\n{\"a\":3}\n").unwrap(), "a: 1\nb: 2\n\n# $[1]\n\na: 3",);
    }

    #[test]
    fn what_is_no_json_or_says_nothing_is_refused() {
        for bad in ["{", "words", "{\"a\":1} x", "[1,]", "{\"text\":\"a\"} }"] {
            assert_eq!(json(bad), Err(ExtractError::NotTextJson), "{bad}");
        }
        for empty in ["[]", "{}", "null", "{\"a\":[{},[]]}", "{\"text\":\" \"}"] {
            assert_eq!(json(empty), Err(ExtractError::Empty), "{empty}");
        }
        assert_eq!(json(&"[".repeat(100_000)), Err(ExtractError::TooDeep));
        let long = format!("{{\"{}\":[[1]]}}", "k".repeat(3000));
        assert_eq!(json(&long), Err(ExtractError::TooDeep));
        let limits = Limits { cells: 1000, ..Limits::default() };
        let many = format!("[{}1]", "1,".repeat(2000));
        assert_eq!(extract(ContentType::Json, many.as_bytes(), &limits), Err(ExtractError::too_large("cells")));
    }
}
