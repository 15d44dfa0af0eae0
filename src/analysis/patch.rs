//! What a change did: patch coverage over the lines it added or modified, and what happened elsewhere.
//!
//! The states are those of lcov's differential coverage (genhtml, "Differential coverage"): added lines are covered
//! (GNC) or uncovered (UNC); lines whose text did not change are gained (GBC), lost (LBC), or as before; lines that were
//! no code before are newly instrumented (UIC, GIC); deleted lines were covered (DCB) or not (DUB).

use super::Sources;
use crate::Result;
use crate::history::{FileIndex, History};
use crate::report::Tally;

/// What the commits between the point before and this one did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Added or modified lines that can be covered; 0 of 0 has no percentage.
    pub lines: Tally,
    /// Branches on those lines.
    pub branches: Tally,
    /// The sum over the files.
    pub balance: Balance,
    /// The files with a changed line or a changed state, by path.
    pub files: Vec<FilePatch>,
}

/// Counts of lines by what happened to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Added and covered (GNC).
    pub added_covered: u64,
    /// Added and not covered (UNC).
    pub added_uncovered: u64,
    /// Text unchanged, covered before, uncovered now (LBC).
    pub lost: u64,
    /// Text unchanged, uncovered before, covered now (GBC).
    pub won: u64,
    /// Text unchanged, not code before, uncovered now (UIC).
    pub newly_uncovered: u64,
    /// Text unchanged, not code before, covered now (GIC).
    pub newly_covered: u64,
    /// Deleted, or no longer code, and uncovered before (DUB, EUB).
    pub removed_uncovered: u64,
    /// Deleted, or no longer code, and covered before (DCB, ECB).
    pub removed_covered: u64,
}

/// A file of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePatch {
    /// Which file.
    pub file: FileIndex,
    /// Its path after; before, where it is gone.
    pub path: String,
    /// Its path before, where that differs.
    pub renamed_from: Option<String>,
    /// Added or modified lines that can be covered.
    pub lines: Tally,
    /// Its counts.
    pub balance: Balance,
    /// The text hunks, old and new.
    pub hunks: Vec<crate::git::Hunk>,
    /// New line numbers that lost coverage without a change of text.
    pub lost: Vec<u32>,
    /// New line numbers that won coverage without a change of text.
    pub won: Vec<u32>,
}

/// The patch between a point and the one before it; for the first point every line counts as unchanged.
pub fn patch(sources: &Sources<'_>, history: &History, point: usize) -> Result<Patch> {
    todo!("{}{point}{}", history.points.len(), sources.repo.is_shallow())
}
