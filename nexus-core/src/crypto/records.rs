//! Texts that follow each other, such as the events of a stream, under one data key: each is sealed by itself, under its
//! number, and opens by itself. Nothing marks the last one; whoever needs an end puts it into a text.
//!
//! The key is made from a random data key for one series only, as that of [chunks](super::stream) is, and under another label.

use super::{
    Refused,
    cipher::{Cipher, Keyed, NONCE, TAG},
    header::Payload,
};

/// What both sides do with a number.
struct Series {
    keyed: Box<dyn Keyed>,
    context: [u8; 32],
}

impl Series {
    fn new(cipher: &dyn Cipher, payload: &Payload) -> Self {
        Self { keyed: cipher.keyed(&payload.key), context: payload.context }
    }
}

/// Seals a series of texts, numbered from nought.
pub struct RecordSealer {
    series: Series,
    next: Option<u32>,
}

impl RecordSealer {
    pub(super) fn new(cipher: &dyn Cipher, payload: &Payload) -> Self {
        Self { series: Series::new(cipher, payload), next: Some(0) }
    }

    /// Seals the next text. After a failure everything is refused: a number is used once.
    pub fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>, Refused> {
        let number = self.next.take().ok_or(Refused)?;
        let mut sealed = vec![0; plain.len() + TAG];
        let (text, tag) = sealed.split_last_chunk_mut::<TAG>().ok_or(Refused)?;
        *tag = self.series.keyed.seal(nonce(number), &self.series.context, plain, text)?;
        self.next = number.checked_add(1);
        Ok(sealed)
    }
}

/// Opens texts of a series, in any order.
pub struct RecordOpener(Series);

impl RecordOpener {
    pub(super) fn new(cipher: &dyn Cipher, payload: &Payload) -> Self {
        Self(Series::new(cipher, payload))
    }

    /// The text of this number.
    pub fn open(&self, number: u32, sealed: &[u8]) -> Result<Vec<u8>, Refused> {
        let (text, tag) = sealed.split_last_chunk::<TAG>().ok_or(Refused)?;
        let mut plain = vec![0; text.len()];
        self.0.keyed.open(nonce(number), &self.0.context, text, tag, &mut plain)?;
        Ok(plain)
    }
}

/// Eight zeros and the number.
fn nonce(number: u32) -> [u8; NONCE] {
    let [a, b, c, d] = number.to_be_bytes();
    [0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]
}

impl std::fmt::Debug for RecordSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordSealer").field("next", &self.next).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for RecordOpener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordOpener")
    }
}
