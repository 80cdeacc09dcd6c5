//! Links to sound that work without a credential until they expire.
//!
//! A link names its tenant, because the audio of a tenant lies under a key and a path of its own, and it is bound by an
//! HMAC to that tenant, the audio and the time.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac as _, digest::FixedOutput as _};
use sha2::Sha256;
use uuid::Uuid;

use super::audio::{Key, mac};

/// A longer query cannot be one of ours.
const MAX_QUERY: usize = 1_024;

/// Why a link does not open anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It was not made here, or was changed.
    #[error("the link is not valid")]
    Invalid,
    /// Its time is over.
    #[error("the link has expired")]
    Expired,
}

/// The query of a link: who, until when, and the proof.
pub(super) fn sign(key: &Key, tenant: &str, audio: Uuid, expires_at: DateTime<Utc>) -> String {
    let expires = expires_at.timestamp();
    let proof = URL_SAFE_NO_PAD.encode(proof(key, tenant, audio, expires).finalize_fixed());
    format!("tenant={}&expires={expires}&signature={proof}", URL_SAFE_NO_PAD.encode(tenant))
}

/// The tenant that a link proves. The signature is checked first, so that an expired link that is not ours is not told
/// from any other.
pub(super) fn verify(key: &Key, audio: Uuid, query: &str, now: DateTime<Utc>) -> Result<String, LinkError> {
    let (tenant, expires, given) = parse(query).ok_or(LinkError::Invalid)?;
    // Compares in constant time.
    proof(key, &tenant, audio, expires).verify_slice(&given).map_err(|_| LinkError::Invalid)?;
    if now.timestamp() >= expires { Err(LinkError::Expired) } else { Ok(tenant) }
}

fn parse(query: &str) -> Option<(String, i64, Vec<u8>)> {
    if query.len() > MAX_QUERY {
        return None;
    }
    let (mut tenant, mut expires, mut signature) = (None, None, None);
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "tenant" => tenant = Some(String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()?),
            "expires" => expires = Some(value.parse().ok()?),
            "signature" => signature = Some(URL_SAFE_NO_PAD.decode(value).ok()?),
            _ => {}
        }
    }
    Some((tenant?, expires?, signature?))
}

fn proof(key: &Key, tenant: &str, audio: Uuid, expires: i64) -> Hmac<Sha256> {
    // The tenant comes last: the parts before it have fixed lengths, so no two links share a message.
    mac(key, &[audio.as_bytes(), &expires.to_be_bytes(), tenant.as_bytes()])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    const KEY: Key = [7; 32];
    const AUDIO: Uuid = Uuid::from_u128(42);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_link_opens_its_audio_until_it_expires() {
        let query = sign(&KEY, "acme & co", AUDIO, at(60));
        assert_eq!(verify(&KEY, AUDIO, &query, at(59)).as_deref(), Ok("acme & co"));
        assert_eq!(verify(&KEY, AUDIO, &query, at(60)), Err(LinkError::Expired));
        assert_eq!(verify(&KEY, Uuid::from_u128(43), &query, at(0)), Err(LinkError::Invalid));
        assert_eq!(verify(&[8; 32], AUDIO, &query, at(0)), Err(LinkError::Invalid));
    }

    #[test]
    fn tenant_and_time_cannot_be_changed() {
        let query = sign(&KEY, "acme", AUDIO, at(60));
        let other = query.replace(&URL_SAFE_NO_PAD.encode("acme"), &URL_SAFE_NO_PAD.encode("evil"));
        let later = query.replace("expires=1", "expires=2");
        for forged in [other, later, String::new(), "tenant=&expires=&signature=".into(), "a=b&".repeat(1_000)] {
            assert_eq!(verify(&KEY, AUDIO, &forged, at(0)), Err(LinkError::Invalid));
        }
        let doubled = format!("{query}&expires={}", at(9_999).timestamp());
        assert_eq!(verify(&KEY, AUDIO, &doubled, at(0)), Err(LinkError::Invalid));
    }

    proptest! {
        #[test]
        fn any_change_of_a_byte_is_noticed(at_byte in 0usize..100, to in "[!-~]", tenant in "[a-z]{1,9}") {
            let query = sign(&KEY, &tenant, AUDIO, at(60));
            let at_byte = at_byte % query.len();
            let mut changed = query.clone();
            changed.replace_range(at_byte..=at_byte, &to);
            let outcome = verify(&KEY, AUDIO, &changed, at(0) + TimeDelta::seconds(1));
            prop_assert!(changed == query || outcome.is_err());
        }
    }
}
