//! The policies of a scope as a jsonpath over the attributes of a document.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::policy::Rules;

/// A jsonpath predicate, to be bound like any other value, and the variables that it names.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// The jsonpath.
    pub path: String,
    /// Its variables.
    pub vars: Value,
    /// Whether it says all that the policies say; otherwise it lets too much pass, and never too little.
    pub exact: bool,
}

impl Predicate {
    /// The predicate that no document satisfies.
    pub(super) fn never() -> &'static Self {
        static NEVER: LazyLock<Predicate> =
            LazyLock::new(|| Predicate { path: "strict (1 == 0)".to_owned(), vars: json!({}), exact: true });
        &NEVER
    }
}

impl Rules {
    /// The rules as a predicate, written on first use.
    pub(super) fn predicate(&self) -> &Predicate {
        self.predicate.get_or_init(|| Predicate { path: "strict (1 == 1)".to_owned(), vars: json!({}), exact: false })
    }
}
