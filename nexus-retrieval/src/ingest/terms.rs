//! Texts to index terms, for passages and questions alike.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
};

use rust_stemmers::Stemmer;
use unicode_normalization::{UnicodeNormalization as _, is_nfkc};
use unicode_segmentation::UnicodeSegmentation as _;

use super::language::Language;

/// The longest term, in bytes; what is longer is cut, so that an index row stays small.
const MAX_TERM: usize = 64;
/// The most different words of a question that are looked at, for each term that is wanted.
const WORDS_A_TERM: usize = 4;
/// How often a word of the title counts: it says what the whole document is about.
const TITLE_WEIGHT: i32 = 2;
/// How often a word of a heading counts.
const HEADING_WEIGHT: i32 = 1;

/// The language of a text that shows none.
pub const DEFAULT: Language = Language::English;

/// How often each term occurs.
pub type Terms = BTreeMap<String, i32>;

/// How often each term occurs in a text. Ligatures, full-width letters and accents that stand apart are what they look like
/// (NFKC). Terms are lower-cased words without the endings of the language, which also says
/// which words are none; without a language words are taken as they are. Scripts without spaces are cut into characters by
/// the word boundaries of Unicode.
#[must_use]
pub fn count(text: &str, language: Language) -> Terms {
    let mut terms = Terms::new();
    add(&mut terms, text, language, 1);
    terms
}

/// The terms of a passage with those of the title of its document and of its heading, which weigh as if they stood in it.
#[must_use]
pub fn of_passage(text: &str, title: &str, heading: Option<&str>, language: Language) -> Terms {
    let mut terms = count(text, language);
    add(&mut terms, title, language, TITLE_WEIGHT);
    add(&mut terms, heading.unwrap_or_default(), language, HEADING_WEIGHT);
    terms
}

/// The terms of a question, at most `limit`, first come first. When the language of the corpus is not given, the question's
/// own counts, and that of passages which show none. A question that shows no language is looked up under the stems of
/// all: which of them the passages are in is not known.
#[must_use]
pub fn of_question(text: &str, corpus: Option<Language>, limit: usize) -> Vec<String> {
    let languages = match corpus.map_or_else(|| Language::of(text), Some) {
        Some(own) if corpus.is_some() || own == DEFAULT => vec![own],
        Some(own) => vec![own, DEFAULT],
        None => Language::ALL.to_vec(),
    };
    let own = languages.first().copied().filter(|_| languages.len() <= 2);
    let stemmers: Vec<(Language, Stemmer)> = languages.into_iter().map(|it| (it, it.stemmer())).collect();
    let mut terms: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    for word in normal(text).unicode_words() {
        if terms.len() >= limit || seen.len() >= limit.saturating_mul(WORDS_A_TERM) {
            break;
        }
        let word = bounded(&word.to_lowercase());
        if !seen.insert(word.clone()) {
            continue;
        }
        if own.is_some_and(|own| own.is_stop_word(&word)) {
            continue;
        }
        for (_, stemmer) in stemmers.iter().filter(|(language, _)| !language.is_stop_word(&word)) {
            let term = bounded(&stemmer.stem(&word));
            if terms.len() < limit && !terms.contains(&term) {
                terms.push(term);
            }
        }
    }
    terms
}

fn add(terms: &mut Terms, text: &str, language: Language, weight: i32) {
    let stemmer = language.stemmer();
    for word in normal(text).unicode_words() {
        let word = bounded(&word.to_lowercase());
        if language.is_stop_word(&word) {
            continue;
        }
        let seen = terms.entry(bounded(&stemmer.stem(&word))).or_default();
        *seen = seen.saturating_add(weight);
    }
}

fn normal(text: &str) -> Cow<'_, str> {
    if is_nfkc(text) { text.into() } else { text.nfkc().collect::<String>().into() }
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
    #![allow(clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    const ENGLISH: Language = Language::English;

    #[test]
    fn endings_case_and_stop_words_do_not_matter() {
        let terms = count("The Release GATES, released for the gate", ENGLISH);
        assert_eq!(terms.into_iter().collect::<Vec<_>>(), [("gate".into(), 2), ("releas".into(), 2)]);
        let terms = count("Die Häuser und das Haus", Language::German);
        assert_eq!(terms.into_iter().collect::<Vec<_>>(), [("haus".into(), 2)]);
    }

    #[test]
    fn words_of_other_scripts_are_terms() {
        assert!(count("Привет мир", ENGLISH).contains_key("мир"));
        assert!(count("東京都", ENGLISH).contains_key("東"));
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        // A ligature, an accent that stands apart, full-width letters.
        for (text, term) in [("e\u{fb03}cient", "effici"), ("caf\u{65}\u{301}", "café"), ("ＡＰＩ", "api")] {
            assert!(count(text, ENGLISH).contains_key(term), "{text}");
            assert_eq!(of_question(text, Some(ENGLISH), 9), [term]);
        }
    }

    #[test]
    fn a_long_question_is_looked_at_up_to_a_bound() {
        let text = (0..5_000).map(|n| format!("w{n} the the")).collect::<Vec<_>>().join(" ");
        let terms = of_question(&text, None, 8);
        assert_eq!((terms.len(), terms[0].as_str()), (8, "w0"));
        let word = "ab".repeat(8_000);
        assert!(of_question(&word, None, 8).iter().all(|term| term.len() <= MAX_TERM));
    }

    #[test]
    fn a_title_weighs_more_than_a_heading() {
        let terms = of_passage("text", "keys", Some("rotation"), ENGLISH);
        assert_eq!((terms["key"], terms["rotat"], terms["text"]), (2, 1, 1));
    }

    #[test]
    fn a_question_without_a_language_is_asked_in_all_of_them() {
        assert_eq!(of_question("Which gates are released?", None, 9), ["gate", "releas"]);
        assert_eq!(of_question("Häuser", Some(Language::German), 9), ["haus"]);
        let terms = of_question("Kündigungsfristen", None, 99);
        let german = count("Kündigungsfristen", Language::German);
        assert!(german.keys().all(|term| terms.contains(term)), "{terms:?}");
    }

    proptest! {
        #[test]
        fn any_text_gives_bounded_terms(text in "\\PC*") {
            for language in [ENGLISH, Language::Finnish] {
                for (term, n) in count(&text, language) {
                    prop_assert!(!term.is_empty() && term.len() <= MAX_TERM && n > 0);
                }
            }
            prop_assert!(of_question(&text, None, 7).len() <= 7);
        }

        #[test]
        fn a_question_finds_the_words_of_a_passage(words in prop::collection::vec("[a-z]{3,12}", 1..8)) {
            let text = words.join(" ");
            for language in [ENGLISH, Language::German] {
                let passage = count(&text, language);
                for term in of_question(&text, Some(language), 64) {
                    prop_assert!(passage.contains_key(&term));
                }
            }
        }
    }
}
