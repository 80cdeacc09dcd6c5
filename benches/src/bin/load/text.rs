//! Texts whose words are as frequent as those of a language.

use std::fmt::Write as _;

const PARAGRAPHS: usize = 14;
/// How many words there are. Their frequencies follow Zipf's law, as those of a language do.
const VOCABULARY: f64 = 4096.0;
const SYLLABLES: [&str; 16] =
    ["ba", "cel", "dor", "fin", "gra", "hul", "jo", "kan", "lim", "mer", "nov", "pas", "rin", "sol", "tev", "wun"];

/// The most frequent words are those that a search leaves out, as in a language.
const STOP_WORDS: [&str; 32] = [
    "", "the", "of", "and", "to", "a", "in", "is", "that", "for", "it", "as", "was", "with", "be", "by", "on", "not",
    "are", "this", "or", "at", "but", "an", "they", "will", "their", "there", "if", "into", "these", "such",
];

/// A text with headings and sentences; the same for the same number.
pub fn text(n: usize) -> String {
    let mut random = Random(n as u64 + 1);
    let mut text = format!("# Document {n}\n\n");
    for paragraph in 0..PARAGRAPHS {
        if paragraph % 4 == 0 {
            let _ = write!(text, "## About {}\n\n", random.words(2));
        }
        for _ in 0..8 {
            let _ = write!(text, "The {} follows the {}. ", random.words(4), random.words(3));
        }
        text.push_str("\n\n");
    }
    text
}

/// A sequence that is the same every time (splitmix64, Steele, Lea and Flood, 2014).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// As many words as that.
    pub fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    /// A word whose rank is distributed log-uniformly: the n-th word comes up as often as 1/n.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks are small"
    )]
    fn word(&mut self) -> String {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let rank = VOCABULARY.powf(uniform) as usize;
        if let Some(word) = STOP_WORDS.get(rank) {
            return (*word).to_owned();
        }
        [rank >> 8, rank >> 4, rank].into_iter().filter_map(|digit| SYLLABLES.get(digit & 15)).copied().collect()
    }
}
