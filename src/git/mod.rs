//! The only module that knows libgit2: open a repository, walk its commits, read and write objects, diff.
//!
//! In: paths and revisions. Out: plain values ([`Id`], [`Commit`], [`Change`], [`Hunk`]); no libgit2 type leaves it.
//! Network goes through the user's own `git`, so that credentials and proxies work.

mod id;

use std::path::{Path, PathBuf};

pub use id::Id;

use crate::Result;

/// An open repository. Not shared between threads: [`Repo::reopen`] gives each thread its own handle.
pub struct Repo {
    inner: git2::Repository,
}

/// A commit's own facts.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Its path as text ([`crate::report::path`]).
    pub path: String,
    /// Its blob.
    pub blob: Id,
}

/// What happened to a path between two trees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Path and blob before; none for an added file.
    pub old: Option<TreeFile>,
    /// Path and blob after; none for a deleted file. Differs in path from `old` for a rename.
    pub new: Option<TreeFile>,
}

/// A run of lines that differs between two texts. Lines count from 1; an empty side has `count` 0 and `start` the
/// line before which it stands.
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

impl Repo {
    /// Opens the repository that holds `path` (its work tree, a linked worktree, a submodule, or a bare repository).
    pub fn discover(path: &Path) -> Result<Self> {
        todo!("{path:?}")
    }

    /// A second handle on the same repository, for another thread.
    pub fn reopen(&self) -> Result<Self> {
        todo!()
    }

    /// The work tree's folder; none for a bare repository.
    pub fn work_tree(&self) -> Option<PathBuf> {
        todo!()
    }

    /// Whether history is cut off (`git clone --depth`).
    pub fn is_shallow(&self) -> bool {
        todo!()
    }

    /// Resolves a revision (`HEAD`, a branch, a tag, an abbreviated id) to a commit.
    pub fn resolve(&self, revision: &str) -> Result<Id> {
        todo!("{revision}")
    }

    /// Reads a commit.
    pub fn commit(&self, id: Id) -> Result<Commit> {
        todo!("{id}")
    }

    /// The first-parent chain from `tip` to the root (or the shallow boundary), newest first.
    pub fn first_parents(&self, tip: Id) -> Result<Vec<Id>> {
        todo!("{tip}")
    }

    /// The best common ancestor of two commits.
    pub fn merge_base(&self, one: Id, other: Id) -> Result<Option<Id>> {
        todo!("{one}{other}")
    }

    /// Every file (regular, executable; no symlink, no submodule) of a commit's or tree's tree, in path order.
    pub fn files(&self, treeish: Id) -> Result<Vec<TreeFile>> {
        todo!("{treeish}")
    }

    /// The object at a path of a commit or tree: a blob or a subtree.
    pub fn at(&self, treeish: Id, path: &str) -> Result<Option<Id>> {
        todo!("{treeish}{path}")
    }

    /// The contents of a blob.
    pub fn blob(&self, id: Id) -> Result<Vec<u8>> {
        todo!("{id}")
    }

    /// The files that differ between two trees (or commits; none is the empty tree), in path order.
    pub fn diff_trees(&self, old: Option<Id>, new: Option<Id>, renames: Renames) -> Result<Vec<Change>> {
        todo!("{old:?}{new:?}{renames:?}")
    }

    /// The runs of lines that differ between two texts, as `git diff -U0` has them, in order.
    pub fn diff_lines(&self, old: &[u8], new: &[u8]) -> Result<Vec<Hunk>> {
        todo!("{old:?}{new:?}")
    }

    /// Tags by the commit they point to: `(commit, name)`, sorted.
    pub fn tags(&self) -> Result<Vec<(Id, String)>> {
        todo!()
    }
}
