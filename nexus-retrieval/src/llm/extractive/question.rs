//! What a question asks for.

use super::terms::{Analyzer, Word, kin};

/// A question longer than this is compared by its first content words.
const MAX_TERMS: usize = 48;
/// Words of the previous question help to read a short follow-up.
const CARRIED: f32 = 0.4;
/// Words that questions of every kind use say little about this one.
const GENERIC: f32 = 0.3;
/// Numbers and names matter a little more, and nothing of their family stands for them.
const EXACT: f32 = 1.1;
/// A word of the same family is not quite the word.
const KIN: f32 = 0.6;

/// A content word of the question.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub key: String,
    /// How much it matters before looking at the passages.
    pub prior: f32,
    pub exact: bool,
}

/// The content words of a question and the form of the answer that it wants.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    pub terms: Vec<Term>,
    /// Asks how many, how much, or when.
    pub wants_figure: bool,
}

impl Question {
    /// Reads a question. When it leans on the previous one, words of that one are added at a lower weight.
    pub(super) fn read(text: &str, previous: Option<&str>, analyzer: &Analyzer) -> Self {
        let mut question = Self { terms: Vec::new(), wants_figure: wants_figure(text) };
        for word in analyzer.words(text) {
            question.add(word, 1.0);
        }
        let own: f32 = question.terms.iter().map(|term| term.prior.min(1.0)).sum();
        if let Some(previous) = previous.filter(|_| own < 2.0 || has_pronoun(text)) {
            for word in analyzer.words(previous) {
                question.add(word, CARRIED);
            }
        }
        question
    }

    fn add(&mut self, word: Word, weight: f32) {
        let known = self.terms.iter().any(|term| term.key == word.key);
        if word.stop || known || self.terms.len() >= MAX_TERMS {
            return;
        }
        let kind = if word.exact {
            EXACT
        } else if word.generic {
            GENERIC
        } else {
            1.0
        };
        self.terms.push(Term { key: word.key, prior: weight * kind, exact: word.exact });
    }

    /// How strongly each term is met by a text, and how many of its neighbouring terms stand side by side.
    pub(super) fn meet(&self, text: &str, analyzer: &Analyzer) -> Meeting {
        let mut met = Meeting { strength: vec![0.0; self.terms.len()], ..Meeting::default() };
        let mut before = None;
        for word in analyzer.words(text) {
            met.words += 1;
            met.figure |= word.exact && word.key.bytes().any(|b| b.is_ascii_digit());
            if word.stop {
                continue;
            }
            let exact = self.terms.iter().position(|term| term.key == word.key);
            for (term, strength) in self.terms.iter().zip(&mut met.strength) {
                if term.key == word.key {
                    *strength = 1.0;
                } else if !term.exact && *strength < KIN && kin(&term.key, &word.key) {
                    *strength = KIN;
                }
            }
            if exact.is_some() && exact == before {
                met.adjacent += 1;
            }
            before = exact.map(|at| at + 1);
        }
        met
    }
}

/// How a text meets a question.
#[derive(Debug, Clone, Default)]
pub(super) struct Meeting {
    /// For each term, from 0 to 1.
    pub strength: Vec<f32>,
    pub words: usize,
    pub adjacent: usize,
    /// Holds a number.
    pub figure: bool,
}

fn wants_figure(text: &str) -> bool {
    let lower = text.to_lowercase();
    [
        "how many",
        "how much",
        "how long",
        "how old",
        "how often",
        "what percent",
        "percentage",
        "number of",
        "when ",
        "what year",
        "what date",
    ]
    .iter()
    .any(|form| lower.contains(form))
}

fn has_pronoun(text: &str) -> bool {
    text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| {
        matches!(
            word,
            "it" | "its"
                | "they"
                | "them"
                | "their"
                | "this"
                | "that"
                | "these"
                | "those"
                | "he"
                | "she"
                | "him"
                | "her"
                | "his"
                | "one"
                | "ones"
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_follow_up_borrows_the_words_of_the_question_before() {
        let analyzer = Analyzer::default();
        let follow =
            Question::read("And who signs them?", Some("What are the release gates for Agent 2.0?"), &analyzer);
        let keys: Vec<_> = follow.terms.iter().map(|t| t.key.as_str()).collect();
        assert_eq!(keys, ["sign", "releas", "gate", "agent", "2.0"]);
        assert!(follow.terms[1].prior < follow.terms[0].prior);
        let whole = Question::read("Which vendors supplied steel beams?", Some("What are gates?"), &analyzer);
        assert!(!whole.terms.iter().any(|t| t.key == "gate"));
    }

    #[test]
    fn meeting_counts_words_families_and_neighbours() {
        let analyzer = Analyzer::default();
        let question = Question::read("Which regulatory release gates apply?", None, &analyzer);
        let met = question.meet("The regulators agreed on 3 release gates.", &analyzer);
        assert_eq!(met.strength, [0.6, 1.0, 1.0, 0.0]);
        assert_eq!((met.words, met.adjacent, met.figure), (7, 1, true));
    }
}
