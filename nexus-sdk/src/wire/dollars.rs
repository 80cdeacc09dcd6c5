//! Amounts of money in JSON.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Decimal places of an amount on the wire.
const PLACES: usize = 9;
/// Billionths in a dollar.
const NANOS: i64 = 1_000_000_000;

/// An amount of money as a decimal number, kept exactly: it never passes through a binary fraction on its way to a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Dollars(i64);

impl Dollars {
    /// An amount in billionths of a dollar.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// An amount in millionths of a dollar.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros.saturating_mul(1000))
    }

    /// The amount in billionths of a dollar.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    fn read(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let numeric = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        let significant = part.trim_end_matches('0');
        if !numeric(whole) || !numeric(part) || significant.len() > PLACES {
            return None;
        }
        let part: i64 = format!("{significant:0<PLACES$}").parse().ok()?;
        let nanos = whole.parse::<i64>().ok()?.checked_mul(NANOS)?.checked_add(part)?;
        Some(Self(if negative { -nanos } else { nanos }))
    }
}

impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) =
            (self.0.unsigned_abs() / NANOS.unsigned_abs(), self.0.unsigned_abs() % NANOS.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        let text = format!("{sign}{whole}.{part:0PLACES$}");
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// The number that is nearest, which JSON writes with the same digits.
impl Serialize for Dollars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.to_string();
        match text.parse::<i64>() {
            Ok(whole) => serializer.serialize_i64(whole),
            Err(_) => serializer.serialize_f64(text.parse().unwrap_or_default()),
        }
    }
}

impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Amount;
        impl de::Visitor<'_> for Amount {
            type Value = Dollars;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number with at most nine places")
            }
            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Dollars, E> {
                Dollars::read(&n.to_string()).ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(n), &self))
            }
            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Dollars, E> {
                Dollars::read(&n.to_string()).ok_or_else(|| E::invalid_value(de::Unexpected::Signed(n), &self))
            }
            // The shortest decimal of a number is the one that was written.
            fn visit_f64<E: de::Error>(self, n: f64) -> Result<Dollars, E> {
                Dollars::read(&n.to_string()).ok_or_else(|| E::invalid_value(de::Unexpected::Float(n), &self))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Dollars, E> {
                Dollars::read(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Amount)
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Dollars {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        f64::schema()
    }
}
#[cfg(feature = "schema")]
impl utoipa::ToSchema for Dollars {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_amount_keeps_its_digits() {
        for (json, nanos) in [
            ("0", 0),
            ("100", 100_000_000_000),
            ("0.1", 100_000_000),
            ("0.000001", 1000),
            ("1e-9", 1),
            ("123456789.123456", 123_456_789_123_456_000),
            ("-2.5", -2_500_000_000),
        ] {
            let read: Dollars = serde_json::from_str(json).unwrap();
            assert_eq!(read, Dollars(nanos), "{json}");
            let again: Dollars = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
            assert_eq!(again, read, "{json}");
        }
        assert_eq!(serde_json::from_str::<Dollars>("\"12.50\"").unwrap(), Dollars(12_500_000_000));
        assert_eq!(serde_json::to_string(&Dollars(12_500_000_000)).unwrap(), "12.5");
        for bad in ["1e-10", "1e30", "\"\"", "\"1,5\"", "\"0x1\"", "true", "null", "\"1.\""] {
            assert!(serde_json::from_str::<Dollars>(bad).is_err(), "{bad}");
        }
    }
}
