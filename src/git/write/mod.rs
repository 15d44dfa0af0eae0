//! Writes objects and refs: objects are collected in memory and written as one pack, and the ref
//! moves last, by compare-and-swap.

mod batch;
mod object;
mod pack;
mod ref_lock;
mod refs;
pub(super) mod temporary;

use std::collections::BTreeMap;
use std::path::Path;

pub use batch::Batch;

use crate::Result;
use crate::git::{Id, Repo, RepoWriter};

/// A change to a name in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Puts a file with this blob there.
    File(Id),
    /// Puts a folder with this tree there.
    Folder(Id),
    /// Removes the entry.
    Remove,
    /// Edits the folder there, or an empty one. A folder that becomes empty is removed.
    Inside(BTreeMap<Vec<u8>, Edit>),
}

/// The author of a commit, and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    name: String,
    email: String,
    /// Seconds since 1970 UTC.
    time: i64,
}

impl RepoWriter {
    /// Opens the repository that holds `path`, as [`Repo::discover`] does.
    pub fn discover(path: &Path) -> Result<Self> {
        Repo::discover(path).map(Self)
    }

    /// Opens the repository of the current folder, as [`Repo::here`] does.
    pub fn here() -> Result<Self> {
        Repo::here().map(Self)
    }

    /// The user as git knows them (`user.name`, `user.email`), or covatlas itself, at a time in
    /// seconds since 1970 UTC.
    pub fn signer(&self, time: i64) -> Signer {
        let known = self.inner.signature().ok();
        let known = known.as_ref().and_then(|user| Some((user.name().ok()?, user.email().ok()?)));
        let (name, email) = known.unwrap_or(("covatlas", "covatlas@localhost"));
        Signer { name: name.to_owned(), email: email.to_owned(), time }
    }
}
