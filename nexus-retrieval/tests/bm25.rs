//! The search by words gives what a computation over all texts in memory gives: for whoever may read everything and for whoever
//! may read a part, after texts were added, replaced and deleted. Statistics count what may be read and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::cast_precision_loss, reason = "small numbers")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use nexus_authz::{
    access::Access,
    acl::{NewGrant, PrincipalType, Right, Target},
    caller::{Caller, RoleSettings},
    permission::DocumentDelete,
    policy::PolicySettings,
    scope::{ReadScope, ScopeSettings},
};
use nexus_core::{
    audit::{AuditLog, AuditSettings},
    clock::Clock,
    op::Op,
    pg::{Plans, changes::Changes, testing},
    principal::{Principal, Role},
};
use nexus_retrieval::{
    corpus::{Corpora, Corpus, decide},
    document::change,
    embed::HashEmbedder,
    eval::stats::SplitMix,
    index,
    ingest::{
        language::Language,
        terms::{self, Terms},
    },
    library::{Library, Text},
};
use object_store::memory::InMemory;

const WORDS: [&str; 12] =
    ["pump", "valve", "filter", "motor", "sensor", "cable", "gauge", "rotor", "flange", "gasket", "nozzle", "piston"];
const TOP_K: usize = 7;

fn draw(random: &mut SplitMix, most: usize) -> String {
    // Low numbers are frequent, so that some words are in most texts.
    let word = |random: &mut SplitMix| WORDS[random.below(WORDS.len()).min(random.below(WORDS.len()))];
    (0..=random.below(most)).map(|_| word(random)).collect::<Vec<_>>().join(" ")
}

/// The scores of all readable texts that share a word with a question.
fn scores(texts: &BTreeMap<String, Terms>, readable: &BTreeSet<String>, question: &str) -> BTreeMap<String, f64> {
    let texts: BTreeMap<&String, &Terms> = texts.iter().filter(|(id, _)| readable.contains(*id)).collect();
    let length = |terms: &Terms| f64::from(terms.values().sum::<i32>());
    let count = texts.len() as f64;
    let mean = (texts.values().map(|terms| length(terms)).sum::<f64>() / count.max(1.0)).max(1.0);
    let mut scores = BTreeMap::new();
    for term in terms::of_question(question, None, 128) {
        let having = texts.values().filter(|terms| terms.contains_key(&term)).count() as f64;
        let rarity = (1.0 + (count - having + 0.5) / (having + 0.5)).ln();
        for (id, terms) in &texts {
            if let Some(n) = terms.get(&term) {
                let n = f64::from(*n);
                let share = rarity * n * 2.2 / (n + 1.2 * (0.5 + 0.5 * length(terms) / mean));
                *scores.entry((*id).clone()).or_default() += share;
            }
        }
    }
    scores
}

struct World {
    texts: BTreeMap<String, Terms>,
    granted: BTreeSet<String>,
    library: Library,
    access: Access,
    db: nexus_core::pg::Db,
    ann: Principal,
    bob: Principal,
}

impl World {
    async fn new() -> Self {
        let database = testing::database().await;
        let db = database.db.clone();
        let library = Library::open(db.clone(), Arc::new(InMemory::new()), Arc::new(HashEmbedder::default()));
        let of = |user: &str, role| Principal::vouched_for("acme".parse().unwrap(), user.parse().unwrap(), role);
        let (ann, bob) = (of("ann", Role::Admin), of("bob", Role::Reader));
        library.corpus(&ann, &"c".parse().unwrap()).await.unwrap();
        let (audit, _) = AuditLog::new(&db, &AuditSettings::default());
        let access =
            Access::new(db.clone(), &Changes::none(), PolicySettings::default(), ScopeSettings::default(), audit);
        Self { texts: BTreeMap::new(), granted: BTreeSet::new(), library, access, db, ann, bob }
    }

    async fn put(&mut self, random: &mut SplitMix) {
        let mut batch = BTreeMap::new();
        for _ in 0..8 {
            batch.insert(format!("n{}", random.below(40)), draw(random, 30));
        }
        let new =
            |(id, text): (&String, &String)| Text { id: id.parse().unwrap(), name: id.clone(), markdown: text.clone() };
        let corpus = "c".parse().unwrap();
        self.library.add(&self.ann, &corpus, batch.iter().map(new).collect::<Vec<_>>()).await.unwrap();
        for (id, text) in batch {
            if random.below(3) == 0 && self.granted.insert(id.clone()) {
                let with = NewGrant {
                    principal_type: PrincipalType::User,
                    principal_id: "bob".into(),
                    right: Right::Read,
                    expires_at: None,
                };
                self.library.share(&self.ann, &Target::Document(id.parse().unwrap()), with).await.unwrap();
            }
            self.texts.insert(id.clone(), terms::of_passage(&text, &id, None, Language::English));
        }
    }

    async fn remove(&mut self, random: &mut SplitMix) {
        let id = self.texts.keys().nth(random.below(self.texts.len())).unwrap().clone();
        let caller = Caller::<DocumentDelete>::check(Arc::new(self.ann.clone()), RoleSettings::default()).unwrap();
        let op = Op::internal(Clock::system().now());
        change::delete(&op, &self.db, &self.access, &caller, &id.parse().unwrap()).await.unwrap();
        self.texts.remove(&id);
        self.granted.remove(&id);
    }

    async fn corpus(&self) -> Corpus {
        let corpora = Corpora::new(self.db.clone(), &Changes::none());
        let corpus = corpora.get(&self.ann.tenant, &"c".parse().unwrap()).await.unwrap().unwrap();
        let config = serde_json::json!({ "retrieval": {
            "provider": "local_pgvector", "fusion": { "legs": "lexical" }, "context": { "merge": false },
        } });
        let (provider_config, routing) = decide::normalise(config).unwrap();
        Corpus { provider_config, routing, ..corpus.as_ref().clone() }
    }

    async fn compare(&self, who: &Principal, bypass: bool, readable: &BTreeSet<String>, question: &str) {
        let corpus = self.corpus().await;
        let scope = ReadScope::vouched_for(who, None, ScopeSettings { admin_bypasses_acl: bypass });
        let scope = scope.within(corpus.id.clone());
        let op = Op::internal(Clock::system().now());
        let mut tx = self.db.reading(&who.tenant, Plans::Judged).await.unwrap();
        let top_k = u32::try_from(TOP_K).unwrap();
        let hits = index::search(&op, &mut tx, &scope, &corpus, question, None, top_k).await.unwrap();
        drop(tx);
        let scores = scores(&self.texts, readable, question);
        let mut best: Vec<f64> = scores.values().copied().collect();
        best.sort_by(|a, b| b.total_cmp(a));
        best.truncate(TOP_K);
        let found: BTreeSet<&str> = hits.iter().map(|hit| hit.origin.id.as_str()).collect();
        assert_eq!(found.len(), hits.len(), "one passage a text");
        assert_eq!(hits.len(), best.len(), "{question}");
        let given: Vec<f64> = hits.iter().map(|hit| scores[&hit.origin.id]).collect();
        let near = given.iter().zip(&best).all(|(a, b)| (a - b).abs() < 1e-9);
        assert!(near, "{question}: {given:?} instead of {best:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_weighed_as_over_all_texts_that_may_be_read() {
    let mut random = SplitMix(0xB25);
    let mut world = World::new().await;
    for _ in 0..6 {
        world.put(&mut random).await;
        world.remove(&mut random).await;
        let all: BTreeSet<String> = world.texts.keys().cloned().collect();
        for _ in 0..6 {
            let question = draw(&mut random, 4);
            world.compare(&world.ann, true, &all, &question).await;
            world.compare(&world.ann, false, &all, &question).await;
            world.compare(&world.bob, false, &world.granted, &question).await;
        }
    }
    assert!(world.granted.len() > 3 && world.granted.len() < world.texts.len());
}
