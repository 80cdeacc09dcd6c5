//! Limits and budgets hold, however many ask at once.

use std::sync::Arc;

use nexus_core::cost::Usd;
use spending::{Bureau, Refused};
use sqlx::{Connection as _, PgConnection};

/// A new database on the server of the tests.
async fn database(name: &str) -> String {
    let server = std::env::var("NEXUS_TEST_DATABASE_URL").expect("run by scripts/with-services.sh");
    let mut admin = PgConnection::connect(&server).await.unwrap();
    let name = format!("{name}_{}", std::process::id());
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
    let (start, rest) = server.split_once("://").unwrap();
    let (authority, tail) = rest.split_once('/').unwrap_or((rest, ""));
    let options = tail.split_once('?').map_or(String::new(), |(_, options)| format!("?{options}"));
    format!("{start}://{authority}/{name}{options}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_at_once_spend_the_budget_and_not_a_micro_dollar_more() {
    // A run takes three tokens.
    let bureau = Arc::new(Bureau::open(&database("budget").await, 1000).await.unwrap());
    bureau.customer("acme", "0.001", "0.1").await.unwrap();
    let asking = (0..100).map(|_| {
        let bureau = Arc::clone(&bureau);
        tokio::spawn(async move { bureau.translate("acme", "ten chars.").await.map_err(|error| error.to_string()) })
    });
    let mut done = 0;
    for answer in asking.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            Ok(said) => {
                assert_eq!(said, ".srahc net");
                done += 1;
            }
            Err(why) => assert_eq!(why, "the budget of the month is used up"),
        }
    }
    assert_eq!(done, 10, "ten of a cent each");
    assert_eq!(bureau.spent("acme").await.unwrap(), "0.1".parse::<Usd>().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_is_refused_before_it_costs_anything() {
    let bureau = Bureau::open(&database("limits").await, 6).await.unwrap();
    bureau.customer("acme", "0.001", "1").await.unwrap();
    for _ in 0..2 {
        bureau.translate("acme", "abc").await.unwrap();
    }
    let refused = bureau.translate("acme", "abc").await.unwrap_err();
    assert!(matches!(refused.downcast_ref::<Refused>(), Some(Refused::TooOften(_))), "{refused}");
    assert_eq!(bureau.spent("acme").await.unwrap(), "0.006".parse::<Usd>().unwrap());
}
