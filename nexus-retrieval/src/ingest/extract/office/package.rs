//! The archive of an office file: members by name, and what they refer to.

use std::{
    collections::BTreeMap,
    io::{BufReader, Cursor, Read},
};

use zip::{ZipArchive, read::ZipFile, result::ZipError};

use super::{super::Budget, ExtractError, Node, Xml};

type Member<'p, 'a> = ZipFile<'p, Cursor<&'a [u8]>>;

/// An archive whose members are counted as they are read.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    budget: &'a Budget,
}

/// What one part of a file says of another.
#[derive(Debug)]
pub(super) struct Relation {
    /// The last word of the kind of relation, such as `slide`.
    pub(super) kind: String,
    /// The name of the other part.
    pub(super) target: String,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8], budget: &'a Budget) -> Result<Self, ExtractError> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        if archive.len() > budget.limits.members {
            return Err(ExtractError::too_large("members"));
        }
        Ok(Self { archive, budget })
    }

    /// A member as XML; nothing when there is no such member.
    pub(super) fn part<'p>(
        &'p mut self,
        name: &str,
    ) -> Result<Option<Xml<'p, BufReader<Metered<'p, Member<'p, 'a>>>>>, ExtractError> {
        let budget = self.budget;
        match self.archive.by_name(name) {
            Ok(member) => Ok(Some(Xml::new(BufReader::new(Metered { inner: member, budget }), budget))),
            Err(ZipError::FileNotFound) => Ok(None),
            Err(error) => Err(damaged(error)),
        }
    }

    /// A member that has to be there.
    pub(super) fn needed<'p>(
        &'p mut self,
        name: &str,
    ) -> Result<Xml<'p, BufReader<Metered<'p, Member<'p, 'a>>>>, ExtractError> {
        self.part(name)?.ok_or_else(|| ExtractError::damaged(format!("{name} is missing")))
    }

    /// What a part refers to inside the file, by id.
    pub(super) fn relations(&mut self, part: &str) -> Result<BTreeMap<String, Relation>, ExtractError> {
        let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
        let mut relations = BTreeMap::new();
        let beside = format!("{folder}/_rels/{name}.rels");
        let Some(mut xml) = self.part(beside.trim_start_matches('/'))? else { return Ok(relations) };
        loop {
            match xml.next()? {
                Node::Open(element) if element.name() == b"Relationship" => {
                    let outside = element.get(b"TargetMode").is_some_and(|mode| mode == "External");
                    if let (false, Some(id), Some(target)) = (outside, element.get(b"Id"), element.get(b"Target")) {
                        let kind = element.get(b"Type").unwrap_or_default();
                        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                        relations.insert(id, Relation { kind, target: resolve(folder, &target) });
                    }
                }
                Node::End => return Ok(relations),
                _ => {}
            }
        }
    }
}

/// A path in the archive, from the folder of the part that names it.
fn resolve(folder: &str, target: &str) -> String {
    let from: &str = if target.starts_with('/') { "" } else { folder };
    let mut path: Vec<&str> = Vec::new();
    for step in from.split('/').chain(target.split('/')) {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}

fn damaged(error: ZipError) -> ExtractError {
    match error {
        ZipError::InvalidPassword | ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            ExtractError::Encrypted
        }
        other => ExtractError::damaged(other),
    }
}

/// Counts what comes out of a member.
pub(super) struct Metered<'p, R> {
    inner: R,
    budget: &'p Budget,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.budget.expand(read).map_err(std::io::Error::other)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn targets_are_paths_inside_the_archive() {
        assert_eq!(resolve("ppt", "slides/slide1.xml"), "ppt/slides/slide1.xml");
        assert_eq!(resolve("ppt/slides", "../notesSlides/n.xml"), "ppt/notesSlides/n.xml");
        assert_eq!(resolve("xl", "/xl/worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolve("xl", "../../../etc/passwd"), "etc/passwd");
    }
}
