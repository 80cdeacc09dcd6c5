use std::collections::BTreeSet;

/// The longest marker, such as `[1, 12, 7]`.
const MAX_MARKER: usize = 32;

/// Finds `[n]` in text that arrives in fragments.
#[derive(Debug)]
pub(super) struct Markers {
    passages: usize,
    open: Option<String>,
    cited: BTreeSet<usize>,
}

impl Markers {
    /// Markers beyond the number of passages cite nothing.
    pub(super) fn new(passages: usize) -> Self {
        Self { passages, open: None, cited: BTreeSet::new() }
    }

    /// Reads a fragment and gives the passages that it cites for the first time, counted from zero.
    pub(super) fn push(&mut self, text: &str) -> Vec<usize> {
        let mut fresh = Vec::new();
        for c in text.chars() {
            match (c, &mut self.open) {
                ('[', _) => self.open = Some(String::new()),
                (']', Some(inner)) => {
                    let inner = std::mem::take(inner);
                    self.open = None;
                    fresh.extend(self.resolve(&inner));
                }
                ('0'..='9' | ',' | ' ', Some(inner)) if inner.len() < MAX_MARKER => inner.push(c),
                (_, open) => *open = None,
            }
        }
        fresh
    }

    fn resolve(&mut self, inner: &str) -> Vec<usize> {
        inner
            .split(',')
            .filter_map(|number| number.trim().parse::<usize>().ok()?.checked_sub(1))
            .filter(|passage| *passage < self.passages && self.cited.insert(*passage))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_found_across_fragments_once_each() {
        let mut markers = Markers::new(3);
        assert_eq!(markers.push("So [1"), [0usize; 0]);
        assert_eq!(markers.push("]."), [0]);
        assert_eq!(markers.push("And [1][3] or [2, 3]"), [2, 1]);
    }

    #[test]
    fn what_is_no_marker_cites_nothing() {
        let mut markers = Markers::new(2);
        assert_eq!(markers.push("[0] [3] [a1] [99999999999999999999999] [] a[x] [1 [12"), [0usize; 0]);
        assert_eq!(markers.push(&format!("[{}1]", " ".repeat(100))), [0usize; 0]);
    }
}
