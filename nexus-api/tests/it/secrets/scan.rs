//! Finds secrets in bytes, in every form that a program might give them.

use std::{collections::HashMap, fmt::Write as _};

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What forms begin with is looked up by so many bytes.
const HEAD: usize = 8;

/// A secret where it was found.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub secret: &'static str,
    pub place: String,
    pub form: &'static str,
}

/// Every form of a secret: its name, and the bytes.
pub fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let hex = hex::encode(secret);
    let mut all = vec![
        ("hex", hex.clone().into_bytes()),
        ("HEX", hex.to_uppercase().into_bytes()),
        ("base64", inner(&STANDARD_NO_PAD, secret, 0)),
        ("base64 +1", inner(&STANDARD_NO_PAD, secret, 1)),
        ("base64 +2", inner(&STANDARD_NO_PAD, secret, 2)),
        ("base64url", inner(&URL_SAFE_NO_PAD, secret, 0)),
        ("base64url +1", inner(&URL_SAFE_NO_PAD, secret, 1)),
        ("base64url +2", inner(&URL_SAFE_NO_PAD, secret, 2)),
        ("percent", percent(secret)),
        ("form", form_urlencoded::byte_serialize(secret).collect::<String>().into_bytes()),
    ];
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = serde_json::to_string(text).unwrap();
        let ascii = text.chars().fold(String::new(), |mut ascii, c| {
            match c {
                '"' | '\\' => write!(ascii, "\\{c}").unwrap(),
                c if c.is_ascii() => ascii.push(c),
                c => write!(ascii, "\\u{:04x}", u32::from(c)).unwrap(),
            }
            ascii
        });
        all.push(("raw", secret.to_vec()));
        all.push(("JSON", json.trim_matches('"').as_bytes().to_vec()));
        all.push(("JSON in ASCII", ascii.into_bytes()));
        all.push(("debug", text.escape_debug().to_string().into_bytes()));
    }
    all
}

/// Base64 of a secret in the middle of something longer: only what no neighbour changes.
fn inner(engine: &impl base64::Engine, secret: &[u8], before: usize) -> Vec<u8> {
    let padded = [&vec![0; before], secret].concat();
    let whole = padded.len() / 3 * 4;
    let skip = [0, 2, 3][before];
    engine.encode(&padded).as_bytes()[skip..whole].to_vec()
}

fn percent(secret: &[u8]) -> Vec<u8> {
    let mut out = String::new();
    for byte in secret {
        match byte {
            b if b.is_ascii_alphanumeric() || b"-._~".contains(b) => out.push(char::from(*b)),
            b => write!(out, "%{b:02X}").unwrap(),
        }
    }
    out.into_bytes()
}

/// Looks for many forms at once.
pub struct Scanner {
    needles: Vec<(&'static str, &'static str, Vec<u8>)>,
    by_head: HashMap<[u8; HEAD], Vec<usize>>,
    /// Whether any form begins with these two bytes.
    begins: Vec<bool>,
}

impl Scanner {
    pub fn new(secrets: &[(&'static str, Vec<u8>)]) -> Self {
        let mut scanner = Self { needles: Vec::new(), by_head: HashMap::new(), begins: vec![false; 1 << 16] };
        for (name, secret) in secrets {
            for (form, bytes) in forms(secret) {
                assert!(bytes.len() >= 16, "{name} is too short to be found for certain");
                let head = *bytes.first_chunk().unwrap();
                scanner.begins[usize::from(u16::from_be_bytes([head[0], head[1]]))] = true;
                scanner.by_head.entry(head).or_default().push(scanner.needles.len());
                scanner.needles.push((name, form, bytes));
            }
        }
        scanner
    }

    pub fn look(&self, place: &str, bytes: &[u8]) -> Vec<Finding> {
        let mut found = Vec::new();
        for at in 0..bytes.len().saturating_sub(HEAD - 1) {
            if !self.begins[usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]))] {
                continue;
            }
            let head: [u8; HEAD] = bytes[at..at + HEAD].try_into().unwrap();
            for needle in self.by_head.get(&head).into_iter().flatten() {
                let (secret, form, text) = &self.needles[*needle];
                if bytes[at..].starts_with(text) {
                    found.push(Finding { secret, place: place.to_owned(), form });
                }
            }
        }
        found
    }
}
