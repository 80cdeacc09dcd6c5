//! The first 124 bytes of everything that is sealed; [docs/encryption.md](../../../docs/encryption.md) draws them.

use subtle::ConstantTimeEq as _;

use super::{
    Binding, CHUNK, Key, Refused, TenantKey,
    cipher::{Cipher, NONCE, TAG},
    key::KEY,
};

/// The length of a header, in bytes.
pub const HEADER: usize = 124;

/// What every envelope begins with: three letters, and the version of the format.
const MAGIC: [u8; 4] = *b"NXE\x01";
/// AES-256-GCM with HKDF-SHA-256, in chunks of two to the power of the second number.
const SUITE: [u8; 4] = [1, 16, 0, 0];
const SALT: usize = 32;
const COMMITMENT: usize = 32;
/// Everything before the wrapped data key.
pub(super) const HEAD: usize = MAGIC.len() + SUITE.len() + 4 + SALT;

pub(super) const WRAP: &[u8] = b"nexus envelope 1 wrap";
pub(super) const COMMIT: &[u8] = b"nexus envelope 1 commit";
/// What the chunks of one text are sealed with.
pub(super) const PAYLOAD: &[u8] = b"nexus envelope 1 payload";
/// What a series of texts is sealed with.
pub(super) const RECORDS: &[u8] = b"nexus envelope 1 records";

const _: () = assert!(HEAD + KEY + TAG + COMMITMENT == HEADER && CHUNK == 1 << SUITE[1]);

/// What comes after a header is sealed with.
pub(super) struct Payload {
    pub(super) key: Key,
    /// The digest of the place and of the head: the associated data of everything.
    pub(super) context: [u8; 32],
}

/// Makes a header around a data key that was never used. The salt makes the key that wraps it one that wraps nothing else,
/// so that it needs no nonce. The label says what comes after the header.
pub(super) fn write(
    cipher: &dyn Cipher,
    tenant: &TenantKey,
    binding: &Binding<'_>,
    (salt, data): (&[u8; SALT], &Key),
    label: &[u8],
) -> Result<([u8; HEADER], Payload), Refused> {
    let mut header = [0; HEADER];
    let (head, rest) = header.split_first_chunk_mut::<HEAD>().ok_or(Refused)?;
    let parts = [MAGIC.as_slice(), &SUITE, &tenant.version.to_be_bytes(), salt];
    for (to, from) in head.iter_mut().zip(parts.into_iter().flatten()) {
        *to = *from;
    }
    let context = binding.digest(head);
    let (wrapped, rest) = rest.split_first_chunk_mut::<KEY>().ok_or(Refused)?;
    let (tag, commitment) = rest.split_first_chunk_mut::<TAG>().ok_or(Refused)?;
    let wrapping = cipher.keyed(&tenant.key.derive(salt, WRAP, &context));
    *tag = wrapping.seal([0; NONCE], &context, data.expose(), wrapped)?;
    commitment.copy_from_slice(data.derive(&context, COMMIT, &[]).expose());
    Ok((header, Payload { key: data.derive(&context, label, &[]), context }))
}

/// Opens a header in a place. Every reason not to is the same refusal.
pub(super) fn read(
    cipher: &dyn Cipher,
    tenant: &TenantKey,
    binding: &Binding<'_>,
    header: &[u8; HEADER],
    label: &[u8],
) -> Result<Payload, Refused> {
    if version(header) != Some(tenant.version) {
        return Err(Refused);
    }
    let (head, rest) = header.split_first_chunk::<HEAD>().ok_or(Refused)?;
    let (wrapped, rest) = rest.split_first_chunk::<KEY>().ok_or(Refused)?;
    let (tag, commitment) = rest.split_first_chunk::<TAG>().ok_or(Refused)?;
    let salt = head.last_chunk::<SALT>().ok_or(Refused)?;
    let context = binding.digest(head);
    let wrapping = cipher.keyed(&tenant.key.derive(salt, WRAP, &context));
    let mut data = Key::blank();
    wrapping.open([0; NONCE], &context, wrapped, tag, data.bytes_mut())?;
    // AES-GCM alone binds no key: a text can be made that opens under two. This digest can have been made from one only.
    let committed = data.derive(&context, COMMIT, &[]);
    if !bool::from(committed.expose().as_slice().ct_eq(commitment)) {
        return Err(Refused);
    }
    Ok(Payload { key: data.derive(&context, label, &[]), context })
}

/// The version of the tenant's key that something was sealed with, if it is an envelope of a form that this program reads.
/// It is a hint for choosing the key: a changed one opens nothing.
pub(super) fn version(sealed: &[u8]) -> Option<u32> {
    let (magic, rest) = sealed.split_first_chunk::<4>()?;
    let (suite, rest) = rest.split_first_chunk::<4>()?;
    let version = rest.first_chunk::<4>()?;
    (*magic == MAGIC && *suite == SUITE).then(|| u32::from_be_bytes(*version))
}
