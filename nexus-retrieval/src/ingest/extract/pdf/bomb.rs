//! What the streams of a PDF expand to, counted without keeping any of it.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::{Budget, ExtractError};

/// How far before its stream a dictionary is looked at.
const DICTIONARY: usize = 1024;
/// Compressed inside of compressed, as often as this: no program writes that.
const MAX_LAYERS: usize = 3;

/// Expands every compressed stream once. Images are left out: they are not read, and scans are large.
pub(super) fn look(bytes: &[u8], budget: &Budget) -> Result<(), ExtractError> {
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| find(rest, b"stream")) {
        let begin = at + found;
        at = begin + b"stream".len();
        // What is found in the middle of a stream is passed over as well: what it is not, does not expand.
        let dictionary = bytes.get(begin.saturating_sub(DICTIONARY)..begin).unwrap_or_default();
        let dictionary = rfind(dictionary, b" obj").and_then(|obj| dictionary.get(obj..)).unwrap_or(dictionary);
        if dictionary.ends_with(b"end") || has(dictionary, b"/Image") {
            continue;
        }
        let layers = count(dictionary, b"/FlateDecode") + count(dictionary, b"/Fl ");
        if layers > MAX_LAYERS {
            return Err(ExtractError::Bomb);
        }
        let data = bytes.get(at..).unwrap_or_default();
        let data = data.strip_prefix(b"\r\n").or_else(|| data.strip_prefix(b"\n")).unwrap_or(data);
        let mut stream: Box<dyn Read + '_> = Box::new(data);
        for _ in 0..layers {
            stream = Box::new(ZlibDecoder::new(stream));
        }
        if layers > 0 {
            drain(&mut *stream, budget)?;
        }
    }
    Ok(())
}

fn drain(stream: &mut dyn Read, budget: &Budget) -> Result<(), ExtractError> {
    let mut buffer = [0; 16 * 1024];
    loop {
        match stream.read(&mut buffer) {
            // The parser will find out what is wrong with a stream that breaks off.
            Ok(0) | Err(_) => return Ok(()),
            Ok(read) => budget.expand(read)?,
        }
    }
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

fn rfind(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).rposition(|window| window == word)
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    find(bytes, word).is_some()
}

fn count(bytes: &[u8], word: &[u8]) -> usize {
    bytes.windows(word.len()).filter(|window| *window == word).count()
}
