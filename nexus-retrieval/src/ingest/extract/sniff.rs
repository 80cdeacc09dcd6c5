//! What a source is, by its content. What a client or a name says decides only where the content leaves it open.

use std::borrow::Cow;

use super::{ContentType, ExtractError};

/// What a source was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sniffed<'a> {
    /// The format.
    pub content_type: ContentType,
    /// The source, in UTF-8 if it is a text.
    pub bytes: Cow<'a, [u8]>,
    /// What the client called it, when that is something else.
    pub declared: Option<String>,
}

/// How much of a source is looked at.
const HEAD: usize = 4096;
/// The beginning of an OLE file: an office format of old, or one that is encrypted.
const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Finds out what a source is. `declared` is the media type that the client named, `name` the name of the file.
pub fn sniff<'a>(bytes: &'a [u8], declared: &str, name: &str) -> Result<Sniffed<'a>, ExtractError> {
    let says_nothing = matches!(essence(declared).as_str(), "" | "application/octet-stream" | "binary/octet-stream");
    let hint = ContentType::named(declared).or_else(|| ContentType::of_name(name).filter(|_| says_nothing));
    if bytes.trim_ascii().is_empty() {
        return Err(ExtractError::Empty);
    }
    let (content_type, bytes) = if let Some(content_type) = magic(bytes)? {
        (content_type, Cow::Borrowed(bytes))
    } else {
        let text = decoded(bytes, declared, hint)?;
        (kind_of_text(&text, hint), text)
    };
    if !cfg!(feature = "files") && !content_type.is_text() {
        return Err(ExtractError::unsupported(content_type.as_str()));
    }
    let differs = !says_nothing && ContentType::named(declared) != Some(content_type);
    let declared = differs.then(|| essence(declared).chars().filter(|c| !c.is_control()).take(100).collect());
    Ok(Sniffed { content_type, bytes, declared })
}

fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A format that its first bytes give away, or nothing for what may be a text.
fn magic(bytes: &[u8]) -> Result<Option<ContentType>, ExtractError> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    if head.get(..1024).unwrap_or(head).windows(5).any(|window| window == b"%PDF-") && !looks_like_mail(head) {
        return Ok(Some(ContentType::Pdf));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zipped(bytes).map(Some).ok_or_else(|| ExtractError::unsupported("application/zip"));
    }
    if bytes.starts_with(OLE) {
        // A package that is encrypted lies in a stream of this name, written in UTF-16.
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let encrypted = bytes.windows(name.len()).any(|window| window == name);
        return Err(if encrypted {
            ExtractError::Encrypted
        } else {
            ExtractError::unsupported("application/x-ole-storage")
        });
    }
    Ok(None)
}

/// Which office format an archive is, by the names of its members; they stand in clear, also where the archive is cut off.
fn zipped(bytes: &[u8]) -> Option<ContentType> {
    let has = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    [
        (&b"word/document"[..], ContentType::Docx),
        (b"ppt/presentation", ContentType::Pptx),
        (b"xl/workbook", ContentType::Xlsx),
    ]
    .into_iter()
    .find(|(name, _)| has(name))
    .map(|(_, content_type)| content_type)
}

/// A text in UTF-8. Another encoding has to be named, or to begin with a mark of its own: guessing would be wrong silently.
fn decoded<'a>(bytes: &'a [u8], declared: &str, hint: Option<ContentType>) -> Result<Cow<'a, [u8]>, ExtractError> {
    let invalid = match std::str::from_utf8(bytes) {
        // In texts of seven bits an escape may change the alphabet.
        Ok(_) if !bytes.contains(&0) && !bytes.contains(&0x1B) => return Ok(Cow::Borrowed(bytes)),
        Ok(_) => None,
        Err(error) => Some(error.valid_up_to()),
    };
    if let Some(text) = in_named_encoding(bytes, declared)? {
        return Ok(Cow::Owned(text));
    }
    // These say themselves how they are encoded, if it is as these that they are read: a message that is said to be a plain
    // text has to be a text.
    if kind_of_text(bytes, hint) == ContentType::Email {
        return Ok(Cow::Borrowed(bytes));
    }
    if invalid.is_some() && begins_like_html(&String::from_utf8_lossy(bytes.get(..HEAD).unwrap_or(bytes))) {
        return Ok(Cow::Borrowed(bytes));
    }
    let said_to_be_text =
        hint.is_some_and(|h| h.is_text() || matches!(h, ContentType::Html | ContentType::Csv | ContentType::Email));
    match invalid {
        _ if !said_to_be_text || is_binary(bytes) => Err(ExtractError::unsupported(&essence(declared))),
        Some(at) => Err(ExtractError::NotUtf8(at)),
        None if bytes.contains(&0) => Err(ExtractError::Nul),
        None => Ok(Cow::Borrowed(bytes)),
    }
}

#[cfg(feature = "files")]
fn in_named_encoding(bytes: &[u8], declared: &str) -> Result<Option<Vec<u8>>, ExtractError> {
    use encoding_rs::{Encoding, UTF_8};
    let named = declared
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"))
        .and_then(|(_, label)| Encoding::for_label(label.trim_matches('"').as_bytes()));
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let Some(encoding) = marked.or(named).filter(|encoding| *encoding != UTF_8) else { return Ok(None) };
    let (text, _, broken) = encoding.decode(bytes);
    if broken {
        return Err(ExtractError::damaged(format!("the text is not {}", encoding.name())));
    }
    Ok(Some(text.into_owned().into_bytes()))
}

#[cfg(not(feature = "files"))]
fn in_named_encoding(_: &[u8], _: &str) -> Result<Option<Vec<u8>>, ExtractError> {
    Ok(None)
}

/// Whether there are so many bytes that no text has that it is none.
fn is_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let strange = head.iter().filter(|b| matches!(b, 0..=8 | 14..=26 | 28..=31 | 127)).count();
    head.len() > 32 && strange * 20 > head.len()
}

fn kind_of_text(bytes: &[u8], hint: Option<ContentType>) -> ContentType {
    let head = String::from_utf8_lossy(bytes.get(..HEAD).unwrap_or(bytes));
    if begins_like_html(&head) {
        return ContentType::Html;
    }
    match hint {
        Some(ContentType::Email) if begins_with_field(&head) => ContentType::Email,
        Some(said @ (ContentType::Markdown | ContentType::Json | ContentType::Html | ContentType::Csv)) => said,
        Some(ContentType::Plain) => ContentType::Plain,
        _ if looks_like_mail(head.as_bytes()) => ContentType::Email,
        None if looks_like_csv(&head) => ContentType::Csv,
        _ => ContentType::Plain,
    }
}

fn begins_like_html(head: &str) -> bool {
    let mut rest = head.trim_start_matches('\u{feff}').trim_start();
    while let Some(comment) = rest.strip_prefix("<!--").or_else(|| rest.strip_prefix("<?xml")) {
        let Some((_, behind)) = comment.split_once('>') else { return false };
        rest = behind.trim_start();
    }
    let start: String = rest.chars().take(20).collect::<String>().to_ascii_lowercase();
    ["<!doctype html", "<html", "<head>", "<body"].iter().any(|tag| start.starts_with(tag))
}

/// Whether the first lines are those of a message, so many that it is no accident.
fn looks_like_mail(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let lines = head.lines().skip_while(|line| line.starts_with("From ")).take_while(|line| !line.trim().is_empty());
    let mut fields = Vec::new();
    for line in lines.filter(|line| !line.starts_with([' ', '\t'])) {
        let Some((field, _)) = line.split_once(':') else { return false };
        fields.push(field.to_ascii_lowercase());
    }
    let has = |name: &str| fields.iter().any(|field| field == name);
    has("from") && ["message-id", "received", "mime-version"].iter().any(|name| has(name))
}

fn begins_with_field(head: &str) -> bool {
    let name = head.trim_start().split(':').next().unwrap_or_default();
    name.len() < 60 && !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == ' ')
}

/// Whether several lines have the same number of separators.
fn looks_like_csv(head: &str) -> bool {
    [',', ';', '\t'].iter().any(|separator| {
        let counts: Vec<usize> = head.lines().take(5).map(|line| line.matches(*separator).count()).collect();
        counts.len() >= 3 && counts.iter().take(3).all(|n| *n >= 2 && Some(n) == counts.first())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn kind(bytes: &[u8], declared: &str, name: &str) -> ContentType {
        sniff(bytes, declared, name).unwrap().content_type
    }

    #[test]
    fn the_content_decides_and_the_rest_is_a_hint() {
        assert_eq!(kind(b"words", "text/plain", "a.md"), ContentType::Plain);
        assert_eq!(kind(b"words", "", "a.md"), ContentType::Markdown);
        assert_eq!(kind(b"words", "application/octet-stream", "a.md"), ContentType::Markdown);
        assert_eq!(kind(b"words", "", "words"), ContentType::Plain);
        assert_eq!(kind(b"words", "application/pdf", "a.pdf"), ContentType::Plain);
        assert_eq!(kind(b"words", "image/png", "a.png"), ContentType::Plain);
        assert_eq!(kind(b"<p>words", "text/html", "a"), ContentType::Html);
        assert_eq!(kind(b"{\"text\":\"x\"}", "application/json", "a"), ContentType::Json);
        assert_eq!(kind(b"{\"text\":\"x\"}", "text/plain", "a"), ContentType::Plain);
    }

    #[test]
    #[cfg(feature = "files")]
    fn formats_are_found_under_false_names() {
        assert_eq!(kind(b"\n<!-- x -->\n<!DOCTYPE HTML><p>", "text/plain", "a.txt"), ContentType::Html);
        assert_eq!(kind(b"junk %PDF-1.7\n\x00\xff", "text/plain", "a.txt"), ContentType::Pdf);
        assert_eq!(kind(b"PK\x03\x04....word/document.xml", "application/zip", "a.zip"), ContentType::Docx);
        assert_eq!(kind(b"a,b,c\n1,2,3\n4,5,6\n", "", ""), ContentType::Csv);
        let mail = b"Received: by x\nFrom: a@b\nSubject: Hi\nMIME-Version: 1.0\n\n%PDF-1.4";
        assert_eq!(kind(mail, "application/octet-stream", ""), ContentType::Email);
        assert_eq!(kind(b"Subject: Hi\n\nBody", "message/rfc822", ""), ContentType::Email);
        assert_eq!(kind(b"a note: from: me\n\nBody", "", "a.txt"), ContentType::Plain);
    }

    #[test]
    fn a_difference_is_noted() {
        let said = |declared| sniff(b"words", declared, "a.txt").unwrap().declared;
        assert_eq!((said("text/plain"), said(""), said("application/octet-stream")), (None, None, None));
        assert_eq!(said("application/pdf; x=y").as_deref(), Some("application/pdf"));
        assert_eq!(said("image/png").as_deref(), Some("image/png"));
    }

    #[test]
    fn what_is_no_text_is_not_guessed_at() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        for declared in ["image/png", "", "application/pdf"] {
            assert!(matches!(sniff(png, declared, "a.png"), Err(ExtractError::Unsupported(_))), "{declared}");
        }
        let noise: Vec<u8> = (0..=255).cycle().take(5000).collect();
        assert!(matches!(sniff(&noise, "text/plain", "a"), Err(ExtractError::Unsupported(_))));
        assert_eq!(sniff(b"ab\xff", "text/plain", "a"), Err(ExtractError::NotUtf8(2)));
        assert_eq!(sniff(b"a\0b", "text/plain", "a"), Err(ExtractError::Nul));
        assert_eq!(sniff(b" \n", "text/plain", "a"), Err(ExtractError::Empty));
        assert!(matches!(sniff(b"PK\x03\x04....file.txt", "", "a"), Err(ExtractError::Unsupported(_))));
        assert!(matches!(sniff(OLE, "application/msword", "a.doc"), Err(ExtractError::Unsupported(_))));
    }

    #[test]
    fn a_message_that_is_read_as_a_text_has_to_be_one() {
        let mail = |body: &[u8]| [&b"From: a@b\nMIME-Version: 1.0\n\n"[..], body].concat();
        let found = |bytes: &[u8], declared, name| sniff(bytes, declared, name).map(|found| found.content_type);
        for (declared, name) in
            [("text/plain", "a.eml"), ("", "a.txt"), ("application/json", ""), ("text/markdown", "")]
        {
            assert_eq!(found(&mail(b"Gr\xfc\xdfe"), declared, name), Err(ExtractError::NotUtf8(31)), "{declared}");
            assert_eq!(found(&mail(b"a\0b"), declared, name), Err(ExtractError::Nul), "{declared}");
        }
        assert_eq!(found(&mail("Grüße \u{1b}".as_bytes()), "text/plain", ""), Ok(ContentType::Plain));
        // What is said to be a message and does not begin like one is a text.
        assert_eq!(found(b"\xfc\xdf words", "message/rfc822", ""), Err(ExtractError::NotUtf8(0)));
        assert_eq!(found(b"", "message/rfc822", ""), Err(ExtractError::Empty));
    }

    #[test]
    #[cfg(feature = "files")]
    fn a_message_says_itself_how_it_is_encoded() {
        let bytes = b"From: a@b\nMIME-Version: 1.0\n\nGr\xfc\xdfe";
        for (declared, name) in [("", "a"), ("", "a.eml"), ("message/rfc822", ""), ("application/pdf", "")] {
            let found = sniff(bytes, declared, name).unwrap();
            assert_eq!(
                (found.content_type, found.bytes.as_ref()),
                (ContentType::Email, &bytes[..]),
                "{declared} {name}"
            );
        }
    }

    #[test]
    fn an_encrypted_office_file_says_so() {
        let mut file = OLE.to_vec();
        file.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(sniff(&file, "", "a.docx"), Err(ExtractError::Encrypted));
    }

    #[test]
    #[cfg(feature = "files")]
    fn texts_of_other_encodings_are_read_when_they_say_so() {
        let text = |bytes: &[u8], declared| sniff(bytes, declared, "a.txt").map(|s| s.bytes.into_owned());
        assert_eq!(text(b"Gr\xfc\xdfe", "text/plain; charset=latin1").unwrap(), "Grüße".as_bytes());
        let utf16: Vec<u8> = "\u{feff}Grüße".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&utf16, "text/plain").unwrap(), "Grüße".as_bytes());
        // What is said and is not so does not matter where the text is readable.
        assert_eq!(text("Grüße".as_bytes(), "text/plain; charset=latin1").unwrap(), "Grüße".as_bytes());
        assert_eq!(text(b"x", "text/plain; charset=utf-16").unwrap(), b"x");
    }
}
