//! How often something ran: exactly, or at least.

use std::fmt;

/// How often something ran: a count, or a lower bound of it.
///
/// The top bit says "at least"; a count beyond 63 bits saturates into a lower bound. Two halves
/// keep the alignment at four bytes, so that a `Line` takes 12 bytes: reports of ten million lines
/// fit in memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hits {
    high: u32,
    low: u32,
}

impl Hits {
    /// Never ran.
    pub const ZERO: Self = Self { high: 0, low: 0 };
    /// The largest count that is kept exactly: 2⁶³ − 1.
    pub const MAX: u64 = u64::MAX >> 1;
    const AT_LEAST: u32 = 1 << 31;

    /// Exactly `count`, or at least 2⁶³ − 1 where it is larger.
    pub fn exactly(count: u64) -> Self {
        if count > Self::MAX { Self::at_least(Self::MAX) } else { Self::pack(count, 0) }
    }

    /// `count` or more; zero and below is exactly zero.
    pub fn at_least(count: u64) -> Self {
        if count == 0 { Self::ZERO } else { Self::pack(count.min(Self::MAX), Self::AT_LEAST) }
    }

    fn pack(count: u64, bound: u32) -> Self {
        Self { high: (count >> 32) as u32 | bound, low: count as u32 }
    }

    /// The count, or its lower bound.
    pub fn count(self) -> u64 {
        u64::from(self.high & !Self::AT_LEAST) << 32 | u64::from(self.low)
    }

    /// Whether [`Self::count`] is the count itself.
    pub fn is_exact(self) -> bool {
        self.high & Self::AT_LEAST == 0
    }

    /// Whether it ran at all.
    pub fn is_hit(self) -> bool {
        self != Self::ZERO
    }

    /// The sum: exact where both are, else the sum of the lower bounds.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let sum = self.count() + other.count(); // two 63-bit counts cannot overflow 64 bits
        if self.is_exact() && other.is_exact() { Self::exactly(sum) } else { Self::at_least(sum) }
    }

    /// The magnitude that a snapshot keeps by default: 0, 1, 2+, 10+, 100+, 1000+, … Raw counts
    /// differ from run to run and would cost a new object for every file at every snapshot.
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

/// `7`, or `10+` for a lower bound.
impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count(), if self.is_exact() { "" } else { "+" })
    }
}
