//! The only module that knows libgit2: open a repository, walk its commits, read and write objects,
//! diff, blame.
//!
//! It takes paths and revisions and returns plain values ([`Id`], [`Commit`], [`Change`],
//! [`Hunk`]); no libgit2 type is public. Network access goes through the user's own `git`, so that
//! credentials and proxies work.

mod blame;
mod cache;
mod command;
mod commits;
mod comparison;
mod diff;
mod encoding;
mod errors;
mod id;
mod inside;
mod limits;
mod loose;
mod lru;
mod mailmap;
mod network;
mod open;
mod options;
mod replaced;
mod sample;
mod similarity;
mod trees;
mod worktree;
mod write;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

pub use blame::{
    Blame, BlameOptions, BlameStats, BlamedCommit, Caching, Credit, IgnoredRevisions, Person, Run,
};
pub use command::without_repository;
pub use id::Id;
pub use limits::catches_panics;
pub(crate) use lru::Recent;
pub use lru::Trees;
pub use open::{Place, Remote, without_credentials};
use serde::{Deserialize, Serialize};
pub use worktree::{LinkedWorktree, Worktree};
pub use write::{Batch, Edit, Signer};

/// An open repository. It cannot change its thread: each thread opens its own, from
/// [`Repo::place`].
pub struct Repo {
    inner: git2::Repository,
    /// The index that the environment names instead of the repository's own.
    index: Option<PathBuf>,
    mailmap: OnceCell<git2::Mailmap>,
    shallow: OnceCell<BTreeSet<Id>>,
    replaced: OnceCell<BTreeMap<Id, Id>>,
    loose: OnceCell<loose::Loose>,
}

/// A commit's own facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its id.
    pub id: Id,
    /// Its parents, in order; none for those beyond a shallow boundary.
    pub parents: Vec<Id>,
    /// Its tree.
    pub tree: Id,
    /// Committer time, seconds since 1970 UTC.
    pub time: i64,
    /// The author's name (through `.mailmap`), never the e-mail address.
    pub author: String,
    /// The first line of the message.
    pub subject: String,
    /// The rest of the message.
    pub body: String,
}

/// A file of a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeFile {
    /// Its path as text ([`crate::path`]).
    pub path: String,
    /// Its blob.
    pub blob: Id,
}

/// The change of a path between two trees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Path and blob before; none for an added file.
    pub old: Option<TreeFile>,
    /// Path and blob after; none for a deleted file. Differs in path from `old` for a rename.
    pub new: Option<TreeFile>,
}

/// A run of lines that differs between two texts. Lines count from 1; an empty side has `count` 0
/// and `start` the line before which it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// First old line.
    pub old_start: u32,
    /// Old lines.
    pub old_count: u32,
    /// First new line.
    pub new_start: u32,
    /// New lines.
    pub new_count: u32,
}

/// Whether a tree diff looks for renames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renames {
    /// By git's own similarity, at 50 %.
    Follow,
    /// A rename is a deletion and an addition.
    Ignore,
}
