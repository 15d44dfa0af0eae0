//! Where each dimension stands and where it is going.

use crate::history::History;
use crate::report::{Dimension, Tally};

/// The days that "lately" means on every page: the window is from the newest snapshot that is at least so old.
pub const WINDOW_DAYS: i64 = 30;

/// A dimension over the whole timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// Which dimension.
    pub dimension: Dimension,
    /// Its tally at the newest point.
    pub now: Tally,
    /// Its tally at the point before, where it was measured.
    pub before: Option<Tally>,
    /// Its tally at the start of the window, and that point's index.
    pub window: Option<(usize, Tally)>,
    /// Its tally at every point; none where it was not measured.
    pub series: Vec<Option<Tally>>,
    /// The word for its direction.
    pub word: Word,
}

/// The direction of a series: a robust slope against its noise, never two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// ↗
    Rising,
    /// →
    Flat,
    /// ↘
    Falling,
    /// ≈
    Noisy,
    /// Too few points to say.
    Young,
}

/// A point worth a number on the trend chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The point.
    pub point: usize,
    /// Uncovered lines more (positive) or fewer (negative) than at the point before.
    pub uncovered: i64,
    /// Lines more or fewer than at the point before.
    pub lines: i64,
}

/// The trend of every dimension measured at the newest point.
pub fn trends(history: &History) -> Vec<Trend> {
    todo!("{history:?}")
}

/// The direction of a series of percentages (Mann–Kendall at 5 %, with Sen's slope; see the method page).
pub fn word(percents: &[f64]) -> Word {
    todo!("{percents:?}")
}

/// Up to five points at which the number of uncovered lines moved most.
pub fn events(history: &History) -> Vec<Event> {
    todo!("{history:?}")
}

/// The point at which the window of [`WINDOW_DAYS`] begins, counted back from the newest snapshot's commit time.
pub fn window_start(history: &History) -> Option<usize> {
    todo!("{history:?}")
}
