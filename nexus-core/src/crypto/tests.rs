#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::similar_names)]

mod two_keys;

use proptest::prelude::*;
use rand::{SeedableRng as _, rngs::StdRng};

use super::{cipher::all, *};

const PLACE: Binding<'static> = Binding { tenant: "acme", kind: "note", id: "n-1", field: "text", version: 1 };

fn envelopes() -> Vec<Envelope> {
    all().into_iter().map(Envelope::new).collect()
}

fn text(length: usize) -> Vec<u8> {
    (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

#[test]
fn what_one_program_seals_every_other_opens_and_would_have_sealed_alike() {
    let (key, data, salt) = (TenantKey::generate(7), Key::generate(), [3; 32]);
    for length in [0, 1, 15, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17] {
        let plain = text(length);
        let sealed: Vec<Vec<u8>> = envelopes()
            .iter()
            .map(|envelope| {
                let (header, mut sealer) = envelope.sealer_of(&key, &PLACE, &salt, &data).unwrap();
                let mut sealed = header.to_vec();
                sealer.push(&plain, &mut sealed).unwrap();
                sealer.finish(&mut sealed).unwrap();
                sealed
            })
            .collect();
        assert!(sealed.iter().all(|one| one == &sealed[0]), "{length}");
        assert_eq!(sealed[0].len() as u64, sealed_len(length as u64));
        assert_eq!(plain_len(sealed[0].len() as u64), Some(length as u64));
        assert_eq!(key_version(&sealed[0]), Some(7));
        for envelope in envelopes() {
            assert_eq!(envelope.open(&key, &PLACE, &sealed[0]).unwrap(), plain);
        }
    }
}

/// What is stored today must open with every later release.
#[test]
fn the_format_does_not_change_unnoticed() {
    let key = TenantKey { version: 1, key: Key::copied(&[1; 32]).unwrap() };
    let (header, sealer) =
        Envelope::default().sealer_of(&key, &PLACE, &[2; 32], &Key::copied(&[3; 32]).unwrap()).unwrap();
    let mut sealed = header.to_vec();
    let mut sealer = sealer;
    sealer.push(b"a text", &mut sealed).unwrap();
    sealer.finish(&mut sealed).unwrap();
    insta::assert_snapshot!(hex::encode(sealed));
}

#[test]
fn the_same_text_never_looks_the_same() {
    let (envelope, key) = (Envelope::default(), TenantKey::generate(1));
    let (one, two) = (envelope.seal(&key, &PLACE, b"text").unwrap(), envelope.seal(&key, &PLACE, b"text").unwrap());
    // Salt, wrapped key, commitment, text: nothing of them is equal.
    assert!(one[12..].chunks(16).zip(two[12..].chunks(16)).all(|(a, b)| a != b));
}

/// 1,000 ciphertexts, each put where another was: between fields, versions, rows, kinds and tenants, with the key of the
/// place and with its own.
#[test]
fn a_ciphertext_opens_in_no_other_place() {
    let mut dice = StdRng::seed_from_u64(1);
    let keys: Vec<Vec<TenantKey>> = (0..4).map(|_| (1..4).map(TenantKey::generate).collect()).collect();
    let tenants = ["acme", "evil", "acm", "acme2"];
    for (n, envelope) in envelopes().into_iter().cycle().take(1000).enumerate() {
        let place = |dice: &mut StdRng| {
            (
                dice.random_range(0..4_usize),
                dice.random_range(0..3_usize),
                ["note", "audio"][dice.random_range(0..2)],
                ["n-1", "n-2", "n-11"][dice.random_range(0..3)],
                ["text", "title"][dice.random_range(0..2)],
                dice.random_range(1..4_u64),
            )
        };
        let (from, mut to) = (place(&mut dice), place(&mut dice));
        while from == to {
            to = place(&mut dice);
        }
        let bind = |at: (usize, usize, &'static str, &'static str, &'static str, u64)| Binding {
            tenant: tenants[at.0],
            kind: at.2,
            id: at.3,
            field: at.4,
            version: at.5,
        };
        let key = |at: (usize, usize, &str, &str, &str, u64)| &keys[at.0][at.1];
        let sealed = envelope.seal(key(from), &bind(from), b"secret").unwrap();
        assert_eq!(envelope.open(key(to), &bind(to), &sealed), Err(Refused), "swap {n}: {from:?} to {to:?}");
        if bind(from) != bind(to) {
            assert_eq!(envelope.open(key(from), &bind(to), &sealed), Err(Refused), "swap {n}: {from:?} to {to:?}");
        }
        assert_eq!(envelope.open(key(from), &bind(from), &sealed).unwrap(), b"secret");
    }
}

/// Every bit of a header and of a short text, then random ones of a long text: 5,000 at least with each program.
#[test]
fn no_flipped_bit_is_accepted() {
    let (key, mut dice) = (TenantKey::generate(1), StdRng::seed_from_u64(2));
    let mut flips = 0;
    for envelope in envelopes() {
        let short = envelope.seal(&key, &PLACE, &text(500)).unwrap();
        let long = envelope.seal(&key, &PLACE, &text(CHUNK + 100)).unwrap();
        let all = (0..short.len() * 8).map(|bit| (&short, bit));
        let some: Vec<_> = (0..400).map(|_| (&long, dice.random_range(0..long.len() * 8))).collect();
        for (sealed, bit) in all.chain(some) {
            let mut sealed = sealed.clone();
            sealed[bit / 8] ^= 1 << (bit % 8);
            let refused = envelope.open(&key, &PLACE, &sealed).unwrap_err();
            assert_eq!((refused, refused.code().as_str()), (Refused, "DECRYPTION_FAILED"), "bit {bit}");
            flips += 1;
        }
    }
    assert!(flips >= 5_000 * envelopes().len(), "{flips}");
}

#[test]
fn nothing_can_be_cut_off_added_repeated_or_moved() {
    let key = TenantKey::generate(1);
    for envelope in envelopes() {
        let plain = text(3 * CHUNK);
        let sealed = envelope.seal(&key, &PLACE, &plain).unwrap();
        let (header, chunks) = sealed.split_at(HEADER);
        let chunks: Vec<&[u8]> = chunks.chunks(SEALED_CHUNK).collect();
        let refused = |order: &[usize]| {
            let parts: Vec<&[u8]> = order.iter().map(|n| chunks[*n]).collect();
            envelope.open(&key, &PLACE, &[header, &parts.concat()].concat()) == Err(Refused)
        };
        assert!(!refused(&[0, 1, 2]));
        for order in
            [&[0, 1][..], &[0], &[], &[1, 2], &[0, 2], &[1, 0, 2], &[0, 1, 1, 2], &[0, 1, 2, 2], &[2], &[0, 1, 2, 0]]
        {
            assert!(refused(order), "{order:?}");
        }
        for cut in 1..=200 {
            assert_eq!(
                envelope.open(&key, &PLACE, &sealed[..sealed.len() - cut]),
                Err(Refused),
                "{cut} bytes are missing"
            );
            assert_eq!(envelope.open(&key, &PLACE, &sealed[..cut]), Err(Refused), "{cut} bytes are left");
        }
        assert_eq!(envelope.open(&key, &PLACE, &[sealed.as_slice(), &[0]].concat()), Err(Refused));
    }
}

#[test]
fn nothing_is_given_out_before_it_is_verified() {
    let key = TenantKey::generate(1);
    for envelope in envelopes() {
        let plain = text(3 * CHUNK + 5);
        let mut sealed = envelope.seal(&key, &PLACE, &plain).unwrap();
        let second = HEADER + SEALED_CHUNK + 7;
        sealed[second] ^= 1;
        let (header, chunks) = sealed.split_first_chunk::<HEADER>().unwrap();
        let mut opener = envelope.opener(&key, &PLACE, header).unwrap();
        let mut out = Vec::new();
        assert_eq!(opener.push(chunks, &mut out), Err(Refused));
        assert_eq!(out, plain[..CHUNK], "the first chunk, and nothing of the second");
        // The stream is over: good chunks do not open either.
        assert_eq!(opener.push(&chunks[2 * SEALED_CHUNK..], &mut out), Err(Refused));
        assert_eq!(out.len(), CHUNK);
    }
}

#[test]
fn whole_chunks_can_be_sealed_and_opened_in_buffers_of_the_caller() {
    let key = TenantKey::generate(1);
    let envelope = Envelope::default();
    let plain = text(CHUNK + 3);
    let (header, mut sealer) = envelope.sealer(&key, &PLACE).unwrap();
    let (mut first, mut rest) = (vec![0; SEALED_CHUNK], Vec::new());
    assert_eq!(sealer.chunk(&plain[..10], &mut first), Err(Refused));
    sealer.chunk(&plain[..CHUNK], &mut first).unwrap();
    sealer.push(&plain[CHUNK..], &mut rest).unwrap();
    sealer.finish(&mut rest).unwrap();
    let sealed = [header.as_slice(), &first, &rest].concat();
    assert_eq!(envelope.open(&key, &PLACE, &sealed).unwrap(), plain);
    let mut opener = envelope.opener(&key, &PLACE, &header).unwrap();
    let (mut start, mut end) = (vec![0; CHUNK], Vec::new());
    opener.chunk(&first, &mut start).unwrap();
    opener.push(&rest, &mut end).unwrap();
    opener.finish(&mut end).unwrap();
    assert_eq!([start, end].concat(), plain);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn pieces_of_any_size_make_the_same_stream(
        length in 0_usize..3 * CHUNK,
        cuts in prop::collection::vec(1_usize..2 * CHUNK, 0..6),
    ) {
        let (envelope, key, plain) = (Envelope::default(), TenantKey::generate(1), text(length));
        let pieces = |whole: &[u8], each: &mut dyn FnMut(&[u8])| {
            let mut rest = whole;
            for cut in &cuts {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                each(piece);
                rest = after;
            }
            each(rest);
        };
        let (header, mut sealer) = envelope.sealer(&key, &PLACE).unwrap();
        let mut sealed = header.to_vec();
        pieces(&plain, &mut |piece| sealer.push(piece, &mut sealed).unwrap());
        sealer.finish(&mut sealed).unwrap();
        prop_assert_eq!(&envelope.open(&key, &PLACE, &sealed).unwrap(), &plain);
        let mut opener = envelope.opener(&key, &PLACE, &header).unwrap();
        let mut opened = Vec::new();
        pieces(&sealed[HEADER..], &mut |piece| opener.push(piece, &mut opened).unwrap());
        opener.finish(&mut opened).unwrap();
        prop_assert_eq!(opened, plain);
    }

    #[test]
    fn bytes_of_anybody_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(Envelope::default().open(&TenantKey::generate(1), &PLACE, &bytes), Err(Refused));
    }
}
