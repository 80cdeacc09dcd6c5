//! Words as they are compared: lower case, stemmed where the stemmer knows the script, pairs of characters where a script
//! has no spaces.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation as _;

/// A word of a text, ready to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub key: String,
    /// A number, or written like a name.
    pub exact: bool,
    /// Carries no content of its own.
    pub stop: bool,
    /// Appears in questions of every kind.
    pub generic: bool,
}

/// Cuts texts into words.
pub(super) struct Analyzer(Stemmer);

impl Default for Analyzer {
    fn default() -> Self {
        Self(Stemmer::create(Algorithm::English))
    }
}

impl Analyzer {
    /// The words of a text, in order; a run of characters without spaces becomes its overlapping pairs.
    pub(super) fn words<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Word> + 't {
        let mut first = true;
        let mut last_spaceless: Option<(usize, char)> = None;
        text.unicode_word_indices().filter_map(move |(at, word)| {
            let c = word.chars().next().filter(|c| is_spaceless(*c) && word.chars().count() == 1);
            let Some(c) = c else {
                last_spaceless = None;
                return Some(self.word(word, std::mem::take(&mut first)));
            };
            let previous = last_spaceless.replace((at + word.len(), c)).filter(|(end, _)| *end == at);
            let next = text.get(at + word.len()..).and_then(|rest| rest.chars().next()).filter(|c| is_spaceless(*c));
            match (previous, next) {
                (Some((_, before)), _) => Some(plain(format!("{before}{c}"))),
                (None, None) => Some(plain(c.to_string())),
                (None, Some(_)) => None,
            }
        })
    }

    fn word(&self, word: &str, first: bool) -> Word {
        let number = word.chars().any(|c| c.is_ascii_digit());
        let capitals = word.chars().filter(|c| c.is_uppercase()).count();
        let name = capitals > 1 || (capitals == 1 && !first);
        let lower = word.to_lowercase().replace('’', "'");
        let lower = lower.strip_suffix("'s").unwrap_or(&lower);
        if number {
            let key = lower.replace(',', "");
            return Word { key, exact: true, stop: false, generic: false };
        }
        let stop = STOP.binary_search(&lower).is_ok();
        let key = if lower.is_ascii() { self.0.stem(lower).into_owned() } else { lower.to_owned() };
        let generic = GENERIC.binary_search(&key.as_str()).is_ok();
        Word { exact: name && !stop, stop, generic, key }
    }
}

/// Whether two stems are likely of one family, such as `regul` and `regulatori`.
pub(super) fn kin(a: &str, b: &str) -> bool {
    let shared = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    shared >= 5 && shared * 2 >= a.len().max(b.len()) && a.len().min(b.len()) - shared <= 2
}

fn plain(key: String) -> Word {
    Word { key, exact: false, stop: false, generic: false }
}

/// Han, kana and Thai-like scripts, where the word boundary rules give single characters.
fn is_spaceless(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// English words that carry no content. Sorted.
const STOP: &[&str] = &[
    "a", "about", "above", "after", "again", "all", "also", "am", "an", "and", "any", "are", "aren't", "as", "at",
    "be", "because", "been", "before", "being", "below", "between", "both", "but", "by", "can", "cannot", "could",
    "did", "do", "does", "doing", "don't", "down", "during", "each", "either", "else", "ever", "few", "for", "from",
    "further", "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his", "how", "i", "if", "in",
    "into", "is", "isn't", "it", "its", "itself", "just", "many", "may", "me", "might", "more", "most", "much", "must",
    "my", "no", "nor", "not", "now", "of", "off", "on", "once", "one", "only", "or", "other", "our", "ours", "out",
    "over", "own", "per", "please", "same", "shall", "she", "should", "so", "some", "such", "than", "that", "the",
    "their", "theirs", "them", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under",
    "until", "up", "upon", "us", "very", "was", "we", "were", "what", "when", "where", "whether", "which", "while",
    "who", "whom", "whose", "why", "will", "with", "within", "would", "you", "your", "yours",
];

/// Stems of words that questions use whatever they are about. Sorted.
const GENERIC: &[&str] = &[
    "accord",
    "answer",
    "ask",
    "call",
    "context",
    "contribut",
    "describ",
    "detail",
    "differ",
    "discuss",
    "document",
    "exampl",
    "explain",
    "find",
    "get",
    "give",
    "happen",
    "impact",
    "import",
    "includ",
    "influenc",
    "inform",
    "involv",
    "kind",
    "know",
    "list",
    "main",
    "make",
    "mean",
    "mention",
    "name",
    "number",
    "particular",
    "provid",
    "purpos",
    "question",
    "reason",
    "relat",
    "role",
    "say",
    "show",
    "signific",
    "some",
    "specif",
    "state",
    "tell",
    "text",
    "thing",
    "type",
    "use",
    "various",
    "way",
    "work",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        Analyzer::default().words(text).map(|word| word.key).collect()
    }

    #[test]
    fn the_lists_can_be_searched() {
        assert!(STOP.is_sorted());
        assert!(GENERIC.is_sorted());
    }

    #[test]
    fn words_are_stemmed_and_numbers_kept() {
        assert_eq!(
            keys("The Gates' release of Agent 2.0 cost $1,200"),
            ["the", "gate", "releas", "of", "agent", "2.0", "cost", "1200"]
        );
    }

    #[test]
    fn names_and_numbers_are_exact() {
        let exact: Vec<_> =
            Analyzer::default().words("Does Acme use MiniLM 2?").filter(|w| w.exact).map(|w| w.key).collect();
        assert_eq!(exact, ["acm", "minilm", "2"]);
    }

    #[test]
    fn scripts_without_spaces_become_pairs() {
        assert_eq!(keys("代理人 很 Agent快"), ["代理", "理人", "很", "agent", "快"]);
        assert_eq!(keys("Ответ агента"), ["ответ", "агента"]);
    }

    #[test]
    fn kinship_needs_a_long_common_stem() {
        assert!(kin("regul", "regulatori"));
        assert!(!kin("inter", "international"));
        assert!(!kin("gate", "gates"));
        assert!(!kin("agent", "acgent"));
    }
}
