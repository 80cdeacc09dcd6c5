//! Forms with files. Everything is counted: the parts, the bytes of each, the bytes of all, the length of names.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use bytes::{Bytes, BytesMut};
use http::header;
use nexus_core::problem::{Code, Kind};

use super::{
    context::{BodyLimits, Context},
    faults::Faults,
    once::BodyDigest,
    read,
    refusal::Refusal,
};

/// How much of a form is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormLimits {
    /// Parts of both sorts.
    pub parts: usize,
    /// The bytes of a field.
    pub text: usize,
    /// The bytes of a file.
    pub file: usize,
    /// The bytes of the whole form with its framing.
    pub total: usize,
    /// The characters of a field's or file's name.
    pub name: usize,
}

impl FormLimits {
    /// The usual limits around a file of a given size.
    #[must_use]
    pub fn around(file: usize) -> Self {
        let text = 64 * 1024;
        Self { parts: 32, text, file, total: file.saturating_add(16 * text), name: 255 }
    }
}

/// A form that was announced and not read yet; [`Multipart::read`] reads it within limits.
#[derive(Debug)]
pub struct Multipart {
    body: Body,
    boundary: String,
    declared: http::HeaderMap,
    limits: BodyLimits,
    digest: Option<BodyDigest>,
}

/// A form that was read.
#[derive(Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
    files: Vec<Upload>,
}

/// A file of a form.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The name of the form's field.
    pub field: String,
    /// The name that the client gives the file. It is a label: never part of a path.
    pub filename: Option<String>,
    /// The type that the client gives the file.
    pub content_type: Option<String>,
    /// The file.
    pub bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Multipart {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let declared = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(declared).map_err(|_| {
            let message = "The content type must be multipart/form-data with a boundary";
            Refusal::new(Kind::UnsupportedMedia, Code::UnsupportedMediaType, message)
        })?;
        read::refuse_encoding(&parts.headers)?;
        let limits = parts.extensions.get::<Context>().map(|c| c.body).unwrap_or_default();
        let digest = parts.extensions.get::<BodyDigest>().cloned();
        Ok(Self { body, boundary, declared: parts.headers, limits, digest })
    }
}

impl Multipart {
    /// Reads the form.
    pub async fn read(self, limits: &FormLimits) -> Result<Form, Refusal> {
        read::refuse_length(&self.declared, limits.total)?;
        let total = u64::try_from(limits.total).unwrap_or(u64::MAX);
        let constraints = multer::Constraints::new().size_limit(multer::SizeLimit::new().whole_stream(total));
        let pieces = futures::StreamExt::map(read::pieces(self.body, self.limits), |p| p.map_err(Broken));
        let mut parts = multer::Multipart::with_constraints(pieces, self.boundary, constraints);
        let mut form = Form::default();
        while let Some(part) = parts.next_field().await.map_err(|e| refuse(e, limits))? {
            if form.fields.len() + form.files.len() >= limits.parts {
                return Err(fault("", "too_long", &format!("a form may have at most {} parts", limits.parts)));
            }
            form.take(part, limits).await?;
        }
        if let Some(digest) = self.digest {
            digest.of_form(form.parts());
        }
        Ok(form)
    }
}

impl Form {
    /// The text of a field, when it is given.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, text)| text.as_str())
    }

    /// The text of a field that must be given.
    pub fn require(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| fault(name, "missing", "this field is required"))
    }

    /// A field that holds a number.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let parse = |text: &str| text.trim().parse().map_err(|_| fault(name, "int_parsing", "must be a number"));
        self.text(name).filter(|text| !text.is_empty()).map(parse).transpose()
    }

    /// A field that holds `true` or `false`; false when it is not given.
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.text(name).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(fault(name, "bool_parsing", "must be true or false")),
        }
    }

    /// A field that holds a JSON object; an empty one when it is not given.
    pub fn json_object(&self, name: &str) -> Result<serde_json::Map<String, serde_json::Value>, Refusal> {
        let Some(text) = self.text(name).filter(|text| !text.trim().is_empty()) else {
            return Ok(serde_json::Map::new());
        };
        let shallow = super::json::survey(text.as_bytes()).shallow;
        let parsed = if shallow { serde_json::from_str(text).ok() } else { None };
        parsed.ok_or_else(|| fault(name, "json_invalid", "must be a JSON object"))
    }

    /// A file that must be given; exactly one.
    pub fn file(&self, name: &str) -> Result<&Upload, Refusal> {
        let mut found = self.files.iter().filter(|f| f.field == name);
        match (found.next(), found.next()) {
            (Some(file), None) => Ok(file),
            (None, _) => Err(fault(name, "missing", "a file is required")),
            (Some(_), Some(_)) => Err(fault(name, "duplicate_field", "only one file is accepted")),
        }
    }

    /// Refuses fields that are not among the known ones.
    pub fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        let mut faults = Faults::of("body");
        let names = self.fields.iter().map(|(n, _)| n).chain(self.files.iter().map(|f| &f.field));
        for name in names.filter(|n| !known.contains(&n.as_str())) {
            faults.add(name, "extra_forbidden", "this field is not known");
        }
        faults.into_result()
    }

    /// Every part by its name; of a file also how it is called, which decides what it becomes.
    fn parts(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let fields = self.fields.iter().map(|(name, text)| (name.as_str(), text.as_bytes()));
        let files = self.files.iter().flat_map(|file| {
            let filename = file.filename.as_deref().unwrap_or_default();
            let content_type = file.content_type.as_deref().unwrap_or_default();
            [
                (file.field.as_str(), &*file.bytes),
                ("\0filename", filename.as_bytes()),
                ("\0content-type", content_type.as_bytes()),
            ]
        });
        fields.chain(files)
    }

    async fn take(&mut self, mut part: multer::Field<'_>, limits: &FormLimits) -> Result<(), Refusal> {
        let field = name(part.name(), limits)?.ok_or_else(|| fault("", "missing", "a part has no name"))?;
        if field == "tenant_id" {
            let message = "tenant_id is not accepted in a form: it comes from the credential";
            return Err(Refusal::new(Kind::Malformed, Code::TenantIdNotAllowed, message));
        }
        let filename = name(part.file_name(), limits)?;
        let content_type = part.content_type().map(ToString::to_string);
        let is_file = part.file_name().is_some();
        let max = if is_file { limits.file } else { limits.text };
        let mut bytes = BytesMut::new();
        while let Some(piece) = part.chunk().await.map_err(|e| refuse(e, limits))? {
            if bytes.len() + piece.len() > max {
                return Err(read::too_large(max));
            }
            bytes.extend_from_slice(&piece);
        }
        if is_file {
            self.files.push(Upload { field, filename, content_type, bytes: bytes.freeze() });
        } else if self.text(&field).is_some() {
            return Err(fault(&field, "duplicate_field", "this field is given twice"));
        } else {
            let text =
                String::from_utf8(bytes.into()).map_err(|_| fault(&field, "value_error", "must be UTF-8 text"))?;
            self.fields.push((field, text));
        }
        Ok(())
    }
}

fn name(given: Option<&str>, limits: &FormLimits) -> Result<Option<String>, Refusal> {
    let Some(given) = given.filter(|n| !n.is_empty()) else { return Ok(None) };
    if given.chars().count() > limits.name || given.chars().any(char::is_control) {
        let message = format!("names in a form have at most {} characters and no control characters", limits.name);
        return Err(fault("", "value_error", &message));
    }
    Ok(Some(given.to_owned()))
}

fn refuse(error: multer::Error, limits: &FormLimits) -> Refusal {
    match error {
        multer::Error::StreamSizeExceeded { .. } => read::too_large(limits.total),
        multer::Error::StreamReadFailed(cause) => match cause.downcast::<Broken>() {
            Ok(broken) => broken.0,
            Err(_) => fault("", "multipart_invalid", "the form could not be read"),
        },
        _ => fault("", "multipart_invalid", "the body is not a well-formed form"),
    }
}

fn fault(field: &str, kind: &'static str, message: &str) -> Refusal {
    let mut faults = Faults::of("body");
    faults.add(field, kind, message);
    faults.into_refusal()
}

/// A refusal that passes through the parser of the form.
#[derive(Debug, thiserror::Error)]
#[error("the body could not be read")]
struct Broken(Refusal);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    async fn form(body: &str, limits: FormLimits) -> Result<Form, Refusal> {
        let request = Request::builder()
            .header("content-type", "multipart/form-data; boundary=B")
            .body(Body::from(body.to_owned()))
            .unwrap();
        Multipart::from_request(request, &()).await?.read(&limits).await
    }

    fn part(disposition: &str, text: &str) -> String {
        format!("--B\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{text}\r\n")
    }

    #[tokio::test]
    async fn fields_and_files_are_told_apart() {
        let body = part("name=\"corpus_id\"", "c1") + &part("name=\"file\"; filename=\"a.txt\"", "hello") + "--B--\r\n";
        let form = form(&body, FormLimits::around(10)).await.unwrap();
        assert_eq!(form.require("corpus_id").unwrap(), "c1");
        let file = form.file("file").unwrap();
        assert_eq!((file.filename.as_deref(), &*file.bytes), (Some("a.txt"), &b"hello"[..]));
        assert_eq!(form.require("nothing").unwrap_err().code(), Code::RequestValidation);
        assert!(form.only(&["file"]).is_err());
    }

    #[tokio::test]
    async fn everything_is_counted() {
        let limits = FormLimits { parts: 2, text: 4, file: 8, total: 1000, name: 9 };
        let file = |text: &str| part("name=\"file\"; filename=\"a\"", text);
        for (body, status) in [
            (file("123456789"), 413),
            (part("name=\"a\"", "12345"), 413),
            (file(&"x".repeat(2000)), 413),
            (part("name=\"a\"", "") + &part("name=\"b\"", "") + &part("name=\"c\"", ""), 422),
            (part("name=\"0123456789\"", ""), 422),
            (part("name=\"a\"", "1") + &part("name=\"a\"", "2"), 422),
            (part("name=\"tenant_id\"", "t"), 400),
            (part("", "1"), 422),
        ] {
            let refusal = form(&(body.clone() + "--B--\r\n"), limits).await.unwrap_err();
            assert_eq!(refusal.status().as_u16(), status, "{body}");
        }
        assert_eq!(form(&file("123"), limits).await.unwrap_err().status().as_u16(), 422, "no end");
    }

    #[tokio::test]
    async fn another_type_is_not_a_form() {
        let request = Request::builder().header("content-type", "application/json").body(Body::from("{}")).unwrap();
        assert_eq!(Multipart::from_request(request, &()).await.unwrap_err().status().as_u16(), 415);
    }
}
