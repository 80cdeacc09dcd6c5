//! The client's only source of chance: names for requests, and the spread of retries.

use uuid::Uuid;

/// A name that nobody else uses.
pub(super) fn fresh_id() -> String {
    Uuid::new_v4().to_string()
}

/// A number from 0 (inclusive) to 1 (exclusive).
pub(super) fn jitter() -> f64 {
    let (_, low) = Uuid::new_v4().as_u64_pair();
    let bits = u32::try_from(low & u64::from(u32::MAX)).unwrap_or_default();
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}
