//! PDF files made here, as programs write them and as somebody who means harm would.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use pdf_extract::{Dictionary, Document, EncryptionState, EncryptionVersion, Object, Permissions, Stream};

use crate::ingest::extract::{ContentType, ExtractError, Extracted, Limits, extract, sniff};

fn dictionary(entries: Vec<(&str, Object)>) -> Dictionary {
    entries.into_iter().map(|(key, value)| (key.as_bytes().to_vec(), value)).collect()
}

fn name(text: &str) -> Object {
    Object::Name(text.as_bytes().to_vec())
}

/// A file with one page for each text; the lines of a text stand below each other.
fn document(pages: &[&str]) -> Document {
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary(vec![
        ("Type", name("Font")),
        ("Subtype", name("Type1")),
        ("BaseFont", name("Courier")),
        ("Encoding", name("WinAnsiEncoding")),
    ]));
    let fonts = dictionary(vec![("F1", font.into())]);
    let resources = document.add_object(dictionary(vec![("Font", fonts.into())]));
    let mut kids = Vec::new();
    for page in pages {
        let lines = page.lines().map(|line| format!("({line}) Tj 0 -14 Td "));
        let content = format!("BT /F1 12 Tf 72 700 Td {} ET", lines.collect::<String>());
        let mut stream = Stream::new(Dictionary::new(), content.into_bytes());
        stream.compress().unwrap();
        let content = document.add_object(stream);
        kids.push(Object::from(document.add_object(dictionary(vec![
            ("Type", name("Page")),
            ("Parent", tree.into()),
            ("Resources", resources.into()),
            ("MediaBox", vec![0.into(), 0.into(), 595.into(), 842.into()].into()),
            ("Contents", content.into()),
        ]))));
    }
    let count = i64::try_from(kids.len()).unwrap();
    let tree_entries = vec![("Type", name("Pages")), ("Kids", kids.into()), ("Count", count.into())];
    document.objects.insert(tree, dictionary(tree_entries).into());
    let catalog = document.add_object(dictionary(vec![("Type", name("Catalog")), ("Pages", tree.into())]));
    document.trailer.set("Root", catalog);
    let id = Object::string_literal("0123456789abcdef");
    document.trailer.set("ID", Object::Array(vec![id.clone(), id]));
    document
}

fn bytes(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn read(file: &[u8]) -> Result<Extracted, ExtractError> {
    extract(ContentType::Pdf, file, &Limits::default())
}

#[test]
fn pages_are_read_in_their_order_and_known_by_their_number() {
    let mut made = document(&["First page.\nIts second line.", "", "Third page."]);
    let info = made.add_object(dictionary(vec![("Title", Object::string_literal("The Plan"))]));
    made.trailer.set("Info", info);
    let file = bytes(made);
    assert_eq!(sniff(&file, "text/plain", "a.txt").unwrap().content_type, ContentType::Pdf);
    let found = read(&file).unwrap();
    assert_eq!(found.text, "First page.\nIts second line.\n\nThird page.");
    let pages: Vec<_> = found.marks.iter().map(|mark| (mark.at, mark.place.page)).collect();
    assert_eq!(pages, [(0, Some(1)), (30, Some(3))]);
    assert_eq!(found.title.as_deref(), Some("The Plan"));
}

fn encrypted(password: &str) -> Vec<u8> {
    let mut made = document(&["Secret words."]);
    let version = EncryptionVersion::V2 {
        document: &made,
        owner_password: "owner",
        user_password: password,
        key_length: 128,
        permissions: Permissions::all(),
    };
    let state = EncryptionState::try_from(version).unwrap();
    made.encrypt(&state).unwrap();
    bytes(made)
}

#[test]
fn a_password_is_needed_unless_it_is_empty() {
    assert_eq!(read(&encrypted("secret")), Err(ExtractError::Encrypted));
    assert_eq!(read(&encrypted("")).unwrap().text, "Secret words.");
}

#[test]
fn what_is_cut_off_is_damaged_and_what_is_bent_comes_back() {
    let whole = bytes(document(&["Some words.", "More words."]));
    for keep in [9, 40, whole.len() / 2] {
        let found = read(&whole[..keep]);
        assert!(matches!(found, Err(ExtractError::Damaged(_))), "{keep}: {found:?}");
    }
    for at in (0..whole.len()).step_by(7) {
        let mut bent = whole.clone();
        bent[at] ^= 0x15;
        let _ = read(&bent);
    }
}

#[test]
fn a_page_that_cannot_be_read_is_left_out_and_noted() {
    let mut made = document(&["Good words.", "Bad words."]);
    let second = made.get_pages()[&2];
    made.get_object_mut(second).unwrap().as_dict_mut().unwrap().remove(b"MediaBox");
    let found = read(&bytes(made)).unwrap();
    assert_eq!(found.text, "Good words.");
    assert_eq!(found.notes, ["These pages could not be read and were left out: 2."]);
}

#[test]
fn a_scan_without_text_is_empty() {
    assert_eq!(read(&bytes(document(&["", ""]))), Err(ExtractError::Empty));
}

/// A file whose first page shows this stream.
fn showing(stream: Stream) -> Document {
    let mut made = document(&["x"]);
    let stream = made.add_object(stream);
    let page = made.get_pages()[&1];
    made.get_object_mut(page).unwrap().as_dict_mut().unwrap().set("Contents", stream);
    made
}

/// The same file with the last of these bytes replaced.
fn replace(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = file.windows(from.len()).rposition(|window| window == from).unwrap();
    [&file[..at], to, &file[at + from.len()..]].concat()
}

fn blank(dictionary: Dictionary) -> Stream {
    let mut stream = Stream::new(dictionary, vec![b' '; 40 * 1024 * 1024]);
    stream.compress().unwrap();
    stream
}

#[test]
fn a_bomb_is_noticed_before_it_goes_off() {
    let file = bytes(showing(blank(Dictionary::new())));
    assert!(file.len() < 200_000, "{}", file.len());
    assert_eq!(read(&file), Err(ExtractError::Bomb));
    // The name of the filter written another way; a note makes room for it, so that all offsets stay true.
    let noted = bytes(showing(blank(dictionary(vec![("Note", Object::string_literal("####"))]))));
    let spelled = replace(&replace(&noted, b"/FlateDecode", b"/Fl#61teDecode"), b"####", b"##");
    assert_eq!(read(&spelled), Err(ExtractError::Bomb));
    // A long dictionary that speaks of pictures.
    let mut escaped = showing(blank(dictionary(vec![("Note", Object::string_literal("/Image ".repeat(1000)))])));
    assert_eq!(read(&bytes(escaped.clone())), Err(ExtractError::Bomb));
    let last = escaped.max_id;
    let stream = escaped.get_object_mut((last, 0)).unwrap().as_stream_mut().unwrap();
    let mut packed = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    stream.set_content(packed.encode(&vec![b' '; 40 * 1024 * 1024]).unwrap());
    stream.dict.set("Filter", "LZWDecode");
    assert_eq!(read(&bytes(escaped)), Err(ExtractError::Bomb));
    let twice = {
        let mut inner = blank(Dictionary::new());
        inner.dict.remove(b"Filter");
        inner.compress().unwrap();
        inner.dict.set("Filter", vec![name("FlateDecode"), name("FlateDecode")]);
        inner
    };
    assert_eq!(read(&bytes(showing(twice))), Err(ExtractError::Bomb));
}

#[test]
fn object_streams_that_expand_without_end_are_not_expanded() {
    // The library that writes this file leaves object streams out.
    let held = dictionary(vec![("Type", name("ObjStX")), ("N", 1.into()), ("First", 4.into())]);
    let mut made = document(&["x"]);
    made.add_object(blank(held.clone()));
    assert_eq!(read(&replace(&bytes(made), b"ObjStX", b"ObjStm")), Err(ExtractError::Bomb));
    let mut few = Stream::new(held, b"90 0 (words)".to_vec());
    few.dict.set("First", 5);
    few.compress().unwrap();
    let mut made = document(&["Words."]);
    made.add_object(few);
    assert_eq!(read(&replace(&bytes(made), b"ObjStX", b"ObjStm")).unwrap().text, "Words.");
}

#[test]
fn pictures_are_neither_counted_nor_read() {
    let picture = blank(dictionary(vec![("Type", name("XObject")), ("Subtype", name("Image"))]));
    let mut made = document(&["Words."]);
    made.add_object(picture);
    assert_eq!(read(&bytes(made)).unwrap().text, "Words.");
}

#[test]
fn too_many_pages_are_refused() {
    let limits = Limits { pages: 2, ..Limits::default() };
    let file = bytes(document(&["a", "b", "c"]));
    assert_eq!(extract(ContentType::Pdf, &file, &limits), Err(ExtractError::too_large("pages")));
}

#[test]
fn words_cut_at_the_end_of_a_line_are_whole_again() {
    assert_eq!(super::tidy("A docu-\nment of\n\n\nNorth-\nRhine  x \n"), "A document of\n\nNorth-\nRhine x");
}
