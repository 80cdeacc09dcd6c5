//! The signature of a request to AWS, computed again from its documentation.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::double::Asked;

pub const KEY_ID: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Checks the signature, and gives the region that was signed for.
pub fn verify(asked: &Asked) -> String {
    let header = |name: &str| {
        let value = asked.headers.get(name).unwrap_or_else(|| panic!("no header {name}"));
        value.to_str().unwrap().trim().to_owned()
    };
    let authorization = header("authorization");
    let parts = authorization.strip_prefix("AWS4-HMAC-SHA256 ").expect("the algorithm");
    let part = |name: &str| {
        let found = parts.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("no {name} in {parts}")).to_owned()
    };
    let (credential, signed) = (part("Credential"), part("SignedHeaders"));
    let [id, day, region, service, end] = credential.split('/').collect::<Vec<_>>().try_into().expect("five parts");
    assert_eq!((id, service, end), (KEY_ID, "bedrock", "aws4_request"));
    for needed in ["host", "x-amz-date"] {
        assert!(signed.split(';').any(|name| name == needed), "{needed} is signed");
    }
    let headers: Vec<String> = signed.split(';').map(|name| format!("{name}:{}", header(name))).collect();
    let headers = headers.join("\n");
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n\n{signed}\n{}",
        asked.method,
        asked.uri.path(),
        asked.uri.query().unwrap_or_default(),
        hex::encode(Sha256::digest(&asked.body))
    );
    let date = header("x-amz-date");
    assert!(date.starts_with(day));
    let text = format!(
        "AWS4-HMAC-SHA256\n{date}\n{day}/{region}/{service}/{end}\n{}",
        hex::encode(Sha256::digest(canonical.as_bytes()))
    );
    let key = [day, region, service, end]
        .into_iter()
        .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part.as_bytes()));
    assert_eq!(part("Signature"), hex::encode(mac(&key, text.as_bytes())), "the signature");
    region.to_owned()
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}
