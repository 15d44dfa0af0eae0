//! Which files lost and won lines over the window.

use super::trend::window_start;
use crate::history::{FileIndex, FileState, History};
use crate::report::{Dimension, Tally};

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

/// Every file of the newest point whose uncovered lines changed over the window, most lost first, then by path. A file
/// that is gone is not among them: there is no page that could show it.
pub fn movers(history: &History) -> Vec<Mover> {
    let Some(start) = window_start(history) else { return Vec::new() };
    let files = history.files_at(history.points.len() - 1);
    let mut movers: Vec<Mover> = files
        .into_values()
        .map(|(file, now)| mover(file, lines(Some(now)), lines(history.files[file].at(start))))
        .filter(|mover| mover.won != 0)
        .collect();
    movers.sort_by_key(|mover| mover.won); // stable, and the files came by path
    movers
}

fn mover(file: FileIndex, now: Tally, before: Tally) -> Mover {
    Mover { file, now, before, won: before.missed().cast_signed() - now.missed().cast_signed() }
}

fn lines(state: Option<&FileState>) -> Tally {
    state.and_then(|state| state.tallies.get(&Dimension::Lines)).unwrap_or_default()
}
