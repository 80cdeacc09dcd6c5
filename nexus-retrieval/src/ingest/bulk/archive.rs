//! Files inside archives. What is no file, such as a link, is passed over; names are labels and never paths.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek as _},
    path::Path,
};

use super::{Bounds, BulkError, Missing, Outlet, Stop, is_hidden, read_bounded, unreadable};

pub(super) fn zip(path: &Path, outlet: &mut Outlet) -> Result<(), Stop> {
    let file = File::open(path)?;
    outlet.open_archive(&file)?;
    let mut archive = ::zip::ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    let mut left = outlet.bounds.expanded;
    for number in 0..archive.len() {
        let behind = outlet.next_member();
        let mut member = match archive.by_index(number) {
            Ok(member) => member,
            Err(error) => {
                // A member with a password is one that cannot be had; the others can.
                outlet.count()?;
                let name = format!("member {}", number + 1);
                if behind {
                    outlet.hand(&name, Err(unreadable(error)))?;
                }
                continue;
            }
        };
        let name = label(&member.name().map_err(broken)?);
        if !member.is_file() || is_hidden(&name) {
            continue;
        }
        outlet.count()?;
        let first = outlet.is_first(&name);
        if behind && !first {
            outlet.hand(&name, Err(Missing::Repeated))?;
        } else if behind {
            let content = read_bounded(&mut member, outlet.bounds.file);
            spend(&mut left, content.as_ref().map_or(outlet.bounds.file, bytes::Bytes::len), outlet.bounds)?;
            outlet.hand(&name, content)?;
        }
    }
    outlet.close_archive()
}

pub(super) fn tar(path: &Path, outlet: &mut Outlet) -> Result<(), Stop> {
    let file = File::open(path)?;
    outlet.open_archive(&file)?;
    let mut file = BufReader::new(file);
    let mut magic = [0; 2];
    let compressed = file.read(&mut magic)? == 2 && magic == [0x1F, 0x8B];
    file.rewind()?;
    let expanded: Box<dyn Read> =
        if compressed { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) };
    let bounds = outlet.bounds;
    let mut archive = ::tar::Archive::new(Metered { inner: expanded, left: bounds.expanded });
    let broken_off = |error: io::Error| match error.get_ref() {
        Some(inner) if inner.is::<Spent>() => BulkError::Bomb(bounds.expanded),
        _ => BulkError::Archive(error.to_string()),
    };
    for member in archive.entries().map_err(broken_off)? {
        let mut member = member.map_err(broken_off)?;
        let behind = outlet.next_member();
        let name = label(&String::from_utf8_lossy(&member.path_bytes()));
        if !member.header().entry_type().is_file() || is_hidden(&name) {
            continue;
        }
        outlet.count()?;
        let first = outlet.is_first(&name);
        if behind {
            let content = if first { read_bounded(&mut member, outlet.bounds.file) } else { Err(Missing::Repeated) };
            outlet.hand(&name, content)?;
        }
    }
    outlet.close_archive()
}

/// A member's name as it is shown: without what would lead out of the archive.
fn label(name: &str) -> String {
    let steps = name.split(['/', '\\']).filter(|step| !step.is_empty() && *step != "." && *step != "..");
    let clean = steps.map(|step| step.chars().filter(|c| !c.is_control()).collect::<String>());
    clean.collect::<Vec<_>>().join("/")
}

fn spend(left: &mut u64, bytes: usize, bounds: Bounds) -> Result<(), BulkError> {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    *left = left.checked_sub(bytes).ok_or(BulkError::Bomb(bounds.expanded))?;
    Ok(())
}

fn broken(error: impl std::fmt::Display) -> BulkError {
    BulkError::Archive(error.to_string())
}

/// Counts what comes out of an archive, members that are passed over included.
struct Metered<R> {
    inner: R,
    left: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the archive expands to too much")]
struct Spent;

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.checked_sub(u64::try_from(read).unwrap_or(u64::MAX));
        self.left = left.ok_or_else(|| io::Error::other(Spent))?;
        Ok(read)
    }
}
