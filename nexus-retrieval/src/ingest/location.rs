//! Where in its file a passage stands: on a page, on a slide, in a sheet.

use serde::{Deserialize, Serialize};

/// A place in a file, as far as its format has such places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The page, from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The slide, from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slide: Option<u32>,
    /// The name of the sheet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The file inside the file: an attachment of an e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The headings above: `Guide > Install`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
}

impl Place {
    /// A page of a file.
    #[must_use]
    pub fn page(number: u32) -> Self {
        Self { page: Some(number), ..Self::default() }
    }

    /// A slide of a file.
    #[must_use]
    pub fn slide(number: u32) -> Self {
        Self { slide: Some(number), ..Self::default() }
    }

    /// A sheet of a file.
    #[must_use]
    pub fn sheet(name: &str) -> Self {
        Self { sheet: Some(name.to_owned()), ..Self::default() }
    }
}

/// From this character of the stored text on, this place holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The offset into the stored text, in Unicode scalar values.
    pub at: u64,
    /// The place.
    #[serde(flatten)]
    pub place: Place,
}

/// Where a passage stands: the place where it begins, and the places that begin inside of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Where the passage begins.
    #[serde(flatten)]
    pub place: Place,
    /// What begins inside the passage, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Mark>,
}

impl Location {
    /// The location of the passage `start..end`, by the marks of its text in their order; `None` when none touches it, or none that
    /// says where it is.
    #[must_use]
    pub fn of(marks: &[Mark], start: u64, end: u64) -> Option<Self> {
        let inside = marks.partition_point(|mark| mark.at <= start);
        let place = inside.checked_sub(1).and_then(|at| marks.get(at)).map(|mark| mark.place.clone());
        // A mark without a place ends the one before it.
        let place = place.filter(|place| *place != Place::default());
        let turns: Vec<Mark> = marks.iter().skip(inside).take_while(|mark| mark.at < end).cloned().collect();
        (place.is_some() || !turns.is_empty()).then(|| Self { place: place.unwrap_or_default(), turns })
    }

    /// The place of one character of the passage.
    #[must_use]
    pub fn at(&self, offset: u64) -> &Place {
        self.turns.iter().rev().find(|turn| turn.at <= offset).map_or(&self.place, |turn| &turn.place)
    }

    /// The location under this heading, which holds where no place says another one.
    #[must_use]
    pub fn under(location: Option<Self>, heading: Option<&str>) -> Option<Self> {
        let Some(heading) = heading else { return location };
        let mut location = location.unwrap_or_default();
        location.place.heading.get_or_insert_with(|| heading.to_owned());
        Some(location)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pages(starts: &[u64]) -> Vec<Mark> {
        (1..).zip(starts).map(|(n, at)| Mark { at: *at, place: Place::page(n) }).collect()
    }

    #[test]
    fn a_passage_knows_where_it_begins_and_what_begins_inside() {
        let marks = pages(&[0, 100, 200]);
        let location = Location::of(&marks, 50, 250).unwrap();
        let found: Vec<_> = [50, 99, 100, 199, 200, 249].map(|at| location.at(at).page.unwrap()).into();
        assert_eq!(found, [1, 1, 2, 2, 3, 3]);
        assert_eq!(Location::of(&marks, 100, 200), Some(Location { place: Place::page(2), turns: vec![] }));
        assert_eq!(Location::of(&[], 0, 10), None);
        assert_eq!(Location::of(&pages(&[20]), 0, 20), None);
        assert_eq!(Location::of(&pages(&[19]), 0, 20).unwrap().at(0), &Place::default());
    }

    #[test]
    fn what_is_stored_reads_as_it_was_written() {
        let location = Location::of(&pages(&[0, 100]), 50, 150).unwrap();
        let text = serde_json::to_string(&location).unwrap();
        assert_eq!(text, r#"{"page":1,"turns":[{"at":100,"page":2}]}"#);
        assert_eq!(serde_json::from_str::<Location>(&text).unwrap(), location);
        assert_eq!(serde_json::to_string(&Location::default()).unwrap(), "{}");
    }

    #[test]
    fn a_heading_is_where_no_place_says_another() {
        assert_eq!(Location::under(None, None), None);
        assert_eq!(Location::under(None, Some("A > B")).unwrap().at(7).heading.as_deref(), Some("A > B"));
        let named = Place { heading: Some("own".into()), ..Place::page(4) };
        let location = Location { place: named.clone(), turns: vec![] };
        assert_eq!(Location::under(Some(location), Some("other")).unwrap().place, named);
    }
}
