//! What a quota says about what was used. Pure.

use chrono::{Days, NaiveDate};
use sha2::{Digest as _, Sha256};

use crate::{
    escrow::{Limits, Period, Spent},
    id::RequestId,
};

/// A soft cap is counted in so many parts of a limit.
const WHOLE: u32 = 1_000_000;

/// How much a tenant may use. No limit is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanLimits {
    /// Units a day.
    pub daily_requests: Option<i64>,
    /// Units a month.
    pub monthly_requests: Option<i64>,
    /// Tokens a day. Kept for reports; budgets bound what models cost.
    pub daily_tokens: Option<i64>,
    /// Tokens a month, as above.
    pub monthly_tokens: Option<i64>,
    /// The share of a limit at which its tenant is warned.
    pub soft_cap: Share,
    /// Whether a limit refuses, or only tells.
    pub hard_cap: bool,
}

impl Default for PlanLimits {
    fn default() -> Self {
        Self {
            daily_requests: None,
            monthly_requests: None,
            daily_tokens: None,
            monthly_tokens: None,
            soft_cap: Share::DEFAULT,
            hard_cap: true,
        }
    }
}

impl PlanLimits {
    /// The limit of a period.
    #[must_use]
    pub fn of(&self, period: Period) -> Option<i64> {
        match period {
            Period::Day => self.daily_requests,
            Period::Month => self.monthly_requests,
        }
    }

    /// What is enforced: nothing, where limits only tell.
    #[must_use]
    pub fn enforced(&self) -> Limits {
        if self.hard_cap {
            Limits { day: self.daily_requests, month: self.monthly_requests }
        } else {
            Limits::default()
        }
    }
}

/// A share from nothing to all, in millionths, so that thresholds are whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    /// Four fifths.
    pub const DEFAULT: Self = Self(800_000);

    /// From millionths; more than all is all.
    #[must_use]
    pub fn millionths(millionths: u32) -> Self {
        Self(millionths.min(WHOLE))
    }

    /// From a fraction, rounded to millionths; nothing outside of `[0, 1]`.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    pub fn of(fraction: f64) -> Option<Self> {
        (0.0..=1.0).contains(&fraction).then(|| Self((fraction * f64::from(WHOLE)).round() as u32))
    }

    /// In millionths.
    #[must_use]
    pub fn as_millionths(self) -> u32 {
        self.0
    }

    /// As a fraction, for people.
    #[must_use]
    pub fn as_fraction(self) -> f64 {
        f64::from(self.0) / f64::from(WHOLE)
    }

    /// Whether an amount has reached this share of a limit.
    #[must_use]
    pub fn is_reached(self, used: i64, limit: i64) -> bool {
        limit > 0 && i128::from(used) * i128::from(WHOLE) >= i128::from(limit) * i128::from(self.0)
    }
}

/// Where a tenant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// How much it may use.
    pub limits: PlanLimits,
    /// How much it has used.
    pub used: Spent,
}

/// Where a tenant stands in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodStanding {
    /// The limit, if there is one.
    pub limit: Option<i64>,
    /// What was used.
    pub used: i64,
    /// What is left, where there is a limit.
    pub remaining: Option<i64>,
}

impl Standing {
    /// One period of it.
    #[must_use]
    pub fn of(&self, period: Period) -> PeriodStanding {
        let limit = self.limits.of(period);
        let used = match period {
            Period::Day => self.used.day,
            Period::Month => self.used.month,
        };
        PeriodStanding { limit, used, remaining: limit.map(|limit| (limit - used).max(0)) }
    }

    /// Whether so much of a limit is used that its tenant should know.
    #[must_use]
    pub fn soft_cap_reached(&self) -> bool {
        [Period::Day, Period::Month].into_iter().any(|period| self.is_soft(period))
    }

    /// The period that has no room for so many units: the month if it is both, as nothing helps before it is over. Where
    /// neither says so, others hold what is left, and it is the tighter one.
    #[must_use]
    pub fn exceeded_by(&self, units: i64) -> Period {
        let lacks = |period| self.of(period).remaining.is_some_and(|left| left < units);
        match (lacks(Period::Month), lacks(Period::Day)) {
            (true, _) => Period::Month,
            (false, true) => Period::Day,
            (false, false) => {
                let left = |period| self.of(period).remaining.unwrap_or(i64::MAX);
                if left(Period::Month) < left(Period::Day) { Period::Month } else { Period::Day }
            }
        }
    }

    /// What should be told once about using up to here.
    #[must_use]
    pub fn edges(&self) -> Vec<(Period, Edge)> {
        let mut edges = Vec::new();
        for period in [Period::Day, Period::Month] {
            let at = self.of(period);
            if self.is_soft(period) {
                edges.push((period, Edge::SoftCap));
            }
            if !self.limits.hard_cap && at.limit.is_some_and(|limit| at.used > limit) {
                edges.push((period, Edge::Overage));
            }
        }
        edges
    }

    fn is_soft(&self, period: Period) -> bool {
        let at = self.of(period);
        at.limit.is_some_and(|limit| self.limits.soft_cap.is_reached(at.used, limit))
    }
}

/// Something that is told once in a period for each limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edge {
    /// The share of the limit at which a tenant is warned was reached.
    SoftCap,
    /// A request was refused.
    HardCap,
    /// More than the limit was used, which only tells.
    Overage,
}

impl Edge {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SoftCap => "soft_cap",
            Self::HardCap => "hard_cap",
            Self::Overage => "overage",
        }
    }
}

/// Whether the use of a request belongs to the share that the audit log is told of. It follows from the id of the request, so
/// that whoever looks for it in the log knows whether it must be there.
#[must_use]
pub fn is_recorded(request: &RequestId, share: Share) -> bool {
    let digest = Sha256::digest(request.as_str());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    // The number is to 2^64 as the share is to all.
    u128::from(number) * u128::from(WHOLE) < u128::from(share.0) << 64
}

/// The days of a window that ends today, oldest first.
#[must_use]
pub fn window(today: NaiveDate, days: u32) -> Vec<NaiveDate> {
    (0..days).rev().filter_map(|back| today.checked_sub_days(Days::new(back.into()))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn standing(day: (Option<i64>, i64), month: (Option<i64>, i64)) -> Standing {
        let limits = PlanLimits { daily_requests: day.0, monthly_requests: month.0, ..PlanLimits::default() };
        Standing { limits, used: Spent { day: day.1, month: month.1 } }
    }

    #[test]
    fn the_month_is_named_when_both_are_used_up() {
        assert_eq!(standing((Some(5), 5), (Some(9), 9)).exceeded_by(1), Period::Month);
        assert_eq!(standing((Some(5), 5), (Some(9), 8)).exceeded_by(1), Period::Day);
        assert_eq!(standing((Some(5), 5), (Some(9), 8)).exceeded_by(3), Period::Month);
        assert_eq!(standing((None, 5), (Some(9), 4)).exceeded_by(3), Period::Month);
        assert_eq!(standing((Some(9), 4), (None, 5)).exceeded_by(3), Period::Day);
    }

    #[test]
    fn what_is_left_is_said_as_it_is() {
        let at = standing((Some(100), 98), (None, 98)).of(Period::Day);
        assert_eq!((at.limit, at.used, at.remaining), (Some(100), 98, Some(2)));
        assert_eq!(standing((Some(100), 120), (None, 0)).of(Period::Day).remaining, Some(0));
        assert_eq!(standing((None, 120), (None, 0)).of(Period::Day).remaining, None);
    }

    #[test]
    fn edges_follow_the_limits() {
        let at = standing((Some(10), 8), (Some(100), 8));
        assert_eq!(at.edges(), [(Period::Day, Edge::SoftCap)]);
        assert!(standing((Some(10), 7), (None, 7)).edges().is_empty());
        assert!(standing((Some(0), 0), (None, 0)).edges().is_empty(), "a limit of nothing has no share");
        let watched = PlanLimits { hard_cap: false, ..at.limits };
        let over = Standing { limits: watched, used: Spent { day: 11, month: 11 } };
        assert_eq!(over.edges(), [(Period::Day, Edge::SoftCap), (Period::Day, Edge::Overage)]);
        assert_eq!(over.limits.enforced(), Limits::default());
    }

    #[test]
    fn a_window_ends_today() {
        let today = NaiveDate::from_ymd_opt(2024, 3, 1).unwrap();
        let days: Vec<_> = window(today, 3).iter().map(ToString::to_string).collect();
        assert_eq!(days, ["2024-02-28", "2024-02-29", "2024-03-01"]);
    }

    proptest! {
        #[test]
        fn a_share_is_reached_exactly_at_its_threshold(millionths in 0_u32..=1_000_000, limit in 1_i64..1_000_000_000) {
            let share = Share::millionths(millionths);
            let threshold = (i128::from(limit) * i128::from(millionths) + 999_999) / 1_000_000;
            let threshold = i64::try_from(threshold).unwrap();
            prop_assert!(share.is_reached(threshold, limit));
            prop_assert!(threshold == 0 || !share.is_reached(threshold - 1, limit));
            prop_assert_eq!(Share::of(share.as_fraction()), Some(share));
        }
    }

    #[test]
    fn a_share_of_requests_is_recorded_and_always_the_same_ones() {
        let ids: Vec<_> = (0..20_000).map(|n| RequestId::new(format!("request-{n}")).unwrap()).collect();
        let recorded = |share| ids.iter().filter(|id| is_recorded(id, share)).count();
        let some = recorded(Share::millionths(20_000));
        // Four standard deviations around one in fifty; the digest decides once and for all.
        assert!((320..480).contains(&some), "{some} of 20,000");
        assert_eq!(recorded(Share::millionths(20_000)), some);
        assert_eq!((recorded(Share::millionths(0)), recorded(Share::millionths(1_000_000))), (0, 20_000));
        let grows = |id: &RequestId| !is_recorded(id, Share::millionths(20_000)) || is_recorded(id, Share::DEFAULT);
        assert!(ids.iter().all(grows), "a larger share contains a smaller one");
    }

    #[test]
    fn a_share_outside_of_its_range_is_none() {
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Share::of(bad), None, "{bad}");
        }
    }
}
