//! Signatures of billing events. `X-Billing-Signature` is over the body alone, as receivers of old know it; the one of
//! Standard Webhooks also covers the id and the time, so that an event cannot be sent again later by somebody else.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// HMAC-SHA-256 of the body in hex digits.
pub(super) fn plain(secret: &SecretString, body: &str) -> String {
    hex::encode(mac(secret, &[body]))
}

/// `v1,` and HMAC-SHA-256 of `id.timestamp.body` in base64.
pub(super) fn standard(secret: &SecretString, id: &str, timestamp: i64, body: &str) -> String {
    let timestamp = timestamp.to_string();
    format!("v1,{}", STANDARD.encode(mac(secret, &[id, ".", &timestamp, ".", body])))
}

fn mac(secret: &SecretString, parts: &[&str]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_what_other_implementations_compute() {
        let secret = SecretString::from("key");
        let body = "The quick brown fox jumps over the lazy dog";
        // The example of the HMAC article of Wikipedia.
        assert_eq!(plain(&secret, body), "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
        let joined = format!("v1,{}", STANDARD.encode(mac(&secret, &["msg_1.1700000000.{}"])));
        assert_eq!(standard(&secret, "msg_1", 1_700_000_000, "{}"), joined);
    }
}
