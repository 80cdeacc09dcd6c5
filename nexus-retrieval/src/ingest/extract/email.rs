//! E-mail: the message, and what is attached to it as far as it can be read.

use std::panic;

use mail_parser::{Address, Message, MessageParser, MimeHeaders as _, PartType};

use super::{Budget, ContentType, Draft, ExtractError, Extracted, sniff};
use crate::ingest::location::Place;

/// How many messages may be inside of messages.
const MAX_NESTED: usize = 4;
/// The most attachments that are looked at.
const MAX_ATTACHMENTS: usize = 100;

pub(super) fn read(bytes: &[u8], budget: &Budget) -> Result<Extracted, ExtractError> {
    // The parser is not ours and asserts of bent messages, where assertions are on, what does not hold of them. Only it is
    // caught here: what breaks down behind it is a fault of ours and is seen as one.
    let parsed = panic::catch_unwind(|| MessageParser::default().parse(bytes)).unwrap_or_default();
    let message = parsed.ok_or_else(|| ExtractError::damaged("no message"))?;
    let mut mail = Mail { draft: Draft::new(budget), notes: Vec::new(), budget, attachments: 0 };
    mail.message(&message, 0)?;
    let title = message.subject().map(str::to_owned);
    let (text, marks) = mail.draft.finish();
    Ok(Extracted { text, marks, title, notes: mail.notes, headed: false })
}

struct Mail<'a> {
    draft: Draft,
    notes: Vec<String>,
    budget: &'a Budget,
    attachments: usize,
}

impl Mail<'_> {
    fn message(&mut self, message: &Message<'_>, depth: usize) -> Result<(), ExtractError> {
        self.budget.in_time()?;
        if depth >= MAX_NESTED {
            return Err(ExtractError::TooDeep);
        }
        self.head(message)?;
        self.body(message)?;
        for part in message.attachments() {
            self.attachments += 1;
            if self.attachments > MAX_ATTACHMENTS {
                return Err(ExtractError::too_large("attachments"));
            }
            match &part.body {
                PartType::Message(inner) => self.message(inner, depth + 1)?,
                PartType::Multipart(_) => {}
                _ => {
                    let declared = part.content_type().map_or_else(String::new, |t| match &t.c_subtype {
                        Some(subtype) => format!("{}/{subtype}", t.c_type),
                        None => t.c_type.to_string(),
                    });
                    self.attachment(part.contents(), &declared, part.attachment_name().unwrap_or_default())?;
                }
            }
        }
        Ok(())
    }

    fn head(&mut self, message: &Message<'_>) -> Result<(), ExtractError> {
        let people = |address: Option<&Address<'_>>| address.map(names).unwrap_or_default();
        let fields = [
            ("Subject", message.subject().unwrap_or_default().to_owned()),
            ("From", people(message.from())),
            ("To", people(message.to())),
            ("Cc", people(message.cc())),
            ("Date", message.date().map(mail_parser::DateTime::to_rfc3339).unwrap_or_default()),
        ];
        let lines = fields.iter().filter(|(_, value)| !value.trim().is_empty());
        self.draft.paragraph(&lines.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n"))
    }

    /// The text, or the page when there is no text.
    fn body(&mut self, message: &Message<'_>) -> Result<(), ExtractError> {
        let texts = message.text_bodies().filter_map(|part| match &part.body {
            PartType::Text(text) => Some(text.as_ref()),
            _ => None,
        });
        let text = texts.collect::<Vec<_>>().join("\n\n");
        if !text.trim().is_empty() {
            return self.draft.paragraph(&text);
        }
        for part in message.html_bodies() {
            if let PartType::Html(page) = &part.body {
                let read = super::html::read(page.as_bytes(), self.budget)?;
                self.draft.append(&read.text, &read.marks, &Place::default())?;
            }
        }
        Ok(())
    }

    /// What cannot be read is noted and left out, unless it is there to do harm.
    fn attachment(&mut self, bytes: &[u8], declared: &str, name: &str) -> Result<(), ExtractError> {
        let name: String = super::draft::one_line(name).chars().take(200).collect();
        let name = if name.is_empty() { "attachment".to_owned() } else { name };
        let read = sniff(bytes, declared, &name).and_then(|found| match found.content_type {
            // A message that is attached without saying so would begin to count its depth anew.
            ContentType::Email => Err(ExtractError::unsupported("message/rfc822")),
            other => super::read(other, &found.bytes, self.budget),
        });
        match read {
            Ok(read) => {
                self.draft.heading(2, &name)?;
                self.draft.append(&read.text, &read.marks, &Place { part: Some(name), ..Place::default() })?;
                // What comes next is not in the attachment: the heading of another one, or a message inside of this one.
                self.draft.place(Place::default());
                Ok(())
            }
            Err(harm @ (ExtractError::Bomb | ExtractError::TimedOut | ExtractError::TooLarge(_))) => Err(harm),
            Err(error) => {
                self.notes.push(format!("The attachment {name} was left out: {error}."));
                Ok(())
            }
        }
    }
}

fn names(address: &Address<'_>) -> String {
    let named = address.iter().take(50).map(|person| match (person.name(), person.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    });
    named.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ingest::{
        extract::{Limits, extract},
        location::Location,
    };

    fn mail(source: &str) -> Result<Extracted, ExtractError> {
        extract(ContentType::Email, source.replace('\n', "\r\n").as_bytes(), &Limits::default())
    }

    #[test]
    fn a_message_is_its_head_its_text_and_its_attachments() {
        let read = mail(
            "From: =?utf-8?q?J=C3=BCrgen?= <j@example.com>\nTo: ada@example.com\nSubject: Plan\nMIME-Version: 1.0\n\
             Date: Mon, 2 Jan 2026 03:04:05 +0000\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\
             Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n\
             <p>Gr=C3=BC=C3=9Fe <b>an</b> alle\n--B\nContent-Type: text/csv; name=sums.csv\n\
             Content-Disposition: attachment; filename=sums.csv\n\nName,Sum\nAda,5\n--B\n\
             Content-Type: image/png\nContent-Disposition: attachment; filename=a.png\n\
             Content-Transfer-Encoding: base64\n\niVBORw0KGgoAAAANSUhEUgAAAAA=\n--B--\n",
        )
        .unwrap();
        assert!(
            read.text.starts_with("Subject: Plan\nFrom: Jürgen <j@example.com>\nTo: ada@example.com\nDate: 2026-01-02")
        );
        assert!(read.text.contains("\n\nGrüße an alle\n\n## sums.csv\n\n| Name | Sum |"), "{}", read.text);
        assert_eq!(read.title.as_deref(), Some("Plan"));
        let part = read.marks.iter().find_map(|mark| mark.place.part.clone());
        assert_eq!(part.as_deref(), Some("sums.csv"));
        assert!(read.notes.iter().any(|note| note.contains("a.png was left out")), "{:?}", read.notes);
    }

    #[test]
    fn an_attachment_ends_where_the_next_thing_begins() {
        let read = mail(
            "From: a@b\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nwords\n--B\n\
             Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\none\n--B\n\
             Content-Type: text/plain\nContent-Disposition: attachment; filename=b.txt\n\ntwo\n--B\n\
             Content-Type: message/rfc822\n\nFrom: x@y\nSubject: inner\n\nthree\n--B--\n",
        )
        .unwrap();
        let part = |of: &str| {
            let start = read.text.split(of).next().unwrap().chars().count();
            let (start, end) = (u64::try_from(start).unwrap(), u64::try_from(start + of.len()).unwrap());
            let location = Location::of(&read.marks, start, end);
            assert!(location.iter().all(|location| location.turns.is_empty()), "{of}: {location:?}");
            location.and_then(|location| location.place.part)
        };
        for (of, expected) in [
            ("words", None),
            ("## a.txt", None),
            ("one", Some("a.txt")),
            ("## b.txt", None),
            ("two", Some("b.txt")),
            ("Subject: inner", None),
            ("three", None),
        ] {
            assert_eq!(part(of).as_deref(), expected, "{of} in {:?}", read.text);
        }
        // What stands nowhere in particular has no location, whatever was before it.
        let after = u64::try_from(read.text.chars().count()).unwrap();
        assert_eq!(Location::of(&read.marks, after - 5, after), None);
    }

    #[test]
    fn messages_in_messages_come_to_an_end() {
        let mut source = "From: a@b\nSubject: inner\n\ntext".to_owned();
        for n in 0..50 {
            source = format!(
                "From: a@b\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B{n}\n\n--B{n}\n\
                 Content-Type: message/rfc822\n\n{source}\n--B{n}--\n"
            );
        }
        assert_eq!(mail(&source).map(|_| ()), Err(ExtractError::TooDeep));
    }

    #[test]
    fn an_attachment_keeps_only_what_can_be_stored() {
        let source = "From: a@b\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nwords\n--B\n\
                      Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\n1\u{1}2\u{2}\n\n3\n--B--\n";
        let read = mail(source).unwrap();
        assert!(read.text.ends_with("words\n\n## a.txt\n\n12\n\n3"), "{:?}", read.text);
        let at = u64::try_from(read.text.chars().count() - "12\n\n3".len()).unwrap();
        let place = Place { part: Some("a.txt".into()), ..Place::default() };
        assert_eq!(read.marks, [crate::ingest::location::Mark { at, place }]);
        let read = mail(&source.replace("1\u{1}2\u{2}\n\n3", "\u{1}\u{2}")).unwrap();
        assert!(read.text.ends_with("words\n\n## a.txt") && read.marks.is_empty(), "{read:?}");
    }

    #[test]
    fn parts_that_end_twice_break_nothing_down() {
        let read = mail(
            "From: a@b\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\nCo: 1.0\n\
             Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/html\n\n<p>Hi\n--B\n\
             Content-Type: message/rfc822\n\nFrom: x@y\nSubb\n1,2\n--B\nContent-Type: message/rfc822\n\n\
             From: x@y\nSubject: inner\n\nbody\n--B--\nct: inner\n\nbody\n--B--\nent-Type: ",
        );
        assert!(matches!(read, Ok(_) | Err(ExtractError::Damaged(_))), "{read:?}");
    }

    #[test]
    fn a_message_of_nothing_is_empty() {
        assert!(matches!(mail("\n\n"), Err(ExtractError::Empty | ExtractError::Damaged(_))));
    }
}
