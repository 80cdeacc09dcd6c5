//! Amounts of money, exact. A binary fraction never holds one.

use std::{fmt, iter::Sum, ops::Add, str::FromStr};

/// Micro-dollars in a dollar.
const MICROS: i64 = 1_000_000;
/// Decimal places of an amount.
const PLACES: u32 = 6;
/// Decimal places of a rate.
const RATE_PLACES: u32 = 9;

/// An amount in micro-dollars. Sums stay at the largest amount rather than wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Usd(i64);

/// What a unit costs, in nano-dollars: a character costs less than a millionth of a dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(i64);

/// A text that is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a decimal number with so few places")]
pub struct NotMoney;

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest budget that can be set: every micro-dollar below it is a distinct number in JSON.
    pub const LARGEST: Self = Self(1_000_000_000 * MICROS);

    /// An amount in millionths of a dollar.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The amount in millionths of a dollar.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// An amount in billionths of a dollar, if it is a whole number of millionths.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Option<Self> {
        if nanos % 1000 == 0 { Some(Self(nanos / 1000)) } else { None }
    }

    /// What is left after taking another amount away; nothing when that is more.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }
}

impl Rate {
    /// A rate in billionths of a dollar.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The rate in billionths of a dollar.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// What `amount` units cost when the rate is for `per` of them, rounded up to a whole micro-dollar: what was used is
    /// never free, and a ledger of whole micro-dollars agrees with the sum of its entries.
    #[must_use]
    pub fn of(self, amount: u64, per: u64) -> Usd {
        let nanos = u128::from(amount) * u128::from(self.0.unsigned_abs());
        let micros = nanos.div_ceil(u128::from(per.max(1)) * 1000);
        Usd(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

/// At least two decimal places, and no more than it needs.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.0, PLACES))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.0, RATE_PLACES))
    }
}

impl FromStr for Usd {
    type Err = NotMoney;
    fn from_str(text: &str) -> Result<Self, NotMoney> {
        read(text, PLACES).map(Self).ok_or(NotMoney)
    }
}

impl FromStr for Rate {
    type Err = NotMoney;
    fn from_str(text: &str) -> Result<Self, NotMoney> {
        read(text, RATE_PLACES).map(Self).ok_or(NotMoney)
    }
}

fn written(number: i64, places: u32) -> String {
    let scale = 10_u64.pow(places);
    let (whole, part) = (number.unsigned_abs() / scale, number.unsigned_abs() % scale);
    let width = places as usize;
    let sign = if number < 0 { "-" } else { "" };
    let mut text = format!("{sign}{whole}.{part:0width$}");
    let least = text.len() - width + 2;
    while text.len() > least && text.ends_with('0') {
        text.pop();
    }
    text
}

fn read(text: &str, places: u32) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !numeric(whole) || !numeric(part) || (digits.contains('.') && part.is_empty()) {
        return None;
    }
    let part = part.trim_end_matches('0');
    let missing = places.checked_sub(u32::try_from(part.len()).ok()?)?;
    let part: i64 = if part.is_empty() { 0 } else { part.parse().ok()? };
    let scaled = whole.parse::<i64>().ok()?.checked_mul(10_i64.pow(places))?;
    let number = scaled.checked_add(part.checked_mul(10_i64.pow(missing))?)?;
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_written_as_people_write_them() {
        for (micros, text) in
            [(0, "0.00"), (100_000_000, "100.00"), (83_120_000, "83.12"), (100_003_100, "100.0031"), (-1, "-0.000001")]
        {
            assert_eq!(Usd(micros).to_string(), text);
            assert_eq!(text.parse(), Ok(Usd(micros)));
        }
        assert_eq!("7".parse(), Ok(Usd(7_000_000)));
        assert_eq!("0.000000002".parse(), Ok(Rate(2)));
        for bad in ["", ".", "1.", ".5", "1e3", "1,5", "0.0000001", "--1", "99999999999999999999", "NaN", "1.2.3"] {
            assert_eq!(bad.parse::<Usd>(), Err(NotMoney), "{bad}");
        }
    }

    #[test]
    fn what_was_used_is_never_free() {
        assert_eq!(Rate(1).of(1, 1_000_000), Usd(1));
        assert_eq!(Rate(1).of(0, 1), Usd::ZERO);
        assert_eq!(Rate(2_000_000).of(1500, 1000), Usd(3000));
        assert_eq!(Rate(i64::MAX).of(u64::MAX, 1), Usd(i64::MAX));
    }

    proptest! {
        #[test]
        fn a_text_is_read_as_it_was_written(micros: i64, nanos: i64) {
            prop_assume!(micros != i64::MIN && nanos != i64::MIN);
            prop_assert_eq!(Usd(micros).to_string().parse(), Ok(Usd(micros)));
            prop_assert_eq!(Rate(nanos).to_string().parse(), Ok(Rate(nanos)));
        }

        #[test]
        fn a_price_is_right_to_the_micro_dollar(nanos in 0_i64..10_000_000_000, amount in 0_u64..10_000_000, per in 1_u64..2_000_000) {
            let micros = u128::try_from(Rate(nanos).of(amount, per).micros()).unwrap();
            let exact = u128::from(amount) * u128::try_from(nanos).unwrap();
            let unit = u128::from(per) * 1000;
            prop_assert!(micros * unit >= exact && exact + unit > micros * unit);
        }
    }
}
