//! What a command has done, one line a file, so that it can be repeated after it was broken off.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::Failure;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Entry {
    corpus: String,
    name: String,
    sha256: String,
}

/// A file of what is done.
#[derive(Debug)]
pub(super) struct Journal {
    done: HashSet<Entry>,
    file: Mutex<File>,
}

impl Journal {
    /// Reads what was done before. A line that was not written to its end is one that was not written.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let fault = |error: std::io::Error| Failure::Failed(format!("{}: {error}", path.display()));
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(fault)?;
        let mut done = HashSet::new();
        for line in BufReader::new(&file).lines() {
            done.extend(serde_json::from_str::<Entry>(&line.map_err(fault)?).ok());
        }
        Ok(Self { done, file: Mutex::new(file) })
    }

    pub(super) fn has(&self, corpus: &str, name: &str, sha256: &str) -> bool {
        self.done.contains(&entry(corpus, name, sha256))
    }

    /// Writes down that a file is done.
    pub(super) fn note(&self, corpus: &str, name: &str, sha256: &str) -> Result<(), String> {
        let mut line = serde_json::to_vec(&entry(corpus, name, sha256)).map_err(|error| error.to_string())?;
        // In front, too: behind a line that was broken off this one begins anew.
        line.insert(0, b'\n');
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line).map_err(|error| format!("the journal cannot be written: {error}"))
    }
}

fn entry(corpus: &str, name: &str, sha256: &str) -> Entry {
    Entry { corpus: corpus.to_owned(), name: name.to_owned(), sha256: sha256.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_noted_is_known_after_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::open(&path).unwrap();
        journal.note("c", "a.txt", "1").unwrap();
        std::fs::write(&path, [std::fs::read(&path).unwrap(), b"{\"corpus\":\"c\",\"na".to_vec()].concat()).unwrap();
        let journal = Journal::open(&path).unwrap();
        journal.note("c", "b.txt", "2").unwrap();
        let journal = Journal::open(&path).unwrap();
        assert!(journal.has("c", "a.txt", "1") && journal.has("c", "b.txt", "2"));
        assert!(!journal.has("c", "a.txt", "2") && !journal.has("d", "a.txt", "1"));
    }
}
