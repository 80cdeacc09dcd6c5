//! The chunks after a header: each is sealed under its number and whether it is the last, so that none can be taken away,
//! added, repeated or moved, and none is given out before it was verified. This is the STREAM construction of Hoang,
//! Reyhanitabar, Rogaway and Vizár.
//!
//! The key of the chunks is made from a random data key for one text only, so that a nonce can be a counter and cannot repeat.

use super::{
    Refused,
    cipher::{Cipher, Keyed, NONCE, TAG},
    header::Payload,
};

/// How much text is sealed at once, in bytes. Only the last chunk is shorter, and it may be empty.
pub const CHUNK: usize = 64 * 1024;
/// A chunk with its tag.
pub const SEALED_CHUNK: usize = CHUNK + TAG;

/// Numbers chunks, and refuses everything after the last one or after a failure.
struct Chunks {
    keyed: Box<dyn Keyed>,
    context: [u8; 32],
    next: Option<u32>,
}

impl Chunks {
    fn new(cipher: &dyn Cipher, payload: &Payload) -> Self {
        Self { keyed: cipher.keyed(&payload.key), context: payload.context, next: Some(0) }
    }

    /// The nonce of the next chunk: seven zeros, its number, and whether it is the last.
    fn nonce(&mut self, last: bool) -> Result<[u8; NONCE], Refused> {
        let number = self.next.take().ok_or(Refused)?;
        let [a, b, c, d] = number.to_be_bytes();
        // Until this chunk is done, there is no next: what fails ends the stream.
        Ok([0, 0, 0, 0, 0, 0, 0, a, b, c, d, u8::from(last)])
    }

    fn done(&mut self, nonce: [u8; NONCE]) {
        let [.., a, b, c, d, last] = nonce;
        self.next = u32::from_be_bytes([a, b, c, d]).checked_add(1).filter(|_| last == 0);
    }

    fn seal(&mut self, plain: &[u8], sealed: &mut [u8], last: bool) -> Result<(), Refused> {
        let nonce = self.nonce(last)?;
        let (text, tag) = sealed.split_last_chunk_mut::<TAG>().ok_or(Refused)?;
        *tag = self.keyed.seal(nonce, &self.context, plain, text)?;
        self.done(nonce);
        Ok(())
    }

    fn open(&mut self, sealed: &[u8], plain: &mut [u8], last: bool) -> Result<(), Refused> {
        let nonce = self.nonce(last)?;
        let (text, tag) = sealed.split_last_chunk::<TAG>().ok_or(Refused)?;
        self.keyed.open(nonce, &self.context, text, tag, plain)?;
        self.done(nonce);
        Ok(())
    }
}

/// Seals a text piece by piece.
pub struct Sealer {
    chunks: Chunks,
    /// The beginning of a chunk, which may become a whole one that is not the last.
    held: Vec<u8>,
}

impl Sealer {
    pub(super) fn new(cipher: &dyn Cipher, payload: &Payload) -> Self {
        Self { chunks: Chunks::new(cipher, payload), held: Vec::new() }
    }

    /// Seals a whole chunk that is not the last, of [`CHUNK`] bytes, into [`SEALED_CHUNK`] bytes, without copying it.
    pub fn chunk(&mut self, plain: &[u8], sealed: &mut [u8]) -> Result<(), Refused> {
        if plain.len() != CHUNK || !self.held.is_empty() {
            return Err(Refused);
        }
        self.chunks.seal(plain, sealed, false)
    }

    /// Takes a piece of any size, and appends what can be sealed by now.
    pub fn push(&mut self, mut plain: &[u8], sealed: &mut Vec<u8>) -> Result<(), Refused> {
        while let Some(whole) = next_chunk(&mut self.held, &mut plain, CHUNK) {
            match whole {
                Whole::Held => {
                    append(sealed, SEALED_CHUNK, |to| self.chunks.seal(&self.held, to, false))?;
                    self.held.clear();
                }
                Whole::Given(chunk) => append(sealed, SEALED_CHUNK, |to| self.chunks.seal(chunk, to, false))?,
            }
        }
        Ok(())
    }

    /// Appends the last chunk.
    pub fn finish(mut self, sealed: &mut Vec<u8>) -> Result<(), Refused> {
        append(sealed, self.held.len() + TAG, |to| self.chunks.seal(&self.held, to, true))
    }
}

/// Opens what [`Sealer`] made, piece by piece. Whatever is given out is verified; that it is everything is known when
/// [`Opener::finish`] succeeds, and not before.
pub struct Opener {
    chunks: Chunks,
    held: Vec<u8>,
}

impl Opener {
    pub(super) fn new(cipher: &dyn Cipher, payload: &Payload) -> Self {
        Self { chunks: Chunks::new(cipher, payload), held: Vec::new() }
    }

    /// Opens a whole chunk that is not the last, of [`SEALED_CHUNK`] bytes, into [`CHUNK`] bytes, without copying it. What
    /// stands in `plain` means nothing unless this succeeds.
    pub fn chunk(&mut self, sealed: &[u8], plain: &mut [u8]) -> Result<(), Refused> {
        if sealed.len() != SEALED_CHUNK || !self.held.is_empty() {
            return Err(Refused);
        }
        self.chunks.open(sealed, plain, false)
    }

    /// Takes a piece of any size, and appends what was verified by now. After a refusal everything is refused.
    pub fn push(&mut self, mut sealed: &[u8], plain: &mut Vec<u8>) -> Result<(), Refused> {
        while let Some(whole) = next_chunk(&mut self.held, &mut sealed, SEALED_CHUNK) {
            match whole {
                Whole::Held => {
                    append(plain, CHUNK, |to| self.chunks.open(&self.held, to, false))?;
                    self.held.clear();
                }
                Whole::Given(chunk) => append(plain, CHUNK, |to| self.chunks.open(chunk, to, false))?,
            }
        }
        Ok(())
    }

    /// Appends the last chunk. An end that is missing is noticed here.
    pub fn finish(mut self, plain: &mut Vec<u8>) -> Result<(), Refused> {
        let length = self.held.len().checked_sub(TAG).ok_or(Refused)?;
        append(plain, length, |to| self.chunks.open(&self.held, to, true))
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("next", &self.chunks.next).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opener").field("next", &self.chunks.next).finish_non_exhaustive()
    }
}

/// A chunk that is known not to be the last, because something comes after it.
enum Whole<'a> {
    /// It is what was held.
    Held,
    /// It lies in what was given.
    Given(&'a [u8]),
}

/// The next whole chunk with something after it; what cannot be one yet is held.
fn next_chunk<'a>(held: &mut Vec<u8>, given: &mut &'a [u8], size: usize) -> Option<Whole<'a>> {
    if held.is_empty() && given.len() > size {
        let (chunk, rest) = given.split_at(size);
        *given = rest;
        return Some(Whole::Given(chunk));
    }
    let (some, rest) = given.split_at(given.len().min(size - held.len()));
    held.extend_from_slice(some);
    *given = rest;
    (held.len() == size && !rest.is_empty()).then_some(Whole::Held)
}

/// Appends so many bytes, or none.
fn append(to: &mut Vec<u8>, bytes: usize, fill: impl FnOnce(&mut [u8]) -> Result<(), Refused>) -> Result<(), Refused> {
    let before = to.len();
    to.resize(before + bytes, 0);
    let outcome = to.get_mut(before..).map_or(Err(Refused), fill);
    if outcome.is_err() {
        to.truncate(before);
    }
    outcome
}
