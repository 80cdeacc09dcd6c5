//! Two replicas on one PostgreSQL and one Redis.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Frame, Home, Http, Redis, Server, chance, rounds, spread, until, wire::check_whole};

const PEPPER: &str = "a pepper of the replicas, long enough";

struct Pair {
    redis: Option<Redis>,
    home: Home,
    a: Server,
    b: Server,
    key: String,
}

async fn pair(delay: &str) -> Pair {
    pair_with(delay, &[]).await
}

async fn pair_with(delay: &str, settings: &[(&str, &str)]) -> Pair {
    let home = settings.iter().fold(Home::new().await, |home, (name, value)| home.with(name, value));
    let redis = Redis::start(home.dir.path()).await;
    let home = home
        .with("REDIS_URL", &redis.url())
        .with("AUTH_KEY_PEPPER", PEPPER)
        .with("LLM_PROVIDER", "fake")
        .with("LLM_FAKE_DELAY_MS", delay)
        .with("RUN_SSE_HEARTBEAT_S", "1");
    let key = home.key("t", "admin", "u");
    let (a, b) = (home.start(&[]).await, home.start(&[]).await);
    // Without an `Idempotency-Key`, whose answer could not be kept where nothing can be sealed.
    let made = a.http(&key).send("POST", "/v1/corpora", &json!({ "id": "c", "name": "C" })).await;
    assert_eq!(made.0, 201, "{}", made.1);
    Pair { redis: Some(redis), home, a, b, key }
}

async fn resume(http: &Http, session: &str, run: &str, seen: usize) -> Vec<Frame> {
    let seen = seen.to_string();
    let headers = [("X-Run-Id", run), ("Last-Event-ID", seen.as_str())];
    http.run(session, "Well?", &headers).await.unwrap().rest().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_at_the_other_replica() {
    let pair = pair("300").await;
    let (at_a, at_b) = (pair.a.http(&pair.key), pair.b.http(&pair.key));
    let one = |n: usize| {
        let (at_a, at_b) = (at_a.clone(), at_b.clone());
        async move {
            let (session, run) = (format!("s{n}"), format!("run-{n}"));
            let mut events = at_a.run(&session, "Well?", &[("X-Request-Id", &run)]).await.unwrap();
            let mut frames = Vec::new();
            for _ in 0..=chance(6) {
                frames.push(events.next().await.unwrap());
            }
            events.hang_up(n.is_multiple_of(2));
            let moved = Instant::now();
            // Sometimes the client breaks off at the other replica too, and comes back.
            if n.is_multiple_of(3) {
                let seen = frames.len().to_string();
                let headers = [("X-Run-Id", run.as_str()), ("Last-Event-ID", seen.as_str())];
                let mut events = at_b.run(&session, "Well?", &headers).await.unwrap();
                frames.push(events.next().await.unwrap());
                events.hang_up(true);
            }
            let rest = resume(&at_b, &session, &run, frames.len()).await;
            frames.extend(rest);
            assert_eq!(check_whole(&frames), "This is a fake response. ");
            moved.elapsed()
        }
    };
    let (before_a, before_b) = (pair.a.metric("nexusrag_runs_total").await, pair.b.metric("nexusrag_runs_total").await);
    let asked = futures::stream::iter((0..rounds(12)).map(one));
    let took: Vec<Duration> = futures::StreamExt::collect(futures::StreamExt::buffer_unordered(asked, 12)).await;
    println!("resume elsewhere: the rest came after {}", spread(took));
    let ran_a = pair.a.metric("nexusrag_runs_total").await - before_a;
    let ran_b = pair.b.metric("nexusrag_runs_total").await - before_b;
    assert_eq!((ran_a, ran_b), (rounds(12) as f64, 0.0), "nothing was answered twice");

    // The trail is the caller's.
    let mut events = at_a.run("mine", "Well?", &[("X-Request-Id", "mine")]).await.unwrap();
    events.next().await.unwrap();
    let stranger = pair.b.http(&pair.home.key("t", "admin", "u"));
    let refused = resume(&stranger, "mine", "mine", 1).await;
    assert_eq!(refused[0].kind(), "resume.unsupported");
    // Whoever does not come back stops the run.
    drop(events);
    until("the run is stopped", 20, || async { pair.a.metric("nexusrag_runs_in_flight").await == 0.0 }).await;
}

/// Frames lie sealed in Redis; where encryption is off and need not be, they lie there as they are, which shows that the
/// search of this test finds something.
#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_redis_tells_nothing_of_an_answer() {
    let off = [("CRYPTO_ENABLED", "false"), ("CRYPTO_REQUIRE_ENCRYPTION_FOR_SENSITIVE", "false")];
    for (settings, readable) in [(&off[..0], false), (&off[..], true)] {
        let pair = pair_with("0", settings).await;
        let at_a = pair.a.http(&pair.key);
        let frames = at_a.run("s", "Well?", &[("X-Request-Id", "run-1")]).await.unwrap().rest().await;
        assert_eq!(check_whole(&frames), "This is a fake response. ");
        for seen in 0..frames.len() {
            let rest = resume(&pair.b.http(&pair.key), "s", "run-1", seen).await;
            assert_eq!(rest, frames[seen..], "from {seen}");
        }
        let dump = pair.redis.as_ref().unwrap().dump();
        let words = ["fake response", "message.final", "request.accepted"];
        let found = words.map(|word| dump.windows(word.len()).any(|window| window == word.as_bytes()));
        assert_eq!(found, [readable; 3]);
        let kept = dump.windows(7).any(|window| window == b"replay:");
        assert!(kept, "the trail is there");
    }
}

/// Where what is sensitive may only be stored encrypted, and cannot be, a run is answered and leaves no trail.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_be_sealed_leaves_no_trail() {
    let pair = pair_with("0", &[("CRYPTO_ENABLED", "false")]).await;
    let frames = pair.a.http(&pair.key).run("s", "Well?", &[("X-Request-Id", "run-1")]).await.unwrap().rest().await;
    check_whole(&frames);
    let dump = pair.redis.as_ref().unwrap().dump();
    assert!(!dump.windows(13).any(|window| window == b"fake response"));
    assert_eq!(resume(&pair.b.http(&pair.key), "s", "run-1", 1).await[0].kind(), "resume.unsupported");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_go_on_without_redis() {
    let mut pair = pair("200").await;
    let (at_a, at_b) = (pair.a.http(&pair.key), pair.b.http(&pair.key));
    let mut events = at_a.run("s", "Well?", &[("X-Request-Id", "r")]).await.unwrap();
    let mut frames = vec![events.next().await.unwrap(), events.next().await.unwrap()];
    pair.redis = None;
    frames.extend(events.rest_of().await);
    check_whole(&frames);
    check_whole(&at_b.ask("And now?").await);
    let there = resume(&at_a, "s", "r", 2).await;
    assert_eq!(there, frames[2..], "the replica that answered still has it");
    assert_eq!(resume(&at_b, "s", "r", 2).await[0].kind(), "resume.unsupported");
    let (status, body) = at_a.get("/v1/readyz").await;
    assert!(status == 200 && body.contains("degraded"), "{status} {body}");
    // Back again, everything is as before.
    pair.redis = Some(Redis::start(pair.home.dir.path()).await);
    until("Redis is noticed", 30, || async { at_a.get("/v1/readyz").await.1.contains(r#""status":"ready""#) }).await;
    until("Redis is noticed", 30, || async { at_b.get("/v1/readyz").await.1.contains(r#""status":"ready""#) }).await;
    let mut events = at_a.run("s2", "Well?", &[("X-Request-Id", "r2")]).await.unwrap();
    let mut frames = vec![events.next().await.unwrap()];
    events.hang_up(true);
    frames.extend(resume(&at_b, "s2", "r2", 1).await);
    check_whole(&frames);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_at_one_replica_is_refused_at_the_other() {
    let pair = pair("0").await;
    let (victim_key, id) = pair.home.key_and_id("t", "reader", "victim");
    let (admin, victim) = (pair.a.http(&pair.key), pair.b.http(&victim_key));
    let path = format!("/v1/admin/api-keys/{id}");
    let works = || async { victim.get("/v1/documents").await.0 == 200 };
    let (mut lags, mut at_once) = (Vec::new(), 0);
    for _ in 0..rounds(20) {
        assert_eq!(admin.send("PATCH", &path, &json!({ "active": true })).await.0, 200);
        until("the key works", 10, works).await;
        assert!(works().await, "and is in the cache");
        assert_eq!(admin.send("PATCH", &path, &json!({ "revoke": true })).await.0, 200);
        let revoked = Instant::now();
        let mut tries = 0;
        while works().await {
            tries += 1;
            assert!(revoked.elapsed() < Duration::from_secs(5), "the key still works");
        }
        at_once += usize::from(tries == 0);
        lags.push(revoked.elapsed());
    }
    println!("revocation: {at_once} of {} refused on the next request; refused after {}", lags.len(), spread(lags));
}
