//! The example of the README, on a real database: ten texts go in, and each finds what may be read.
#![allow(clippy::unwrap_used)]

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use nexus_authz::acl::{NewGrant, PrincipalType, Right, Target};
use nexus_core::{
    pg::testing,
    principal::{Principal, Role},
};
use nexus_retrieval::{
    corpus::CorpusError,
    embed::HashEmbedder,
    library::{Library, LibraryError, Text},
};
use object_store::memory::InMemory;

const TEXTS: [(&str, &str); 10] = [
    ("changes", "Routine changes need a second pair of eyes; urgent ones are reviewed the day after."),
    ("travel", "Flights are booked fourteen days before departure."),
    ("meals", "The daily allowance for meals abroad is 42 euros."),
    ("passwords", "A password has at least sixteen characters."),
    ("laptops", "Whoever loses a laptop calls extension 5911 at once."),
    ("holidays", "Full-time staff have twenty-eight days of holiday."),
    ("parents", "Parental leave is sixteen weeks."),
    ("expenses", "Expenses above 2,000 euros are signed by the head of the department."),
    ("retention", "Customer data is kept for ninety days after a contract ends."),
    ("incidents", "A severe incident is reviewed within five working days."),
];

fn texts() -> impl Iterator<Item = Text> {
    TEXTS.into_iter().map(|(id, text)| Text { id: id.parse().unwrap(), name: id.into(), markdown: text.into() })
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_texts_are_found_by_those_who_may_read_them() {
    let database = testing::database().await;
    let library = Library::open(database.db.clone(), Arc::new(InMemory::new()), Arc::new(HashEmbedder::default()));
    let of =
        |tenant: &str, user: &str, role| Principal::vouched_for(tenant.parse().unwrap(), user.parse().unwrap(), role);
    let (ann, bob) = (of("acme", "ann", Role::Admin), of("acme", "bob", Role::Reader));
    let handbook = "handbook".parse().unwrap();

    library.corpus(&ann, &handbook).await.unwrap();
    library.corpus(&ann, &handbook).await.unwrap();
    library.add(&ann, &handbook, texts()).await.unwrap();
    library.add(&ann, &handbook, texts()).await.unwrap();

    let question = "Who looks at routine changes?";
    let found = library.search(&ann, &handbook, question, 3).await.unwrap();
    assert_eq!(found.first().unwrap().origin.id.as_str(), "changes");
    assert!(library.search(&bob, &handbook, question, 3).await.unwrap().is_empty());

    let with = NewGrant {
        principal_type: PrincipalType::User,
        principal_id: "bob".into(),
        right: Right::Read,
        expires_at: None,
    };
    library.share(&ann, &Target::Document("changes".parse().unwrap()), with).await.unwrap();
    let found = library.search(&bob, &handbook, question, 3).await.unwrap();
    assert_eq!(found.iter().map(|hit| hit.origin.id.as_str()).collect::<Vec<_>>(), ["changes"]);

    let refused = library.add(&bob, &handbook, texts()).await;
    assert!(matches!(refused, Err(LibraryError::Role(_))), "{refused:?}");
    let stranger = of("other", "ann", Role::Admin);
    let missing = library.search(&stranger, &handbook, question, 3).await;
    assert!(matches!(missing, Err(LibraryError::Corpus(CorpusError::NotFound))), "{missing:?}");
}

/// A search is several statements. All of them see the same, or what is replaced between two of them would not be found at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_replaced_is_found_all_the_time() {
    let database = testing::database().await;
    let library = Library::open(database.db.clone(), Arc::new(InMemory::new()), Arc::new(HashEmbedder::default()));
    let ann = Principal::vouched_for("acme".parse().unwrap(), "ann".parse().unwrap(), Role::Admin);
    let handbook = "handbook".parse().unwrap();
    library.corpus(&ann, &handbook).await.unwrap();
    library.add(&ann, &handbook, texts()).await.unwrap();
    let over = AtomicBool::new(false);
    let replaced = async {
        for n in 0..20 {
            let markdown = format!("Routine changes need {n} pairs of eyes.");
            let text = Text { id: "changes".parse().unwrap(), name: "changes".into(), markdown };
            library.add(&ann, &handbook, [text]).await.unwrap();
        }
        over.store(true, Ordering::Relaxed);
    };
    let searched = async {
        let mut searches = 0;
        while !over.load(Ordering::Relaxed) {
            let found = library.search(&ann, &handbook, "Who looks at routine changes?", 10).await.unwrap();
            assert!(
                found.iter().any(|hit| hit.origin.id.as_str() == "changes"),
                "after {searches} searches: {found:?}"
            );
            searches += 1;
        }
        searches
    };
    let ((), count) = tokio::join!(replaced, searched);
    assert!(count > 0, "{count} searches beside 20 changes");
}
