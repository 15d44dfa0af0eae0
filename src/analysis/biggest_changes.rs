//! The files that lost or gained most lines lately, or over a longer window where few changed.

use crate::analysis::trend::{WINDOW_DAYS, start_of};
use crate::history::{FileIndex, FileState, History};
use crate::report::{Dimension, Tally};

/// The lines that a file lost or gained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mover {
    /// The file.
    pub file: FileIndex,
    /// Its lines at the newest point.
    pub now: Tally,
    /// Its lines at the start of the window (0 of 0 for a new file).
    pub before: Tally,
    /// By how many the uncovered lines became fewer; negative where they became more.
    pub gained: i64,
}

/// The changes since a point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Movers {
    /// The point that is compared with, or `None` if the newest is the only one.
    pub start: Option<usize>,
    /// Every file whose uncovered lines changed since, most lost first, then by path.
    pub files: Vec<Mover>,
}

/// Longer and longer windows, in days.
const WINDOWS: [i64; 4] = [WINDOW_DAYS, 90, 180, 365];

/// The files that moved over the shortest window in which at least `wanted` did, or over the whole
/// timeline.
pub fn movers(history: &History, wanted: usize) -> Movers {
    let starts = WINDOWS.iter().filter_map(|days| start_of(history, *days)).chain([0]);
    let mut starts: Vec<usize> = starts.filter(|start| start + 1 < history.points.len()).collect();
    starts.dedup();
    let mut movers = Movers::default();
    for start in starts {
        movers = Movers { start: Some(start), files: since(history, start) };
        if movers.files.len() >= wanted {
            break;
        }
    }
    movers
}

/// Every file of the newest point whose uncovered lines changed since a point, most lost first,
/// then by path. A file that is gone is not among them: there is no page that could show it.
fn since(history: &History, start: usize) -> Vec<Mover> {
    let files = history.files_at(history.points.len() - 1);
    let mut movers: Vec<Mover> = files
        .into_values()
        .map(|(file, now)| mover(file, lines(Some(now)), lines(history.files[file].at(start))))
        .filter(|mover| mover.gained != 0)
        .collect();
    movers.sort_by_key(|mover| mover.gained); // stable, and the files came by path
    movers
}

fn mover(file: FileIndex, now: Tally, before: Tally) -> Mover {
    Mover { file, now, before, gained: before.missed().cast_signed() - now.missed().cast_signed() }
}

fn lines(state: Option<&FileState>) -> Tally {
    state.and_then(|state| state.tallies.get(&Dimension::Lines)).unwrap_or_default()
}
