//! Snapshots in git: one immutable directory a (commit, suite, part) on a branch of its own.
//!
//! ```text
//! FORMAT                                      "covatlas 1"
//! snapshots/<2 hex>/<rest>/<suite>@<part>/
//!     run.json  provenance.json  files/<source path>  source/<source path>  tests/cases/<2 hex>  tests/durations
//! ```
//! The input is [`Snapshot`] values. It gives git objects, and back. The ref is updated last,
//! compare-and-swap.

pub mod cases;
pub mod codec;
mod damage;
pub mod layout;
mod prune;
mod push;
mod put;
mod read;
mod retry;

use std::collections::BTreeMap;

pub use damage::Damage;
pub use prune::Pruned;
pub use push::Pushed;
pub use put::Put;
pub use read::changes;
use serde::{Deserialize, Serialize};

use crate::git::{Id, Repo};
use crate::report::paths::{Found, is_foreign};
use crate::report::{FileCoverage, Tallies, Test, TestSummary, Warning};

/// Identifies a measurement: its commit, its suite and its part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The tested commit.
    pub commit: Id,
    /// The suite: what Codecov calls a flag (`unit`, `e2e`, `windows`).
    pub suite: String,
    /// One of the parallel jobs of the suite.
    pub part: String,
}

/// A file as a snapshot keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// The blob of the source that was measured, or `None` if the path matches no tracked file.
    pub source: Option<Id>,
    /// The measurement.
    pub coverage: FileCoverage,
}

/// One report that went into a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Input {
    /// The format's name.
    pub format: String,
    /// The BLAKE3 digest of its bytes, in hex.
    pub digest: String,
}

/// A report that does not count, because another one reports the same run in a format that says
/// more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SameRun {
    /// The name of its file.
    pub report: String,
    /// The name of the file of the report that counts.
    pub counted: String,
}

/// A path in a report that matches no file git tracks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmatched {
    /// The path as the report writes it.
    pub path: String,
    /// The tracked file that it may have meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// Why it was left out, as one word: `dependency`, `untracked`, `ambiguous`, … Older snapshots
    /// do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Why it was left out, as people read it: whose dependency it is, which files fit alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Unmatched {
    /// Whether the path is rightly no file of the repository: a dependency's, generated, or another
    /// repository's.
    pub fn is_foreign(&self) -> bool {
        self.why.as_deref().is_some_and(is_foreign)
    }
}

/// A file that was found by the ending of a reported path alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ByEnding {
    /// The path as the report writes it.
    pub path: String,
    /// The tracked file.
    pub file: String,
}

/// `run.json`: what was measured, without anything that differs between equal recordings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Run {
    /// The tool that recorded it, `covatlas 0.1.0`.
    pub tool: String,
    /// The reports, sorted.
    pub inputs: Vec<Input>,
    /// The commit that was tested.
    pub tested: Id,
    /// The head of the change request, where it differs from what was tested (CI tests a merge
    /// commit).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Id>,
    /// The best common ancestor with the target branch, for a change request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_base: Option<Id>,
    /// The branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The change request's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
    /// What was removed from the reports' paths to make them relative. Read from old snapshots;
    /// [`Run::found`] says more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// How the files were found: each way with the number of files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<Found>,
    /// The files that were found by the ending of a path alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_ending: Vec<ByEnding>,
    /// Paths that match nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmatched: Vec<Unmatched>,
    /// Measured files that differed from the commit in the work tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dirty: Vec<String>,
    /// The warnings about the reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// Reports of a run that another report has too, in another format.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_run: Vec<SameRun>,
    /// The sum over the files; what was stated, where no file is listed.
    pub totals: Tallies,
    /// The tests in figures, where there are reports of tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestSummary>,
}

/// `provenance.json`: the only file that may differ between equal recordings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// When it was recorded, RFC 3339 UTC.
    pub recorded_at: String,
    /// A link to the CI job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<String>,
}

/// The coverage measured at one commit by one part of a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Where it is kept.
    pub key: Key,
    /// `run.json`.
    pub run: Run,
    /// `provenance.json`.
    pub provenance: Provenance,
    /// The files by their path in the repository; unmatched ones are not among them.
    pub files: BTreeMap<String, FileRecord>,
    /// Source texts to keep with it, by path: for a commit off the timeline those that differ from
    /// the merge base, so that it can still be drawn when its branch is gone. Empty otherwise.
    pub sources: BTreeMap<String, Source>,
    /// The tests that ran, as [`cases::shards`] orders them. Those that a report counts and does
    /// not list are in [`Run::tests`] alone.
    pub tests: Vec<Test>,
}

impl Run {
    /// A run of the tests of a commit of which nothing else is known.
    pub fn new(tested: Id) -> Self {
        Self {
            tool: concat!("covatlas ", env!("CARGO_PKG_VERSION")).to_owned(),
            inputs: Vec::new(),
            tested,
            head: None,
            merge_base: None,
            branch: None,
            change: None,
            root: None,
            found: Vec::new(),
            by_ending: Vec::new(),
            unmatched: Vec::new(),
            dirty: Vec::new(),
            warnings: Vec::new(),
            same_run: Vec::new(),
            totals: Tallies::default(),
            tests: None,
        }
    }
}

impl Snapshot {
    /// A snapshot of these files; nothing else is known of its run.
    pub fn new(key: Key, files: BTreeMap<String, FileRecord>) -> Self {
        let mut run = Run::new(key.commit);
        run.totals = files.values().map(|file| file.coverage.tallies()).sum();
        let (provenance, sources, tests) = (Provenance::default(), BTreeMap::new(), Vec::new());
        Self { key, run, provenance, files, sources, tests }
    }
}

/// A source text that a snapshot keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A blob of the repository that holds the store.
    Blob(Id),
    /// The text itself, where the store is in another repository than the sources.
    Bytes(Vec<u8>),
}

/// Whether hits are kept as magnitudes (0, 1, 2+, 10+, …) or as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HitsKept {
    /// As magnitudes: unchanged coverage is then an unchanged blob.
    #[default]
    Magnitude,
    /// As they are.
    Exact,
}

/// A part found in the store, with the tree of its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Where it is kept.
    pub key: Key,
    /// The tree of the whole part: `run.json`, `provenance.json`, `files/`.
    pub tree: Id,
    /// The tree `files/`; none for an empty part.
    pub files: Option<Id>,
}

/// The content of a store.
#[derive(Debug, Default)]
pub struct Survey {
    /// The parts that can be read, sorted by key.
    pub parts: Vec<Stored>,
    /// Damage.
    pub damage: Damage,
}

/// The store on a branch of a repository, which need not be the one that holds the sources.
pub struct Store<'repo> {
    repo: &'repo Repo,
    branch: String,
    reference: String,
}

/// The largest file of the store, in bytes; a source text that is kept with a snapshot may be
/// larger.
const LARGEST: usize = 64 << 20;

/// The most parts that are read.
const PARTS: usize = 1 << 20;

/// The format that this version writes, and the newest it reads.
const FORMAT: u32 = 1;

/// The content of the file that names a format.
fn format_text(format: u32) -> String {
    format!("covatlas {format}\n")
}
