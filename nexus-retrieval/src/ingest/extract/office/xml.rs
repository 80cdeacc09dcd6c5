//! XML as a stream: no tree, no entities of its own, and nothing deeper than allowed.

use std::{borrow::Cow, io::BufRead};

use quick_xml::{
    Reader,
    events::{BytesEnd, BytesStart, Event},
};

use super::{Budget, ExtractError};

/// A stream of nodes.
pub(super) struct Xml<'a, R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
    depth: usize,
    budget: &'a Budget,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Node<'b> {
    Open(Element<'b>),
    Close(End<'b>),
    Text(Cow<'b, str>),
    End,
}

/// An element that begins. Names are those after the prefix: which prefix a namespace has is each file's own choice.
#[derive(Debug)]
pub(super) struct Element<'b>(BytesStart<'b>);

/// An element that ends.
#[derive(Debug)]
pub(super) struct End<'b>(BytesEnd<'b>);

impl<'a, R: BufRead> Xml<'a, R> {
    pub(super) fn new(source: R, budget: &'a Budget) -> Self {
        let mut reader = Reader::from_reader(source);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0, budget }
    }

    /// The next node. What has no text, such as a comment, is an empty one.
    pub(super) fn next(&mut self) -> Result<Node<'_>, ExtractError> {
        self.budget.step()?;
        self.buffer.clear();
        let event = self.reader.read_event_into(&mut self.buffer);
        Ok(match event.map_err(|e| self.budget.verdict_or(ExtractError::damaged(e)))? {
            Event::Start(element) => {
                self.depth += 1;
                self.budget.depth(self.depth)?;
                Node::Open(Element(element))
            }
            Event::End(end) => {
                self.depth = self.depth.saturating_sub(1);
                Node::Close(End(end))
            }
            Event::Text(text) => Node::Text(text.xml10_content().map_err(ExtractError::damaged)?),
            Event::CData(text) => Node::Text(text.decode().map_err(ExtractError::damaged)?),
            Event::GeneralRef(reference) => {
                let named = match &*reference {
                    b"amp" => Some('&'),
                    b"lt" => Some('<'),
                    b"gt" => Some('>'),
                    b"quot" => Some('"'),
                    b"apos" => Some('\''),
                    _ => reference.resolve_char_ref().map_err(ExtractError::damaged)?,
                };
                Node::Text(named.map(String::from).unwrap_or_default().into())
            }
            // A declaration can only be there for entities, which no office program writes.
            Event::DocType(_) => return Err(ExtractError::damaged("it declares entities of its own")),
            Event::Eof if self.depth > 0 => return Err(ExtractError::damaged("it ends too early")),
            Event::Eof => Node::End,
            _ => Node::Text("".into()),
        })
    }

    /// Passes over everything up to the end of the element that was just opened.
    pub(super) fn skip(&mut self) -> Result<(), ExtractError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }
}

impl Element<'_> {
    pub(super) fn name(&self) -> &[u8] {
        self.0.local_name().into_inner()
    }

    /// The value of an attribute.
    pub(super) fn get(&self, name: &[u8]) -> Option<String> {
        let found =
            self.0.attributes().with_checks(false).flatten().find(|a| a.key.local_name().into_inner() == name)?;
        let text = std::str::from_utf8(&found.value).ok()?;
        quick_xml::escape::unescape(text).map(Cow::into_owned).ok()
    }

    /// The values of all attributes of this name, under whatever prefix.
    pub(super) fn all(&self, name: &[u8]) -> Vec<String> {
        let mut attributes = self.0.attributes();
        let named = attributes.with_checks(false).flatten().filter(|a| a.key.local_name().into_inner() == name);
        named.filter_map(|a| std::str::from_utf8(&a.value).ok().map(str::to_owned)).collect()
    }

    /// The value of an attribute that is a number.
    pub(super) fn number(&self, name: &[u8]) -> Option<usize> {
        self.get(name)?.trim().parse().ok()
    }
}

impl End<'_> {
    pub(super) fn name(&self) -> &[u8] {
        self.0.local_name().into_inner()
    }
}
