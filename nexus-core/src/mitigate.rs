//! What a run goes without, so that a budget or a service level is kept.
//!
//! A budget that runs out and a service level at risk each ask for a [`Mitigation`]; a run follows both, and where they
//! speak of the same thing the stricter one counts. None of this can fail: a mitigation only ever makes a run do less than
//! was asked for.

/// The provider that asks nobody outside and is the strictest of all.
pub const LOCAL: &str = "local_pgvector";

/// What a run goes without. The default goes without nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mitigation {
    /// Answers are not read aloud.
    pub disable_tts: bool,
    /// At most this many passages.
    pub top_k: Option<u32>,
    /// At most this many tokens of answer.
    pub max_output_tokens: Option<u32>,
    /// The retrieval provider that is asked instead of the one of the corpus, where the corpus can be served by it.
    pub fallback: Option<String>,
}

impl Mitigation {
    /// Whether a run may do all that it was asked for.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Both at once: whatever one of them goes without, and the lower of two bounds.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            disable_tts: self.disable_tts || other.disable_tts,
            top_k: lower(self.top_k, other.top_k),
            max_output_tokens: lower(self.max_output_tokens, other.max_output_tokens),
            fallback: stricter(self.fallback, other.fallback),
        }
    }

    /// How many passages are left of those that are asked for. One is always left: an answer needs something to rest on.
    #[must_use]
    pub fn passages(&self, asked: u32) -> u32 {
        self.top_k.map_or(asked, |most| asked.min(most.max(1)))
    }

    /// How long an answer may be, of the tokens that it might have had.
    #[must_use]
    pub fn output_tokens(&self, allowed: u32) -> u32 {
        self.max_output_tokens.map_or(allowed, |most| allowed.min(most.max(1)))
    }

    /// Whether an answer that was asked for as sound is read aloud.
    #[must_use]
    pub fn speaks(&self, asked: bool) -> bool {
        asked && !self.disable_tts
    }
}

fn lower(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

/// The provider that asks nobody outside, if either names it; else the smaller name, so that the order of merging does not
/// matter.
fn stricter(a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) if a == LOCAL || b == LOCAL => Some(if a == LOCAL { a } else { b }),
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_mitigation() -> impl Strategy<Value = Mitigation> {
        let bound = || proptest::option::of(0_u32..60);
        let provider = proptest::option::of(prop_oneof![Just(LOCAL), Just("aws_bedrock_kb"), Just("gcp_vertex")]);
        (any::<bool>(), bound(), bound(), provider).prop_map(|(disable_tts, top_k, max_output_tokens, fallback)| {
            Mitigation { disable_tts, top_k, max_output_tokens, fallback: fallback.map(ToOwned::to_owned) }
        })
    }

    proptest! {
        #[test]
        fn nothing_gets_laxer_by_merging(
            a in any_mitigation(), b in any_mitigation(), c in any_mitigation(),
            asked in 1_u32..50, tokens in 1_u32..2048, audio: bool,
        ) {
            let both = a.clone().merge(b.clone());
            prop_assert_eq!(&both, &b.clone().merge(a.clone()));
            prop_assert_eq!(both.clone().merge(c.clone()), a.clone().merge(b.clone().merge(c)));
            prop_assert_eq!(&a.clone().merge(a.clone()), &a);
            prop_assert_eq!(&a.clone().merge(Mitigation::default()), &a);
            prop_assert_eq!(both.passages(asked), a.passages(asked).min(b.passages(asked)));
            prop_assert_eq!(both.output_tokens(tokens), a.output_tokens(tokens).min(b.output_tokens(tokens)));
            prop_assert_eq!(both.speaks(audio), a.speaks(audio) && b.speaks(audio));
            prop_assert!(both.passages(asked) >= 1 && both.output_tokens(tokens) >= 1);
        }
    }
}
