//! Telling an absent field from an explicit `null`.

use serde::{Deserialize, Deserializer, de::Error as _};

/// Reads a field that is present: `null` becomes `Some(None)`, a value `Some(Some(value))`.
///
/// Combined with `#[serde(default)]`, a field that is absent stays `None`.
#[expect(clippy::option_option, reason = "absent, null and a value are three different requests")]
pub(super) fn nullable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// Reads a field that is present and may not be `null`.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let value = Option::deserialize(deserializer)?;
    value.map(Some).ok_or_else(|| D::Error::custom("invalid type: null, expected a value that is not null"))
}
