//! Sources made here, read to their end or to where they break.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{fs, io::Write as _, path::Path, sync::Arc};

use futures::StreamExt as _;
use object_store::{ObjectStoreExt as _, memory::InMemory};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

const SMALL: Bounds = Bounds { file: 100, files: 10, expanded: 10_000 };

async fn all(origin: Origin, bounds: Bounds, after: Option<&str>) -> (Vec<String>, Option<BulkError>) {
    behind(origin, bounds, after.map(|name| Position { name: name.to_owned(), member: None })).await
}

/// Where an archive goes on behind the first file of this name.
async fn position(origin: Origin, name: &str) -> Option<Position> {
    let mut items = origin.items(SMALL, None);
    while let Some(Ok(item)) = items.next().await {
        if item.name == name {
            return Some(Position { name: item.name, member: item.member });
        }
    }
    None
}

async fn behind(origin: Origin, bounds: Bounds, after: Option<Position>) -> (Vec<String>, Option<BulkError>) {
    let mut items = origin.items(bounds, after);
    let mut names = Vec::new();
    while let Some(item) = items.next().await {
        match item {
            Ok(Item { name, content: Ok(bytes), .. }) => names.push(format!("{name}={}", bytes.len())),
            Ok(Item { name, content: Err(why), .. }) => {
                names.push(format!("{name}!{}", why.to_string().split(':').next().unwrap()));
            }
            Err(error) => return (names, Some(error)),
        }
    }
    (names, None)
}

fn write(root: &Path, name: &str, bytes: usize) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, vec![b'x'; bytes]).unwrap();
}

#[tokio::test]
async fn a_folder_is_read_in_the_order_of_its_names_and_goes_on_behind_one() {
    let root = tempfile::tempdir().unwrap();
    for (name, bytes) in [("b.txt", 2), ("a/z.txt", 1), (".git/x", 9), ("a/.hidden", 9), ("large", 101), ("c", 0)] {
        write(root.path(), name, bytes);
    }
    std::os::unix::fs::symlink(root.path(), root.path().join("a/loop")).unwrap();
    let origin = Origin::of_path(root.path().to_owned()).unwrap();
    let (names, error) = all(origin.clone(), SMALL, None).await;
    assert_eq!(names, ["a/z.txt=1", "b.txt=2", "c=0", "large!too_large"]);
    assert!(error.is_none());
    assert_eq!(all(origin.clone(), SMALL, Some("b.txt")).await.0, ["c=0", "large!too_large"]);
    let few = Bounds { files: 3, ..SMALL };
    assert!(matches!(all(origin, few, None).await, (names, Some(BulkError::TooMany(3))) if names.is_empty()));
    let one = Origin::of_path(root.path().join("b.txt")).unwrap();
    assert_eq!(all(one, SMALL, None).await.0, ["b.txt=2"]);
    assert!(Origin::of_path(root.path().join("none")).is_err());
}

#[tokio::test]
async fn a_zip_archive_gives_its_files_and_no_paths() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a.ZIP");
    let mut archive = ZipWriter::new(fs::File::create(&path).unwrap());
    let options = SimpleFileOptions::default();
    archive.add_directory("docs/", options).unwrap();
    for (name, bytes) in [("docs/b.md", 5), ("../../etc/a.txt", 3), ("__MACOSX/x", 1), ("zeros", 5000)] {
        archive.start_file(name, options).unwrap();
        archive.write_all(&vec![0; bytes]).unwrap();
    }
    archive.finish().unwrap();
    let origin = Origin::of_path(path.clone()).unwrap();
    assert_eq!(all(origin.clone(), SMALL, None).await.0, ["docs/b.md=5", "etc/a.txt=3", "zeros!too_large"]);
    let after = position(origin.clone(), "etc/a.txt").await;
    assert_eq!(behind(origin.clone(), SMALL, after.clone()).await.0, ["zeros!too_large"]);
    assert!(matches!(all(origin.clone(), SMALL, Some("etc/a.txt")).await.1, Some(BulkError::Changed)));
    let tight = Bounds { expanded: 7, ..SMALL };
    assert!(matches!(all(origin.clone(), tight, None).await.1, Some(BulkError::Bomb(7))));
    fs::write(&path, b"PK\x03\x04 no archive").unwrap();
    assert!(matches!(behind(origin, SMALL, after).await.1, Some(BulkError::Changed)));
    assert!(matches!(all(Origin::Zip(path), SMALL, None).await.1, Some(BulkError::Archive(_))));
}

fn tar_gz(files: &[(&str, usize)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(*bytes).unwrap());
        header.set_mode(0o644);
        archive.append_data(&mut header, name, vec![b'x'; *bytes].as_slice()).unwrap();
    }
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    archive.append_link(&mut link, "link", "/etc/passwd").unwrap();
    archive.into_inner().unwrap().finish().unwrap()
}

#[tokio::test]
async fn a_tar_archive_is_a_stream_that_may_break_off() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a.tar.gz");
    let whole = tar_gz(&[("one.txt", 3), ("two.txt", 200), ("three.txt", 4)]);
    fs::write(&path, &whole).unwrap();
    let origin = Origin::of_path(path.clone()).unwrap();
    let expected = ["one.txt=3", "two.txt!too_large", "three.txt=4"];
    assert_eq!(all(origin.clone(), SMALL, None).await.0, expected);
    let after = position(origin.clone(), "two.txt").await;
    assert_eq!(behind(origin.clone(), SMALL, after.clone()).await.0, ["three.txt=4"]);
    let tight = Bounds { expanded: 1000, ..SMALL };
    assert!(matches!(all(origin.clone(), tight, None).await.1, Some(BulkError::Bomb(1000))));
    fs::write(&path, whole.get(..whole.len() / 2).unwrap()).unwrap();
    assert!(matches!(all(origin.clone(), SMALL, None).await.1, Some(BulkError::Archive(_))));
    // Another archive in the same place is not gone on with, whatever is in it.
    fs::write(&path, tar_gz(&[("other.txt", 1)])).unwrap();
    assert!(matches!(behind(origin, SMALL, after).await, (names, Some(BulkError::Changed)) if names.is_empty()));
}

#[tokio::test]
async fn a_name_that_comes_twice_is_had_once_and_passed_once() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a.tar.gz");
    fs::write(&path, tar_gz(&[("a.txt", 1), ("b.txt", 2), ("./a.txt", 3), ("c.txt", 4)])).unwrap();
    let origin = Origin::Tar(path);
    assert_eq!(all(origin.clone(), SMALL, None).await.0, ["a.txt=1", "b.txt=2", "a.txt!repeated", "c.txt=4"]);
    // Going on behind each member in turn comes to an end, and leaves none out.
    let (mut after, mut seen) = (None, Vec::new());
    while let Some(item) = origin.clone().items(SMALL, after).next().await {
        let Item { name, member, .. } = item.unwrap();
        seen.push(name.clone());
        assert!(seen.len() < 10);
        after = Some(Position { name, member });
    }
    assert_eq!(seen, ["a.txt", "b.txt", "a.txt", "c.txt"]);
}

#[tokio::test]
async fn a_bucket_is_read_below_its_prefix() {
    let store = Arc::new(InMemory::new());
    for (name, bytes) in [("docs/b.txt", 2), ("docs/a/z.txt", 1), ("other/x.txt", 1), ("docs/large", 101)] {
        store.put(&name.into(), vec![b'x'; bytes].into()).await.unwrap();
    }
    let origin = Origin::Bucket(store.into(), "docs".into());
    assert_eq!(all(origin.clone(), SMALL, None).await.0, ["a/z.txt=1", "b.txt=2", "large!too_large"]);
    assert_eq!(all(origin, SMALL, Some("b.txt")).await.0, ["large!too_large"]);
}

#[tokio::test]
async fn an_object_may_be_named_itself_and_an_archive_is_refused() {
    let store = Arc::new(InMemory::new());
    for name in ["docs/one.txt", "docs/all.tar.gz", "docs/all.tar.gz.d/x.txt"] {
        store.put(&name.into(), vec![b'x'; 2].into()).await.unwrap();
    }
    store.put(&"docs/folder".into(), Vec::new().into()).await.unwrap();
    let origin = |prefix: &str| Origin::Bucket(store.clone().into(), prefix.into());
    assert_eq!(all(origin("docs/one.txt"), SMALL, None).await.0, ["one.txt=2"]);
    assert!(matches!(all(origin("docs/all.tar.gz"), SMALL, None).await.1, Some(BulkError::ArchiveInBucket)));
    assert!(matches!(all(origin("none"), SMALL, None).await.1, Some(BulkError::Nothing)));
    let names = all(origin(""), SMALL, Some("docs/all.tar.gz")).await.0;
    assert_eq!(names, ["docs/all.tar.gz.d/x.txt=2", "docs/one.txt=2"]);
}
