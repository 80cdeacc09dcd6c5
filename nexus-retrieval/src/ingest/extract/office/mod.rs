//! Office files: archives of XML, read as streams.

mod docx;
mod package;
mod pptx;
mod xlsx;
mod xml;

use self::{
    package::Package,
    xml::{Element, Node, Xml},
};
use super::{Budget, ContentType, ExtractError, Extracted};

pub(super) fn read(content_type: ContentType, bytes: &[u8], budget: &Budget) -> Result<Extracted, ExtractError> {
    let mut package = Package::open(bytes, budget)?;
    let mut extracted = match content_type {
        ContentType::Docx => docx::read(&mut package, budget)?,
        ContentType::Pptx => pptx::read(&mut package, budget)?,
        _ => xlsx::read(&mut package, budget)?,
    };
    extracted.title = title(&mut package)?.or(extracted.title);
    Ok(extracted)
}

/// The title among the properties of a file.
fn title(package: &mut Package<'_>) -> Result<Option<String>, ExtractError> {
    let Some(mut xml) = package.part("docProps/core.xml")? else { return Ok(None) };
    let (mut inside, mut title) = (false, String::new());
    loop {
        match xml.next()? {
            Node::Open(element) => inside = element.name() == b"title",
            Node::Close(_) => inside = false,
            Node::Text(text) if inside && title.len() < 1000 => title.push_str(&text),
            Node::Text(_) => {}
            Node::End => return Ok(Some(title).filter(|title| !title.trim().is_empty())),
        }
    }
}

#[cfg(test)]
mod tests;
