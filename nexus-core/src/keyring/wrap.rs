//! Secrets under the master key. What is stored is a byte for the format, eight that name the master key, and an envelope
//! (`docs/encryption.md`) that is bound to the id of the key.

use super::{KeyId, KeyringError, Secret};
use crate::crypto::{Binding, Envelope, Refused, TenantKey, kms::MasterKey};

/// The first byte: how the rest is to be read.
const FORMAT: u8 = 1;
const NAME: usize = 8;
const LABEL: &[u8] = b"nexus keyring 1 wrap";

/// The master key of the keyring, and the one before it while keys are left under that one.
#[derive(Debug, Clone)]
pub struct Masters {
    current: MasterKey,
    previous: Option<MasterKey>,
}

impl Masters {
    /// This master key, and the one before it.
    #[must_use]
    pub fn new(current: MasterKey, previous: Option<MasterKey>) -> Self {
        Self { current, previous }
    }

    pub(super) fn wrap(&self, id: &KeyId, secret: &Secret) -> Result<Vec<u8>, KeyringError> {
        let sealed = Envelope::default().seal(&key(&self.current), &place(id), secret.expose().as_bytes())?;
        Ok([&[FORMAT], self.current.name().as_slice(), &sealed].concat())
    }

    pub(super) fn unwrap(&self, id: &KeyId, wrapped: &[u8]) -> Result<Secret, KeyringError> {
        let (name, sealed) = split(wrapped).ok_or(Refused)?;
        let known = [Some(&self.current), self.previous.as_ref()].into_iter().flatten();
        let master = known.into_iter().find(|master| master.name() == *name).ok_or(Refused)?;
        let plain = Envelope::default().open(&key(master), &place(id), sealed)?;
        Ok(Secret::of(String::from_utf8(plain).map_err(|_| Refused)?))
    }

    /// Whether something lies under the present master key.
    pub(super) fn is_current(&self, wrapped: &[u8]) -> bool {
        split(wrapped).is_some_and(|(name, _)| *name == self.current.name())
    }
}

fn split(wrapped: &[u8]) -> Option<(&[u8; NAME], &[u8])> {
    let (&FORMAT, rest) = wrapped.split_first()? else { return None };
    rest.split_first_chunk()
}

/// A master key that also wraps keys of tenants gives another key here.
fn key(master: &MasterKey) -> TenantKey {
    TenantKey { version: 1, key: master.derive(LABEL) }
}

fn place(id: &KeyId) -> Binding<'_> {
    Binding { tenant: "", kind: "platform_key", id: id.as_str(), field: "secret", version: 1 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::{super::Purpose, *};

    fn master(text: &str) -> MasterKey {
        MasterKey::parse(&text.to_owned().into()).unwrap()
    }

    #[test]
    fn a_secret_opens_for_its_id_and_under_its_master_only() {
        let (old, new) =
            (master("a long sentence that somebody chose"), master("another sentence that somebody chose"));
        let masters = Masters::new(old.clone(), None);
        let (id, secret) = (KeyId::fresh(Purpose::Signing), Secret::generate());
        let wrapped = masters.wrap(&id, &secret).unwrap();
        assert_eq!(masters.unwrap(&id, &wrapped).unwrap().expose(), secret.expose());
        assert!(masters.unwrap(&KeyId::fresh(Purpose::Signing), &wrapped).is_err());
        assert!(Masters::new(new.clone(), None).unwrap(&id, &wrapped).is_err());
        let both = Masters::new(new, Some(old));
        assert!(!both.is_current(&wrapped));
        assert_eq!(both.unwrap(&id, &wrapped).unwrap().expose(), secret.expose());
        assert!(both.is_current(&both.wrap(&id, &secret).unwrap()));
        for at in 0..wrapped.len() {
            let mut bent = wrapped.clone();
            bent[at] ^= 1;
            assert!(masters.unwrap(&id, &bent).is_err(), "byte {at}");
        }
        assert!(masters.unwrap(&id, &[]).is_err());
    }
}
