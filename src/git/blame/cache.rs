//! What a blame found out, kept in the repository's folder for the next one.
//!
//! In: a [`Kept`], its bytes. Out: its bytes, a [`Kept`]. It names commits alone, so what is said of them (`.mailmap`) may change
//! under it. What decides the commits is in its key: the version of this format and of the walk, the ignored revisions, where
//! a shallow clone ends. A file that is damaged, of another version or of another key is as good as none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    process,
};

use super::Run;
use crate::git::{Id, Repo};

/// Raised with the form of the file, and with anything that changes which commit a line is blamed on.
const MAGIC: &[u8] = b"covatlas blame 1\n";

/// The blame of files at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// The commit whose files these are.
    pub(super) head: Id,
    /// The commits that the runs name, by index.
    pub(super) commits: Vec<Id>,
    /// Paths and their runs, in path order.
    pub(super) files: Vec<(Vec<u8>, Vec<Run>)>,
}

impl Kept {
    /// The files of both, at the same commit.
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

/// What decides the commit of a line besides history itself.
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

fn file(repo: &Repo) -> PathBuf {
    repo.folder().join("covatlas").join("blame")
}

/// Reads what was kept under a key.
pub(super) fn load(repo: &Repo, key: &[u8; 32]) -> Option<Kept> {
    decode(&fs::read(file(repo)).ok()?, key)
}

/// Keeps a blame; where the folder cannot be written, the next blame is slower, and that is all.
pub(super) fn store(repo: &Repo, key: &[u8; 32], kept: &Kept) {
    let target = file(repo);
    let fresh = target.with_file_name(format!("blame.{}", process::id()));
    let folder = target.parent().map_or(Ok(()), fs::create_dir_all);
    // Another process may read it meanwhile: it finds the old file or the new one.
    if folder.and_then(|()| fs::write(&fresh, encode(kept, key))).and_then(|()| fs::rename(&fresh, &target)).is_err() {
        let _ = fs::remove_file(&fresh);
    }
}

fn encode(kept: &Kept, key: &[u8; 32]) -> Vec<u8> {
    let mut bytes = [MAGIC, key].concat();
    bytes.push(kept.head.as_raw().len() as u8);
    bytes.extend_from_slice(kept.head.as_raw());
    number(kept.commits.len(), &mut bytes);
    kept.commits.iter().for_each(|id| bytes.extend_from_slice(id.as_raw()));
    number(kept.files.len(), &mut bytes);
    for (path, runs) in &kept.files {
        number(path.len(), &mut bytes);
        bytes.extend_from_slice(path);
        number(runs.len(), &mut bytes);
        for run in runs {
            number(run.count as usize, &mut bytes);
            number(run.commit as usize, &mut bytes);
        }
    }
    let digest = blake3::hash(&bytes);
    bytes.extend_from_slice(digest.as_bytes());
    bytes
}

fn decode(bytes: &[u8], key: &[u8; 32]) -> Option<Kept> {
    let (body, digest) = bytes.split_last_chunk::<32>()?;
    if blake3::hash(body).as_bytes() != digest {
        return None;
    }
    let mut reader = Reader { rest: body.strip_prefix(MAGIC)?.strip_prefix(key)? };
    let length = usize::from(*reader.take(1)?.first()?);
    let head = reader.id(length)?;
    let commits = (0..reader.number()?).map(|_| reader.id(length)).collect::<Option<Vec<_>>>()?;
    let files = (0..reader.number()?).map(|_| reader.file(commits.len())).collect::<Option<_>>()?;
    Some(Kept { head, commits, files })
}

/// LEB128: seven bits a byte, the lowest first.
fn number(mut value: usize, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let mut value = 0usize;
        for shift in (0..35).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn id(&mut self, length: usize) -> Option<Id> {
        matches!(length, 20 | 32).then(|| self.take(length).map(Id::from_raw)).flatten()
    }

    fn file(&mut self, commits: usize) -> Option<(Vec<u8>, Vec<Run>)> {
        let length = self.number()?;
        let path = self.take(length)?.to_vec();
        let runs = (0..self.number()?).map(|_| self.run(commits)).collect::<Option<Vec<_>>>()?;
        Some((path, runs))
    }

    fn run(&mut self, commits: usize) -> Option<Run> {
        let (count, commit) = (self.number()?, self.number()?);
        (commit < commits).then_some(Run { count: u32::try_from(count).ok()?, commit: commit as u32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        let id = |byte| Id::from_raw(&[byte; 20]);
        let runs = vec![Run { count: 3, commit: 1 }, Run { count: 100_000, commit: 0 }];
        let files = vec![(b"empty".to_vec(), Vec::new()), (b"caf\xc3\xa9/\xff.rs".to_vec(), runs)];
        Kept { head: id(1), commits: vec![id(2), id(3)], files }
    }

    #[test]
    fn what_is_kept_comes_back_under_its_key_alone() {
        let bytes = encode(&kept(), &[7; 32]);
        assert_eq!(decode(&bytes, &[7; 32]), Some(kept()));
        assert_eq!(decode(&bytes, &[8; 32]), None);
    }

    #[test]
    fn damage_is_found_wherever_it_is() {
        let bytes = encode(&kept(), &[7; 32]);
        for at in 0..bytes.len() {
            assert_eq!(decode(&bytes[..at], &[7; 32]), None, "cut at {at}");
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(decode(&damaged, &[7; 32]), None, "changed at {at}");
        }
    }
}
