//! How many attributes the tag has that is being read, while it is read.
//!
//! The tokenizer compares each attribute with all earlier ones of its tag and says nothing before the tag ends, so a tag of
//! a million attributes would keep it busy for hours. This follows the tokenizer through a tag, state by state as the
//! standard has them, and finds out before it does.

use super::ExtractError;

/// The most attributes of one tag. What people write has some dozens; a picture inside of an attribute is one, whatever its
/// size.
pub(super) const MAX_ATTRIBUTES: usize = 512;

pub(super) fn too_many() -> ExtractError {
    ExtractError::too_large("attributes in one tag")
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Outside,
    /// Behind `<`.
    Open,
    /// Behind `</`.
    Close,
    /// In a comment or its like, which ends with a token.
    Other,
    Name,
    /// Where an attribute may begin.
    Before,
    Attribute,
    AfterAttribute,
    BeforeValue,
    Bare,
    Quoted(u8),
}

/// Follows the tokenizer.
#[derive(Debug, Default)]
pub(super) struct Watch {
    state: State,
    attributes: usize,
}

impl Watch {
    /// A piece was fed. `told` says whether a token came of it. A `<` is a piece by itself, so that no tag begins behind a
    /// token of the same piece.
    pub(super) fn fed(&mut self, piece: &str, told: bool) -> Result<(), ExtractError> {
        let begins = piece == "<";
        if told && !begins {
            self.state = State::Outside;
            return Ok(());
        }
        if begins && (told || self.state == State::Outside) {
            *self = Self { state: State::Open, attributes: 0 };
            return Ok(());
        }
        for byte in piece.bytes() {
            self.state = self.next(byte);
            if self.attributes > MAX_ATTRIBUTES {
                return Err(too_many());
            }
        }
        Ok(())
    }

    fn next(&mut self, byte: u8) -> State {
        let blank = matches!(byte, b'\t' | b'\n' | b'\x0C' | b'\r' | b' ');
        match self.state {
            State::Outside | State::Other => self.state,
            State::Open if byte == b'/' => State::Close,
            State::Open | State::Close if byte.is_ascii_alphabetic() => State::Name,
            State::Close if byte == b'>' => State::Outside,
            State::Open | State::Close => State::Other,
            State::Quoted(quote) => {
                if byte == quote {
                    State::Before
                } else {
                    self.state
                }
            }
            _ if byte == b'>' => State::Outside,
            State::Name | State::Bare if blank => State::Before,
            State::Name | State::Attribute | State::AfterAttribute if byte == b'/' => State::Before,
            State::Name | State::Bare => self.state,
            State::Before if blank || byte == b'/' => State::Before,
            State::Attribute | State::AfterAttribute if blank => State::AfterAttribute,
            State::Attribute | State::AfterAttribute if byte == b'=' => State::BeforeValue,
            State::Attribute => State::Attribute,
            State::Before | State::AfterAttribute => {
                self.attributes += 1;
                State::Attribute
            }
            State::BeforeValue if blank => State::BeforeValue,
            State::BeforeValue if matches!(byte, b'"' | b'\'') => State::Quoted(byte),
            State::BeforeValue => State::Bare,
        }
    }
}
