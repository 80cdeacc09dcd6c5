//! Whether a budget allows something, and what it says of it. Pure.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Month, Usd};
use crate::mitigate::Mitigation;

/// What happens when the budget of a month is used up and the tenant wants it enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HardCap {
    /// Runs and documents are refused.
    Block,
    /// Runs do less; they are not refused, so that the budget can be exceeded.
    Degrade,
}

impl HardCap {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Degrade => "degrade",
        }
    }

    /// The mode of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Block, Self::Degrade].into_iter().find(|m| m.as_str() == word)
    }
}

/// A share of a budget, in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(u16);

impl Ratio {
    /// A share between nothing and all, both excluded.
    #[must_use]
    pub fn new(ten_thousandths: u16) -> Option<Self> {
        (1..10_000).contains(&ten_thousandths).then_some(Self(ten_thousandths))
    }

    /// The share in ten-thousandths.
    #[must_use]
    pub fn ten_thousandths(self) -> u16 {
        self.0
    }

    fn reached(self, part: Usd, whole: Usd) -> bool {
        i128::from(part.micros()) * 10_000 >= i128::from(whole.micros()) * i128::from(self.0)
    }
}

/// What a tenant wants to spend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// In a month. Nothing, or zero, means that there is no budget.
    pub monthly: Option<Usd>,
    /// From which share on it warns.
    pub warn_ratio: Ratio,
    /// Whether it holds, or only warns.
    pub enforce: bool,
    /// How it holds.
    pub mode: HardCap,
    /// Another amount for one month. It ends with that month.
    pub month_override: Option<(Month, Usd)>,
    /// Since when there is one.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was changed last.
    pub updated_at: Option<DateTime<Utc>>,
}

impl Budget {
    /// A budget that nobody set.
    #[must_use]
    pub fn unset(warn_ratio: Ratio, mode: HardCap) -> Self {
        Self {
            monthly: None,
            warn_ratio,
            enforce: false,
            mode,
            month_override: None,
            created_at: None,
            updated_at: None,
        }
    }

    /// What may be spent in a month, if that is bounded.
    #[must_use]
    pub fn for_month(&self, month: Month) -> Option<Usd> {
        let special = self.month_override.filter(|(of, _)| *of == month).map(|(_, amount)| amount);
        special.or(self.monthly).filter(|amount| *amount > Usd::ZERO)
    }

    /// How the budget of a month holds, if there is one and it is to hold.
    #[must_use]
    pub fn enforced(&self, month: Month) -> Option<(Usd, HardCap)> {
        Some((self.for_month(month).filter(|_| self.enforce)?, self.mode))
    }

    /// Whether it is to hold in a month or in any after it.
    #[must_use]
    pub fn holds_from(&self, month: Month) -> bool {
        let later = self.monthly.is_some_and(|amount| amount > Usd::ZERO);
        self.enforce && (later || self.for_month(month).is_some())
    }
}

/// How a budget stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// There is room, or no budget.
    Ok,
    /// The share to warn at is reached.
    Warn,
    /// There is no room and what was asked for is refused.
    Capped,
    /// There is no room and what was asked for is done with less.
    Degraded,
}

impl Status {
    /// The word in headers and events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Capped => "capped",
            Self::Degraded => "degraded",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Ok, Self::Warn, Self::Capped, Self::Degraded].into_iter().find(|s| s.as_str() == word)
    }
}

/// How a budget stands with something in view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Of which month.
    pub month: Month,
    /// The budget, if there is one.
    pub budget: Option<Usd>,
    /// What is spent and reserved, what is in view included.
    pub projected: Usd,
    /// How it stands.
    pub status: Status,
    /// Whether any of this is a guess.
    pub estimated: bool,
    /// Tokens that the model will read, at most.
    pub input_tokens: u64,
    /// Tokens that the model will write, at most.
    pub output_tokens: u64,
    /// What is gone without.
    pub mitigation: Mitigation,
    /// Whether the tenant may see all this.
    pub visible: bool,
}

impl Standing {
    /// What is left of the budget afterwards.
    #[must_use]
    pub fn remaining(&self) -> Option<Usd> {
        self.budget.map(|budget| budget.less(self.projected))
    }

    /// The facts of a refusal.
    #[must_use]
    pub fn details(&self) -> serde_json::Value {
        json!({
            "budget_usd": self.budget.unwrap_or_default().to_string(),
            "spend_usd": self.projected.to_string(),
            "status": self.status.as_str(),
        })
    }
}

/// How a budget stands when it does not refuse.
#[must_use]
pub fn status(budget: Option<Usd>, warn_at: Ratio, projected: Usd) -> Status {
    match budget {
        Some(budget) if warn_at.reached(projected, budget) => Status::Warn,
        _ => Status::Ok,
    }
}

/// What a month will have cost when it goes on as it began, by days.
#[must_use]
pub fn forecast(month: Month, spend: Usd, now: DateTime<Utc>) -> Usd {
    let (start, end) = (month.start(), month.end());
    let passed = (now.min(end) - start).num_seconds().max(24 * 3600);
    let whole = (end - start).num_seconds();
    let micros = i128::from(spend.micros()) * i128::from(whole) / i128::from(passed.min(whole).max(1));
    Usd::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn usd(text: &str) -> Usd {
        text.parse().unwrap()
    }

    #[test]
    fn an_override_counts_in_its_month_only() {
        let (may, june): (Month, Month) = ("2026-05".parse().unwrap(), "2026-06".parse().unwrap());
        let ratio = Ratio::new(8000).unwrap();
        let set = Budget { monthly: Some(usd("10")), ..Budget::unset(ratio, HardCap::Block) };
        let budget = Budget { month_override: Some((may, usd("25"))), ..set.clone() };
        assert_eq!((budget.for_month(may), budget.for_month(june)), (Some(usd("25")), Some(usd("10"))));
        let lifted = Budget { month_override: Some((may, Usd::ZERO)), ..set };
        assert_eq!((lifted.for_month(may), lifted.for_month(june)), (None, Some(usd("10"))));
        assert_eq!(lifted.enforced(june), None);
    }

    #[test]
    fn it_warns_from_its_share_on() {
        let ratio = Ratio::new(8000).unwrap();
        assert_eq!(status(Some(usd("10")), ratio, usd("7.999999")), Status::Ok);
        assert_eq!(status(Some(usd("10")), ratio, usd("8")), Status::Warn);
        assert_eq!(status(None, ratio, usd("8")), Status::Ok);
        assert_eq!((Ratio::new(0), Ratio::new(10_000)), (None, None));
    }

    #[test]
    fn a_forecast_goes_by_whole_days_at_first() {
        let june: Month = "2026-06".parse().unwrap();
        let hour = june.start() + chrono::TimeDelta::hours(1);
        assert_eq!(forecast(june, usd("2"), hour), usd("60"));
        assert_eq!(forecast(june, usd("15"), june.start() + chrono::TimeDelta::days(15)), usd("30"));
        assert_eq!(forecast(june, usd("15"), june.end() + chrono::TimeDelta::days(15)), usd("15"));
    }
}
