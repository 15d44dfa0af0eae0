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
use std::ops::Deref;
use std::path::PathBuf;

pub use blame::{
    Blame, BlameOptions, BlameStats, BlamedCommit, Credit, IgnoredRevisions, Person, Run,
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

/// An open repository, for reading only: no method changes a ref, an existing object, the index or
/// the work tree. In a partial clone, reading fetches missing objects, as it does in git.
///
/// It cannot be sent to another thread: each thread opens its own from [`Repo::place`].
pub struct Repo {
    inner: git2::Repository,
    /// The index that the environment names in place of the repository's own.
    index: Option<PathBuf>,
    mailmap: OnceCell<git2::Mailmap>,
    shallow: OnceCell<BTreeSet<Id>>,
    replaced: OnceCell<BTreeMap<Id, Id>>,
    loose: OnceCell<loose::Loose>,
}

/// An open repository, for reading and writing. Code that only reads takes a [`Repo`], so that the
/// types show who can write.
pub struct RepoWriter(Repo);

impl Deref for RepoWriter {
    type Target = Repo;

    fn deref(&self) -> &Repo {
        &self.0
    }
}

/// The data of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The id.
    pub id: Id,
    /// The parents, in order, without those beyond a shallow boundary.
    pub parents: Vec<Id>,
    /// The tree.
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

/// A file in a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeFile {
    /// The path as text ([`crate::path`]).
    pub path: String,
    /// The blob.
    pub blob: Id,
}

/// The change of a path between two trees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The path and blob before the change, or `None` for an added file.
    pub old: Option<TreeFile>,
    /// The path and blob after the change, or `None` for a deleted file. For a rename, the path
    /// differs from that of `old`.
    pub new: Option<TreeFile>,
}

/// A run of lines that differs between two texts. Lines count from 1. An empty side has a `count`
/// of 0, and its `start` is the line that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The first old line.
    pub old_start: u32,
    /// The number of old lines.
    pub old_count: u32,
    /// The first new line.
    pub new_start: u32,
    /// The number of new lines.
    pub new_count: u32,
}

/// Whether a tree diff detects renames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renames {
    /// Yes, by git's own similarity, at 50 %.
    Follow,
    /// No: a rename is a deletion and an addition.
    Ignore,
}
