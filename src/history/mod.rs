//! Commits joined with their snapshots: the timeline of the default branch, oldest first, and what
//! changed between neighbours.
//!
//! Memory grows with what changed, not with files × snapshots: a point holds only the files whose
//! figures differ from the point before. The walk can be saved, and gone on with when more
//! snapshots come.

mod base;
mod checked_out;
mod default_branch;
mod formats;
mod line_map;
mod merged;
mod missing;
mod off_timeline;
mod prefetch;
mod problems;
mod renames;
mod resolve;
pub mod retention;
mod selected;
mod sources;
mod suites;
mod walk;

use std::collections::BTreeMap;

pub use base::ChangeBase;
pub use checked_out::{contains, is_of_run, stated_branch};
pub use default_branch::{DefaultBranch, default_branch};
pub use formats::{Formats, merge_parts};
pub use line_map::Mapping;
pub use merged::merged;
pub use missing::fetch_missing;
pub use resolve::{Answer, Recorded};
pub use selected::{Selected, Selection, select};
use serde::{Deserialize, Serialize};
pub use sources::{Objects, Sources};
pub use walk::{load, resume};

use crate::git::{Commit, Id};
use crate::report::{FileCoverage, Tallies, TestSummary};
use crate::store::{Damage, Run, Stored};

/// Index of a file in [`History::files`]: one a file's whole life, through renames.
pub type FileIndex = usize;

/// The number of points for which a suite's result replaces a missing one, unless its
/// [`SuiteOptions`] say otherwise.
pub const CARRY: usize = 10;

/// The options of [`load`].
#[derive(Clone, Debug)]
pub struct Options {
    /// The default branch's name.
    pub branch: String,
    /// How the default branch was found (`config`, `remote HEAD`, `CI`, `main`).
    pub branch_from: String,
    /// The newest commit of the default branch.
    pub tip: Id,
    /// The options of the suites, by name.
    pub suites: BTreeMap<String, SuiteOptions>,
}

/// The options of a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuiteOptions {
    /// How many parts make it complete, where that was declared.
    pub parts: Option<usize>,
    /// The number of points for which its result replaces a missing one.
    pub carry: usize,
}

impl Default for SuiteOptions {
    fn default() -> Self {
        Self { parts: None, carry: CARRY }
    }
}

/// The timeline of the default branch.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The default branch's name.
    pub branch: String,
    /// How the default branch was found (`config`, `remote HEAD`, `CI`, `main`), for the trust
    /// page.
    pub branch_from: String,
    /// Snapshots on the timeline, oldest first.
    pub points: Vec<Point>,
    /// Every file that was ever measured on the timeline.
    pub files: Vec<FileTrack>,
    /// Snapshots of commits that are not on the timeline, with the point their merge base belongs
    /// to.
    pub aside: Vec<BranchSnapshot>,
    /// Commits on the timeline after the newest point, newest first: not measured yet.
    pub unmeasured: Vec<Id>,
    /// Whether the clone is shallow: the timeline then begins at its boundary.
    pub shallow: bool,
    /// Whether the clone is partial: contents were left out when it was made, and are fetched when
    /// they are needed.
    pub partial: bool,
    /// Damage that was left out.
    pub damage: Damage,
    /// Other problems that did not stop the walk: an incomplete suite, a branch that was rewritten.
    pub warnings: Vec<String>,
}

/// A snapshot on the timeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Point {
    /// The commit.
    pub commit: Commit,
    /// Commits on the timeline since the point before, without a snapshot of their own, newest
    /// first; empty for the first point.
    pub skipped: Vec<Id>,
    /// The tags of this commit and of the skipped ones: releases that this point is the first to
    /// hold, sorted.
    #[serde(skip)] // tags come and go without a new snapshot
    pub releases: Vec<String>,
    /// The contribution of each suite, by name; a suite that was never measured up to here is not
    /// among them.
    pub suites: Vec<SuiteState>,
    /// The merged sum over all files; where no file is measured, what imported suites state without
    /// listing files.
    pub totals: Tallies,
    /// Files whose figures, path or source changed since the point before, or that are measured no
    /// more, in order; [`FileTrack::at`] has their states before and after.
    #[serde(skip)] // the tracks say it too
    pub changed: Vec<FileIndex>,
    /// How many files are measured.
    pub measured: usize,
    /// Parts that were recorded here and hold tests alone. No coverage was measured with them, so
    /// that their suites' is carried like that of any other.
    pub tested: Vec<Tested>,
}

/// A part that holds tests and no coverage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tested {
    /// Where it is.
    pub part: Stored,
    /// Its `run.json`.
    #[serde(with = "walk::checkpoint::json")]
    pub run: Run,
}

/// The contribution of a suite to a point.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SuiteState {
    /// Its name.
    pub name: String,
    /// Measured here, or carried.
    pub source: SuiteSource,
    /// The parts of its last measurement.
    pub parts: Vec<Stored>,
    /// How many parts make it complete, where that was declared.
    pub declared: Option<usize>,
    /// `run.json` of each part, where it was measured at this point.
    #[serde(with = "walk::checkpoint::json")]
    pub runs: Vec<Run>,
    /// Its own sum over the files at this point, without what changed since it was measured.
    pub totals: Tallies,
}

/// Where a suite's figures at a point come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SuiteSource {
    /// Measured at this commit.
    Measured,
    /// Carried forward from an earlier point; the age in snapshots.
    Carried {
        /// The point it was measured at.
        from: usize,
        /// How many points ago.
        age: usize,
    },
    /// It was measured before, but is too old to be carried, or was never completed.
    Missing {
        /// The last point it was measured at.
        last: usize,
    },
}

/// A file at a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    /// Its path there.
    pub path: String,
    /// Its blob at the point's commit.
    pub source: Option<Id>,
    /// Its measurements: record blobs of each contributing part, sorted by suite and part.
    pub records: Vec<RecordRef>,
    /// Its figures, all suites merged.
    pub tallies: Tallies,
}

/// A record of a file that a suite's part contributes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordRef {
    /// The suite.
    pub suite: String,
    /// The record's blob in the store.
    pub blob: Id,
    /// The text that its line numbers mean: the file's blob at the commit it was measured at. It
    /// differs from [`FileState::source`] where the record is carried over a change.
    pub measured: Option<Id>,
    /// The formats that the part was reported in.
    pub formats: Formats,
}

/// A file's life on the timeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileTrack {
    /// Its newest path.
    pub path: String,
    /// Every point at which something changed, with the state after it (none: gone), oldest first.
    pub states: Vec<(usize, Option<FileState>)>,
}

/// A snapshot off the timeline.
#[derive(Clone, Debug)]
pub struct BranchSnapshot {
    /// The commit, where it can still be read.
    pub commit: Option<Commit>,
    /// Its id.
    pub id: Id,
    /// The change request's number, where it has one.
    pub change: Option<u64>,
    /// The branch.
    pub branch: Option<String>,
    /// The point at or before its merge base.
    pub base: Option<usize>,
    /// Its merged figures.
    pub totals: Tallies,
    /// The parts that were recorded of it.
    pub parts: Vec<Stored>,
}

/// A file's merged coverage at a point, ready to be drawn.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// All suites merged, carried lines mapped to the current text.
    pub coverage: FileCoverage,
    /// Lines that only a carried suite measured and that changed since, by number: neither covered
    /// nor not.
    pub unknown: Vec<u32>,
}

impl History {
    /// The newest point.
    pub fn latest(&self) -> Option<&Point> {
        self.points.last()
    }

    /// Problems and what was left out, one sentence each.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.damage.sentences();
        problems.extend_from_slice(&self.warnings);
        problems
    }

    /// The files measured at a point, by path.
    pub fn files_at(&self, point: usize) -> BTreeMap<&str, (FileIndex, &FileState)> {
        let states = self.files.iter().enumerate();
        states
            .filter_map(|(file, track)| {
                track.at(point).map(|state| (state.path.as_str(), (file, state)))
            })
            .collect()
    }
}

impl Point {
    /// The tests that ran at this commit, all suites together, or `None` if nothing is known of
    /// any.
    pub fn tests(&self) -> Option<TestSummary> {
        let runs = self
            .suites
            .iter()
            .flat_map(|suite| &suite.runs)
            .chain(self.tested.iter().map(|tested| &tested.run));
        runs.filter_map(|run| run.tests).reduce(std::ops::Add::add)
    }

    /// The parts that were recorded at this commit.
    pub fn parts(&self) -> impl Iterator<Item = &Stored> {
        let measured = self.suites.iter().filter(|suite| suite.source == SuiteSource::Measured);
        measured.flat_map(|suite| &suite.parts).chain(self.tested.iter().map(|tested| &tested.part))
    }
}

impl SuiteState {
    /// Whether all parts that were declared are there.
    pub fn is_complete(&self) -> bool {
        self.declared.is_none_or(|declared| self.parts.len() >= declared)
    }
}

impl FileTrack {
    /// The state at a point; none before its birth and after its end.
    pub fn at(&self, point: usize) -> Option<&FileState> {
        let after = self.states.partition_point(|(at, _)| *at <= point);
        self.states[..after].last().and_then(|(_, state)| state.as_ref())
    }

    /// The states at the point before one and at it.
    pub fn around(&self, point: usize) -> (Option<&FileState>, Option<&FileState>) {
        let after = self.states.partition_point(|(at, _)| *at <= point);
        let before = self.states[..after].partition_point(|(at, _)| *at < point);
        let last = |count: usize| self.states[..count].last().and_then(|(_, state)| state.as_ref());
        (last(before), last(after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_knows_its_states_around_every_point() {
        let state = |path: &str| {
            let (source, records, tallies) = (None, Vec::new(), Tallies::default());
            Some(FileState { path: path.to_owned(), source, records, tallies })
        };
        let states = vec![(1, state("a")), (3, state("b")), (4, None), (7, state("c"))];
        let track = FileTrack { path: "c".to_owned(), states };
        let path = |state: Option<&FileState>| state.map_or("-", |state| &state.path).to_owned();
        let around = |point| [track.around(point).0, track.around(point).1].map(path).concat();
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 7, 8].map(around),
            ["--", "-a", "aa", "ab", "b-", "--", "-c", "cc"]
        );
        let both = |point: usize| [track.at(point - 1), track.at(point)].map(path).concat();
        assert!((1..9).all(|point| around(point) == both(point)));
    }
}
