//! The only place that reads the wall clock or draws random bytes, so that rules elsewhere stay pure and tests repeat.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, SubsecRound as _, Utc};
use uuid::Uuid;

/// The time as the platform sees it.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<Mutex<DateTime<Utc>>>>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that moves only when told to.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(Mutex::new(start))))
    }

    /// The current time in UTC, in the microseconds that PostgreSQL keeps: what is answered now and what is read later agree.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            None => Utc::now().trunc_subsecs(6),
            Some(manual) => *manual.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a manual clock forward; the machine's clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Some(manual) = &self.0 {
            let mut now = manual.lock().unwrap_or_else(PoisonError::into_inner);
            *now += by;
        }
    }
}

/// Fills a buffer with bytes that nobody can predict.
pub fn fill_random(buf: &mut [u8]) {
    use rand::Rng as _;
    rand::rng().fill_bytes(buf);
}

/// A fraction in `[0, 1)`, for jitter.
#[must_use]
pub fn jitter() -> f64 {
    use rand::RngExt as _;
    rand::rng().random::<f64>()
}

/// A time-ordered UUID (version 7).
#[must_use]
pub fn fresh_uuid() -> Uuid {
    Uuid::now_v7()
}
