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

#[test]
fn an_envelope_that_comes_in_pieces_is_refused_wherever_it_breaks() {
    let (envelope, key, plain) = (Envelope::default(), TenantKey::generate(1), text(2 * CHUNK + 9));
    let sealed = envelope.seal(&key, &PLACE, &plain).unwrap();
    let read = |sealed: &[u8], piece: usize, place| {
        let (mut unsealer, mut out) = (envelope.unsealer(&key, place), Vec::new());
        let read = sealed.chunks(piece).try_for_each(|piece| unsealer.push(piece, &mut out));
        (read.and_then(|()| unsealer.finish(&mut out)), out)
    };
    for piece in [1, 123, 124, 125, 8192, SEALED_CHUNK, sealed.len()] {
        assert_eq!(read(&sealed, piece, PLACE), (Ok(()), plain.clone()), "{piece}");
    }
    for length in [0, 1, HEADER - 1, HEADER, HEADER + SEALED_CHUNK, sealed.len() - 1] {
        let (outcome, out) = read(&sealed[..length], 8192, PLACE);
        assert_eq!(outcome, Err(Refused), "{length} bytes are there");
        assert!(plain.starts_with(&out) && out.len() % CHUNK == 0);
    }
    let mut bent = sealed.clone();
    bent[HEADER + SEALED_CHUNK] ^= 1;
    assert_eq!(read(&bent, 8192, PLACE), (Err(Refused), plain[..CHUNK].to_vec()));
    assert_eq!(read(&sealed, 8192, Binding { version: 2, ..PLACE }), (Err(Refused), Vec::new()));
}

#[test]
fn a_series_opens_one_by_one_and_only_under_its_numbers() {
    let key = TenantKey::generate(3);
    for envelope in envelopes() {
        let (header, mut sealer) = envelope.record_sealer(&key, &PLACE).unwrap();
        let sealed: Vec<Vec<u8>> = (0..5).map(|n| sealer.seal(&text(n * 7)).unwrap()).collect();
        assert_eq!(key_version(&header), Some(3));
        let opener = envelope.record_opener(&key, &PLACE, &header).unwrap();
        for (n, record) in sealed.iter().enumerate().rev() {
            let number = u32::try_from(n).unwrap();
            assert_eq!(opener.open(number, record).unwrap(), text(n * 7));
            for other in (0..6).filter(|other| *other != number) {
                assert_eq!(opener.open(other, record), Err(Refused), "{number} as {other}");
            }
            for bit in 0..record.len() * 8 {
                let mut record = record.clone();
                record[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(opener.open(number, &record), Err(Refused));
            }
        }
        assert_eq!(opener.open(0, &[0; 15]), Err(Refused));
        // Another place, another key, another series.
        let elsewhere = Binding { id: "n-2", ..PLACE };
        assert!(envelope.record_opener(&key, &elsewhere, &header).is_err());
        assert!(envelope.record_opener(&TenantKey::generate(3), &PLACE, &header).is_err());
        let (other, _) = envelope.record_sealer(&key, &PLACE).unwrap();
        let other = envelope.record_opener(&key, &PLACE, &other).unwrap();
        assert_eq!(other.open(1, &sealed[1]), Err(Refused));
        // What is made for a series is no text, and a text is no series.
        assert_eq!(envelope.open(&key, &PLACE, &[header.as_slice(), &sealed[0]].concat()), Err(Refused));
        let one = envelope.seal(&key, &PLACE, b"").unwrap();
        let as_series = envelope.record_opener(&key, &PLACE, one.first_chunk().unwrap()).unwrap();
        assert_eq!(as_series.open(0, &one[HEADER..]), Err(Refused));
    }
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
        prop_assert_eq!(&opened, &plain);
        let mut unsealer = envelope.unsealer(&key, PLACE);
        let mut unsealed = Vec::new();
        pieces(&sealed, &mut |piece| unsealer.push(piece, &mut unsealed).unwrap());
        unsealer.finish(&mut unsealed).unwrap();
        prop_assert_eq!(unsealed, plain);
    }

    #[test]
    fn bytes_of_anybody_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(Envelope::default().open(&TenantKey::generate(1), &PLACE, &bytes), Err(Refused));
    }
}
