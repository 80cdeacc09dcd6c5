//! Pure decisions on the way of a request and of a document.

#![allow(clippy::unwrap_used, clippy::missing_docs_in_private_items, missing_docs, reason = "a benchmark")]

use std::{fmt::Write as _, hint::black_box};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures::FutureExt as _;
use nexus_authz::{
    credential::{
        CredentialSettings, Pepper,
        decide::{KeyState, judge},
        key,
    },
    scope::{ReadScope, ScopeSettings},
};
use nexus_core::{
    clock::Clock,
    limit::{ClassRates, LimitSettings, Limiter, decide::Rate},
    op::Op,
    principal::{Principal, Role},
    route_class::RouteClass,
    settings::Source,
    shared::{Shared, SharedSettings},
};
use nexus_retrieval::{
    index::{Candidate, Fusion, fuse::fuse},
    ingest::{
        chunk::{ChunkSettings, TextKind, chunk},
        language::Language,
        terms,
    },
};

fn credentials(c: &mut Criterion) {
    let (_, text) = key::generate();
    let pepper = Pepper::new("a pepper that is only used by this benchmark".to_owned().into()).unwrap();
    c.bench_function("credential/parse and hash a key", |b| {
        b.iter(|| pepper.hash(key::parse(black_box(text.expose())).unwrap()));
    });
    let now = Clock::system().now();
    let state =
        KeyState { created_at: now, last_used_at: Some(now), expires_at: None, revoked_at: None, user_active: true };
    let settings = CredentialSettings::read(&mut Source::default());
    c.bench_function("credential/judge a key", |b| {
        b.iter(|| judge(black_box(&state), now, &settings).is_ok());
    });
}

fn limits(c: &mut Criterion) {
    let rate = Rate::new(1_000_000.0, 1_000_000);
    let read = ClassRates { key: rate, tenant: rate };
    let settings = LimitSettings { read, ..LimitSettings::default() };
    let limiter = Limiter::new(&Shared::local(&SharedSettings::default()), settings);
    let reader = Principal::vouched_for("t".parse().unwrap(), "u".parse().unwrap(), Role::Reader);
    let op = Op::internal(Clock::system().now());
    c.bench_function("limit/let a request through", |b| {
        b.iter(|| limiter.admit(black_box(&op), &reader, RouteClass::Read).now_or_never().unwrap().is_ok());
    });
}

fn scope(c: &mut Criterion) {
    let reader = Principal::vouched_for("t".parse().unwrap(), "u".parse().unwrap(), Role::Reader);
    c.bench_function("scope/compile", |b| {
        b.iter(|| ReadScope::vouched_for(black_box(&reader), None, ScopeSettings::default()));
    });
}

fn index(c: &mut Criterion) {
    let candidate =
        |n: i32| Candidate { chunk: i64::from(n), cosine: Some(f64::from(n % 37) / 37.0), words: f64::from(n % 11) };
    let found: Vec<Candidate> = (0..100).map(candidate).collect();
    c.bench_function("index/fuse 100 candidates", |b| {
        b.iter(|| fuse(black_box(&found), Fusion::default()));
    });
    c.bench_function("index/terms of a question", |b| {
        b.iter(|| {
            terms::of_question(black_box("How do I rotate the key of a tenant without losing its sessions?"), None, 128)
        });
    });
}

fn ingest(c: &mut Criterion) {
    let mut text = String::new();
    for n in 0..400 {
        let _ = write!(text, "## Section {n}\n\n");
        for _ in 0..6 {
            text.push_str("A passage says something about keys, tenants and documents, and then it ends. ");
        }
        text.push_str("\n\n");
    }
    let mut group = c.benchmark_group("ingest");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("chunk Markdown", |b| {
        b.iter(|| chunk(black_box(&text), TextKind::Markdown, &ChunkSettings::default()));
    });
    group.bench_function("count terms", |b| b.iter(|| terms::count(black_box(&text), Language::English)));
    group.finish();
}

criterion_group!(decisions, credentials, limits, scope, index, ingest);
criterion_main!(decisions);
