//! A quota of two replicas of which one is killed in the middle of a flood: not one unit is overspent, what the dead one had
//! leased and not drawn is used by the other to the last unit, and the ledger is what was served.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinSet,
};

use crate::harness::{Home, Http, rounds, until};

const PEPPER: &str = "a pepper of the replicas, long enough";
/// How many units there are in a day, and how many requests of one unit come at once.
const LIMIT: usize = 100;
const FLOOD: usize = 1000;
/// After which silence a lease lapses, in seconds.
const LEASE: u64 = 4;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Served,
    Refused,
    /// The server died before it answered.
    Lost,
}

async fn ask(http: &Http) -> Outcome {
    let (status, body) = http.get("/v1/corpora").await;
    match status {
        200 => Outcome::Served,
        402 => Outcome::Refused,
        0 => Outcome::Lost,
        other => panic!("{other} {body}"),
    }
}

/// What the operator is told that was used today.
async fn told(operator: &Http) -> usize {
    let today = nexus_core::clock::Clock::system().now().format("%Y-%m-%d");
    let (status, body) = operator.get(&format!("/v1/admin/usage/t?start={today}")).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<Value>(&body).unwrap()["data"]["requests_count"].as_u64().unwrap() as usize
}

/// What the ledger has closed accounts of, what it says of the day and the month in all, what was counted by class, and how
/// many leases live.
#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
struct Books {
    closed: i64,
    day: i64,
    month: i64,
    counted: i64,
    leases: i64,
}

async fn books(home: &Home) -> Books {
    let mut owner = nexus_core::pg::testing::connect(&home.database_url().into()).await;
    sqlx::query_as(
        "WITH today AS (SELECT (now() AT TIME ZONE 'UTC')::date AS day)
         SELECT coalesce((SELECT used FROM ledger_accounts, today WHERE tenant_id = 't' AND meter = 'requests'
                            AND period_type = 'day' AND period_start = day), 0) AS closed,
                ledger_spent('t', 'requests', 'day', day) AS day,
                ledger_spent('t', 'requests', 'month', date_trunc('month', day)::date) AS month,
                (SELECT coalesce(sum(requests), 0)::bigint FROM usage_counters WHERE tenant_id = 't') AS counted,
                (SELECT count(*) FROM ledger_leases WHERE tenant_id = 't') AS leases
         FROM today",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap()
}

/// All at once, over both; the first is killed once it served so many, or soon after it began. What it served, what the other
/// did, and what was lost. The other is asked as soon as the first has served one, or it might take everything before.
async fn flood(dies: crate::harness::Server, key: &str, other: &Http, (width, some): (usize, usize)) -> [usize; 3] {
    let (served, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let begun = Arc::new(Semaphore::new(0));
    let places = [Arc::new(Semaphore::new(width)), Arc::new(Semaphore::new(width))];
    let mut flood = JoinSet::new();
    for n in 0..FLOOD {
        let doomed = n % 2 == 0;
        let http = if doomed { dies.http(key) } else { other.clone() };
        let (served, enough, begun) = (Arc::clone(&served), Arc::clone(&enough), Arc::clone(&begun));
        let places = Arc::clone(&places[n % 2]);
        flood.spawn(async move {
            if !doomed {
                begun.acquire().await.unwrap().forget();
            }
            let _place = places.acquire().await.unwrap();
            let outcome = ask(&http).await;
            if doomed && outcome == Outcome::Served {
                let served = served.fetch_add(1, Ordering::Relaxed) + 1;
                begun.add_permits(if served == 1 { FLOOD } else { 0 });
                if served == some {
                    enough.notify_one();
                }
            }
            (doomed, outcome)
        });
    }
    let begins = tokio::time::timeout(Duration::from_secs(30), begun.acquire()).await;
    begins.expect("one is served").unwrap().forget();
    let _ = tokio::time::timeout(Duration::from_millis(100), enough.notified()).await;
    dies.kill();
    let outcomes = flood.join_all().await;
    let of = |doomed, wanted| outcomes.iter().filter(|o| **o == (doomed, wanted)).count();
    assert_eq!(of(false, Outcome::Lost), 0, "this one stays");
    [of(true, Outcome::Served), of(false, Outcome::Served), of(true, Outcome::Lost)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_killed_overspends_no_unit_and_what_it_did_not_draw_comes_back() {
    for round in 0..rounds(2) {
        // All at once: what the killed one had drawn for those who waited is gone with them. And eight at a time: most of what
        // it had leased was not drawn, and comes back.
        let width = if round % 2 == 0 { FLOOD } else { 8 };
        let home = Home::new()
            .await
            .with("AUTH_KEY_PEPPER", PEPPER)
            .with("LEDGER_LEASE_SECONDS", &LEASE.to_string())
            // A thousand requests at once wait for their connections on a machine that is busy with other tests.
            .with("API_DB_ACQUIRE_TIMEOUT_MS", "60000");
        let (key, operator) = (home.key("t", "reader", "u"), home.key("ops", "operator", "o"));
        let (dies, stays) = (home.start(&[]).await, home.start(&[]).await);
        let (operator, http) = (stays.http(&operator), stays.http(&key));
        let limit = json!({ "daily_requests_limit": LIMIT });
        assert_eq!(operator.send("PATCH", "/v1/admin/quotas/t", &limit).await.0, 200);

        let some = 10 + 5 * (round % 5);
        let [dead, kept, lost] = flood(dies, &key, &http, (width, some)).await;
        let held = books(&home).await;
        assert!(lost > 0, "it was killed when everybody had been answered");

        // The rest comes to the one that stays, once the lease of the dead one has lapsed.
        let (began, mut later, mut refused) = (Instant::now(), 0, 0);
        while began.elapsed() < Duration::from_secs(2 * LEASE) {
            match ask(&http).await {
                Outcome::Served => later += 1,
                Outcome::Refused => {
                    refused += 1;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Outcome::Lost => panic!("this one stays"),
            }
        }
        until("the lease of the dead one is closed", 10, || async { books(&home).await.leases <= 1 }).await;
        let books = books(&home).await;
        let drawn = usize::try_from(books.closed).unwrap();
        println!(
            "quota, {width} at a time: {dead} served by the killed one, {lost} lost with it, {kept} by the other at once and {later} later; \
             {drawn} of {LIMIT} were drawn by the killed one, the ledger said {} before its lease lapsed",
            held.day
        );
        assert!(dead + kept + later <= LIMIT, "{dead} + {kept} + {later} served of {LIMIT}");
        assert!(dead <= drawn, "the killed one served {dead} of which the ledger knows {drawn}");
        assert_eq!(drawn + kept + later, LIMIT, "what the killed one had not drawn was not used by the other");
        assert!(width == FLOOD || drawn < LIMIT, "nothing was left to come back");
        assert!(refused > 0, "nobody found out where it ends");
        // All books say the same: what was drawn of the dead one, and what was served by the other.
        assert_eq!((books.day, books.month), (LIMIT as i64, LIMIT as i64), "{books:?}");
        assert_eq!(told(&operator).await, LIMIT);
        until("what was served is counted by class", 10, || async {
            let counted = self::books(&home).await.counted as usize;
            counted >= kept + later && counted <= LIMIT
        })
        .await;
    }
}
