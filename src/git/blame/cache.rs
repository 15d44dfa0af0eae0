//! Encodes the result of a blame for the next one.
//!
//! An entry names only commits, so a change of `.mailmap` does not make it wrong. Its key contains
//! everything that decides which commits these are: the ignored revisions, and the boundary of a
//! shallow clone. Entries with a different key are ignored.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::git::Id;
use crate::git::blame::Run;

/// The stored blame of files at a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The commit whose files these are.
    pub(super) head: Id,
    /// The commits that the runs name, by index.
    pub(super) commits: Vec<Id>,
    /// Paths and their runs, in path order.
    pub(super) files: Vec<(Vec<u8>, Vec<Run>)>,
}

impl Kept {
    /// The files of both, which must be at the same commit.
    pub(super) fn and(mut self, other: Self) -> Self {
        let own: BTreeSet<Vec<u8>> = self.files.iter().map(|(path, _)| path.clone()).collect();
        let mut indices: BTreeMap<Id, u32> = self.commits.iter().copied().zip(0..).collect();
        for (path, mut runs) in other.files.into_iter().filter(|(path, _)| !own.contains(path)) {
            for run in &mut runs {
                let id = other.commits[run.commit as usize];
                run.commit = *indices.entry(id).or_insert_with(|| {
                    self.commits.push(id);
                    self.commits.len() as u32 - 1
                });
            }
            self.files.push((path, runs));
        }
        self.files.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        self
    }
}

/// A digest of everything besides history that decides the commit of a line.
pub(super) fn key(ignored: &BTreeSet<Id>, boundary: &BTreeSet<Id>) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    for (name, ids) in [(b"ignored ", ignored), (b"boundary", boundary)] {
        hash.update(name);
        for id in ids {
            hash.update(id.as_raw());
        }
    }
    hash.finalize().into()
}

/// Encodes a blame under its key.
pub(super) fn encode(kept: &Kept, key: &[u8; 32]) -> Option<Vec<u8>> {
    postcard::to_allocvec(&(key, kept)).ok()
}

/// Decodes what was encoded under the same key.
pub(super) fn decode(bytes: &[u8], key: &[u8; 32]) -> Option<Kept> {
    let (own, kept): ([u8; 32], Kept) = postcard::from_bytes(bytes).ok()?;
    let named = |run: &Run| (run.commit as usize) < kept.commits.len();
    (own == *key && kept.files.iter().flat_map(|(_, runs)| runs).all(named)).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_under_its_key_alone() {
        let id = |byte| Id::from_raw(&[byte; 20]);
        let runs = vec![Run { count: 3, commit: 1 }, Run { count: 100_000, commit: 0 }];
        let files = vec![(b"empty".to_vec(), Vec::new()), (b"caf\xc3\xa9/\xff.rs".to_vec(), runs)];
        let kept = Kept { head: id(1), commits: vec![id(2), id(3)], files };
        let bytes = |kept: &Kept| encode(kept, &[7; 32]).expect("memory");
        let whole = bytes(&kept);
        assert_eq!(decode(&whole, &[7; 32]), Some(kept.clone()));
        assert_eq!(decode(&whole, &[8; 32]), None);
        assert!((0..whole.len()).all(|at| decode(&whole[..at], &[7; 32]).is_none()), "cut");
        let nameless = Kept { commits: vec![id(2)], ..kept };
        assert_eq!(
            decode(&bytes(&nameless), &[7; 32]),
            None,
            "a run of a commit that is not there"
        );
    }
}
