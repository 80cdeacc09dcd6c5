//! Files of all sorts: what they are, what becomes of them, and what no file may do.

use std::{
    fmt::Write as _,
    io::{Cursor, Write as _},
    time::Duration,
};

use nexus_core::principal::Role;
use nexus_retrieval::ingest::extract::{
    ContentType, ExtractError, Limits,
    isolate::{Extractor as _, Isolated, ReadError},
};
use reqwest::multipart::Part;
use serde_json::{Value, json};

use crate::harness::TestApp;

fn part(bytes: impl Into<Vec<u8>>, name: &str, kind: &str) -> Part {
    Part::bytes(bytes.into()).file_name(name.to_owned()).mime_str(kind).unwrap()
}

/// A PDF with one page for each text.
fn pdf(pages: &[&str]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut kids = String::new();
    for page in pages {
        let stream = format!("BT /F1 12 Tf 72 700 Td ({page}) Tj ET");
        objects.push(format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()));
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            objects.len()
        ));
        write!(kids, "{} 0 R ", objects.len()).unwrap();
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len());
    assemble(&objects)
}

fn assemble(objects: &[String]) -> Vec<u8> {
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        writeln!(file, "{number} 0 obj\n{object}\nendobj").unwrap();
    }
    let at = file.len();
    writeln!(file, "{table}trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{at}\n%%EOF", objects.len() + 1).unwrap();
    file.into_bytes()
}

fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let body: String = paragraphs.iter().map(|text| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")).collect();
    package("word/document.xml", format!("<w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>").as_bytes())
}

fn package(name: &str, content: &[u8]) -> Vec<u8> {
    inflated(name, content, 0)
}

/// The same with this many megabytes of spaces behind its content.
fn inflated(name: &str, content: &[u8], blank: usize) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(content).unwrap();
    for _ in 0..blank {
        archive.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[tokio::test]
async fn the_content_decides_what_a_file_is_and_what_was_said_is_kept() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let files = [
        (
            "html",
            part("<!doctype html><title>Leave</title><h1>Leave</h1><p>Ask your lead.", "a.txt", "text/plain"),
            "text/html",
            json!("text/plain"),
            "# Leave\n\nAsk your lead.",
        ),
        (
            "csv",
            part("Name,City\nAda,London\n", "a.csv", "text/csv"),
            "text/csv",
            Value::Null,
            "| Name | City |\n| --- | --- |\n| Ada | London |",
        ),
        (
            "pdf",
            part(pdf(&["Words on paper."]), "a.bin", "application/octet-stream"),
            "application/pdf",
            Value::Null,
            "Words on paper.",
        ),
        (
            "docx",
            part(docx(&["Words in a file."]), "a.pdf", "application/pdf"),
            word,
            json!("application/pdf"),
            "Words in a file.",
        ),
        ("plain", part("x", "a.pdf", "application/pdf"), "text/plain", json!("application/pdf"), "x"),
        (
            "json",
            part("{\"name\":\"Ada\",\"rooms\":[{\"no\":7}]}", "a.json", "application/octet-stream"),
            "application/json",
            Value::Null,
            "name: Ada\n\n# $.rooms[0]\n\nno: 7",
        ),
        (
            "mail",
            part("From: a@b.c\nSubject: Plan\nMIME-Version: 1.0\n\nMeet at noon.", "a.eml", "message/rfc822"),
            "message/rfc822",
            Value::Null,
            "Subject: Plan\nFrom: a@b.c\n\nMeet at noon.",
        ),
        (
            "latin",
            part(b"Gr\xfc\xdfe".to_vec(), "a.txt", "text/plain; charset=iso-8859-1"),
            "text/plain",
            Value::Null,
            "Grüße",
        ),
    ];
    for (id, file, content_type, declared, text) in files {
        editor.upload("c1", file, &[("document_id", id)]).await.accepted();
        let document = editor.settled(id).await;
        assert_eq!(
            (&document["status"], &document["content_type"]),
            (&json!("succeeded"), &json!(content_type)),
            "{id}"
        );
        assert_eq!(document["declared_content_type"], declared, "{id}");
        assert_eq!(editor.get(&format!("/v1/documents/{id}/text")).await.ok()["text"], text, "{id}");
    }
    assert_eq!(editor.get("/v1/documents/html").await.ok()["title"], "Leave");
    assert_eq!(editor.get("/v1/documents/mail").await.ok()["title"], "Plan");
    for (bytes, kind) in
        [(&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "image/png"), (b"PK\x03\x04 zip of a.txt", "application/zip")]
    {
        editor.upload("c1", part(bytes, "a", kind), &[]).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_citation_says_on_which_page_its_quote_stands() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let pages = ["The office opens at nine.", "Travel costs are paid by the finance team.", "The end."];
    editor
        .upload("c1", part(pdf(&pages), "rules.pdf", "application/pdf"), &[("document_id", "rules")])
        .await
        .accepted();
    editor.settled("rules").await;
    let (_, citations) = editor.answer("c1", "Who pays travel costs?").await;
    let citation = &citations[0];
    assert!(citation["quote"].as_str().unwrap().contains("finance team"), "{citation}");
    assert_eq!(citation["metadata"]["location"], json!({ "page": 2 }), "{citation}");
    app.finish().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_fails_with_a_word_and_nothing_else_does() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let whole = pdf(&["Words on paper."]);
    let files = [
        ("cut", whole[..whole.len() / 3].to_vec(), "damaged: "),
        ("blank", pdf(&[""]), "empty: "),
        ("deep", package("word/document.xml", "<w:x>".repeat(10_000).as_bytes()), "nested_too_deep: "),
        ("bomb", inflated("word/document.xml", b"<w:t>", 40), "bomb: "),
        ("entities", package("word/document.xml", b"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>"), "damaged: "),
    ];
    let count = files.len();
    for (id, bytes, _) in &files {
        editor.upload("c1", part(bytes.clone(), id, "application/pdf"), &[("document_id", id)]).await.accepted();
    }
    editor.upload("c1", part(whole, "fine.pdf", "application/pdf"), &[("document_id", "fine")]).await.accepted();
    for (id, _, word) in &files {
        let document = editor.settled(id).await;
        assert_eq!(document["status"], "failed", "{id}");
        assert!(document["failure_reason"].as_str().unwrap().starts_with(word), "{id}: {}", document["failure_reason"]);
    }
    assert_eq!(editor.settled("fine").await["status"], "succeeded");
    app.finish_with_dead_jobs(i64::try_from(count).unwrap()).await;
}

#[tokio::test]
async fn what_did_not_change_is_not_embedded_again() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let rules = |pages: &[&str]| part(pdf(pages), "rules.pdf", "application/pdf");
    let fields = [("document_id", "rules"), ("overwrite", "true")];
    editor.upload("c1", rules(&["Words on paper."]), &fields).await.accepted();
    let first = editor.settled("rules").await;
    // The same again: nothing is queued.
    let again = editor.upload("c1", rules(&["Words on paper."]), &fields).await.ok();
    assert_eq!((&again["status"], &again["job_id"]), (&json!("succeeded"), &first["last_job_id"]));
    // Asked for explicitly it is processed, and no model is needed for what is the same.
    app.fail_ingestion(true);
    editor.post("/v1/documents/rules/reindex", &json!({})).await.accepted();
    let second = editor.settled("rules").await;
    assert_eq!(second["status"], "succeeded", "{second}");
    assert_ne!(second["last_job_id"], first["last_job_id"]);
    app.fail_ingestion(false);
    editor.upload("c1", rules(&["Other words on paper."]), &fields).await.accepted();
    editor.settled("rules").await;
    assert_eq!(editor.get("/v1/documents/rules/text").await.ok()["text"], "Other words on paper.");
    app.finish().await;
}

fn isolated(limits: Limits) -> Isolated {
    Isolated::new(env!("CARGO_BIN_EXE_nexus").into(), vec!["extract".into()], limits)
}

#[tokio::test]
async fn a_process_of_its_own_reads_what_this_one_would() {
    let read = isolated(Limits::default()).extract(ContentType::Pdf, pdf(&["One.", "Two."]).into()).await.unwrap();
    assert_eq!((read.text.as_str(), read.marks.len()), ("One.\n\nTwo.", 2));
    let refused = isolated(Limits::default()).extract(ContentType::Docx, (&b"PK no archive"[..]).into()).await;
    assert!(matches!(refused, Err(ReadError::File(ExtractError::Damaged(_)))), "{refused:?}");
    let missing = Isolated::new("/nonexistent/program".into(), vec![], Limits::default());
    let failed = missing.extract(ContentType::Pdf, pdf(&["x"]).into()).await;
    assert!(matches!(failed, Err(ReadError::Process(_))), "{failed:?}");
}

#[tokio::test]
async fn a_parser_that_takes_all_memory_all_time_or_all_stack_fails_its_file_only() {
    // A form that shows itself: the parser calls itself until there is no stack.
    let circle = assemble(&[
        "<< /Type /Catalog /Pages 2 0 R >>".into(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".into(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>".into(),
        "<< /Length 5 >>\nstream\n/X Do\nendstream".into(),
        "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> /Length 5 >>\nstream\n/X Do\nendstream".into(),
    ]);
    let lost = isolated(Limits::default()).extract(ContentType::Pdf, circle.into()).await;
    assert!(matches!(&lost, Err(ReadError::File(_))), "{lost:?}");
    // Much memory: a small file of many spaces, read with limits that would let it through.
    let generous = Limits { expanded_bytes: u64::MAX, ratio: u64::MAX, memory_bytes: 160 << 20, ..Limits::default() };
    let blank = inflated("word/document.xml", b"<w:t>", 300);
    let full = isolated(generous).extract(ContentType::Docx, blank.into()).await;
    assert!(matches!(full, Err(ReadError::File(ExtractError::OutOfMemory))), "{full:?}");
    // A tag of so many attributes that comparing them would take hours, and cells by the million.
    let tag = format!("<html><p{}>", " a".repeat(4 << 20));
    let wide = ",".repeat(8 << 20);
    for (kind, bytes) in [(ContentType::Html, tag), (ContentType::Csv, wide)] {
        let refused = isolated(Limits::default()).extract(kind, bytes.into()).await;
        assert!(matches!(&refused, Err(ReadError::File(ExtractError::TooLarge(_)))), "{refused:?}");
    }
    // No time at all.
    let hasty = Limits { time: Duration::ZERO, ..Limits::default() };
    let late = isolated(hasty).extract(ContentType::Pdf, pdf(&["x"]).into()).await;
    assert!(matches!(late, Err(ReadError::File(ExtractError::TimedOut))), "{late:?}");
}
