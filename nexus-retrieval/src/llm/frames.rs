//! Server-sent events out of the bytes of a response, with a bound on each.

use super::Fault;

/// The longest event that is read, in bytes.
pub(super) const MAX_EVENT: usize = 256 * 1024;

/// Collects bytes into lines and lines into events. Only the data of an event is kept.
#[derive(Debug, Default)]
pub(super) struct Frames {
    line: Vec<u8>,
    data: Option<String>,
    after_return: bool,
}

impl Frames {
    /// Reads a fragment and gives the data of the events that it completes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, Fault> {
        let mut events = Vec::new();
        for &byte in bytes {
            let second_half = std::mem::take(&mut self.after_return) && byte == b'\n';
            match byte {
                b'\n' if second_half => {}
                b'\n' | b'\r' => {
                    self.after_return = byte == b'\r';
                    events.extend(self.end_line()?);
                }
                _ => self.line.push(byte),
            }
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > MAX_EVENT {
                return Err(Fault::Other("an event larger than the limit".into()));
            }
        }
        Ok(events)
    }

    /// The last event, when the response ends without the empty line that completes it.
    pub(super) fn finish(mut self) -> Result<Option<String>, Fault> {
        self.end_line()?;
        Ok(self.data)
    }

    fn end_line(&mut self) -> Result<Option<String>, Fault> {
        let line = String::from_utf8(std::mem::take(&mut self.line))
            .map_err(|_| Fault::Other("an event that is not UTF-8".into()))?;
        let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
        if line.is_empty() {
            return Ok(self.data.take());
        }
        if let Some(value) = line.strip_prefix("data:") {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut self.data {
                None => self.data = Some(value.to_owned()),
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn events_are_read_with_every_line_ending() {
        let text = "\u{feff}: hello\r\ndata: a\r\nid: 7\r\n\r\nevent: x\ndata:b\ndata: c\n\ndata: d\r\rdata: e";
        let mut frames = Frames::default();
        assert_eq!(frames.push(text.as_bytes()).unwrap(), ["a", "b\nc", "d"]);
        assert_eq!(frames.finish().unwrap().as_deref(), Some("e"));
    }

    #[test]
    fn size_is_bounded_within_a_line_and_across_lines() {
        assert!(Frames::default().push(&vec![b'x'; MAX_EVENT + 1]).is_err());
        assert!(Frames::default().push("data: 0123456789\n".repeat(MAX_EVENT / 8).as_bytes()).is_err());
        assert!(Frames::default().push(b"data: \xff\n").is_err());
    }

    proptest! {
        #[test]
        fn fragments_do_not_change_what_is_read(text in "(data: ?|[a-cé]|\r|\n|\r\n){0,60}", at in 0usize..200) {
            let bytes = text.as_bytes();
            let (head, tail) = bytes.split_at(at.min(bytes.len()));
            let mut whole = Frames::default();
            let all = whole.push(bytes).unwrap();
            let mut parts = Frames::default();
            let mut some = parts.push(head).unwrap();
            some.extend(parts.push(tail).unwrap());
            prop_assert_eq!(all, some);
            prop_assert_eq!(whole.finish().unwrap(), parts.finish().unwrap());
        }
    }
}
