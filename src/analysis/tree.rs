//! The directories of the measured files, with sums.

use std::collections::BTreeMap;

use crate::history::{FileIndex, History};
use crate::report::Tallies;

/// A directory with everything below it summed up.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Its path, without a slash at the end; empty for the root.
    pub path: String,
    /// Directories in it by their own name. A chain of single directories is not folded here: pages do that.
    pub directories: BTreeMap<String, Directory>,
    /// Files in it by their own name.
    pub files: BTreeMap<String, FileFigures>,
    /// How many files are below it.
    pub count: usize,
    /// The sum at the newest point.
    pub now: Tallies,
    /// The sum at the start of the window.
    pub window: Tallies,
    /// The sum at every point.
    pub series: Vec<Tallies>,
}

/// A file of the tree.
#[derive(Clone, Debug)]
pub struct FileFigures {
    /// Which file.
    pub file: FileIndex,
    /// Its figures at the newest point.
    pub now: Tallies,
    /// Its figures at the start of the window; none where it did not exist.
    pub window: Option<Tallies>,
}

/// The root directory of the newest point.
pub fn root(history: &History) -> Directory {
    todo!("{history:?}")
}
