//! Files that were bent a little, through every parser that meets bytes from outside. The same ones every time; `NEXUS_CASES`
//! says how many there are of each kind, and `NEXUS_FIRST_CASE` where they begin.
#![cfg(feature = "files")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, missing_docs)]

use std::{fmt::Write as _, io::Write as _};

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, clippy::cast_possible_truncation)]
mod targets;

/// What is put where it does not belong.
const TOKENS: &[&[u8]] = &[
    b"<",
    b">",
    b"</",
    b"<!--",
    b"]]>",
    b"<![CDATA[",
    b"&amp;",
    b"&#x110000;",
    b"\"",
    b"'",
    b"=",
    b"<table>",
    b"</td>",
    b"<tr>",
    b"<script>",
    b"</script>",
    b"<title>",
    b"<w:tbl>",
    b"</w:tr>",
    b"<w:t>",
    b"<a:tc>",
    b"r=\"ZZZZZZZZZ9\"",
    b"<c>",
    b"<row>",
    b"stream\n",
    b"endstream",
    b" obj",
    b"/Filter/FlateDecode",
    b"/Length 99999999999",
    b"<<",
    b">>",
    b"[",
    b"]",
    b"{",
    b"}",
    b"{\"text\":",
    b"-1",
    b"0",
    b"4294967296",
    b"18446744073709551616",
    b"1e999",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b",",
    b";",
    b"\t",
    b"|",
    b"Content-Type: multipart/mixed; boundary=B\r\n\r\n",
    b"--B\r\n",
    b"--B--",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"=?utf-8?B?//8=?=",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"../",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xc3",
    b"\xe2\x80\xa8",
    b"# ",
    b"```",
    b"%PDF-",
    b"trailer",
    b"startxref",
];

/// Numbers by chance, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

fn bend(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        let longest = 1 << dice.below(8);
        let end = (at + 1 + dice.below(longest)).min(bytes.len());
        match dice.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << (dice.next() % 8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
            2 => drop(bytes.drain(at.min(end)..end)),
            3 => {
                let piece = bytes[at.min(end)..end].to_vec();
                let times = 1 + dice.below(40);
                bytes.splice(at..at, piece.repeat(times));
            }
            4 => bytes.truncate(at),
            5 => {
                let other = &seeds[dice.below(seeds.len())];
                let from = dice.below(other.len());
                bytes.splice(at.min(end)..end, other[from..].iter().copied());
            }
            _ => {
                let token = TOKENS[dice.below(TOKENS.len())];
                let times = if dice.below(8) == 0 { 1 + dice.below(400) } else { 1 };
                bytes.splice(at..at, token.repeat(times));
            }
        }
    }
    bytes
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

fn mutate(name: &str, seeds: &[Vec<u8>]) {
    let first = number("NEXUS_FIRST_CASE", 0);
    for seed in seeds {
        targets::run(name, seed);
    }
    for case in first..first + number("NEXUS_CASES", 150) {
        let bytes = bend(&mut Dice(case.wrapping_mul(0x1000_0001)), seeds);
        let ran = std::panic::catch_unwind(|| targets::run(name, &bytes));
        if ran.is_err() {
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]);
            panic!("{name}: case {case} does not hold ({} bytes): {shown:?}", bytes.len());
        }
    }
}

fn texts(seeds: &[&str]) -> Vec<Vec<u8>> {
    seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect()
}

fn zipped(parts: &[(&str, &str)], method: zip::CompressionMethod) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn part(name: &str) -> Vec<Vec<u8>> {
    targets::PARTS.iter().filter(|(part, _)| *part == name).map(|(_, content)| content.as_bytes().to_vec()).collect()
}

fn pdf() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
        "<< /Length 44 >>\nstream\nBT /F1 12 Tf 72 700 Td (Words on paper.) Tj ET \nendstream",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        writeln!(file, "{number} 0 obj\n{object}\nendobj").unwrap();
    }
    let at = file.len();
    format!("{file}{table}trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{at}\n%%EOF", objects.len() + 1).into_bytes()
}

const PAGE: &str = "<!doctype html><title>T</title><h1>H</h1><p hidden>no<p style='display:none'>no<p>Words &amp; <b>more</b><br>\
    <ul><li>one<li>two</ul><table><tr><th>a<th>b<tr><td>1<td><table><td>x</table></table><pre>a\n b</pre><script>x<y</script>\
    <!-- c --><img alt='z' src=x><svg><p>no</svg><textarea>t</textarea>";
const MAIL: &str = "From: Ada <a@b.c>\r\nTo: b@c.d\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\nContent-Type: \
    multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Hi=\r\n \
    there\r\n--B\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\na,b\r\n1,2\r\n--B\r\n\
    Content-Type: message/rfc822\r\n\r\nFrom: x@y\r\nSubject: inner\r\n\r\nbody\r\n--B--\r\n";
const MARKDOWN: &str = "# One\r\n\r\nA sentence. Another one!\n\n## Two\n- a\n- b\n\n```\n# no\n```\n| a | b |\n日本語の文章です。 👩‍👩‍👧 e\u{301}\u{301}";
const TABLE: &str = "Name,City\n\"Lovelace, Ada\",London\n\"two\nlines\",\"say \"\"hi\"\"\"\n1;2;3\n";
const VALUES: &str =
    "{\"a\":[1,2.5,{\"b\":null,\"c\":[true,[\"x\\u00e9\\n\"]]}],\"d\":\"words\"}\n{\"text\":\"t\"}\n[]";

#[test]
fn texts_and_their_kin() {
    let all = texts(&[PAGE, MAIL, MARKDOWN, TABLE, VALUES, "{\"text\":\"words\"}"]);
    for name in ["sniff", "text"] {
        mutate(name, &all);
    }
    mutate("json", &texts(&[VALUES, "{\"text\":\"words\"}", "[[1],{\"k\":\"v\"}]"]));
    mutate("csv", &texts(&[TABLE, "a\tb\n1\t2\n"]));
}

#[test]
fn pages_and_messages() {
    mutate("html", &texts(&[PAGE]));
    mutate("email", &texts(&[MAIL]));
}

#[test]
fn papers() {
    mutate("pdf", &[pdf()]);
}

#[test]
fn office_files() {
    use zip::CompressionMethod::{Deflated, Stored};
    mutate("office", &[zipped(&targets::PARTS, Deflated), zipped(&targets::PARTS, Stored)]);
    mutate("docx", &part("word/document.xml"));
    mutate("pptx", &part("ppt/presentation.xml"));
    mutate("xlsx", &part("xl/worksheets/sheet1.xml"));
}

#[test]
fn archives() {
    let files = [("a.txt", "one"), ("b/c.md", "two"), ("../d", "three"), ("b/", "")];
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in [("a.txt", "one"), ("b/c.md", "two"), ("a.txt", "three")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(content.len()).unwrap());
        header.set_mode(0o644);
        tar.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&tar).unwrap();
    let zip = zipped(&files, zip::CompressionMethod::Deflated);
    mutate("archive", &[zip, tar, packed.finish().unwrap()]);
}
