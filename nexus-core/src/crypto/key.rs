//! Keys that are erased from memory when they are dropped, and keys made from other keys.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::clock;

/// How long every key is, in bytes.
pub const KEY: usize = 32;

/// A key. It lies in one place in memory, so that moving it leaves no copy behind, and is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Box<Zeroizing<[u8; KEY]>>);

impl Key {
    /// A key that nobody can predict.
    #[must_use]
    pub fn generate() -> Self {
        let mut key = Self::blank();
        clock::fill_random(key.0.as_mut_slice());
        key
    }

    /// These bytes, which are erased where they were.
    #[must_use]
    pub fn take(bytes: &mut [u8; KEY]) -> Self {
        let mut key = Self::blank();
        key.0.copy_from_slice(bytes);
        bytes.zeroize();
        key
    }

    /// A copy of these bytes, when there are as many as a key has.
    #[must_use]
    pub fn copied(bytes: &[u8]) -> Option<Self> {
        let mut key = Self::blank();
        let bytes: &[u8; KEY] = bytes.try_into().ok()?;
        key.0.copy_from_slice(bytes);
        Some(key)
    }

    /// The bytes. Whoever copies them has to erase the copy.
    #[must_use]
    pub fn expose(&self) -> &[u8; KEY] {
        &self.0
    }

    /// A key for one purpose: HKDF-SHA-256 of this one, whose info is the label and the context one after the other. No label
    /// may begin another.
    #[must_use]
    pub fn derive(&self, salt: &[u8], label: &[u8], context: &[u8]) -> Self {
        let mut key = Self::blank();
        let made = Hkdf::<Sha256>::new(Some(salt), self.expose());
        // HKDF refuses more than 8,160 bytes, and this asks for 32.
        let fits = made.expand_multi_info(&[label, context], key.0.as_mut_slice());
        debug_assert!(fits.is_ok(), "a key is shorter than HKDF allows");
        key
    }

    pub(super) fn blank() -> Self {
        Self(Box::new(Zeroizing::new([0; KEY])))
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8; KEY] {
        &mut self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// A key of a tenant in one of its versions.
#[derive(Debug, Clone)]
pub struct TenantKey {
    /// The version, which is written into what the key seals.
    pub version: u32,
    /// The key.
    pub key: Key,
}

impl TenantKey {
    /// A new key.
    #[must_use]
    pub fn generate(version: u32) -> Self {
        Self { version, key: Key::generate() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_derived_key_is_hkdf_of_label_and_context() {
        // Stored things depend on how label and context are put together.
        let key = Key::copied(&[7; KEY]).unwrap();
        let mut expected = [0; KEY];
        Hkdf::<Sha256>::new(Some(b"salt"), &[7; KEY]).expand(b"label-context", &mut expected).unwrap();
        assert_eq!(key.derive(b"salt", b"label-", b"context").expose(), &expected);
        assert_ne!(key.derive(b"salt", b"label-", b"other").expose(), &expected);
        assert_ne!(key.derive(b"other", b"label-", b"context").expose(), &expected);
    }

    #[test]
    fn a_key_does_not_print_and_erases_where_it_came_from() {
        let mut bytes = [9; KEY];
        let key = Key::take(&mut bytes);
        assert_eq!(bytes, [0; KEY]);
        assert_eq!(key.expose(), &[9; KEY]);
        assert_eq!(format!("{:?}", TenantKey { version: 3, key }), "TenantKey { version: 3, key: Key(..) }");
        assert!(Key::copied(&[1; 31]).is_none());
    }
}
