//! A tenant that floods the house is shed, its quiet neighbour is not, and shedding ends with the load: the real binary, by its
//! real clock.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::harness::{Home, Http, Server, server};

/// Places for runs: of all, and of one tenant.
const PLACES: (usize, usize) = (32, 16);
/// How many clients flood, and how long each pauses after an answer: a quarter of what refusals tell them to.
const FLOOD: (usize, Duration) = (48, Duration::from_millis(250));
/// How many clients of the neighbour ask, and how often each before and during the flood.
const QUIET: (usize, usize) = (4, 10);
/// The length of a window.
const WINDOW: Duration = Duration::from_secs(1);

/// What came of a question.
async fn ask(http: &Http, session: &str) -> (&'static str, Duration) {
    let body = json!({ "session_id": session, "corpus_id": "c", "message": "What hums?" });
    let since = Instant::now();
    let (status, _, body) = http.exchange("POST", "/v1/run", Some(&body), &[]).await;
    let outcome = match status {
        200 if body.contains("message.final") => "answered",
        503 if body.contains("event: sla.shed") && body.contains("SLA_SHED_LOAD") => "shed",
        503 if body.contains("SERVICE_BUSY") => "busy",
        _ => panic!("{status} {body}"),
    };
    (outcome, since.elapsed())
}

/// A tenant with a document, and the promise that it may fill most of its places.
async fn tenant(home: &Home, server: &Server, name: &str) -> Http {
    let key = home.key(name, "admin", "u");
    let (http, client) = (server.http(&key), server.client(&key));
    server::corpus(&client).await;
    client.documents().ingest_text(&server::text("d", "The machine hums. It is warm and blue.")).await.unwrap();
    client.documents().wait("d", Duration::from_mins(1)).await.unwrap();
    let config = json!({
        "objectives": { "availability_min_pct": 50, "p95_ms_max": { "run": 600_000 }, "max_error_budget_burn_5m": 1000,
                        "saturation_max_pct": 80 },
        "enforcement": { "mode": "enforce", "consecutive_windows_to_trigger": 1 },
        "mitigation": { "allow_degrade": false },
    });
    let policy = json!({ "name": "p", "tier": "custom", "config_json": config });
    let (status, made) = http.send("POST", "/v1/admin/sla/policies", &policy).await;
    assert_eq!(status, 201, "{made}");
    let made: Value = serde_json::from_str(&made).unwrap();
    let assignment = json!({ "policy_id": made["data"]["id"] });
    let (status, said) = http.send("PATCH", &format!("/v1/admin/sla/assignments/{name}"), &assignment).await;
    assert_eq!(status, 200, "{said}");
    http
}

/// How long the neighbour's questions take; each must be answered.
async fn neighbour(http: &Http) -> Vec<Duration> {
    let (clients, each) = QUIET;
    let asking = (0..clients).map(|n| async move {
        let (session, mut times) = (format!("q{n}"), Vec::new());
        for _ in 0..each {
            let (outcome, took) = ask(http, &session).await;
            assert_eq!(outcome, "answered", "nobody refuses the neighbour");
            times.push(took);
        }
        times
    });
    futures::future::join_all(asking).await.concat()
}

fn p95(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[(times.len() * 95).div_ceil(100) - 1]
}

#[tokio::test(flavor = "multi_thread")]
async fn who_floods_is_shed_and_its_neighbour_is_served_as_before() {
    let home = Home::new()
        .await
        .with("LLM_PROVIDER", "fake")
        .with("LLM_FAKE_DELAY_MS", "200")
        .with("SLA_MEASUREMENT_WINDOW_SECONDS", &WINDOW.as_secs().to_string())
        .with("SLA_EVALUATION_INTERVAL_MS", "100")
        .with("RUN_MAX_CONCURRENCY", &PLACES.0.to_string())
        .with("RUN_TENANT_MAX_CONCURRENCY", &PLACES.1.to_string());
    let server = home.start(&[]).await;
    let (greedy, quiet) = (tenant(&home, &server, "t1").await, tenant(&home, &server, "t2").await);
    ask(&quiet, "first").await;
    let alone = p95(neighbour(&quiet).await);

    let (going, outcomes) = (Arc::new(AtomicBool::new(true)), Arc::new(Mutex::new(BTreeMap::<_, u32>::new())));
    let flood: Vec<_> = (0..FLOOD.0)
        .map(|n| {
            let (http, going, outcomes) = (greedy.clone(), Arc::clone(&going), Arc::clone(&outcomes));
            tokio::spawn(async move {
                while going.load(Ordering::Relaxed) {
                    let (outcome, _) = ask(&http, &format!("f{n}")).await;
                    *outcomes.lock().unwrap().entry(outcome).or_default() += 1;
                    tokio::time::sleep(FLOOD.1).await;
                }
            })
        })
        .collect();
    let count = |outcome: &str| outcomes.lock().unwrap().get(outcome).copied().unwrap_or_default();
    let began = Instant::now();
    while count("shed") == 0 {
        assert!(began.elapsed() < Duration::from_mins(1), "nothing is shed: {:?}", outcomes.lock().unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let shed_after = began.elapsed();
    let flooded = p95(neighbour(&quiet).await);
    let seen = outcomes.lock().unwrap().clone();
    going.store(false, Ordering::Relaxed);
    for client in flood {
        client.await.unwrap();
    }

    // The load is over: one client that asks now and then is served again, without anybody doing anything.
    let (ended, mut row, mut over) = (Instant::now(), 0, Duration::ZERO);
    while row < 5 {
        let asked = ended.elapsed();
        assert!(asked < Duration::from_mins(1), "shedding does not end");
        if ask(&greedy, "after").await.0 == "answered" {
            over = if row == 0 { asked } else { over };
            row += 1;
        } else {
            row = 0;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ratio = flooded.as_secs_f64() / alone.as_secs_f64();
    println!(
        "levels: the flood was shed after {shed_after:?}: {seen:?}; the neighbour's p95 was {alone:?} alone and {flooded:?} \
         beside it, {ratio:.2} times; the first of five answers in a row was asked for {over:?} after its end"
    );
    assert!(server.metric("nexusrag_sla_shed_total").await >= f64::from(count("shed")));
    if std::env::var_os("NEXUS_FAULT_ROUNDS").is_some() {
        assert!(ratio <= 1.5, "the neighbour waits {ratio:.2} times as long");
        assert!(over < WINDOW * 5, "it takes {over:?} until shedding ends");
    }
}
