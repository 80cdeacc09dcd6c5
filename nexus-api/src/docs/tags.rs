//! The groups of operations, with a sentence for each: readers find their way by them, and clients are cut along them.

use std::collections::BTreeSet;

use utoipa::openapi::{Paths, Tag, tag::TagBuilder};

const SENTENCES: [(&str, &str); 20] = [
    ("api-keys", "The keys of the tenant, for its administrators."),
    ("audio", "The sound of spoken answers."),
    ("audit", "What happened, and the proof that nothing was taken out."),
    ("authz", "Grants, labels and policies: who may do what with which document."),
    ("chat", "The same answers in the form of OpenAI's chat completions; a corpus is the model."),
    ("corpora", "Collections of documents, and the search in them."),
    ("costs", "Prices, budgets, spending and chargeback."),
    ("crypto", "The keys that seal what is stored."),
    ("documents", "Documents, their text, and how they come in."),
    ("groups", "Groups of users."),
    ("health", "Whether the server lives, may get traffic, and how it does."),
    ("keyring", "The platform's own keys, for its operators."),
    ("ops", "The platform, for its operators."),
    ("plans", "What tenants have subscribed to."),
    ("quotas", "What tenants may use and have used."),
    ("rollouts", "Switches of features."),
    ("run", "Questions and their cited answers."),
    ("self-serve", "What a tenant's administrators do for themselves."),
    ("sla", "Service levels, incidents and autoscaling."),
    ("ui", "What web applications show."),
];

/// The tags that operations carry, in order of their names.
pub(super) fn of(paths: &Paths) -> Vec<Tag> {
    let items = paths.paths.values();
    let operations = items.flat_map(|item| {
        [&item.get, &item.put, &item.post, &item.delete, &item.patch].into_iter().filter_map(Option::as_ref)
    });
    let used: BTreeSet<&str> = operations.flat_map(|o| o.tags.iter().flatten()).map(String::as_str).collect();
    used.into_iter().map(|name| TagBuilder::new().name(name).description(sentence(name)).build()).collect()
}

fn sentence(name: &str) -> Option<&'static str> {
    SENTENCES.iter().find(|(known, _)| *known == name).map(|(_, sentence)| *sentence)
}
