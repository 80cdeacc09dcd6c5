//! What encryption at rest costs: the stream of an envelope against the cipher alone, on the same chunks of 64 KiB from one
//! buffer into another, by both programs in one run.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::similar_names,
    clippy::cast_possible_truncation,
    missing_docs,
    reason = "a benchmark"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nexus_core::crypto::{
    Binding, CHUNK, Envelope, Key, SEALED_CHUNK, TenantKey,
    cipher::{self, NONCE},
};

/// How many chunks are one text: 4 MiB.
const CHUNKS: usize = 64;
const PLACE: Binding<'static> = Binding { tenant: "acme", kind: "note", id: "n-1", field: "text", version: 1 };

fn nonce(number: usize) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    nonce[..8].copy_from_slice(&(number as u64).to_be_bytes());
    nonce
}

fn streams(c: &mut Criterion) {
    let plain: Vec<u8> = (0..CHUNK).map(|n| (n % 251) as u8).collect();
    for cipher in cipher::all() {
        let (envelope, key) = (Envelope::new(cipher), TenantKey::generate(1));
        let keyed = cipher.keyed(&Key::generate());
        let mut group = c.benchmark_group(format!("cipher/{}", cipher.name()));
        group.throughput(Throughput::Bytes((CHUNK * CHUNKS) as u64));
        let (mut sealed, mut opened) = (vec![0; SEALED_CHUNK], vec![0; CHUNK]);
        group.bench_function("seal, the cipher alone", |b| {
            b.iter(|| {
                for n in 0..CHUNKS {
                    let (text, tag) = sealed.split_at_mut(CHUNK);
                    tag.copy_from_slice(&keyed.seal(nonce(n), &[], black_box(&plain), text).unwrap());
                }
            });
        });
        group.bench_function("seal, the stream", |b| {
            b.iter(|| {
                let (_, mut sealer) = envelope.sealer(&key, &PLACE).unwrap();
                for _ in 0..CHUNKS {
                    sealer.chunk(black_box(&plain), &mut sealed).unwrap();
                }
            });
        });
        let tag = keyed.seal(nonce(0), &[], &plain, &mut sealed[..CHUNK]).unwrap();
        group.bench_function("open, the cipher alone", |b| {
            b.iter(|| {
                for _ in 0..CHUNKS {
                    keyed.open(nonce(0), &[], black_box(&sealed[..CHUNK]), &tag, &mut opened).unwrap();
                }
            });
        });
        let (header, mut sealer) = envelope.sealer(&key, &PLACE).unwrap();
        let mut chunks = vec![vec![0; SEALED_CHUNK]; CHUNKS];
        for chunk in &mut chunks {
            sealer.chunk(&plain, chunk).unwrap();
        }
        group.bench_function("open, the stream", |b| {
            b.iter(|| {
                let mut opener = envelope.opener(&key, &PLACE, &header).unwrap();
                for chunk in &chunks {
                    opener.chunk(black_box(chunk), &mut opened).unwrap();
                }
            });
        });
        group.finish();
    }
}

fn small(c: &mut Criterion) {
    for cipher in cipher::all() {
        let (envelope, key) = (Envelope::new(cipher), TenantKey::generate(1));
        let sealed = envelope.seal(&key, &PLACE, &[7; 1024]).unwrap();
        let mut group = c.benchmark_group(format!("cipher/{}", cipher.name()));
        group.bench_function("seal 1 KiB, a whole envelope", |b| {
            b.iter(|| envelope.seal(&key, &PLACE, black_box(&[7; 1024])).unwrap());
        });
        group.bench_function("open 1 KiB, a whole envelope", |b| {
            b.iter(|| envelope.open(&key, &PLACE, black_box(&sealed)).unwrap());
        });
        group.finish();
    }
}

criterion_group!(benches, streams, small);
criterion_main!(benches);
