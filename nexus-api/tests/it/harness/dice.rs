//! Numbers that look random and are the same every time.

/// A stream of numbers that the same seed repeats.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    /// One of these.
    pub fn of<'a, T: ?Sized>(&mut self, these: &[&'a T]) -> &'a T {
        these[usize::try_from(self.roll(these.len() as u64)).unwrap()]
    }

    /// One of these, too.
    pub fn pick<'a, T>(&mut self, these: &'a [T]) -> &'a T {
        &these[usize::try_from(self.roll(these.len() as u64)).unwrap()]
    }
}

/// How many cases to try: `NEXUS_CASES`, or the given number.
pub fn cases(default: usize) -> usize {
    std::env::var("NEXUS_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}
