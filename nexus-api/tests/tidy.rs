//! The rules of the house that no compiler checks: who may name which table, which crate may know what, and how large
//! things may grow. Exceptions are listed with their reason, and one that is no longer needed fails as well.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const CRATES: [&str; 7] =
    ["nexus-core", "nexus-authz", "nexus-retrieval", "nexus-api", "nexus-sdk", "alembic-equiv-migrations", "benches"];

/// A table is written by one slice. Another slice of the same crate may look at it where two round trips would be wrong.
const GUESTS: [(&str, &str, &str); 13] = [
    // Crate and slice, the table, and why.
    ("nexus-core/quota", "tenants", "a limit is set for a tenant that is there, and for no other"),
    (
        "nexus-authz/credential",
        "group_members",
        "the groups of a user come with the key, in the statement that finds it",
    ),
    ("nexus-retrieval/corpus", "documents", "a corpus with documents is not deleted, in the statement that deletes"),
    ("nexus-retrieval/corpus", "chunks", "a corpus with chunks keeps its model, in the statement that changes it"),
    ("nexus-retrieval/document", "chunks", "the statistics of a corpus shrink by what goes with a document"),
    (
        "nexus-retrieval/document",
        "document_permissions",
        "what may be read is part of the query, before anything is paged",
    ),
    (
        "nexus-retrieval/index",
        "document_permissions",
        "what may be read is part of the query, before anything is ranked",
    ),
    (
        "nexus-retrieval/provider",
        "documents",
        "what a remote provider names is looked up with its rights in one statement",
    ),
    ("nexus-retrieval/provider", "document_permissions", "what a remote provider names is checked against grants"),
    ("nexus-retrieval/document", "corpus_permissions", "a grant on a corpus counts for each of its documents"),
    ("nexus-retrieval/index", "corpus_permissions", "a grant on a corpus counts for each of its passages"),
    ("nexus-retrieval/index", "documents", "passages come with the title of their document"),
    (
        "nexus-retrieval/document",
        "document_texts",
        "spans are read where documents are; chunks and text are written together",
    ),
];

/// Files besides `store.rs` that know the database library.
const KNOWS_SQLX: [(&str, &str); 5] = [
    ("nexus-core/src/id.rs", "typed ids are bound and read as text"),
    ("nexus-retrieval/src/corpus/mod.rs", "`?` turns an error of its store into one of the slice"),
    ("nexus-retrieval/src/document/mod.rs", "`?` turns an error of its store into one of the slice"),
    ("nexus-retrieval/src/import/mod.rs", "`?` turns an error of its store into one of the slice"),
    ("nexus-api/src/log.rs", "the name of its log target"),
];

/// What is ignored on purpose.
const IGNORED: [(&str, &str); 2] = [
    ("nexus-core/tests/embedded.rs", "the body of a helper process that other tests start"),
    ("nexus-retrieval/tests/selectivity.rs", "fills an index with 100,000 vectors, which takes minutes"),
];

const MAX_LINES: usize = 400;
const MAX_HANDLER: usize = 40;

/// A source file.
struct Source {
    /// Its path from the root of the workspace.
    path: String,
    text: String,
}

impl Source {
    /// What runs: without unit tests at the end and without comments.
    fn code(&self) -> String {
        let end = self.text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        let lines = self.text[..end].lines().map(|line| match line.trim_start() {
            comment if comment.starts_with("//") => "",
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn crate_name(&self) -> &str {
        self.path.split('/').next().unwrap()
    }

    fn is_src(&self) -> bool {
        self.path.split('/').nth(1) == Some("src")
    }

    /// Files that only tests use.
    fn is_test(&self) -> bool {
        !self.is_src() || self.path.ends_with("/tests.rs") || self.path.ends_with("/testing.rs")
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(extension: &str) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = CRATES.iter().map(|name| root.join(name)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !matches!(name, "target" | "node_modules" | "snapshots") {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                let relative = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                found.push(Source { path: relative, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Whether a word stands in a text by itself.
fn names(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

fn tables() -> BTreeSet<String> {
    let migrations = sources("sql").into_iter().filter(|s| s.crate_name() == "alembic-equiv-migrations");
    let texts: Vec<String> = migrations.map(|s| s.text).collect();
    let created = texts.iter().flat_map(|t| t.lines()).filter_map(|l| l.strip_prefix("CREATE TABLE "));
    created.filter_map(|rest| rest.split([' ', '(']).next()).map(ToOwned::to_owned).collect()
}

#[test]
fn a_table_belongs_to_one_slice_of_a_crate() {
    let tables = tables();
    assert!(tables.contains("documents") && tables.len() > 10, "{tables:?}");
    let mut users = BTreeMap::<(String, String), BTreeSet<String>>::new();
    for source in sources("rs").iter().chain(&sources("sql")) {
        let in_core = ["nexus-core", "nexus-authz", "nexus-retrieval", "nexus-api"].contains(&source.crate_name());
        if !in_core || !source.is_src() || source.is_test() {
            continue;
        }
        let code = source.code();
        for table in &tables {
            let spoken =
                ["FROM", "JOIN", "INTO", "UPDATE", "TABLE"].iter().any(|verb| names(&code, &format!("{verb} {table}")));
            if spoken {
                let slice = source.path.split('/').nth(2).unwrap();
                users.entry((source.crate_name().to_owned(), table.clone())).or_default().insert(slice.to_owned());
            }
        }
    }
    assert!(!users.keys().any(|(name, _)| name == "nexus-api"), "the shell names no table: {users:?}");
    let mut guests = BTreeSet::new();
    for ((name, table), slices) in &users {
        let invited: Vec<&String> =
            slices.iter().filter(|s| GUESTS.iter().any(|g| g.0 == format!("{name}/{s}") && g.1 == table)).collect();
        guests.extend(invited.iter().map(|s| (format!("{name}/{s}"), table.clone())));
        // Where all are guests, the table belongs to another crate.
        assert!(slices.len() - invited.len() <= 1, "{table} is named by {slices:?} of {name}");
    }
    let listed: BTreeSet<_> = GUESTS.iter().map(|g| (g.0.to_owned(), g.1.to_owned())).collect();
    assert_eq!(listed, guests, "exceptions that are not needed");
}

#[test]
fn sql_stays_in_stores() {
    let mut exceptions = BTreeSet::new();
    let all = sources("rs");
    for source in all.iter().filter(|s| s.is_src() && !s.is_test()) {
        let home = source.path.ends_with("/store.rs")
            || source.path.contains("/store/")
            || source.path.starts_with("nexus-core/src/pg/")
            || source.crate_name() == "alembic-equiv-migrations"
            || source.crate_name() == "benches";
        if !home && names(&source.code(), "sqlx") {
            exceptions.insert(source.path.as_str());
        }
    }
    assert_eq!(exceptions, KNOWS_SQLX.iter().map(|(path, _)| *path).collect(), "files that name sqlx");
}

#[test]
fn only_the_shell_knows_the_web() {
    for source in
        sources("rs").iter().filter(|s| s.is_src() && s.crate_name() != "nexus-api" && s.crate_name() != "benches")
    {
        let code = source.code();
        for name in ["axum", "utoipa", "tower_http"] {
            let wire = name == "utoipa" && source.path.starts_with("nexus-sdk/src/wire/");
            assert!(wire || !code.contains(&format!("{name}::")), "{} names {name}", source.path);
        }
        // Requests to models and buckets are made, none is answered: the types of headers are all that is needed.
        let asks = ["llm/", "embed/", "speech/", "provider/", "objects/"].iter().any(|s| source.path.contains(s));
        assert!(asks || !code.contains("use http::"), "{} names http", source.path);
    }
    for (name, allowed) in [("nexus-core", false), ("nexus-authz", false), ("nexus-retrieval", true)] {
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
        for forbidden in ["axum", "utoipa", "hyper", "tower"] {
            assert!(!dependencies.lines().any(|l| l.starts_with(forbidden)), "{name} depends on {forbidden}");
        }
        assert!(allowed || !dependencies.lines().any(|l| l.starts_with("http")), "{name} depends on http");
    }
}

#[test]
fn what_cannot_be_repeated_lives_in_the_clock() {
    let homes = ["nexus-core/src/clock.rs", "nexus-sdk/src/client/clock.rs"];
    let unrepeatable = [
        "Utc::now",
        "Local::now",
        "SystemTime::now",
        "rand::rng",
        "rand::random",
        "getrandom::",
        "Uuid::new_v4",
        "Uuid::now_v7",
    ];
    for source in sources("rs").iter().filter(|s| s.is_src() && !s.is_test() && s.crate_name() != "benches") {
        let code = source.code();
        let found: Vec<_> = unrepeatable.iter().filter(|name| code.contains(**name)).collect();
        assert!(found.is_empty() || homes.contains(&source.path.as_str()), "{} names {found:?}", source.path);
    }
}

#[test]
fn every_module_says_what_it_is() {
    for source in sources("rs").iter().filter(|s| s.is_src()) {
        let must = ["/mod.rs", "/lib.rs", "/main.rs"].iter().any(|name| source.path.ends_with(name));
        let first = source.text.lines().next().unwrap_or_default();
        let says = first.starts_with("//!") || first.starts_with("#![doc = include_str!(");
        assert!(!must || says, "{} does not begin with //!", source.path);
    }
}

#[test]
fn files_and_handlers_stay_small() {
    let mut handlers = 0;
    for source in sources("rs").iter().filter(|s| s.is_src()) {
        let lines = source.text.lines().count();
        assert!(lines <= MAX_LINES || source.is_test(), "{} has {lines} lines", source.path);
        if source.crate_name() != "nexus-api" {
            continue;
        }
        for described in source.code().split("#[utoipa::path").skip(1) {
            let function: Vec<&str> =
                described.lines().skip_while(|l| !l.contains("fn ")).take_while(|l| *l != "}").collect();
            handlers += 1;
            assert!(function.len() <= MAX_HANDLER, "{}: {} has {} lines", source.path, function[0], function.len());
        }
    }
    assert!(handlers > 10, "{handlers} handlers were found");
}

/// A route that asks for no key checks something else, and nobody may try that without end.
#[test]
fn routes_without_a_key_count_who_fails() {
    let mut open = 0;
    for source in sources("rs").iter().filter(|s| s.is_src() && s.crate_name() == "nexus-api") {
        for described in source.code().split("#[utoipa::path").skip(1).filter(|d| d.contains("security(())")) {
            let function: Vec<&str> =
                described.lines().skip_while(|l| !l.contains("fn ")).take_while(|l| *l != "}").collect();
            open += 1;
            assert!(
                function.iter().any(|line| line.trim_end().ends_with(": Stranger,")),
                "{}: {} lets strangers try without end",
                source.path,
                function[0]
            );
        }
    }
    assert!(open > 0, "no route without a key was found");
}

#[test]
fn nothing_is_left_for_later() {
    // Spelled apart, so that this file does not find itself.
    let marks =
        [["to", "do!("].concat(), ["unimple", "mented!("].concat(), ["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    let mark_of_ignored = ["#[ig", "nore"].concat();
    let mut skipped = BTreeSet::new();
    let all = sources("rs");
    for source in &all {
        for mark in &marks {
            assert!(!source.text.contains(mark), "{} contains {mark}", source.path);
        }
        if source.text.contains(&mark_of_ignored) {
            skipped.insert(source.path.as_str());
        }
    }
    assert_eq!(skipped, IGNORED.iter().map(|(path, _)| *path).collect(), "tests that are not run");
}
