//! AES-256-GCM by one of two programs, which give the same bytes.

#[cfg(feature = "aws-lc")]
mod fast;
mod portable;

use std::fmt;

#[cfg(feature = "aws-lc")]
pub use self::fast::Fast;
pub use self::portable::Portable;
use super::{Key, Refused};

/// The length of a nonce, in bytes.
pub const NONCE: usize = 12;
/// The length of a tag, in bytes.
pub const TAG: usize = 16;

/// A program for AES-256-GCM.
pub trait Cipher: fmt::Debug + Send + Sync + 'static {
    /// Its name, for reports and benchmarks.
    fn name(&self) -> &'static str;
    /// Makes a key ready for use.
    fn keyed(&self, key: &Key) -> Box<dyn Keyed>;
}

/// A key that is ready for use.
pub trait Keyed: Send + Sync {
    /// Encrypts one text into another of the same length, and gives the tag. A nonce is used once with a key.
    fn seal(&self, nonce: [u8; NONCE], aad: &[u8], plain: &[u8], sealed: &mut [u8]) -> Result<[u8; TAG], Refused>;

    /// Decrypts what [`Keyed::seal`] made. What stands in `plain` means nothing unless this succeeds.
    fn open(
        &self,
        nonce: [u8; NONCE],
        aad: &[u8],
        sealed: &[u8],
        tag: &[u8; TAG],
        plain: &mut [u8],
    ) -> Result<(), Refused>;
}

/// The fastest program that this one was built with.
#[must_use]
pub fn fastest() -> &'static dyn Cipher {
    #[cfg(feature = "aws-lc")]
    {
        &Fast
    }
    #[cfg(not(feature = "aws-lc"))]
    {
        &Portable
    }
}

/// All programs that this one was built with.
#[must_use]
pub fn all() -> Vec<&'static dyn Cipher> {
    vec![
        &Portable,
        #[cfg(feature = "aws-lc")]
        &Fast,
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    /// From `gcmEncryptExtIV256.rsp` of NIST's validation suite for GCM: key, nonce, associated data, text, ciphertext, tag.
    const VECTORS: &str = include_str!("vectors.txt");

    fn bytes(hex: &str) -> Vec<u8> {
        if hex == "-" { Vec::new() } else { hex::decode(hex).unwrap() }
    }

    #[test]
    fn published_vectors_pass_and_changed_ones_do_not() {
        let mut seen = 0;
        for line in VECTORS.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<Vec<u8>> = line.split(' ').map(bytes).collect();
            let [key, nonce, aad, plain, sealed, tag] = fields.as_slice() else { unreachable!("{line}") };
            let (nonce, tag) = (nonce.as_slice().try_into().unwrap(), tag.as_slice().try_into().unwrap());
            for cipher in all() {
                let keyed = cipher.keyed(&Key::copied(key).unwrap());
                let mut out = vec![0; plain.len()];
                assert_eq!(&keyed.seal(nonce, aad, plain, &mut out).unwrap(), &tag, "{}: {line}", cipher.name());
                assert_eq!(&out, sealed, "{}: {line}", cipher.name());
                keyed.open(nonce, aad, sealed, &tag, &mut out).unwrap();
                assert_eq!(&out, plain, "{}: {line}", cipher.name());
                for at in 0..TAG {
                    let mut other = tag;
                    other[at] ^= 0x80;
                    assert!(keyed.open(nonce, aad, sealed, &other, &mut out).is_err());
                }
                let longer = [aad.as_slice(), &[0]].concat();
                assert!(keyed.open(nonce, &longer, sealed, &tag, &mut out).is_err());
            }
            seen += 1;
        }
        assert!(seen >= 200, "{seen} vectors");
    }

    #[test]
    fn texts_of_another_length_are_refused() {
        for cipher in all() {
            let keyed = cipher.keyed(&Key::generate());
            assert!(keyed.seal([0; NONCE], b"", b"four", &mut [0; 3]).is_err());
            assert!(keyed.open([0; NONCE], b"", b"four", &[0; TAG], &mut [0; 5]).is_err());
        }
    }
}
