//! The example of the README, on a real database: ten texts go in, and each finds what may be read.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

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
    assert_eq!(found.first().unwrap().document.as_str(), "changes");
    assert!(library.search(&bob, &handbook, question, 3).await.unwrap().is_empty());

    let with = NewGrant {
        principal_type: PrincipalType::User,
        principal_id: "bob".into(),
        right: Right::Read,
        expires_at: None,
    };
    library.share(&ann, &Target::Document("changes".parse().unwrap()), with).await.unwrap();
    let found = library.search(&bob, &handbook, question, 3).await.unwrap();
    assert_eq!(found.iter().map(|hit| hit.document.as_str()).collect::<Vec<_>>(), ["changes"]);

    let refused = library.add(&bob, &handbook, texts()).await;
    assert!(matches!(refused, Err(LibraryError::Role(_))), "{refused:?}");
    let stranger = of("other", "ann", Role::Admin);
    let missing = library.search(&stranger, &handbook, question, 3).await;
    assert!(matches!(missing, Err(LibraryError::Corpus(CorpusError::NotFound))), "{missing:?}");
}
