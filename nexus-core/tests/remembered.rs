//! What is remembered is what the database says.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    convert::Infallible,
    sync::atomic::{AtomicU32, Ordering},
};

use nexus_core::pg::{
    changes::Changes,
    remembered::{Bounds, Remembered, Void},
    testing::{self, TestDb},
};
use tokio_util::sync::CancellationToken;

/// Numbers of a table that does not exist, and how often they were read.
struct Numbers {
    database: TestDb,
    changes: Changes,
    known: Remembered<u32>,
    reads: AtomicU32,
}

impl Numbers {
    async fn new() -> Self {
        let database = testing::database().await;
        let changes = Changes::listen(&database.db, CancellationToken::new());
        let known = Remembered::new(&changes, Bounds::values(100), |topic, tenant, id| match topic {
            "number" => Void::Key(id.into()),
            "numbers" => {
                let least: u32 = tenant.parse().unwrap();
                Void::Where(Box::new(move |number| *number >= least))
            }
            _ => Void::Nothing,
        });
        while !changes.confirmed().await {
            tokio::task::yield_now().await;
        }
        Self { database, changes, known, reads: AtomicU32::new(0) }
    }

    async fn of(&self, key: &str, number: u32) -> u32 {
        let read = async {
            self.reads.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Infallible>(number)
        };
        self.known.of(key.as_bytes(), read).await.unwrap()
    }

    /// Something changed, and nothing that was confirmed before counts any more.
    async fn change(&self, what: &str) {
        let mut owner = testing::connect(&self.database.url).await;
        sqlx::query("SELECT pg_notify('nexus_changes', $1)").bind(what).execute(&mut owner).await.unwrap();
        self.changes.settled().await;
    }
}

#[tokio::test]
async fn what_was_read_counts_until_it_changes() {
    let numbers = Numbers::new().await;
    assert_eq!((numbers.of("a", 1).await, numbers.of("b", 20).await), (1, 20));
    assert_eq!((numbers.of("a", 2).await, numbers.of("b", 2).await), (1, 20));
    assert_eq!(numbers.reads.load(Ordering::SeqCst), 2);

    numbers.change("number t a").await;
    assert_eq!((numbers.of("a", 3).await, numbers.of("b", 3).await), (3, 20));
    numbers.change("numbers 10 x").await;
    assert_eq!((numbers.of("a", 4).await, numbers.of("b", 4).await), (3, 4));
    numbers.change("something else x").await;
    assert_eq!((numbers.of("a", 5).await, numbers.of("b", 5).await), (3, 4));
    numbers.change("incomprehensible").await;
    assert_eq!((numbers.of("a", 6).await, numbers.of("b", 6).await), (6, 6));
}

#[tokio::test]
async fn what_was_read_before_a_change_is_not_remembered_after_it() {
    let numbers = Numbers::new().await;
    let before = numbers.known.moment();
    numbers.change("number t other").await;
    numbers.known.put(b"a", &1, before);
    assert_eq!(numbers.known.get(b"a").await, None);
    numbers.known.put(b"a", &2, numbers.known.moment());
    assert_eq!(numbers.known.get(b"a").await, Some(2));
}

#[tokio::test]
async fn what_nobody_confirms_is_read_every_time() {
    let known = Remembered::new(&Changes::none(), Bounds::values(100), |_, _, _| Void::Nothing);
    for number in 0..3 {
        assert_eq!(known.of(b"a", async { Ok::<_, Infallible>(number) }).await.unwrap(), number);
    }
}
