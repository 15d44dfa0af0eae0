//! Stores snapshots in git: one immutable directory per (commit, suite, part), on a branch of its
//! own.
//!
//! ```text
//! FORMAT                                      "covatlas 1"
//! snapshots/<2 hex>/<rest>/<suite>@<part>/
//!     run.json  provenance.json  files/<source path>  source/<source path>
//!     tests/cases/<2 hex>  tests/durations
//! ```
//! The ref is updated last, by compare-and-swap.

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
use std::ops::Deref;

pub use damage::Damage;
pub use prune::Pruned;
pub use push::Pushed;
pub use put::Put;
pub use read::changes;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::git::{Id, Repo, RepoWriter};
use crate::report::paths::{Found, is_foreign};
use crate::report::{FileCoverage, Tallies, Test, TestSummary, Warning};

/// Identifies a measurement by its commit, suite and part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The tested commit.
    pub commit: Id,
    /// The suite: what Codecov calls a flag (`unit`, `e2e`, `windows`).
    pub suite: String,
    /// One of the parallel jobs of the suite.
    pub part: String,
}

/// A file's coverage as stored in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// The blob of the measured source, or `None` if the path matches no tracked file.
    pub source: Option<Id>,
    /// The measurement.
    pub coverage: FileCoverage,
}

/// A report that was recorded in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Input {
    /// The name of the format.
    pub format: String,
    /// The BLAKE3 digest of the file, in hex.
    pub digest: String,
}

/// A report that does not count, because another one reports the same run in a format with more
/// information.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SameRun {
    /// The name of its file.
    pub report: String,
    /// The file name of the report that counts.
    pub counted: String,
}

/// A path in a report that matches no file tracked by git.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmatched {
    /// The path as the report writes it.
    pub path: String,
    /// The tracked file that may have been meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// Why it was left out, as one word: `dependency`, `untracked`, `ambiguous`, … Absent in older
    /// snapshots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Why it was left out, in a phrase for users: whose dependency it is, or which files fit
    /// equally well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Unmatched {
    /// Whether no match was to be expected: the file belongs to a dependency or another repository,
    /// or was generated.
    pub fn is_foreign(&self) -> bool {
        self.why.as_deref().is_some_and(is_foreign)
    }
}

/// A file that was found only by the ending of a reported path.
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
    /// The tool that recorded it: `covatlas 0.1.0`.
    pub tool: String,
    /// The reports, sorted.
    pub inputs: Vec<Input>,
    /// The commit that was tested.
    pub tested: Id,
    /// The head of the change request, if it is not the tested commit (CI tests a merge commit).
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
    /// The prefix that was removed from the reports' paths. Only in old snapshots; newer ones have
    /// [`Run::found`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// How the files were found: each way with its number of files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<Found>,
    /// The files that were found only by the ending of a path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_ending: Vec<ByEnding>,
    /// The paths that match nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmatched: Vec<Unmatched>,
    /// Measured files that differed from the commit in the work tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dirty: Vec<String>,
    /// The warnings about the reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// Reports of a run that another report describes too, in another format.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_run: Vec<SameRun>,
    /// The sum over the files, or the declared totals if no file is listed.
    pub totals: Tallies,
    /// A summary of the tests, if there are test reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestSummary>,
}

/// `provenance.json`: the only file that may differ between equal recordings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The time of the recording, in RFC 3339 UTC.
    pub recorded_at: String,
    /// A link to the CI job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<String>,
}

/// The coverage measured at one commit by one part of a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The key under which it is stored.
    pub key: Key,
    /// `run.json`.
    pub run: Run,
    /// `provenance.json`.
    pub provenance: Provenance,
    /// The files by their path in the repository, without unmatched ones.
    pub files: BTreeMap<String, FileRecord>,
    /// Source texts to store with it, by path. For a commit off the timeline these are the texts
    /// that differ from the merge base, so that the snapshot can still be shown when its branch is
    /// gone. Empty otherwise.
    pub sources: BTreeMap<String, Source>,
    /// The tests that ran, in the order of [`cases::shards`]. Tests that a report counts but does
    /// not list are only in [`Run::tests`].
    pub tests: Vec<Test>,
}

impl Run {
    /// A run of the tests of a commit, with no further information.
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
    /// A snapshot of these files, with no further information about its run.
    pub fn new(key: Key, files: BTreeMap<String, FileRecord>) -> Self {
        let mut run = Run::new(key.commit);
        run.totals = files.values().map(|file| file.coverage.tallies()).sum();
        let (provenance, sources, tests) = (Provenance::default(), BTreeMap::new(), Vec::new());
        Self { key, run, provenance, files, sources, tests }
    }
}

/// A source text that is stored with a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A blob of the repository that contains the store.
    Blob(Id),
    /// The text itself, if the store is not in the repository of the sources.
    Bytes(Vec<u8>),
}

/// How hit counts are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HitsKept {
    /// As magnitudes (0, 1, 2+, 10+, …), so that unchanged coverage is an unchanged blob.
    #[default]
    Magnitude,
    /// Exactly.
    Exact,
}

/// A part in the store, with the tree of its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The key under which it is stored.
    pub key: Key,
    /// The tree of the whole part: `run.json`, `provenance.json`, `files/`.
    pub tree: Id,
    /// The tree `files/`, or `None` for an empty part.
    pub files: Option<Id>,
}

/// The content of a store.
#[derive(Debug, Default)]
pub struct Survey {
    /// The parts that can be read, sorted by key.
    pub parts: Vec<Stored>,
    /// What could not be read.
    pub damage: Damage,
}

/// The store on a branch of a repository, for reading only. The repository may be another one than
/// that of the sources.
pub struct Store<'repo> {
    repo: &'repo Repo,
    branch: String,
    reference: String,
}

/// The store, for reading and writing.
pub struct StoreWriter<'repo> {
    repo: &'repo RepoWriter,
    store: Store<'repo>,
}

impl<'repo> StoreWriter<'repo> {
    /// Opens the store on `branch`, as [`Store::open`] does.
    pub fn open(repo: &'repo RepoWriter, branch: &str) -> Result<Self> {
        Ok(Self { repo, store: Store::open(repo, branch)? })
    }
}

impl<'repo> Deref for StoreWriter<'repo> {
    type Target = Store<'repo>;

    fn deref(&self) -> &Store<'repo> {
        &self.store
    }
}

/// The largest file of the store, in bytes. Source texts stored with a snapshot may be larger.
const LARGEST: usize = 64 << 20;

/// The largest number of parts that are read.
const PARTS: usize = 1 << 20;

/// The format that this version writes, and the newest that it can read.
const FORMAT: u32 = 1;

/// The content of the file that gives the format.
fn format_text(format: u32) -> String {
    format!("covatlas {format}\n")
}
