//! An atlas of a repository's coverage: its current state, how it got there, and what is missing.
//!
//! The crate is one pipeline, and the tree shows it:
//!
//! ```text
//! bytes ─report─▶ Report ─recording─▶ Snapshot ─store─▶ git ─▶ History ─analysis─▶ Analyses
//!
//! Analyses ─site─▶ pages ─publish─▶ disk
//! Analyses ─check─▶ findings
//! ```
//!
//! 1. [`report`] turns the bytes that test tools write into one model of covered lines, branches
//!    and functions.
//! 2. [`git`] is the only module that knows libgit2: open, walk, read, write, diff, blame.
//! 3. [`forge`] reads what CI services say about the job that is running.
//! 4. [`store`] keeps a snapshot (what was measured at one commit) in a branch of the repository
//!    itself.
//! 5. [`history`] joins the commits of the default branch with their snapshots: the timeline.
//! 6. [`config`] reads `covatlas.toml`.
//! 7. [`recording`] makes a snapshot of report files and the commit that was tested.
//! 8. [`analysis`] computes trends, the effects of changes, and more: pure functions over the
//!    timeline.
//! 9. [`check`] applies rules to the newest snapshot: does it reach its targets?
//! 10. [`site`] turns the analyses into pages and hands them one at a time to a sink.
//! 11. [`publish`] is the sink on disk: it writes what changed and removes what is stale.
//! 12. [`Monitor`] is the front of the library, on which the commands are written.
//! 13. [`cli`] holds the arguments, [`commands`] load, compute and publish; only this module
//!     prints.
//!
//! A module uses only what is above it in that list, and the leaves that all share: [`error`],
//! `files`, `hidden`, `parallel`, `path`, `program`.

// The modules are public only for the binary and the tests. They are not part of the API, which is
// re-exported below.
#[doc(hidden)]
pub mod analysis;
#[doc(hidden)]
pub mod check;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod commands;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod error;
mod files;
#[doc(hidden)]
pub mod forge;
#[doc(hidden)]
pub mod git;
mod hidden;
#[doc(hidden)]
pub mod history;
#[doc(hidden)]
pub mod monitor;
#[doc(hidden)]
pub mod parallel;
#[doc(hidden)]
pub mod path;
mod program;
#[doc(hidden)]
pub mod publish;
#[doc(hidden)]
pub mod recording;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod site;
#[doc(hidden)]
pub mod store;

pub use error::{Error, Kind, Result};
pub use git::Id;
pub use monitor::Monitor;
pub use publish::Published;
pub use report::{Better, Dimension, FileCoverage, Hits, Line, Metric, Tallies, Tally};
pub use store::{FileRecord, Key, Run, Snapshot};
