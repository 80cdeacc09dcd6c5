//! A budget of two replicas of which one is killed in the middle of a flood: nothing is overspent, what is on the ledger is
//! what is recorded, and what the dead one had leased is spent by the other.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Home, Http, rounds, until};

const PEPPER: &str = "a pepper of the replicas, long enough";
/// How many runs the budget is worth.
const WORTH: i64 = 100;
const FLOOD: usize = 1000;

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Answered,
    Refused,
    /// The server died, or cut the answer off.
    Lost,
}

/// Asks; the outcome, and what the month is expected to have cost with it, in micro-dollars.
async fn ask(http: &Http, session: &str) -> (Outcome, i64) {
    let body = json!({ "session_id": session, "corpus_id": "c", "message": "Where does the heron stand?" });
    let (status, head, body) = http.exchange("POST", "/v1/run", Some(&body), &[]).await;
    let spend = head.lines().find_map(|line| line.strip_prefix("x-cost-month-spend-usd: "));
    let spend = spend.map_or(0, |text| (text.trim().parse::<f64>().unwrap() * 1e6).round() as i64);
    let outcome = match status {
        200 if body.contains("message.final") => Outcome::Answered,
        402 => Outcome::Refused,
        0 | 200 => Outcome::Lost,
        other => panic!("{other} {body}"),
    };
    (outcome, spend)
}

/// What the ledger says of the month and what the records add up to, in micro-dollars.
async fn books(home: &Home) -> (i64, i64) {
    let mut owner = nexus_core::pg::testing::connect(&home.database_url().into()).await;
    sqlx::query_as(
        "SELECT ledger_spent('t', 'usd', 'month', date_trunc('month', now() AT TIME ZONE 'UTC')::date),
                (SELECT coalesce(sum(cost_usd) * 1000000, 0)::bigint FROM usage_cost_events WHERE tenant_id = 't')",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap()
}

async fn agree(home: &Home) -> i64 {
    until("ledger and records agree", 10, || async {
        let (ledger, records) = books(home).await;
        ledger == records && ledger > 0
    })
    .await;
    books(home).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_killed_overspends_no_budget_and_the_rest_is_spent() {
    for round in 0..rounds(1) {
        let home = Home::new()
            .await
            .with("AUTH_KEY_PEPPER", PEPPER)
            .with("RUN_MAX_CONCURRENCY", "2000")
            .with("RUN_TENANT_MAX_CONCURRENCY", "2000")
            .with("LEDGER_LEASE_SECONDS", "3");
        let (key, operator) = (home.key("t", "admin", "u"), home.key("ops", "operator", "o"));
        let (dies, stays) = (home.start(&[]).await, home.start(&[]).await);
        let (operator, other, http) = (stays.http(&operator), dies.http(&key), stays.http(&key));
        assert_eq!(http.send("POST", "/v1/corpora", &json!({ "id": "c", "name": "C" })).await.0, 201);
        let prices = [
            ("retrieval", "local_pgvector", "per_request", 0.01),
            ("llm", "internal", "per_request", 0.005),
            ("llm", "internal", "per_1k_tokens", 0.001),
        ];
        for (component, provider, rate_type, rate) in prices {
            let price = json!({ "version": "v1", "provider": provider, "component": component, "rate_type": rate_type,
                "rate_value_usd": rate, "effective_from": "2020-01-01T00:00:00Z" });
            let (status, body) = operator.send("POST", "/v1/admin/costs/pricing/global", &price).await;
            assert_eq!(status, 201, "{body}");
        }
        // What a run costs, and what is expected of it.
        let (_, expected) = ask(&http, "first").await;
        let cost = agree(&home).await;
        assert!(expected > cost, "{expected} {cost}");
        let most = cost * WORTH + expected;
        let budget = json!({ "monthly_budget_usd": most as f64 / 1e6, "enforce_hard_cap": true });
        let (status, body) = http.send("PATCH", "/v1/admin/costs/budget", &budget).await;
        assert_eq!(status, 200, "{body}");

        // All at once, over both; the one is killed when some were answered.
        let answered = Arc::new(AtomicUsize::new(0));
        let mut flood = JoinSet::new();
        for n in 0..FLOOD {
            let http = if n % 2 == 0 { other.clone() } else { http.clone() };
            let answered = Arc::clone(&answered);
            flood.spawn(async move {
                let (outcome, _) = ask(&http, &format!("s{n}")).await;
                if outcome == Outcome::Answered {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                outcome
            });
        }
        let some = 10 + 10 * (round % 5);
        until("some are answered", 30, || async { answered.load(Ordering::Relaxed) >= some }).await;
        dies.kill();
        let outcomes = flood.join_all().await;
        let of = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
        let (first, lost) = (of(Outcome::Answered), of(Outcome::Lost));

        // The rest comes to the one that stays, once the lease of the dead one has lapsed.
        let (began, mut later) = (Instant::now(), 0);
        while began.elapsed() < Duration::from_secs(6) {
            match ask(&http, "later").await.0 {
                Outcome::Answered => later += 1,
                Outcome::Refused => tokio::time::sleep(Duration::from_millis(100)).await,
                Outcome::Lost => panic!("this one stays"),
            }
        }
        let spent = agree(&home).await;
        println!(
            "budget: {first} of {FLOOD} answered, {lost} lost with the killed one, {later} later; {spent} of {most} \
             micro-dollars spent, which is {} runs of {cost}",
            spent / cost
        );
        assert!(spent <= most, "{spent} of {most}");
        // A run that was cut off may have been paid in part, so that what is left is less than a run and no exact number.
        assert!(most - spent < expected, "{spent} of {most}: what the dead one had leased was not spent by the other");
        assert!(first + later <= WORTH as usize, "{first} {later}");
    }
}
