//! Checkpoints in a folder or a bucket, one object each: where somebody else may hold the rights, and a lock keeps what is there.

use std::io;

use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture};
use nexus_core::audit::{Anchor, AnchorError, Signed};
use nexus_retrieval::objects::{ObjectError, Objects};
use object_store::path::Path;

/// How many checkpoints a folder holds.
const FOLDER: u64 = 10_000;
/// No checkpoint is longer than this.
const LONGEST: u64 = 4096;

/// A place for checkpoints.
#[derive(Debug)]
pub struct Archive {
    objects: Objects,
    place: String,
}

impl Archive {
    /// A store, and what people call it.
    #[must_use]
    pub fn new(objects: Objects, place: &str) -> Self {
        Self { objects, place: place.to_owned() }
    }

    async fn store(&self, signed: &Signed) -> Result<bool, AnchorError> {
        let unreadable = |_| self.failed(io::Error::other("what is to be kept is no checkpoint"));
        let checkpoint = signed.read().map_err(unreadable)?;
        let at = path(&checkpoint.log, checkpoint.number);
        let line = serde_json::to_vec(signed).map_err(|error| self.failed(error.into()))?;
        if self.objects.put_new(&at, line.into()).await.map_err(|error| self.away(error))? {
            return Ok(true);
        }
        let there: Bytes = self.objects.get(&at, LONGEST).await.map_err(|error| self.away(error))?;
        // The text is what counts: who signs the same one again says nothing else.
        let same = serde_json::from_slice::<Signed>(&there).is_ok_and(|there| there.text == signed.text);
        if same { Ok(false) } else { Err(self.conflict(checkpoint.number)) }
    }

    async fn look(&self, log: Option<&str>, number: u64) -> Result<Option<u64>, AnchorError> {
        let (below, behind) = match log {
            Some(log) => (Path::from(log), Some(path(log, number))),
            None => (Path::default(), None),
        };
        let found = self.objects.list(&below, behind.as_ref()).await.map_err(|error| self.away(error))?;
        let numbers = found.iter().filter_map(|object| numbered(&object.location));
        Ok(numbers.filter(|found| *found > number).max())
    }

    fn away(&self, error: ObjectError) -> AnchorError {
        self.failed(io::Error::other(error))
    }

    fn failed(&self, error: io::Error) -> AnchorError {
        AnchorError::Io { place: self.place.clone(), error }
    }
}

impl Anchor for Archive {
    fn keep<'a>(&'a self, checkpoint: &'a Signed) -> BoxFuture<'a, Result<bool, AnchorError>> {
        self.store(checkpoint).boxed()
    }

    fn beyond<'a>(&'a self, log: Option<&'a str>, number: u64) -> BoxFuture<'a, Result<Option<u64>, AnchorError>> {
        self.look(log, number).boxed()
    }

    fn place(&self) -> String {
        self.place.clone()
    }
}

/// Where a checkpoint lies: names are in the order of numbers, so that a list can begin behind one.
fn path(log: &str, number: u64) -> Path {
    Path::from(format!("{log}/{:08}/{number:012}.json", number / FOLDER))
}

fn numbered(path: &Path) -> Option<u64> {
    path.filename()?.strip_suffix(".json")?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::{fs, sync::Arc};

    use nexus_core::audit::{Checkpoint, Hash, SigningKey};
    use object_store::local::LocalFileSystem;

    use super::*;

    fn signed(number: u64, events: u64) -> Signed {
        let key = SigningKey::new("07".repeat(32).into()).unwrap();
        key.sign(&Checkpoint {
            log: "0".repeat(32),
            number,
            time: chrono::DateTime::UNIX_EPOCH,
            events,
            chains: 1,
            root: Hash::default(),
            previous: Hash::default(),
            pruned: None,
            key_id: None,
        })
    }

    #[tokio::test]
    async fn a_folder_keeps_the_first_of_each_number_and_tells_what_lies_beyond() {
        let dir = tempfile::tempdir().unwrap();
        let store = LocalFileSystem::new_with_prefix(dir.path()).unwrap();
        let archive = Archive::new(Objects::from(Arc::new(store)), "file:///there");
        let log = "0".repeat(32);
        assert_eq!(archive.beyond(None, 0).await.unwrap(), None);
        for number in [1, 2, 9_999, 10_000, 10_001] {
            assert!(archive.keep(&signed(number, number)).await.unwrap());
            assert!(!archive.keep(&signed(number, number)).await.unwrap());
        }
        let conflict = archive.keep(&signed(2, 7)).await.unwrap_err();
        assert!(matches!(conflict, AnchorError::Conflict { number: 2, .. }), "{conflict}");
        for (number, beyond) in [(0, Some(10_001)), (9_999, Some(10_001)), (10_000, Some(10_001)), (10_001, None)] {
            assert_eq!(archive.beyond(Some(&log), number).await.unwrap(), beyond, "{number}");
        }
        assert_eq!(archive.beyond(Some("another"), 0).await.unwrap(), None);
        assert!(archive.beyond(None, 0).await.unwrap().is_some());
        let kept = fs::read_to_string(dir.path().join(&log).join("00000001/000000010001.json")).unwrap();
        assert_eq!(serde_json::from_str::<Signed>(&kept).unwrap(), signed(10_001, 10_001));
    }
}
