//! How long the uncovered lines have been uncovered, from the [`LineHistories`] of the newest
//! files.
//!
//! A contributor's ages are those of the lines themselves ([`super::contributors`]): authors know
//! when they wrote a line, not when a test last ran it.

use crate::analysis::line_histories::LineHistories;
use crate::analysis::line_history::LineHistory;
use crate::history::History;

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Lines by their age: how long before the newest point they became what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    /// By the bounds of [`Ages::BOUNDS`], youngest first; the last are older than any bound.
    pub bins: [u64; 4],
}

impl Ages {
    /// The bounds between the bins, in days.
    pub const BOUNDS: [i64; 3] = [30, 90, 365];

    /// Adds lines of an age in seconds. A commit that is dated later than the newest point has no
    /// age.
    pub fn add(&mut self, age: i64, lines: u64) {
        self.bins[Self::BOUNDS.partition_point(|bound| bound * DAY <= age)] += lines;
    }

    /// All lines.
    pub fn total(&self) -> u64 {
        self.bins.iter().sum()
    }
}

/// The uncovered lines of the newest point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uncovered {
    /// Those that were never covered with this text, by when they were first measured.
    pub never: Ages,
    /// Those that were covered once, by when they were lost.
    pub lost: Ages,
    /// Those that were uncovered at the first point already. How long they had been is not known.
    pub before: u64,
}

impl Uncovered {
    /// Adds them up.
    pub fn of(history: &History, lines: &LineHistories) -> Self {
        let mut sum = Self::default();
        let Some(newest) = history.latest() else { return sum };
        let uncovered =
            lines.files().flat_map(|file| lines.counts(file)).filter(|(line, _)| !line.covered);
        for (LineHistory { since, flips, .. }, count) in uncovered {
            let age = newest.commit.time - history.points[since].commit.time;
            match (since, flips.is_empty()) {
                (0, _) => sum.before += count,
                (_, true) => sum.never.add(age, count),
                (_, false) => sum.lost.add(age, count),
            }
        }
        sum
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.never.total() + self.lost.total() + self.before
    }
}
