//! Office files made here, as programs write them and as somebody who means harm would.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::io::{Cursor, Write as _};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::ingest::{
    chunk::char_slice,
    extract::{ContentType, ExtractError, Extracted, Limits, extract, sniff},
    location::Place,
};

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in parts {
        archive.start_file(*name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn docx(body: &str) -> Vec<u8> {
    let styles = r#"<w:styles xmlns:w="w"><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
        <w:style w:styleId="Own"><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style></w:styles>"#;
    let document = format!(r#"{HEAD}<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>"#);
    let core =
        r#"<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:title>The &amp; Title</dc:title></cp:coreProperties>"#;
    package(&[("word/document.xml", &document), ("word/styles.xml", styles), ("docProps/core.xml", core)])
}

fn read(content_type: ContentType, bytes: &[u8]) -> Result<Extracted, ExtractError> {
    extract(content_type, bytes, &Limits::default())
}

fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

#[test]
fn a_document_becomes_headings_paragraphs_lists_and_tables() {
    let body = r#"<w:p><w:pPr><w:pStyle w:val="berschrift1"/></w:pPr><w:r><w:t>Gr</w:t></w:r><w:r><w:t>&#252;ße</w:t></w:r></w:p>
        <w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t xml:space="preserve">One </w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t></w:r>
        <w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>
        <w:p><w:pPr><w:pStyle w:val="Own"/></w:pPr><w:r><w:t>Part</w:t></w:r></w:p>
        <w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>first</w:t></w:r></w:p><w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>second</w:t></w:r></w:p>
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>Name</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>City</w:t></w:r></w:p></w:tc></w:tr>
        <w:tr><w:tc><w:p><w:r><w:t>Ada</w:t></w:r></w:p></w:tc><w:tc><w:tbl><w:tr><w:tc><w:p><w:r><w:t>inner</w:t></w:r></w:p></w:tc></w:tr></w:tbl><w:p/></w:tc></w:tr></w:tbl>
        <mc:AlternateContent xmlns:mc="m"><mc:Choice><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Choice><mc:Fallback><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"#;
    let file = docx(body);
    assert_eq!(sniff(&file, "application/zip", "a.zip").unwrap().content_type, ContentType::Docx);
    let found = read(ContentType::Docx, &file).unwrap();
    assert_eq!(
        found.text,
        "# Grüße\n\nOne two\nthree\n\n## Part\n\n- first\n- second\n\n| Name | City |\n| --- | --- |\n| Ada | inner |\n\nbox"
    );
    assert_eq!(found.title.as_deref(), Some("The & Title"));
    assert!(found.marks.is_empty(), "{:?}", found.marks);
}

#[test]
fn pages_are_those_that_were_laid_out() {
    let body = format!(
        "{}<w:p><w:r><w:lastRenderedPageBreak/><w:t>Two.</w:t></w:r></w:p>\
         <w:p><w:r><w:t>Two and </w:t><w:lastRenderedPageBreak/><w:t>three.</w:t></w:r></w:p>{}",
        paragraph("One."),
        paragraph("Three.")
    );
    let found = read(ContentType::Docx, &docx(&body)).unwrap();
    let begins = |n: usize| {
        let mark = &found.marks[n];
        let end = found.text.chars().count();
        (mark.place.page.unwrap(), char_slice(&found.text, usize::try_from(mark.at).unwrap(), end).unwrap())
    };
    assert_eq!(begins(0).0, 1);
    assert!(begins(1) == (2, "Two.\n\nTwo and three.\n\nThree.") && begins(2) == (3, "Three."), "{:?}", found.marks);
}

fn slides() -> Vec<u8> {
    let shape = |kind: &str, text: &str| {
        format!(
            "<p:sp><p:nvSpPr><p:nvPr><p:ph {kind}/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
        )
    };
    let slide = |shapes: &str| {
        format!(r#"{HEAD}<p:sld xmlns:p="p" xmlns:a="a"><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"#)
    };
    let table = "<p:graphicFrame><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>Key</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:p><a:r><a:t>Value</a:t></a:r></a:p></a:txBody></a:tc></a:tr><a:tr><a:tc><a:txBody><a:p><a:r><a:t>a</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:p><a:r><a:t>1</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame>";
    let relation = |id: &str, kind: &str, target: &str| {
        format!(r#"<Relationship Id="{id}" Type="http://x/{kind}" Target="{target}"/>"#)
    };
    let relations = |list: &str| format!("{HEAD}<Relationships>{list}</Relationships>");
    package(&[
        (
            "ppt/presentation.xml",
            r#"<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="rId2"/><p:sldId id="257" r:id="rId1"/></p:sldIdLst></p:presentation>"#,
        ),
        (
            "ppt/_rels/presentation.xml.rels",
            &relations(
                &(relation("rId1", "slide", "slides/slide1.xml") + &relation("rId2", "slide", "slides/slide2.xml")),
            ),
        ),
        ("ppt/slides/slide1.xml", &slide(&(shape("type=\"sldNum\"", "7") + table))),
        ("ppt/slides/slide2.xml", &slide(&(shape("idx=\"1\"", "Body.") + &shape("type=\"ctrTitle\"", "Plan")))),
        ("ppt/slides/_rels/slide2.xml.rels", &relations(&relation("rId9", "notesSlide", "../notesSlides/n.xml"))),
        ("ppt/notesSlides/n.xml", &slide(&(shape("type=\"body\"", "Say hello.") + &shape("type=\"sldNum\"", "1")))),
    ])
}

#[test]
fn slides_come_in_the_order_of_the_show() {
    let file = slides();
    assert_eq!(sniff(&file, "", "x").unwrap().content_type, ContentType::Pptx);
    let found = read(ContentType::Pptx, &file).unwrap();
    assert_eq!(found.text, "# Plan\n\nBody.\n\nNotes: Say hello.\n\n| Key | Value |\n| --- | --- |\n| a | 1 |");
    assert_eq!(found.title.as_deref(), Some("Plan"));
    let places: Vec<_> = found.marks.iter().map(|mark| (mark.at, mark.place.clone())).collect();
    assert_eq!(places[0], (0, Place::slide(1)));
    assert_eq!(places[1], (u64::try_from(found.text.find("| Key").unwrap()).unwrap(), Place::slide(2)));
}

fn xlsx(sheet: &str) -> Vec<u8> {
    package(&[
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="r"><sheets><sheet name="Costs" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>Item</t></si><si><r><t>D</t></r><r><t>ate</t></r><rPh><t>no</t></rPh></si><si><t>Desk</t></si></sst>",
        ),
        ("xl/styles.xml", r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#),
        ("xl/worksheets/sheet1.xml", &format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>")),
    ])
}

#[test]
fn sheets_become_tables_with_dates_and_headers() {
    let file = xlsx(
        r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="inlineStr"><is><t>Ok</t></is></c></row>
        <row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3" s="1"><v>45292</v></c><c r="C3"><f>A1+B1</f><v>12.5</v></c><c r="D3" t="b"><v>1</v></c></row>"#,
    );
    assert_eq!(sniff(&file, "", "x").unwrap().content_type, ContentType::Xlsx);
    let found = read(ContentType::Xlsx, &file).unwrap();
    assert_eq!(found.text, "# Costs\n\n| Item | Date |  | Ok |\n| Desk | 2024-01-01 | 12.5 | TRUE |");
    assert_eq!(found.marks[0].place, Place::sheet("Costs"));
}

#[test]
fn a_cell_far_away_makes_no_room_for_itself() {
    let found = read(
        ContentType::Xlsx,
        &xlsx(r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c><c r="A1"><v>2</v></c></row>"#),
    );
    assert_eq!(found.unwrap().text, "# Costs\n\n2");
    assert_eq!(read(ContentType::Xlsx, &xlsx("")), Err(ExtractError::Empty));
    let rows = r#"<row><c r="BXX1"><v>1</v></c></row>"#.repeat(2000);
    assert_eq!(read(ContentType::Xlsx, &xlsx(&rows)), Err(ExtractError::too_large("cells")));
}

#[test]
fn entities_of_its_own_are_refused() {
    let bomb = format!(
        "{HEAD}<!DOCTYPE w [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]><w:document>&b;</w:document>"
    );
    let refused = read(ContentType::Docx, &package(&[("word/document.xml", &bomb)]));
    assert!(matches!(&refused, Err(ExtractError::Damaged(why)) if why.contains("entities")), "{refused:?}");
    let outside = "<!DOCTYPE w SYSTEM \"file:///etc/passwd\"><w:document/>";
    assert!(matches!(
        read(ContentType::Docx, &package(&[("word/document.xml", outside)])),
        Err(ExtractError::Damaged(_))
    ));
    // One that nobody declared is nothing.
    assert_eq!(read(ContentType::Docx, &docx(&paragraph("a&unknown;b"))).unwrap().text, "ab");
}

#[test]
fn ten_thousand_nested_elements_are_refused() {
    let deep = docx(&("<w:x>".repeat(10_000) + "words" + &"</w:x>".repeat(10_000)));
    assert_eq!(read(ContentType::Docx, &deep), Err(ExtractError::TooDeep));
    let open = docx(&"<w:x>".repeat(10_000));
    assert_eq!(read(ContentType::Docx, &open), Err(ExtractError::TooDeep));
}

#[test]
fn a_bomb_is_noticed_while_it_goes_off() {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("word/document.xml", SimpleFileOptions::default()).unwrap();
    archive.write_all(b"<w:document><w:p><w:r><w:t>").unwrap();
    let blank = vec![b' '; 1024 * 1024];
    for _ in 0..64 {
        archive.write_all(&blank).unwrap();
    }
    let file = archive.finish().unwrap().into_inner();
    assert!(file.len() < 200_000, "{}", file.len());
    assert_eq!(read(ContentType::Docx, &file), Err(ExtractError::Bomb));
}

#[test]
fn what_is_cut_off_or_bent_is_damaged() {
    let whole = docx(&paragraph(&"words ".repeat(2000)));
    for keep in [30, whole.len() / 2, whole.len() - 10] {
        let cut = &whole[..keep];
        assert!(matches!(read(ContentType::Docx, cut), Err(ExtractError::Damaged(_))), "{keep}");
    }
    for body in ["<w:p>", "</w:p>", "<w:p", "<w:p></w:r>", "<w:t>&#x0;</w:t>"] {
        let found = read(ContentType::Docx, &docx(body));
        assert!(matches!(found, Err(ExtractError::Damaged(_) | ExtractError::Empty)), "{body}: {found:?}");
    }
    let nothing = package(&[("word/other.xml", "<a/>")]);
    assert!(matches!(read(ContentType::Docx, &nothing), Err(ExtractError::Damaged(_))));
    // Each byte in turn is another one: whatever comes of it, it comes back.
    let small = docx(&paragraph("words"));
    for at in (0..small.len()).step_by(3) {
        let mut bent = small.clone();
        bent[at] ^= 0x5A;
        let _ = read(ContentType::Docx, &bent);
    }
}

#[test]
fn a_shared_text_in_every_cell_of_a_row_is_refused() {
    let limits = Limits { chars: 10_000, ..Limits::default() };
    let long = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(1000));
    let row: String = (0..1000).map(|_| "<c t=\"s\"><v>0</v></c>").collect();
    let file = package(&[
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="s.xml"/></Relationships>"#,
        ),
        ("xl/sharedStrings.xml", &long),
        ("xl/s.xml", &format!("<worksheet><sheetData><row>{row}</row></sheetData></worksheet>")),
    ]);
    assert_eq!(extract(ContentType::Xlsx, &file, &limits), Err(ExtractError::too_large("characters")));
}
