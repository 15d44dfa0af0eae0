//! Fetches in two batches what a partial clone (`git clone --filter=blob:none`) lacks of the
//! history, instead of one blob after another. Any other clone has all of it.

use std::collections::BTreeSet;

use crate::Result;
use crate::git::{Change, Id, Renames, Repo};
use crate::store::Store;

/// Fetches the records and the source texts of the timeline's measured files, and what finding
/// renames needs; returns how many objects were missing.
///
/// # Errors
/// When the remote cannot be reached, or no longer has them.
pub fn fetch_missing(repo: &Repo, store: &Store<'_>, tip: Id) -> Result<usize> {
    if !repo.is_partial() {
        return Ok(0);
    }
    let records = store.fetch_missing()?;
    let sources: Vec<Id> = sources(repo, store, tip)?.into_iter().collect();
    Ok(records + repo.fetch_missing(&sources)?)
}

/// The blobs that are read when the points are walked and drawn.
fn sources(repo: &Repo, store: &Store<'_>, tip: Id) -> Result<BTreeSet<Id>> {
    let (mut paths, mut commits) = (BTreeSet::new(), BTreeSet::new());
    for part in store.list()? {
        paths.extend(store.files(&part)?.into_keys());
        commits.insert(part.key.commit);
    }
    let mut blobs = BTreeSet::new();
    let mut before = None;
    for point in
        repo.first_parents(tip)?.into_iter().rev().filter(|commit| commits.contains(commit))
    {
        read_between(&repo.diff_trees(before, Some(point), Renames::Ignore)?, &paths, &mut blobs);
        before = Some(point);
    }
    Ok(blobs)
}

/// Adds the texts of measured files, and where files both came and went, those that may be renames
/// of each other.
fn read_between(changes: &[Change], measured: &BTreeSet<String>, blobs: &mut BTreeSet<Id>) {
    let moved = changes.iter().any(|change| change.old.is_none())
        && changes.iter().any(|change| change.new.is_none());
    for change in changes {
        let may_have_moved = moved && (change.old.is_none() || change.new.is_none());
        let sides = change.old.iter().chain(&change.new);
        blobs.extend(
            sides
                .filter(|file| may_have_moved || measured.contains(&file.path))
                .map(|file| file.blob),
        );
    }
}
