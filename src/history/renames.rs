//! The changes of files between the commits of two neighbouring points: the sources that
//! changed, and the measured files that were moved or deleted.
//!
//! Similarity is computed only if a measured path disappears while another path appears.

use std::collections::BTreeMap;

use crate::Result;
use crate::git::{Change, Id};

/// Files between two commits.
#[derive(Default)]
pub(super) struct Moves {
    /// The new blob of every path that changed, or `None` if it is gone.
    pub sources: BTreeMap<String, Option<Id>>,
    /// New paths of measured files, by the old one.
    pub renamed: BTreeMap<String, String>,
    /// Measured paths that went without a new name.
    deleted: Vec<String>,
}

impl Moves {
    /// The changes from one commit to another: the files that differ, and the same with renames,
    /// where that matters.
    pub(super) fn of(
        changes: Vec<Change>,
        with_renames: impl FnOnce() -> Result<Vec<Change>>,
        measured: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let went = |change: &Change| {
            change.new.is_none() && change.old.as_ref().is_some_and(|old| measured(&old.path))
        };
        let came = |change: &Change| change.old.is_none();
        let renamed = if changes.iter().any(went) && changes.iter().any(came) {
            renames(with_renames()?, &measured)
        } else {
            BTreeMap::new()
        };
        let paths =
            changes.iter().filter(|change| went(change)).filter_map(|change| change.old.as_ref());
        let deleted =
            paths.map(|old| old.path.clone()).filter(|path| !renamed.contains_key(path)).collect();
        let sources = changes.into_iter().filter_map(|Change { old, new }| match (old, new) {
            (_, Some(new)) => Some((new.path, Some(new.blob))),
            (old, None) => Some((old?.path, None)),
        });
        Ok(Self { sources: sources.collect(), renamed, deleted })
    }

    /// Measured paths that are gone, with the new path of those that moved.
    pub(super) fn gone(&self) -> impl Iterator<Item = (&String, Option<&String>)> {
        let moved = self.renamed.iter().map(|(old, new)| (old, Some(new)));
        moved.chain(self.deleted.iter().map(|old| (old, None)))
    }
}

fn renames(changes: Vec<Change>, measured: &impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let pairs = changes.into_iter().filter_map(|change| Some((change.old?.path, change.new?.path)));
    pairs.filter(|(old, new)| old != new && measured(old)).collect()
}
