//! What runs write down together: whose it is, what is refused, and what is written twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use futures::future::join_all;
use nexus_core::{
    clock::Clock,
    id::TenantId,
    op::Op,
    pg::{DbError, testing},
};
use nexus_retrieval::conversation::{Answer, Exchange, Records};
use serde_json::{Value, json};

fn op() -> Op {
    Op::internal(Clock::system().now())
}

fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

fn exchange(session: &str) -> Exchange {
    Exchange {
        user: "u".parse().unwrap(),
        session: session.parse().unwrap(),
        run: "run".to_owned(),
        corpus: "c".parse().unwrap(),
    }
}

fn answer(text: &str) -> Answer<'_> {
    Answer { text, citations: json!([]), state: json!({}), bill: None, receipt: Value::Null }
}

const TENANTS: &str = "INSERT INTO tenants (id, name) VALUES ('a', 'a'), ('b', 'b')";

#[tokio::test(flavor = "multi_thread")]
async fn what_many_write_at_once_is_kept_apart() {
    let database = testing::database().await;
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql(TENANTS).execute(&mut owner).await.unwrap();
    let records = Records::new(database.db.clone());
    // The same sessions exist in both tenants, and each asks three times.
    for turn in 0..3 {
        let asked = join_all((0..40).map(|n| {
            let records = records.clone();
            async move {
                let (owner, session) = (if n % 2 == 0 { "a" } else { "b" }, format!("s{}", n / 2));
                let question = format!("{owner} {session} {turn}");
                let history = records.ask(&op(), &tenant(owner), &exchange(&session), &question, 10_000).await.unwrap();
                records.answer(&op(), &tenant(owner), &exchange(&session), answer("because")).await.unwrap();
                (owner, session, history)
            }
        }));
        for (owner, session, history) in asked.await {
            let said: Vec<String> = history.into_iter().map(|turn| turn.text).collect();
            let before: Vec<String> =
                (0..turn).flat_map(|turn| [format!("{owner} {session} {turn}"), "because".to_owned()]).collect();
            assert_eq!(said, before);
        }
    }
    let kept: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT tenant_id, count(*), (SELECT count(*) FROM checkpoints c WHERE c.tenant_id = m.tenant_id)
         FROM messages m GROUP BY tenant_id ORDER BY tenant_id",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(kept, [("a".to_owned(), 120, 60), ("b".to_owned(), 120, 60)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_takes_nothing_along() {
    let database = testing::database().await;
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql(TENANTS).execute(&mut owner).await.unwrap();
    let records = Records::new(database.db.clone());
    let written = join_all((0..20).map(|n| {
        let records = records.clone();
        async move {
            let session = exchange(&format!("s{n}"));
            // Nobody asked in the session that every fourth answers.
            if n % 4 == 0 {
                records.answer(&op(), &tenant("a"), &session, answer("to nobody")).await
            } else {
                records.ask(&op(), &tenant("a"), &session, "Why?", 100).await.map(drop)
            }
        }
    }));
    for (n, written) in written.await.into_iter().enumerate() {
        match written {
            Ok(()) => assert_ne!(n % 4, 0, "{n}"),
            Err(error) => assert!(n % 4 == 0 && matches!(error, DbError::Failed(_)), "{n}: {error}"),
        }
    }
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM messages").fetch_one(&mut owner).await.unwrap();
    assert_eq!(kept, 15);
}

#[tokio::test]
async fn what_is_written_twice_is_there_once() {
    let database = testing::database().await;
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql(TENANTS).execute(&mut owner).await.unwrap();
    let common = |id: u8| {
        json!({
            "number": 0, "tenant": "a", "id": format!("00000000-0000-7000-8000-0000000000{id:02}"), "user_id": "u",
            "session_id": "s", "run_id": "r", "at": "2030-01-01T00:00:00Z", "turns": 40,
        })
    };
    let with = |id, fields: Value| {
        let mut entry = common(id);
        entry.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!([entry])
    };
    let receipt = json!({
        "occurred_at": "2030-01-01T00:00:00Z", "tenant_id": "a", "actor_type": "api_key", "event_type": "run.receipt",
        "outcome": "success", "metadata_json": {},
    });
    let entries = [
        with(1, json!({ "question": "Why?" })),
        with(2, json!({ "answer": "Because.", "citations": [], "corpus_id": "c", "state": {}, "receipt": receipt })),
        with(3, json!({ "question": "Really?" })),
    ];
    for _ in 0..2 {
        for entry in &entries {
            let _: Vec<(i32,)> = database
                .db
                .repeatable("SELECT entry_number FROM nexus_keep_exchanges($1::jsonb)", &entry.to_string())
                .await
                .unwrap();
        }
    }
    let said: Vec<(String,)> = database
        .db
        .repeatable("SELECT said FROM nexus_keep_exchanges($1::jsonb)", &entries[2].to_string())
        .await
        .unwrap();
    assert_eq!(said, [("Because.".to_owned(),), ("Why?".to_owned(),)]);
    let kept: (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM checkpoints), (SELECT count(*) FROM audit_events)",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(kept, (3, 1, 1));
}
