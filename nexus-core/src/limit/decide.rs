//! The arithmetic of token buckets, pure and in whole numbers: nothing is lost to rounding, however often a bucket is asked.
//!
//! `shared/lua/take.lua` is the same arithmetic for replicas; `tests/shared.rs` compares the two step by step. The bounds
//! below keep every product within what a number of Lua holds exactly.

use std::time::Duration;

/// A token, in the unit that is counted: millionths.
pub const TOKEN: u64 = 1_000_000;
/// The most tokens that a bucket holds, and the most that come back in a second.
pub const MAX_TOKENS: u32 = 1_000_000;

/// How large a bucket is and how fast it fills up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// What it holds when it is full, in millionths.
    burst: u64,
    /// What comes back in a millisecond, in millionths; a thousandth of a token per second is 1.
    per_ms: u64,
}

impl Rate {
    /// So many tokens a second on average, and so many at once. What is out of range is cut to it; a rate that is not zero
    /// never becomes zero.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to the range before")]
    pub fn new(per_second: f64, burst: u32) -> Self {
        let per_second = if per_second.is_finite() { per_second.clamp(0.0, f64::from(MAX_TOKENS)) } else { 0.0 };
        let least = u64::from(per_second > 0.0);
        let per_ms = ((per_second * 1000.0).round() as u64).max(least);
        Self { burst: u64::from(burst.min(MAX_TOKENS)) * TOKEN, per_ms }
    }

    /// What a full bucket holds, in millionths.
    #[must_use]
    pub fn burst(&self) -> u64 {
        self.burst
    }

    /// What comes back in a millisecond, in millionths.
    #[must_use]
    pub fn per_ms(&self) -> u64 {
        self.per_ms
    }

    /// How long an empty bucket takes to fill up; a second for one that never does.
    #[must_use]
    pub fn window(&self) -> Duration {
        Duration::from_millis(self.millis_for(self.burst))
    }

    /// How long a bucket that holds `tokens` takes to fill up.
    #[must_use]
    pub fn until_full(&self, tokens: u64) -> Duration {
        Duration::from_millis(self.millis_for(self.burst.saturating_sub(tokens)))
    }

    /// How long these tokens take to come back; a second where they never do.
    #[must_use]
    pub fn wait_for(&self, tokens: u64) -> Duration {
        Duration::from_millis(self.millis_for(tokens))
    }

    /// How long a bucket is remembered: twice the time after which it is full again, and then forgetting it changes nothing.
    #[must_use]
    pub fn life(&self) -> Duration {
        let full = if self.per_ms == 0 { Duration::from_secs(self.burst / TOKEN) } else { self.window() * 2 };
        full.max(Duration::from_secs(1))
    }

    fn millis_for(&self, tokens: u64) -> u64 {
        match tokens {
            0 => 0,
            tokens if self.per_ms > 0 => tokens.div_ceil(self.per_ms),
            _ => 1000,
        }
    }
}

/// What is remembered of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// What it held, in millionths.
    pub tokens: u64,
    /// When, in milliseconds on the clock of whoever keeps it.
    pub at: u64,
}

/// What a bucket holds after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Level {
    /// In millionths.
    pub tokens: u64,
    /// How many milliseconds until it holds what was asked for; 0 when it did.
    pub wait_ms: u64,
}

impl Level {
    /// Whether the bucket had enough.
    #[must_use]
    pub fn sufficed(&self) -> bool {
        self.wait_ms == 0
    }
}

/// Fills a bucket up to now. One that nobody remembers is full; a clock that was set back brings nothing and takes nothing.
#[must_use]
pub fn refill(known: Option<Bucket>, rate: &Rate, now: u64) -> Bucket {
    let tokens = known.map_or(rate.burst, |bucket| {
        let elapsed = now.saturating_sub(bucket.at);
        bucket.tokens.saturating_add(elapsed.saturating_mul(rate.per_ms)).min(rate.burst)
    });
    Bucket { tokens, at: now }
}

/// Takes `cost` millionths from all of these buckets, or from none. They are filled up already.
pub fn take<const N: usize>(buckets: [(&mut Bucket, &Rate); N], cost: u64) -> [Level; N] {
    let enough = buckets.iter().all(|(bucket, _)| bucket.tokens >= cost);
    buckets.map(|(bucket, rate)| {
        let missing = cost.saturating_sub(bucket.tokens);
        if enough {
            bucket.tokens -= cost;
        }
        Level { tokens: bucket.tokens, wait_ms: rate.millis_for(missing) }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_default_of_runs_is_one_at_once_and_then_one_every_three_seconds() {
        let rate = Rate::new(1.0, 5);
        let mut bucket = refill(None, &rate, 0);
        let mut run = |now| {
            bucket = refill(Some(bucket), &rate, now);
            take([(&mut bucket, &rate)], 3 * TOKEN)[0]
        };
        assert_eq!(run(0), Level { tokens: 2 * TOKEN, wait_ms: 0 });
        assert_eq!(run(0), Level { tokens: 2 * TOKEN, wait_ms: 1000 });
        assert_eq!(run(999).wait_ms, 1);
        assert_eq!(run(1000), Level { tokens: 0, wait_ms: 0 });
        assert_eq!(run(3999).wait_ms, 1);
        assert!(run(4000).sufficed());
    }

    #[test]
    fn both_or_none() {
        let (large, small) = (Rate::new(1.0, 10), Rate::new(0.5, 1));
        let (mut a, mut b) = (refill(None, &large, 0), refill(None, &small, 0));
        take([(&mut a, &large), (&mut b, &small)], TOKEN);
        let [one, two] = take([(&mut a, &large), (&mut b, &small)], TOKEN);
        assert_eq!((one.tokens, one.wait_ms, two.tokens, two.wait_ms), (9 * TOKEN, 0, 0, 2000));
    }

    #[test]
    fn a_rate_of_nothing_never_fills_a_bucket() {
        let never = Rate::new(0.0, 1);
        let empty = Bucket { tokens: 0, at: 0 };
        assert_eq!(refill(Some(empty), &never, u64::MAX).tokens, 0);
        assert_eq!((never.window(), never.life()), (Duration::from_secs(1), Duration::from_secs(1)));
        for slow in [1e-9, 0.001] {
            assert_eq!(Rate::new(slow, 1).per_ms(), 1);
        }
        assert_eq!(Rate::new(f64::NAN, 1), never);
    }

    fn a_rate() -> impl Strategy<Value = Rate> {
        (prop_oneof![Just(0.0), 0.001..1e6_f64], 0..=MAX_TOKENS).prop_map(|(rate, burst)| Rate::new(rate, burst))
    }

    proptest! {
        /// Whatever comes when: never more than the burst and what came back meanwhile, and never less than that much.
        #[test]
        fn a_bucket_gives_what_it_should(
            rate in a_rate(),
            asks in prop::collection::vec((0_u64..5_000, 0_u64..=10 * TOKEN), 1..80),
        ) {
            let (mut bucket, mut now, mut given) = (refill(None, &rate, 0), 0, 0_u128);
            for (pause, cost) in asks {
                now += pause;
                bucket = refill(Some(bucket), &rate, now);
                let before = bucket.tokens;
                let [level] = take([(&mut bucket, &rate)], cost);
                prop_assert_eq!(level.sufficed(), before >= cost);
                given += if level.sufficed() { u128::from(cost) } else { 0 };
                prop_assert!(given <= u128::from(rate.burst()) + u128::from(rate.per_ms()) * u128::from(now));
                if !level.sufficed() && rate.per_ms() > 0 && cost <= rate.burst() {
                    let then = refill(Some(bucket), &rate, now + level.wait_ms);
                    prop_assert!(then.tokens >= cost, "the wait that is named suffices");
                    let sooner = refill(Some(bucket), &rate, now + level.wait_ms - 1);
                    prop_assert!(sooner.tokens < cost, "and no shorter one does");
                }
            }
        }

        #[test]
        fn a_bucket_that_is_forgotten_after_its_life_was_full(rate in a_rate(), tokens in 0_u64..TOKEN) {
            let tokens = tokens.min(rate.burst());
            let life = u64::try_from(rate.life().as_millis()).unwrap();
            if rate.per_ms() > 0 {
                prop_assert_eq!(refill(Some(Bucket { tokens, at: 0 }), &rate, life).tokens, rate.burst());
            }
        }

        #[test]
        fn a_clock_that_was_set_back_changes_nothing(rate in a_rate(), at in any::<u64>(), now in any::<u64>()) {
            let bucket = Bucket { tokens: rate.burst() / 2, at };
            let found = refill(Some(bucket), &rate, now.min(at));
            prop_assert_eq!(found, Bucket { tokens: bucket.tokens, at: now.min(at) });
        }
    }
}
