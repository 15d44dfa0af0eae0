//! Which files lost and won lines over the window.

use crate::history::{FileIndex, History};
use crate::report::Tally;

/// What a file lost or won.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mover {
    /// Which file.
    pub file: FileIndex,
    /// Its lines at the newest point.
    pub now: Tally,
    /// Its lines at the start of the window (0 of 0 for a new file).
    pub before: Tally,
    /// Covered lines won (positive) or uncovered lines more (negative): −Δ uncovered lines.
    pub won: i64,
}

/// Every file whose uncovered lines changed over the window, most lost first, then by path.
pub fn movers(history: &History) -> Vec<Mover> {
    todo!("{history:?}")
}
