//! What holds for every parser that meets bytes from outside, whatever the bytes are: one function for each, which panics when
//! it does not hold. `tests/mutations.rs` calls them with files that were bent a little, the targets beside with what libFuzzer
//! thinks of.
#![allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, missing_docs)]

use std::{io::Write as _, time::Duration};

use futures::StreamExt as _;
use nexus_retrieval::ingest::{
    bulk::{Bounds, Origin, Position},
    chunk::{ChunkSettings, TextKind, char_slice, chunk, chunk_up_to},
    extract::{ContentType, ExtractError, Extracted, Limits, extract, sniff},
};

/// A parser by its name.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 12] = [
    ("sniff", sniffed),
    ("text", |bytes| read(ContentType::Markdown, bytes)),
    ("json", |bytes| read(ContentType::Json, bytes)),
    ("html", |bytes| read(ContentType::Html, bytes)),
    ("csv", |bytes| read(ContentType::Csv, bytes)),
    ("email", |bytes| read(ContentType::Email, bytes)),
    ("pdf", |bytes| read(ContentType::Pdf, bytes)),
    ("office", office),
    ("docx", |bytes| part(ContentType::Docx, "word/document.xml", bytes)),
    ("pptx", |bytes| part(ContentType::Pptx, "ppt/presentation.xml", bytes)),
    ("xlsx", |bytes| part(ContentType::Xlsx, "xl/worksheets/sheet1.xml", bytes)),
    ("archive", archive),
];

/// Small, so that a file that takes more than it may is noticed at once.
fn limits() -> Limits {
    Limits {
        expanded_bytes: 4 << 20,
        ratio: 100,
        members: 1000,
        pages: 100,
        cells: 100_000,
        chars: 500_000,
        time: Duration::from_secs(30),
        ..Limits::default()
    }
}

fn sniffed(bytes: &[u8]) {
    for (declared, name) in
        [("", "a"), ("text/plain", "a.txt"), ("application/pdf", ""), ("text/html; charset=utf-16", "")]
    {
        let Ok(found) = sniff(bytes, declared, name) else { continue };
        if found.content_type.is_text() {
            assert!(std::str::from_utf8(&found.bytes).is_ok(), "a text that is none");
        }
    }
}

fn read(kind: ContentType, bytes: &[u8]) {
    match extract(kind, bytes, &limits()) {
        Ok(read) => check(kind, &read),
        // The parser of PDF is not ours and is known to break down, which is why it is kept apart.
        Err(ExtractError::Crashed) if kind != ContentType::Pdf => panic!("a parser panicked"),
        Err(ExtractError::TimedOut) => panic!("a small file took all the time there is"),
        Err(_) => {}
    }
}

fn check(kind: ContentType, read: &Extracted) {
    let text = &read.text;
    let length = text.chars().count();
    assert!(!text.trim().is_empty() && !text.contains('\0') && length <= limits().chars, "the text");
    if !kind.is_text() {
        assert!(text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t')), "a character that no text has");
    }
    assert!(read.marks.is_sorted_by_key(|mark| mark.at), "places out of order");
    assert!(read.marks.iter().all(|mark| mark.at <= length as u64), "a place behind the end");
    cut(text, kind.text_kind());
}

/// Chunks are exactly the characters that they say they are, in order, and leave nothing out.
pub fn cut(text: &str, kind: TextKind) {
    let settings = ChunkSettings { size_chars: 97, overlap_chars: 13 };
    let chunks = chunk(text, kind, &settings);
    let mut end = 0;
    for piece in &chunks {
        assert!(piece.end - piece.start <= settings.size_chars, "a chunk that is too long");
        assert!(piece.end > end, "a chunk that holds nothing new");
        let between = char_slice(text, end.min(piece.start), piece.start).unwrap();
        assert!(between.trim().is_empty(), "text in no chunk");
        end = piece.end;
    }
    let rest = char_slice(text, end, text.chars().count()).unwrap();
    assert!(rest.trim().is_empty(), "text behind the last chunk");
    for piece in chunks.iter().step_by(chunks.len() / 20 + 1) {
        assert_eq!(char_slice(text, piece.start, piece.end), Some(piece.text.as_str()), "a chunk elsewhere");
    }
    assert_eq!(chunk_up_to(text, kind, &settings, chunks.len()).map(|all| all.len()), Some(chunks.len()));
    if !chunks.is_empty() {
        assert!(chunk_up_to(text, kind, &settings, chunks.len() - 1).is_none());
    }
}

fn office(bytes: &[u8]) {
    for kind in [ContentType::Docx, ContentType::Pptx, ContentType::Xlsx] {
        read(kind, bytes);
    }
}

/// One part of an office file whose other parts are as they should be.
fn part(kind: ContentType, name: &str, bytes: &[u8]) {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (other, content) in PARTS {
        let content = if other == name { bytes } else { content.as_bytes() };
        archive.start_file(other, options).unwrap();
        archive.write_all(content).unwrap();
    }
    read(kind, &archive.finish().unwrap().into_inner());
}

/// A document, slides and a sheet, each of which refers to what is needed.
pub const PARTS: [(&str, &str); 8] = [
    (
        "word/document.xml",
        r#"<w:document xmlns:w="w"><w:body><w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Title</w:t></w:r></w:p><w:p><w:r><w:t xml:space="preserve">Words &amp; more</w:t><w:lastRenderedPageBreak/><w:br/><w:tab/></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:tbl><w:tr><w:tc/></w:tr></w:tbl></w:tc></w:tr></w:tbl></w:body></w:document>"#,
    ),
    (
        "ppt/presentation.xml",
        r#"<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>"#,
    ),
    (
        "ppt/_rels/presentation.xml.rels",
        r#"<Relationships><Relationship Id="rId1" Type="http://x/slide" Target="slides/slide1.xml"/></Relationships>"#,
    ),
    (
        "ppt/slides/slide1.xml",
        r#"<p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><a:p><a:r><a:t>Slide</a:t></a:r></a:p></p:sp><a:tbl><a:tr><a:tc><a:p><a:r><a:t>cell</a:t></a:r></a:p></a:tc></a:tr></a:tbl></p:sld>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
    ),
    (
        "xl/worksheets/sheet1.xml",
        r#"<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Item</t></is></c><c r="C1" t="s"><v>0</v></c></row><row><c><v>44000.5</v></c><c s="1" r="XFD2"><v>1e300</v></c></row></sheetData></worksheet>"#,
    ),
    ("xl/sharedStrings.xml", "<sst><si><t>shared</t><rPh><t>no</t></rPh></si></sst>"),
];

/// An archive is read to its end or to where it breaks, and behind each of its members the same members follow.
fn archive(bytes: &[u8]) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for origin in [Origin::Zip(file.path().into()), Origin::Tar(file.path().into())] {
            let (all, whole) = members(origin.clone(), None).await;
            let Some(middle) = all.get(all.len() / 2) else { continue };
            let (rest, again) = members(origin, Some(middle.clone())).await;
            assert_eq!((rest.as_slice(), again), (&all[all.len() / 2 + 1..], whole), "what follows");
        }
    });
}

async fn members(origin: Origin, after: Option<Position>) -> (Vec<Position>, bool) {
    let bounds = Bounds { file: 1 << 20, files: 1000, expanded: 4 << 20 };
    let mut items = origin.items(bounds, after);
    let mut found = Vec::new();
    while let Some(item) = items.next().await {
        match item {
            Ok(item) => {
                assert!(!item.name.split('/').any(|step| step == ".."), "a name that leads out");
                found.push(Position { name: item.name, member: item.member });
            }
            Err(error) => {
                assert!(!error.to_string().contains("broke down"), "a reader panicked");
                return (found, false);
            }
        }
    }
    (found, true)
}

/// Runs the target of this name.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(target, _)| *target == name).unwrap_or_else(|| panic!("no target {name}"));
    target(bytes);
}
