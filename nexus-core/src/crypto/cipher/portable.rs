//! AES-256-GCM in pure Rust.

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce, Tag,
    aead::{AeadInOut as _, inout::InOutBuf},
};

use super::{Cipher, Keyed, NONCE, TAG};
use crate::crypto::{Key, Refused};

/// The crate `aes-gcm`: runs wherever Rust does.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

struct Ready(Aes256Gcm);

impl Cipher for Portable {
    fn name(&self) -> &'static str {
        "aes-gcm"
    }

    fn keyed(&self, key: &Key) -> Box<dyn Keyed> {
        Box::new(Ready(Aes256Gcm::new(key.expose().into())))
    }
}

impl Keyed for Ready {
    fn seal(&self, nonce: [u8; NONCE], aad: &[u8], plain: &[u8], sealed: &mut [u8]) -> Result<[u8; TAG], Refused> {
        let both = InOutBuf::new(plain, sealed).map_err(|_| Refused)?;
        let tag = self.0.encrypt_inout_detached(&Nonce::from(nonce), aad, both).map_err(|_| Refused)?;
        Ok(tag.into())
    }

    fn open(
        &self,
        nonce: [u8; NONCE],
        aad: &[u8],
        sealed: &[u8],
        tag: &[u8; TAG],
        plain: &mut [u8],
    ) -> Result<(), Refused> {
        let both = InOutBuf::new(sealed, plain).map_err(|_| Refused)?;
        self.0.decrypt_inout_detached(&Nonce::from(nonce), aad, both, &Tag::from(*tag)).map_err(|_| Refused)
    }
}
