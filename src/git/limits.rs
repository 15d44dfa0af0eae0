//! How much of a repository is read at most. A branch that strangers can push to may have any
//! object: one that is too large is refused before memory is taken for it.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::thread;

use crate::git::errors::damaged;
use crate::git::open::oid;
use crate::git::{Id, Repo};
use crate::{Error, Result};

/// The largest object that is read, in bytes, folders apart. No text of a program is as long.
const OBJECT: usize = 128 << 20;

/// The deepest folder that is read. git's own limit, 2048, needs more stack than a thread has; a
/// file system takes no path of more than some hundred folders with names.
const DEPTH: usize = 512;

/// The most memory that the paths of one listing may take, in bytes: about two million files.
/// Folders that hold one another several times, as few small trees can, list any number of files.
const LISTING: usize = 256 << 20;

/// The memory that a path in a listing takes beside its own bytes, about.
const OVERHEAD: usize = 64;

thread_local! {
    /// Whether this thread is where a panic is caught.
    static CATCHES: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread is caught and becomes an error, so that nobody needs to see it.
pub fn catches_panics() -> bool {
    CATCHES.get()
}

impl Repo {
    /// Refuses an object that is larger than any that is read.
    pub(super) fn check_size(&self, what: &str, id: Id) -> Result<()> {
        self.check_size_up_to(OBJECT, what, id)
    }

    /// Refuses an object of more than so many bytes.
    pub(super) fn check_size_up_to(&self, most: usize, what: &str, id: Id) -> Result<()> {
        match self.size(id) {
            Ok(Some(size)) if size > most => Err(Error::new(format!(
                "could not read {what} {id}: it has {size} bytes, and at most {most} are read"
            ))),
            Ok(_) => Ok(()),
            Err(_) => Err(damaged(what, id)),
        }
    }

    /// The size of an object by its header; `None` for one that cannot be found or read, which its
    /// reader reports.
    ///
    /// git2 panics where the header names no type of git, as that of a damaged object may.
    fn size(&self, id: Id) -> thread::Result<Option<usize>> {
        let header = || self.inner.odb().and_then(|objects| objects.read_header(oid(id)));
        CATCHES.set(true);
        let header = panic::catch_unwind(AssertUnwindSafe(header));
        CATCHES.set(false);
        header.map(|header| header.ok().map(|(size, _)| size))
    }
}

/// Refuses a folder, by its path with a `/` at the end, that is too deep in its tree.
pub(super) fn check_depth(folder: &[u8]) -> Result<()> {
    if memchr::memchr_iter(b'/', folder).count() <= DEPTH {
        return Ok(());
    }
    let start = String::from_utf8_lossy(&folder[..folder.len().min(60)]).into_owned();
    Err(Error::new(format!(
        "could not read the folders below {start}…: they are nested deeper than {DEPTH}"
    )))
}

/// The memory that a listing of paths has taken so far.
#[derive(Default)]
pub(super) struct Listing {
    taken: usize,
}

impl Listing {
    /// Counts a path.
    ///
    /// # Errors
    /// When the paths take more memory than a listing may.
    pub(super) fn count(&mut self, path: &[u8]) -> Result<()> {
        self.taken += path.len() + OVERHEAD;
        if self.taken <= LISTING {
            return Ok(());
        }
        let most = LISTING >> 20;
        Err(Error::new(format!(
            "could not list the files of a tree: their paths take more than {most} MiB of memory"
        )))
    }
}
