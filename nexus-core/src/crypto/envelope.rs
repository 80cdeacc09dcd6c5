//! Sealing and opening.

use super::{
    Binding, CHUNK, HEADER, Key, Opener, RecordOpener, RecordSealer, Refused, SEALED_CHUNK, Sealer, TenantKey,
    Unsealer,
    cipher::{self, Cipher, TAG},
    header,
};
use crate::clock;

/// Seals texts for a place and opens them there. Every text has a data key of its own, which the tenant's key wraps.
#[derive(Debug, Clone, Copy)]
pub struct Envelope(&'static dyn Cipher);

impl Default for Envelope {
    fn default() -> Self {
        Self::new(cipher::fastest())
    }
}

impl Envelope {
    /// By this program. Which one it is cannot be seen from what it seals.
    #[must_use]
    pub fn new(cipher: &'static dyn Cipher) -> Self {
        Self(cipher)
    }

    /// Seals a text.
    pub fn seal(&self, key: &TenantKey, binding: &Binding<'_>, plain: &[u8]) -> Result<Vec<u8>, Refused> {
        let (header, mut sealer) = self.sealer(key, binding)?;
        let mut out = Vec::with_capacity(usize::try_from(sealed_len(plain.len() as u64)).unwrap_or_default());
        out.extend_from_slice(&header);
        sealer.push(plain, &mut out)?;
        sealer.finish(&mut out)?;
        Ok(out)
    }

    /// Opens what was sealed for this place. Whatever is wrong with it, the refusal is the same.
    pub fn open(&self, key: &TenantKey, binding: &Binding<'_>, sealed: &[u8]) -> Result<Vec<u8>, Refused> {
        let (header, chunks) = sealed.split_first_chunk::<HEADER>().ok_or(Refused)?;
        let mut opener = self.opener(key, binding, header)?;
        let mut plain = Vec::with_capacity(chunks.len());
        opener.push(chunks, &mut plain)?;
        opener.finish(&mut plain)?;
        Ok(plain)
    }

    /// What a large text is sealed with piece by piece, and the header that stands before its chunks.
    pub fn sealer(&self, key: &TenantKey, binding: &Binding<'_>) -> Result<([u8; HEADER], Sealer), Refused> {
        self.sealer_of(key, binding, &salt(), &Key::generate())
    }

    /// What a large text is opened with piece by piece.
    pub fn opener(&self, key: &TenantKey, binding: &Binding<'_>, header: &[u8; HEADER]) -> Result<Opener, Refused> {
        let payload = header::read(self.0, key, binding, header, header::PAYLOAD)?;
        Ok(Opener::new(self.0, &payload))
    }

    /// The same for an envelope that comes in pieces, its header included.
    #[must_use]
    pub fn unsealer<'a>(&self, key: &'a TenantKey, binding: Binding<'a>) -> Unsealer<'a> {
        Unsealer::new(*self, key, binding)
    }

    /// What a series of texts is sealed with, one by one, and the header that is kept beside them.
    pub fn record_sealer(
        &self,
        key: &TenantKey,
        binding: &Binding<'_>,
    ) -> Result<([u8; HEADER], RecordSealer), Refused> {
        let secrets = (&salt(), &Key::generate());
        let (header, payload) = header::write(self.0, key, binding, secrets, header::RECORDS)?;
        Ok((header, RecordSealer::new(self.0, &payload)))
    }

    /// What they are opened with.
    pub fn record_opener(
        &self,
        key: &TenantKey,
        binding: &Binding<'_>,
        header: &[u8; HEADER],
    ) -> Result<RecordOpener, Refused> {
        let payload = header::read(self.0, key, binding, header, header::RECORDS)?;
        Ok(RecordOpener::new(self.0, &payload))
    }

    pub(super) fn sealer_of(
        &self,
        key: &TenantKey,
        binding: &Binding<'_>,
        salt: &[u8; 32],
        data: &Key,
    ) -> Result<([u8; HEADER], Sealer), Refused> {
        let (header, payload) = header::write(self.0, key, binding, (salt, data), header::PAYLOAD)?;
        Ok((header, Sealer::new(self.0, &payload)))
    }
}

fn salt() -> [u8; 32] {
    let mut salt = [0; 32];
    clock::fill_random(&mut salt);
    salt
}

/// The version of the tenant's key that opens this, if it is an envelope at all.
#[must_use]
pub fn key_version(sealed: &[u8]) -> Option<u32> {
    header::version(sealed)
}

/// How long a text of this length is when it is sealed.
#[must_use]
pub fn sealed_len(plain: u64) -> u64 {
    // The last chunk may be whole, and there is one even for nothing.
    let chunks = plain.div_ceil(CHUNK as u64).max(1);
    HEADER as u64 + plain + chunks * TAG as u64
}

/// How long the text is in an envelope of this length; none when no envelope has it.
#[must_use]
pub fn plain_len(sealed: u64) -> Option<u64> {
    let chunks = sealed.checked_sub(HEADER as u64)?;
    let count = chunks.div_ceil(SEALED_CHUNK as u64).max(1);
    let plain = chunks.checked_sub(count * TAG as u64)?;
    (sealed_len(plain) == sealed).then_some(plain)
}
