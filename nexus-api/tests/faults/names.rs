//! `kill -9` while changes are made that name themselves: each happens once, and no name is stuck.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::harness::{Home, Http, chance, rounds, server, spread};

/// How many clients make changes at once.
const CLIENTS: usize = 8;

/// What a client was told: the id of the document that its change made.
type Told = Arc<Mutex<BTreeMap<String, String>>>;

/// Makes a change until it is answered, however often the server dies meanwhile; how long its name was refused at most.
async fn change(at: &Arc<Mutex<Http>>, key: &str) -> (String, Duration) {
    // Without an id of its own a document that is handed in twice is there twice.
    let body = json!({ "corpus_id": "c", "text": format!("The matter of {key}.") });
    let mut refused: Option<Instant> = None;
    loop {
        let http = at.lock().unwrap().clone();
        let (status, said) = http.call("POST", "/v1/documents/text", Some(&body), &[("Idempotency-Key", key)]).await;
        match status {
            202 => {
                let said: Value = serde_json::from_str(&said).unwrap();
                let stuck = refused.map(|since| since.elapsed()).unwrap_or_default();
                return (said["data"]["document_id"].as_str().unwrap().to_owned(), stuck);
            }
            409 => {
                assert!(said.contains("IDEMPOTENCY_IN_PROGRESS"), "{said}");
                refused.get_or_insert_with(Instant::now);
            }
            0 | 500..=599 => refused = None,
            other => panic!("{other} {said}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_with_a_name_happen_once_however_often_the_server_dies() {
    let kills = rounds(4);
    let home = Home::new().await;
    let (key, admin) = (home.key("t", "editor", "u"), home.key("t", "admin", "a"));
    let mut running = home.start(&[]).await;
    server::corpus(&running.client(&admin)).await;
    let at = Arc::new(Mutex::new(running.http(&key)));
    let (told, over): (Told, _) = (Arc::default(), Arc::new(AtomicBool::new(false)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (at, told, over) = (Arc::clone(&at), Arc::clone(&told), Arc::clone(&over));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                for n in 0.. {
                    let name = format!("{client}-{n}");
                    // Two ask at once, as a client does that gave up waiting for the first answer.
                    let ((id, stuck), (again, _)) = tokio::join!(change(&at, &name), change(&at, &name));
                    assert_eq!(id, again, "{name}");
                    told.lock().unwrap().insert(name, id);
                    waits.push(stuck);
                    if over.load(Ordering::SeqCst) {
                        break;
                    }
                }
                waits
            })
        })
        .collect();
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(50 + chance(500))).await;
        running.kill();
        running = home.start(&[]).await;
        *at.lock().unwrap() = running.http(&key);
    }
    over.store(true, Ordering::SeqCst);
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.await.unwrap());
    }
    assert!(waits.iter().all(|wait| *wait <= Duration::from_mins(1)), "a name was stuck: {}", spread(waits));
    let told = told.lock().unwrap().clone();
    let mut owner = nexus_core::pg::testing::connect(&SecretString::from(home.database_url())).await;
    let there: Vec<String> =
        sqlx::query_scalar("SELECT id FROM documents ORDER BY id").fetch_all(&mut owner).await.unwrap();
    let mut said: Vec<String> = told.values().cloned().collect();
    said.sort_unstable();
    println!("names: {kills} kills, {} changes, {} documents; refused for {}", told.len(), there.len(), spread(waits));
    assert_eq!(there, said, "each change is there once, and is the one that its client was told of");
    for (name, id) in told.iter().take(50) {
        assert_eq!(change(&at, name).await.0, *id, "{name} still names the same change");
    }
}
