//! Pages of long lists: a bounded size and a position that continues where the last page ended.

use chrono::{DateTime, Utc};

/// The page size when the client names none.
pub const DEFAULT_LIMIT: u32 = 100;
/// The largest page.
pub const MAX_LIMIT: u32 = 500;

/// A position in a list ordered by creation time and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// The creation time of the last item of the previous page.
    pub created_at: DateTime<Utc>,
    /// Its id, which breaks ties.
    pub id: String,
}

/// What part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many items at most.
    pub limit: u32,
    /// Where the previous page ended.
    pub after: Option<After>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, after: None }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<After>,
}

impl<T> Page<T> {
    /// Makes a page of rows fetched with one more than the limit; `position` tells where a row stands.
    pub fn from_overfetch(mut items: Vec<T>, limit: u32, position: impl Fn(&T) -> After) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(position) } else { None };
        Self { items, next }
    }
}

/// A cursor that does not decode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that this server gave out")]
pub struct InvalidCursor;

impl After {
    /// The position as an opaque token.
    #[must_use]
    pub fn encode(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!(
            "{}|{}",
            self.created_at.timestamp_micros(),
            self.id
        ))
    }

    /// Reads a token made by [`After::encode`]. The token only names a position: what a caller sees there is decided anew.
    pub fn decode(token: &str) -> Result<Self, InvalidCursor> {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidCursor)?;
        let text = String::from_utf8(bytes).map_err(|_| InvalidCursor)?;
        let (micros, id) = text.split_once('|').ok_or(InvalidCursor)?;
        let micros: i64 = micros.parse().map_err(|_| InvalidCursor)?;
        let created_at = DateTime::from_timestamp_micros(micros).ok_or(InvalidCursor)?;
        if id.is_empty() || id.contains('\0') {
            return Err(InvalidCursor);
        }
        Ok(Self { created_at, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_position_survives_its_token() {
        let after =
            After { created_at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(), id: "a|b".into() };
        assert_eq!(After::decode(&after.encode()), Ok(after));
    }

    #[test]
    fn nonsense_is_not_a_cursor() {
        for bad in ["", "x", "....", "MTIz", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5fGE"] {
            assert_eq!(After::decode(bad), Err(InvalidCursor), "{bad}");
        }
    }
}
