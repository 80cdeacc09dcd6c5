//! Encryption at rest.
//!
//! A text is sealed under a data key that is used for it alone; the key of its tenant wraps the data key; a key-management
//! service wraps the key of the tenant. What is sealed is bound to its place ([`Binding`]: tenant, kind, id, field, version),
//! which whoever opens it computes from the request. In another place, or after any change, it does not open, and there is
//! one refusal for everything that can be wrong. `docs/encryption.md` describes the format byte by byte.
//!
//! ```
//! use nexus_core::crypto::{Binding, Envelope, TenantKey};
//!
//! let (envelope, key) = (Envelope::default(), TenantKey::generate(1));
//! let place = Binding { tenant: "acme", kind: "note", id: "n-1", field: "text", version: 1 };
//! let sealed = envelope.seal(&key, &place, b"for acme only")?;
//! assert_eq!(envelope.open(&key, &place, &sealed)?, b"for acme only");
//! assert!(envelope.open(&key, &Binding { tenant: "evil", ..place }, &sealed).is_err());
//! # Ok::<(), nexus_core::crypto::Refused>(())
//! ```

mod binding;
pub mod cipher;
mod envelope;
mod header;
mod key;
pub mod kms;
mod records;
#[cfg(feature = "postgres")]
pub mod rotation;
mod settings;
mod status;
#[cfg(feature = "postgres")]
mod store;
mod stream;
mod unsealer;
#[cfg(feature = "postgres")]
pub mod vault;

use std::borrow::Cow;

pub use self::{
    binding::Binding,
    envelope::{Envelope, key_version, plain_len, sealed_len},
    header::HEADER,
    key::{KEY, Key, TenantKey},
    records::{RecordOpener, RecordSealer},
    settings::{CryptoSettings, FailMode},
    status::KeyStatus,
    stream::{CHUNK, Opener, SEALED_CHUNK, Sealer},
    unsealer::Unsealer,
};
use crate::problem::{Code, Kind, Problem};

/// A ciphertext that does not open. It does not say why: a wrong key, a wrong place, a changed bit and a missing end are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what is stored does not decrypt")]
pub struct Refused;

impl Problem for Refused {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
    fn code(&self) -> Code {
        Code::DecryptionFailed
    }
    fn message(&self) -> Cow<'static, str> {
        "What is stored could not be decrypted".into()
    }
}

#[cfg(test)]
mod tests;
