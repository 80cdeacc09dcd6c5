//! Texts to index terms, for passages and questions alike.

use std::collections::BTreeMap;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation as _;

/// The longest term, in bytes; what is longer is cut, so that an index row stays small.
const MAX_TERM: usize = 64;

/// English words that carry no meaning in a search.
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];

/// How often each term occurs in a text. Terms are lower-cased words without English endings; scripts without spaces are cut
/// into characters by the word boundaries of Unicode.
#[must_use]
pub fn count(text: &str) -> BTreeMap<String, i32> {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut terms = BTreeMap::new();
    for word in text.unicode_words() {
        let word = word.to_lowercase();
        if STOP_WORDS.contains(&word.as_str()) {
            continue;
        }
        let term = bounded(&stemmer.stem(&word));
        let seen: &mut i32 = terms.entry(term).or_default();
        *seen = seen.saturating_add(1);
    }
    terms
}

fn bounded(term: &str) -> String {
    let mut end = term.len().min(MAX_TERM);
    while !term.is_char_boundary(end) {
        end -= 1;
    }
    term.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn endings_case_and_stop_words_do_not_matter() {
        let terms = count("The Release GATES, released for the gate");
        assert_eq!(terms.into_iter().collect::<Vec<_>>(), [("gate".into(), 2), ("releas".into(), 2)]);
    }

    #[test]
    fn words_of_other_scripts_are_terms() {
        assert!(count("Привет мир").contains_key("мир"));
        assert!(count("東京都").contains_key("東"));
    }

    proptest! {
        #[test]
        fn any_text_gives_bounded_terms(text in "\\PC*") {
            for (term, n) in count(&text) {
                prop_assert!(!term.is_empty() && term.len() <= MAX_TERM && n > 0);
            }
        }
    }
}
