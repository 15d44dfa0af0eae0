//! Hit counts: how often something ran, either exactly or as a lower bound.

use std::fmt;

/// How often something ran: an exact count, or a lower bound.
///
/// The top bit means "at least"; a count of more than 63 bits saturates into a lower bound. Two
/// 32-bit halves keep the alignment at four bytes, so that a `Line` takes 12 bytes and a report of
/// ten million lines fits in memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hits {
    high: u32,
    low: u32,
}

impl Hits {
    /// It never ran.
    pub const ZERO: Self = Self { high: 0, low: 0 };
    /// The largest count that can be stored exactly: 2⁶³ − 1.
    pub const MAX: u64 = u64::MAX >> 1;
    const AT_LEAST: u32 = 1 << 31;

    /// Exactly `count`, or "at least 2⁶³ − 1" if it is larger than that.
    pub fn exactly(count: u64) -> Self {
        if count > Self::MAX { Self::at_least(Self::MAX) } else { Self::pack(count, 0) }
    }

    /// At least `count`. "At least 0" carries no information and becomes an exact 0.
    pub fn at_least(count: u64) -> Self {
        if count == 0 { Self::ZERO } else { Self::pack(count.min(Self::MAX), Self::AT_LEAST) }
    }

    fn pack(count: u64, bound: u32) -> Self {
        Self { high: (count >> 32) as u32 | bound, low: count as u32 }
    }

    /// The count, or its lower bound if it is not exact.
    pub fn count(self) -> u64 {
        u64::from(self.high & !Self::AT_LEAST) << 32 | u64::from(self.low)
    }

    /// Whether [`Self::count`] is the exact count.
    pub fn is_exact(self) -> bool {
        self.high & Self::AT_LEAST == 0
    }

    /// Whether it ran at all.
    pub fn is_hit(self) -> bool {
        self != Self::ZERO
    }

    /// The sum: exact if both counts are, otherwise the sum of the lower bounds.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let sum = self.count() + other.count(); // two 63-bit counts cannot overflow 64 bits
        if self.is_exact() && other.is_exact() { Self::exactly(sum) } else { Self::at_least(sum) }
    }

    /// The magnitude that a snapshot stores by default: 0, 1, 2+, 10+, 100+, 1000+, … Raw counts
    /// differ from run to run and would cost a new object for every file in every snapshot.
    #[must_use]
    pub fn magnitude(self) -> Self {
        match self.count() {
            0 => Self::ZERO,
            1 if self.is_exact() => self,
            count @ 1..=9 => Self::at_least(count.min(2)),
            count => Self::at_least(10u64.pow(count.ilog10())),
        }
    }
}

impl fmt::Debug for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Writes `7`, or `10+` for a lower bound.
impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count(), if self.is_exact() { "" } else { "+" })
    }
}
