//! What the streams of a PDF expand to, counted without keeping more of it than has to be.
//!
//! The parser expands some streams while it opens a file and the others when a page shows them, all without a bound. So a
//! file is opened once with its object streams held back, what is in its streams is counted as the parser itself sees them,
//! and only then is it opened for good. Pictures are emptied: they are large and hold no text, and the parser would read them
//! as if they did.

use std::io::Read;

use flate2::read::{DeflateDecoder, ZlibDecoder};
use pdf_extract::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream};
use weezl::{BitOrder, LzwStatus, decode::Decoder};

use super::{Budget, ExtractError};

/// Compressed inside of compressed, as often as this: no program writes that.
const MAX_LAYERS: usize = 3;
/// The longest row of a picture-like filter.
const MAX_ROW: i64 = 1 << 24;
/// The type that an object stream has while it is held back.
const HELD: &[u8] = b"HeldObjStm";

/// Opens a file of which nothing expands to more than may be.
pub(super) fn open(bytes: &[u8], budget: &Budget) -> Result<Document, ExtractError> {
    look(bytes, budget)?;
    let held = load(bytes, hold)?;
    if count(&held, budget)? {
        budget.in_time()?;
        return load(bytes, empty);
    }
    Ok(held)
}

fn load(bytes: &[u8], filter: pdf_extract::FilterFunc) -> Result<Document, ExtractError> {
    let options = LoadOptions { filter: Some(filter), ..LoadOptions::default() };
    Document::load_mem_with_options(bytes, options).map_err(super::refusal)
}

/// Keeps object streams from being expanded.
fn hold(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    let kept = empty(id, object);
    if let Ok(stream) = object.as_stream_mut()
        && stream.dict.has_type(b"ObjStm")
    {
        stream.dict.set("Type", Object::Name(HELD.to_vec()));
    }
    kept
}

/// Takes the content of pictures away. Only what lies in an object stream is kept by what is returned; no stream does.
#[allow(clippy::unnecessary_wraps, reason = "the parser asks for it")]
fn empty(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    let Ok(stream) = object.as_stream_mut() else { return Some((id, object.clone())) };
    if stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Image") {
        stream.dict.remove(b"Filter");
        stream.set_content(Vec::new());
    }
    Some((id, Object::Null))
}

/// Expands every stream once, and tells whether object streams are held back.
pub(super) fn count(document: &Document, budget: &Budget) -> Result<bool, ExtractError> {
    let mut held = false;
    for stream in document.objects.values().filter_map(|object| object.as_stream().ok()) {
        budget.step()?;
        held |= stream.dict.has_type(HELD);
        measure(stream, budget)?;
    }
    Ok(held)
}

fn measure(stream: &Stream, budget: &Budget) -> Result<(), ExtractError> {
    let Ok(filters) = stream.filters() else { return Ok(()) };
    if filters.len() > MAX_LAYERS {
        return Err(ExtractError::Bomb);
    }
    let parameters = stream.dict.get(b"DecodeParms").and_then(Object::as_dict).ok();
    let number = |name: &[u8]| parameters.and_then(|p| p.get(name).and_then(Object::as_i64).ok()).unwrap_or(1).max(1);
    let row = number(b"Columns").saturating_mul(number(b"Colors")).saturating_mul(number(b"BitsPerComponent"));
    if row > MAX_ROW * 8 {
        return Err(ExtractError::damaged("a stream has rows without end"));
    }
    let mut input: Option<Vec<u8>> = None;
    for (layer, filter) in (1_usize..).zip(&filters) {
        let from: &[u8] = input.as_ref().unwrap_or(&stream.content);
        // What comes out is kept only where another filter reads it.
        let mut kept = (layer < filters.len()).then(Vec::new);
        match *filter {
            b"FlateDecode" => inflate(from, &mut kept, budget)?,
            b"LZWDecode" => unpack(from, parameters, &mut kept, budget)?,
            b"ASCII85Decode" => {
                // At most four times as much comes out, so the parser may do it.
                let name = Object::Name(filter.to_vec());
                let plain = Stream::new([(b"Filter".to_vec(), name)].into_iter().collect(), from.to_vec());
                let plain = plain.decompressed_content().unwrap_or_default();
                budget.expand(plain.len())?;
                kept = kept.map(|_| plain);
            }
            // The parser does not know it either, and stops there.
            _ => return Ok(()),
        }
        input = kept;
    }
    Ok(())
}

fn inflate(from: &[u8], kept: &mut Option<Vec<u8>>, budget: &Budget) -> Result<(), ExtractError> {
    let came = drain(&mut ZlibDecoder::new(from), kept, |read| budget.expand(read))?;
    if came == 0 {
        // The parser tries this, too.
        drain(&mut DeflateDecoder::new(from.get(2..).unwrap_or_default()), kept, |read| budget.expand(read))?;
    }
    Ok(())
}

fn unpack(
    mut from: &[u8],
    parameters: Option<&Dictionary>,
    kept: &mut Option<Vec<u8>>,
    budget: &Budget,
) -> Result<(), ExtractError> {
    let late = parameters.and_then(|p| p.get(b"EarlyChange").and_then(Object::as_i64).ok()) == Some(0);
    let mut decoder =
        if late { Decoder::new(BitOrder::Msb, 8) } else { Decoder::with_tiff_size_switch(BitOrder::Msb, 8) };
    let mut buffer = [0; 16 * 1024];
    loop {
        let done = decoder.decode_bytes(from, &mut buffer);
        from = from.get(done.consumed_in..).unwrap_or_default();
        budget.expand(done.consumed_out)?;
        if let Some(kept) = kept {
            kept.extend_from_slice(buffer.get(..done.consumed_out).unwrap_or_default());
        }
        if !matches!(done.status, Ok(LzwStatus::Ok)) || done.consumed_in + done.consumed_out == 0 {
            return Ok(());
        }
    }
}

/// Reads to the end, or to where it breaks; the parser will find out what is wrong there.
fn drain(
    stream: &mut dyn Read,
    kept: &mut Option<Vec<u8>>,
    mut count: impl FnMut(usize) -> Result<(), ExtractError>,
) -> Result<u64, ExtractError> {
    let (mut buffer, mut came) = ([0; 16 * 1024], 0);
    loop {
        let Ok(read @ 1..) = stream.read(&mut buffer) else { return Ok(came) };
        count(read)?;
        came += u64::try_from(read).unwrap_or(u64::MAX);
        if let Some(kept) = kept {
            kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
        }
    }
}

/// Expands whatever looks compressed in the bytes, each for itself. The parser reads a table of objects before anybody can
/// ask what it found; any stream of the file may be made to look like one.
fn look(bytes: &[u8], budget: &Budget) -> Result<(), ExtractError> {
    let mut rest = bytes;
    while let Some(at) = rest.windows(6).position(|window| window == b"stream") {
        rest = rest.get(at + 6..).unwrap_or_default();
        budget.step()?;
        let data = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
        if !matches!(data, [first, second, ..] if first & 15 == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
        {
            continue;
        }
        let mut left = budget.limits.expanded_bytes;
        drain(&mut ZlibDecoder::new(data), &mut None, |read| {
            left = left.checked_sub(u64::try_from(read).unwrap_or(u64::MAX)).ok_or(ExtractError::Bomb)?;
            budget.in_time()
        })?;
    }
    Ok(())
}
