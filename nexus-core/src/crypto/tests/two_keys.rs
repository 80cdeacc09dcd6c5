//! AES-GCM binds no key: whoever knows two keys can make a ciphertext that opens under both. It is made here, for the
//! wrapped data key and for the text, and is opened by the cipher and refused by the envelope.

use super::{
    super::{
        cipher::{Keyed, NONCE, TAG},
        header::{COMMIT, HEAD, PAYLOAD, WRAP},
    },
    *,
};

/// A product in the field of GHASH.
fn times(x: u128, y: u128) -> u128 {
    let (mut product, mut shifted) = (0, y);
    for bit in (0..128).rev() {
        if x >> bit & 1 == 1 {
            product ^= shifted;
        }
        shifted = (shifted >> 1) ^ if shifted & 1 == 1 { 0xe1 << 120 } else { 0 };
    }
    product
}

/// The one of that field.
const ONE: u128 = 1 << 127;

/// `x` squared so many times.
fn squared(x: u128, times_: u32) -> u128 {
    (0..times_).fold(x, |x, _| times(x, x))
}

/// The inverse: the product of all squares but the first.
fn inverse(x: u128) -> u128 {
    (1..128).fold(ONE, |product, n| times(product, squared(x, n)))
}

fn tag_of(keyed: &dyn Keyed, nonce: [u8; NONCE], aad: &[u8]) -> u128 {
    u128::from_be_bytes(keyed.seal(nonce, aad, &[], &mut []).unwrap())
}

/// What GHASH multiplies with under a key, and what is added at its end.
fn secrets(keyed: &dyn Keyed, nonce: [u8; NONCE]) -> (u128, u128) {
    let end = tag_of(keyed, nonce, &[]);
    // Tags of two texts of equal length differ by their difference times the square of H.
    let square = tag_of(keyed, nonce, &[0; 16]) ^ tag_of(keyed, nonce, &ONE.to_be_bytes());
    (squared(square, 127), end)
}

fn hash(h: u128, aad: &[u8], sealed: &[u8]) -> u128 {
    let lengths = ((aad.len() as u128 * 8) << 64) | (sealed.len() as u128 * 8);
    let blocks = aad.chunks(16).chain(sealed.chunks(16)).map(|block| u128::from_be_bytes(block.try_into().unwrap()));
    blocks.chain([lengths]).fold(0, |sum, block| times(sum ^ block, h))
}

/// A ciphertext of two blocks, and a tag, that open under both keys.
fn for_both(a: &dyn Keyed, b: &dyn Keyed, nonce: [u8; NONCE], aad: &[u8]) -> ([u8; 32], [u8; TAG]) {
    let ((h_a, end_a), (h_b, end_b)) = (secrets(a, nonce), secrets(b, nonce));
    let mut sealed = [0x5a; 32];
    sealed[16..].fill(0);
    let apart = hash(h_a, aad, &sealed) ^ end_a ^ hash(h_b, aad, &sealed) ^ end_b;
    let last = times(apart, inverse(squared(h_a, 1) ^ squared(h_b, 1)));
    sealed[16..].copy_from_slice(&last.to_be_bytes());
    (sealed, (hash(h_a, aad, &sealed) ^ end_a).to_be_bytes())
}

#[test]
fn a_ciphertext_made_to_open_under_two_keys_is_refused() {
    for cipher in all() {
        let tenants = [TenantKey::generate(1), TenantKey::generate(1)];
        let (any, _) = Envelope::new(cipher).sealer(&tenants[0], &PLACE).unwrap();
        let head = &any[..HEAD];
        let (salt, context) = (&head[12..], PLACE.digest(head));
        let wrapping = tenants.each_ref().map(|tenant| cipher.keyed(&tenant.key.derive(salt, WRAP, &context)));
        let (wrapped, wrapped_tag) = for_both(&*wrapping[0], &*wrapping[1], [0; NONCE], &context);
        // The cipher gives a data key under either of the tenant's keys.
        let data = wrapping.each_ref().map(|key| {
            let mut data = [0; 32];
            key.open([0; NONCE], &context, &wrapped, &wrapped_tag, &mut data).unwrap();
            Key::take(&mut data)
        });
        assert_ne!(data[0], data[1]);
        let payload = data.each_ref().map(|data| cipher.keyed(&data.derive(&context, PAYLOAD, &[])));
        let last = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        let (text, text_tag) = for_both(&*payload[0], &*payload[1], last, &context);
        for key in &payload {
            key.open(last, &context, &text, &text_tag, &mut [0; 32]).unwrap();
        }
        for committed in 0..2 {
            let commitment = data[committed].derive(&context, COMMIT, &[]);
            let parts: [&[u8]; 6] = [head, &wrapped, &wrapped_tag, commitment.expose(), &text, &text_tag];
            let sealed = parts.concat();
            let envelope = Envelope::new(cipher);
            assert!(envelope.open(&tenants[committed], &PLACE, &sealed).is_ok());
            assert_eq!(envelope.open(&tenants[1 - committed], &PLACE, &sealed), Err(Refused));
        }
    }
}
