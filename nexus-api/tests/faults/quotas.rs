//! Quotas of two replicas of which one is killed in the middle: nothing is overspent, and what it had leased comes back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::harness::{Home, Http, rounds, until};

const PEPPER: &str = "a pepper of the replicas, long enough";
const LIMIT: i64 = 1000;

/// Asks with some clients at once, so often each; how many were let through. A server that dies answers no more.
async fn flood(http: &Http, clients: usize, each: usize) -> i64 {
    let let_through = Arc::new(AtomicI64::new(0));
    let clients: Vec<_> = (0..clients)
        .map(|_| {
            let (http, let_through) = (http.clone(), Arc::clone(&let_through));
            tokio::spawn(async move {
                for _ in 0..each {
                    match http.get("/v1/corpora").await.0 {
                        200 => let_through.fetch_add(1, Ordering::Relaxed),
                        0 => return,
                        402 => 0,
                        other => panic!("{other}"),
                    };
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    let_through.load(Ordering::Relaxed)
}

async fn used(operator: &Http) -> i64 {
    let today = nexus_core::clock::Clock::system().now().format("%Y-%m-%d");
    let (status, body) = operator.get(&format!("/v1/admin/usage/t?start={today}")).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<Value>(&body).unwrap()["data"]["requests_count"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_killed_overspends_nothing_and_what_it_leased_comes_back() {
    for round in 0..rounds(3) {
        let home = Home::new()
            .await
            .with("AUTH_KEY_PEPPER", PEPPER)
            .with("RATE_LIMIT_ENABLED", "false")
            .with("LEDGER_LEASE_SECONDS", "3");
        let (key, operator) = (home.key("t", "reader", "u"), home.key("ops", "operator", "o"));
        let (dies, stays) = (home.start(&[]).await, home.start(&[]).await);
        let operator = stays.http(&operator);
        let limit = json!({ "daily_requests_limit": LIMIT });
        assert_eq!(operator.send("PATCH", "/v1/admin/quotas/t", &limit).await.0, 200);

        // The one is killed while it is busy, and so is the other.
        let (http, other) = (dies.http(&key), stays.http(&key));
        let both = tokio::spawn(async move { futures::join!(flood(&http, 8, 1_000_000), flood(&other, 4, 60)) });
        tokio::time::sleep(Duration::from_millis(400 + 100 * (round as u64 % 4))).await;
        dies.kill();
        let (lost, kept) = both.await.unwrap();

        // Everything that is left comes to the one that stays, once the lease of the dead one has lapsed.
        let http = stays.http(&key);
        let (began, mut later) = (Instant::now(), 0);
        while began.elapsed() < Duration::from_secs(5) {
            later += flood(&http, 4, 200).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let served = lost + kept + later;
        let used = used(&operator).await;
        println!(
            "quota: {lost} + {kept} before, {later} after the kill: {served} of {LIMIT} served, {used} on the ledger"
        );
        assert!(served <= LIMIT, "{served} were served of {LIMIT}");
        assert_eq!(used, LIMIT, "what the dead one had not used could be used");
        assert!(served >= LIMIT * 6 / 10, "only what it was about to use is lost, and not {}", LIMIT - served);
        until("no lease of the dead one is left", 10, || async {
            let mut owner = nexus_core::pg::testing::connect(&home.database_url().into()).await;
            let leases: i64 = sqlx::query_scalar("SELECT count(*) FROM ledger_leases WHERE tenant_id = 't'")
                .fetch_one(&mut owner)
                .await
                .unwrap();
            leases <= 1
        })
        .await;
    }
}
