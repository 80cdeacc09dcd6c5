//! AES-256-GCM in the assembly of AWS-LC.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::{Cipher, Keyed, NONCE, TAG};
use crate::crypto::{Key, Refused};

/// The crate `aws-lc-rs`, which erases its keys when it frees them.
#[derive(Debug, Clone, Copy)]
pub struct Fast;

/// The key; none when the library refused it, which it does to keys of another length only.
struct Ready(Option<LessSafeKey>);

impl Cipher for Fast {
    fn name(&self) -> &'static str {
        "aws-lc-rs"
    }

    fn keyed(&self, key: &Key) -> Box<dyn Keyed> {
        Box::new(Ready(UnboundKey::new(&AES_256_GCM, key.expose()).ok().map(LessSafeKey::new)))
    }
}

impl Keyed for Ready {
    fn seal(&self, nonce: [u8; NONCE], aad: &[u8], plain: &[u8], sealed: &mut [u8]) -> Result<[u8; TAG], Refused> {
        let key = self.0.as_ref().ok_or(Refused)?;
        let mut tag = [0; TAG];
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.seal_out_of_place_scatter(nonce, Aad::from(aad), plain, sealed, &[], &mut tag).map_err(|_| Refused)?;
        Ok(tag)
    }

    fn open(
        &self,
        nonce: [u8; NONCE],
        aad: &[u8],
        sealed: &[u8],
        tag: &[u8; TAG],
        plain: &mut [u8],
    ) -> Result<(), Refused> {
        let key = self.0.as_ref().ok_or(Refused)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.open_separate_gather(nonce, Aad::from(aad), sealed, tag, plain).map_err(|_| Refused)
    }
}
