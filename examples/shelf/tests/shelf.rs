//! Two databases: the host's and the shelf's. Neither sees anything of the other.

use shelf::Shelf;
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

async fn tables(url: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let names = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
    sqlx::query_scalar(names).fetch_all(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_keeps_its_database_and_the_shelf_has_its_own() {
    let (orders, passages) = (database("orders").await, database("shelf").await);
    let originals = tempfile::tempdir().unwrap();
    let shelf = Shelf::open(&orders, &passages, originals.path()).await.unwrap();
    shelf.put("oil", "# Oil\n\nChange the oil every 500 hours.").await.unwrap();
    shelf.put("wages", "# Wages\n\nThe oil officer earns a bonus.").await.unwrap();
    let question = "How often is the oil changed?";
    assert!(shelf.ask("bob", question).await.unwrap().is_empty(), "nothing is shared yet");
    shelf.share("oil", "bob").await.unwrap();
    let hits = shelf.ask("bob", question).await.unwrap();
    let found: Vec<&str> = hits.iter().map(|hit| hit.document.as_str()).collect();
    assert_eq!(found, ["oil"], "what is not shared is not there");
    assert!(hits[0].text.contains("500 hours"));
    assert_eq!(shelf.asked().await.unwrap(), 2);
    assert_eq!(tables(&orders).await, ["asked"]);
    assert!(!tables(&passages).await.contains(&"asked".to_owned()));
}
