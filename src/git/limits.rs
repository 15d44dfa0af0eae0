//! Limits on what is read from a repository. A branch that strangers can push to may contain any
//! object; one that is too large is refused before memory is allocated for it.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::thread;

use crate::git::errors::damaged;
use crate::git::open::oid;
use crate::git::{Id, Repo};
use crate::{Error, Result};

/// The largest object that is read, in bytes, except for folders. No source text is that long.
const OBJECT: usize = 128 << 20;

/// The deepest folder that is read. Git's own limit, 2048, needs more stack than a thread has, and
/// file systems accept no paths with more than a few hundred folders.
const DEPTH: usize = 512;

/// The most memory that the paths of one listing may take, in bytes: about two million files. A few
/// small trees that contain each other several times can list any number of files.
const LISTING: usize = 256 << 20;

/// The approximate memory overhead of a path in a listing.
const OVERHEAD: usize = 64;

thread_local! {
    /// Whether panics of this thread are caught.
    static CATCHES: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread is caught and becomes an error, so that it need not be shown.
pub fn catches_panics() -> bool {
    CATCHES.get()
}

impl Repo {
    /// Refuses an object that is too large to read.
    pub(super) fn check_size(&self, what: &str, id: Id) -> Result<()> {
        self.check_size_up_to(OBJECT, what, id)
    }

    /// Refuses an object of more than `most` bytes.
    pub(super) fn check_size_up_to(&self, most: usize, what: &str, id: Id) -> Result<()> {
        match self.size(id) {
            Ok(Some(size)) if size > most => Err(Error::new(format!(
                "could not read {what} {id}: it has {size} bytes, and at most {most} are read"
            ))),
            Ok(_) => Ok(()),
            Err(_) => Err(damaged(what, id)),
        }
    }

    /// The size of an object according to its header. `None` if it cannot be found or read, which
    /// whoever reads it will report.
    ///
    /// git2 panics if the header of a damaged object has an unknown type.
    fn size(&self, id: Id) -> thread::Result<Option<usize>> {
        let header = || self.inner.odb().and_then(|objects| objects.read_header(oid(id)));
        CATCHES.set(true);
        let header = panic::catch_unwind(AssertUnwindSafe(header));
        CATCHES.set(false);
        header.map(|header| header.ok().map(|(size, _)| size))
    }
}

/// Refuses a folder that is nested too deeply. The path ends with `/`.
pub(super) fn check_depth(folder: &[u8]) -> Result<()> {
    if memchr::memchr_iter(b'/', folder).count() <= DEPTH {
        return Ok(());
    }
    let start = String::from_utf8_lossy(&folder[..folder.len().min(60)]).into_owned();
    Err(Error::new(format!(
        "could not read the folders below {start}…: they are nested deeper than {DEPTH}"
    )))
}

/// The memory used so far by a listing of paths.
#[derive(Default)]
pub(super) struct Listing {
    taken: usize,
}

impl Listing {
    /// Counts a path.
    ///
    /// # Errors
    /// If the paths take more memory than a listing may use.
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
