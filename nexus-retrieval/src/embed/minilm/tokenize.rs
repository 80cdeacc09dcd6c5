//! Texts to token numbers.

use std::{fmt, path::Path};

use tokenizers::{Tokenizer, TruncationParams};

use super::{MAX_TOKENS, unusable};
use crate::embed::EmbedError;

/// How much of a text is looked at, in characters. A token stands for at least one character and words beyond a hundred
/// characters are one unknown token, so text that fills [`MAX_TOKENS`] is not longer unless it is nearly all blank.
const MAX_CHARS: usize = 16_384;

/// The vocabulary of the model.
pub(super) struct Tokens(Tokenizer);

impl Tokens {
    pub(super) fn load(folder: &Path) -> Result<Self, EmbedError> {
        let file = folder.join("tokenizer.json");
        let mut tokenizer = Tokenizer::from_file(&file).map_err(|why| unusable(&file, why))?;
        // The published file pads and cuts at 128; the published model reads 256 and needs no padding here.
        tokenizer.with_padding(None);
        let truncation = TruncationParams { max_length: MAX_TOKENS, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(|why| unusable(&file, why))?;
        Ok(Self(tokenizer))
    }

    /// The numbers of a text's tokens, framed, at most [`MAX_TOKENS`].
    pub(super) fn of(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        let end = text.char_indices().nth(MAX_CHARS).map_or(text.len(), |(byte, _)| byte);
        let encoding = self.0.encode_fast(text.get(..end).unwrap_or(text), true);
        let encoding = encoding.map_err(|why| EmbedError::Unavailable { why: format!("tokenizing failed: {why}") })?;
        Ok(encoding.get_ids().to_vec())
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("vocabulary", &self.0.get_vocab_size(false)).finish()
    }
}
