//! Knobs of costs.

use super::{HardCap, Ratio};
use crate::{mitigate::LOCAL, mitigate::Mitigation, settings::Source};

/// Rules for costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostSettings {
    /// Whether anything is metered and budgets count.
    pub enabled: bool,
    /// From which share of a budget on it warns, unless the tenant says otherwise.
    pub warn_ratio: Ratio,
    /// How a budget holds, unless the tenant says otherwise.
    pub hard_cap: HardCap,
    /// Whether answers are not read aloud when a budget degrades.
    pub degrade_tts: bool,
    /// How many passages are left when a budget degrades.
    pub degrade_top_k: u32,
    /// How many tokens of answer are left when a budget degrades.
    pub degrade_output_tokens: u32,
    /// Whether amounts that nobody counted are reckoned from the length of texts.
    pub estimator: bool,
    /// Characters of a token, in hundredths.
    pub chars_per_100_tokens: u32,
    /// How many days a time series has when nobody says.
    pub timeseries_days: u32,
}

impl Default for CostSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            warn_ratio: default_ratio(),
            hard_cap: HardCap::Block,
            degrade_tts: true,
            degrade_top_k: 3,
            degrade_output_tokens: 512,
            estimator: true,
            chars_per_100_tokens: 400,
            timeseries_days: 30,
        }
    }
}

impl CostSettings {
    /// Reads the knobs.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the ranges are those of the targets")]
    pub fn read(s: &mut Source) -> Self {
        let modes = [("block", HardCap::Block), ("degrade", HardCap::Degrade)];
        let ratio = s.number("COST_DEFAULT_WARN_RATIO", 0.8, 0.0001..=0.9999, "Share of a budget that warns");
        let chars = s.number("COST_ESTIMATOR_TOKEN_CHARS_RATIO", 4.0, 0.1..=100.0, "Characters of a token");
        Self {
            enabled: s.flag("COST_GOVERNANCE_ENABLED", true, "Meters what is used and applies budgets"),
            warn_ratio: Ratio::new((ratio * 10_000.0_f64).round() as u16).unwrap_or_else(default_ratio),
            hard_cap: s
                .choice("COST_DEFAULT_HARD_CAP_MODE", "block", &modes, "What an enforced budget does when it is spent")
                .unwrap_or(HardCap::Block),
            degrade_tts: s.flag("COST_DEGRADE_ENABLE_TTS_DISABLE", true, "A degrading budget drops audio"),
            degrade_top_k: s.number("COST_DEGRADE_MIN_TOP_K", 3, 1..=50, "Passages that a degrading budget leaves"),
            degrade_output_tokens: s.number(
                "COST_DEGRADE_MAX_OUTPUT_TOKENS",
                512,
                1..=100_000,
                "Tokens of answer that a degrading budget leaves",
            ),
            estimator: s.flag("COST_ESTIMATOR_ENABLED", true, "Reckons tokens that a provider does not report"),
            chars_per_100_tokens: (chars * 100.0_f64).round() as u32,
            timeseries_days: s.number("COST_TIMESERIES_DEFAULT_DAYS", 30, 1..=365, "Days of a time series by default"),
        }
    }

    /// What a run goes without when its budget degrades.
    #[must_use]
    pub fn degraded(&self) -> Mitigation {
        Mitigation {
            disable_tts: self.degrade_tts,
            top_k: Some(self.degrade_top_k),
            max_output_tokens: Some(self.degrade_output_tokens),
            fallback: Some(LOCAL.to_owned()),
        }
    }

    /// The tokens of a text of so many characters: none of none, else at least one.
    #[must_use]
    pub fn tokens(&self, chars: u64) -> u64 {
        match chars {
            0 => 0,
            chars => (chars.saturating_mul(100) / u64::from(self.chars_per_100_tokens.max(10))).max(1),
        }
    }

    /// The characters that so many tokens may have.
    #[must_use]
    pub fn chars(&self, tokens: u64) -> u64 {
        tokens.saturating_mul(u64::from(self.chars_per_100_tokens)).div_ceil(100)
    }
}

fn default_ratio() -> Ratio {
    Ratio::new(8000).unwrap_or_else(|| unreachable!("four fifths is a share"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_reckoned_as_the_contract_says() {
        let settings = CostSettings::default();
        let tokens: Vec<u64> = [0, 1, 3, 4, 7, 8, 4000].into_iter().map(|chars| settings.tokens(chars)).collect();
        assert_eq!(tokens, [0, 1, 1, 1, 1, 2, 1000]);
        assert_eq!(settings.chars(512), 2048);
    }

    #[test]
    fn a_share_is_read_exactly() {
        let mut source =
            Source::from_pairs([("COST_DEFAULT_WARN_RATIO", "0.75"), ("COST_ESTIMATOR_TOKEN_CHARS_RATIO", "3.5")]);
        let settings = CostSettings::read(&mut source);
        assert_eq!((settings.warn_ratio.ten_thousandths(), settings.chars_per_100_tokens), (7500, 350));
        let mut source = Source::from_pairs([("COST_DEFAULT_WARN_RATIO", "1")]);
        CostSettings::read(&mut source);
        assert_eq!(source.errors().len(), 1);
    }
}
