//! Pages as they are found, and as somebody who means harm would write them.
#![allow(clippy::unwrap_used, clippy::string_slice, clippy::format_collect)]
use crate::ingest::extract::{ContentType, ExtractError, Limits, extract};

fn html(source: &str) -> String {
    extract(ContentType::Html, source.as_bytes(), &Limits::default()).unwrap().text
}

#[test]
fn a_page_becomes_headings_paragraphs_lists_and_tables() {
    let page = "<!doctype html><head><title>The\n Guide</title><style>p{}</style></head><body><h1>Guide</h1>
        <p>First <b>words</b>,<br>second&nbsp;line &amp; &lt;more&gt;.<ul><li>one<li>two</ul>
        <table><tr><th>Name<th>p95</tr><tr><td>run<td>200 ms</table><pre>a\n  b</pre><script>var x = '<p>';</script>";
    let read = extract(ContentType::Html, page.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(read.title.as_deref(), Some("The Guide"));
    assert_eq!(
        read.text,
        "# Guide\n\nFirst words,\nsecond line & <more>.\n\n- one\n- two\n\n| Name | p95 |\n| --- | --- |\n\
         | run | 200 ms |\n\n```\na\n  b\n```"
    );
}

#[test]
fn what_nobody_sees_is_not_text() {
    let text =
        html("<p>seen<div hidden>no <div>no</div> no</div><span style='Display: none'>no</span><p>too<svg>no</svg>");
    assert_eq!(text, "seen\n\ntoo");
}

#[test]
fn depth_and_disorder_cost_nothing() {
    let deep = format!("{}words{}", "<div><b><table><td>".repeat(10_000), "</div>".repeat(10_000));
    assert_eq!(html(&deep), "words");
    assert_eq!(html("</p></table></td><tr><td>x</td></tr><p>y"), "x\n\ny");
    assert_eq!(html("<p>text &bogus; &#x110000; <unclosed"), "text &bogus; \u{fffd}");
}

#[test]
fn other_encodings_are_named_or_western() {
    let read = |bytes: &[u8]| extract(ContentType::Html, bytes, &Limits::default()).unwrap().text;
    assert_eq!(read(b"<p>Gr\xfc\xdfe \x80"), "Grüße €");
    assert_eq!(read(b"<meta charset=\"windows-1251\"><p>\xcf\xf0\xe8"), "При");
}

#[test]
fn a_page_without_text_is_empty() {
    let empty = extract(ContentType::Html, b"<html><script>1</script><p> </p>", &Limits::default());
    assert_eq!(empty, Err(ExtractError::Empty));
}

fn refused(source: &str) -> ExtractError {
    extract(ContentType::Html, source.as_bytes(), &Limits::default()).unwrap_err()
}

#[test]
fn a_tag_has_no_more_attributes_than_can_be_compared() {
    let list = |count: usize, shape: fn(usize) -> String| (0..count).map(shape).collect::<String>();
    let attributes = list(600, |n| format!(" a{n}"));
    let quoted = list(600, |n| format!("a{n}='>'"));
    let slashed = list(600, |n| format!("/a{n}"));
    // So many that the tag is not at its end when it is looked at first.
    let endless = list(40_000, |n| format!("/a{n}"));
    for tag in ["<p", "text &amp<p", "</p", "<style></style", "<p x = \"<\" y=<", "<!-- --><p", "</><p =\""] {
        for many in [&attributes, &quoted, &slashed, &endless] {
            let page = format!("<p>{tag} {many}>");
            assert_eq!(refused(&page), ExtractError::too_large("attributes in one tag"), "{tag}{}", &many[..20]);
        }
    }
    // None of these is a tag with many attributes.
    let words = "word ".repeat(2000);
    for fine in [
        format!("<!-- <p {words} -->"),
        format!("<script>if (a<b {words})</script>"),
        format!("a < b {words}"),
        format!("<img alt=x src='{words}'>"),
        format!("<!doctype html><? {words}>"),
        "<p a=1 b='2' c=\"3\" / d>".repeat(2000),
    ] {
        assert!(html(&format!("{fine}<p>seen")).ends_with("seen"), "{}", &fine[..20]);
    }
}

#[test]
fn time_is_looked_at_while_a_tag_is_open() {
    let limits = Limits { time: std::time::Duration::ZERO, ..Limits::default() };
    let page = format!("<p a=\"{}", "x".repeat(10 << 20));
    assert_eq!(extract(ContentType::Html, page.as_bytes(), &limits), Err(ExtractError::TimedOut));
}

#[test]
fn cells_are_counted_before_a_row_ends() {
    let limits = Limits { cells: 1000, ..Limits::default() };
    let row = format!("<table><tr>{}", "<td>".repeat(1001));
    assert_eq!(extract(ContentType::Html, row.as_bytes(), &limits), Err(ExtractError::too_large("cells")));
}
