//! Files of this machine.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Missing, Outlet, Stop, is_hidden, read_bounded, unreadable};

/// How deep folders are looked into.
const MAX_DEPTH: usize = 64;

/// One file, by its own name.
pub(super) fn file(path: &Path, outlet: &mut Outlet) -> Result<(), Stop> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    outlet.count()?;
    if outlet.is_behind(&name) { outlet.hand(&name, content(path, outlet)?) } else { Ok(()) }
}

/// Every file below a folder, by the path from there. Links to folders are not followed: they may lead back.
pub(super) fn read(root: &Path, outlet: &mut Outlet) -> Result<(), Stop> {
    let inside = root.canonicalize()?;
    let mut last = None;
    for (name, path) in list(root, outlet)? {
        // A link to a file is followed as long as it stays inside the folder; what is opened is what was looked at.
        let Some(target) = path.canonicalize().ok().filter(|target| target.starts_with(&inside)) else { continue };
        if !outlet.is_behind(&name) || !target.is_file() {
            continue;
        }
        // Names that are no text may become the same text.
        let content = if last.as_ref() == Some(&name) {
            Err(Missing::Repeated)
        } else {
            content(&target, outlet).unwrap_or_else(|error| Err(unreadable(error)))
        };
        outlet.hand(&name, content)?;
        last = Some(name);
    }
    Ok(())
}

fn list(root: &Path, outlet: &mut Outlet) -> Result<Vec<(String, PathBuf)>, Stop> {
    let mut files = Vec::new();
    let mut pending = vec![(String::new(), root.to_owned(), 0)];
    while let Some((prefix, folder, depth)) = pending.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if is_hidden(&name) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                if depth < MAX_DEPTH {
                    pending.push((format!("{name}/"), entry.path(), depth + 1));
                }
            } else {
                outlet.count()?;
                files.push((name, entry.path()));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn content(path: &Path, outlet: &Outlet) -> io::Result<Result<bytes::Bytes, Missing>> {
    Ok(read_bounded(&mut fs::File::open(path)?, outlet.bounds.file))
}
