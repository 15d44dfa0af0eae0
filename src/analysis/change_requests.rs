//! The snapshots off the timeline, each compared with the point at which its branch began.
//!
//! A suite that was not measured on the branch is replaced by its last measurement up to that
//! point, mapped to the texts of the branch, in the same way as a suite that is carried forward.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::analysis::Sources;
use crate::analysis::cache::{self, Cache, Digest};
use crate::git::{Change, Id, Renames};
use crate::history::{BranchSnapshot, FileState, Formats, History, RecordRef, merged};
use crate::report::Tallies;
use crate::store::Stored;

/// The number of snapshots to read: those whose branches began last.
pub const MAX_SNAPSHOTS: usize = 200;

/// A snapshot beside the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRequest {
    /// Index into [`History::aside`].
    pub aside: usize,
    /// The point at which its branch began.
    pub base: usize,
    /// The files that differ from that point, by path.
    pub files: Vec<Differing>,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differing {
    /// Its path.
    pub path: String,
    /// Its figures, or `None` if it is not measured any more.
    pub tallies: Option<Tallies>,
}

/// Results of an earlier build, by snapshot.
pub type Cached = Cache<Vec<Differing>>;

/// The snapshots whose branches began last, newest base first. One that lists no file, or that
/// cannot be read, is left out.
pub fn branched(
    sources: &Sources<'_>,
    history: &History,
    known: &mut Cached,
) -> Result<Vec<ChangeRequest>> {
    let lists_files = |aside: &BranchSnapshot| aside.parts.iter().any(|part| part.files.is_some());
    let asides = history.aside.iter().enumerate().filter(|(_, aside)| lists_files(aside));
    let mut asides: Vec<(usize, usize)> =
        asides.filter_map(|(at, aside)| Some((at, aside.base?))).collect();
    asides.sort_by_key(|&(at, base)| (std::cmp::Reverse(base), at));
    asides.truncate(MAX_SNAPSHOTS);
    let jobs: Vec<_> = asides.into_iter().map(|job| (job, digest(history, job))).collect();
    known.fill(&sources.objects(), jobs.iter().copied(), |sources, &(at, base)| {
        Ok(differing(sources, history, &history.aside[at], base).ok())
    })?;
    let found = jobs.into_iter().filter_map(|((aside, base), digest)| {
        Some(ChangeRequest { aside, base, files: known.get(&digest)?.clone() })
    });
    Ok(found.collect())
}

/// A digest of all that a snapshot's files are read from.
fn digest(history: &History, (at, base): (usize, usize)) -> Digest {
    let (aside, point) = (&history.aside[at], &history.points[base]);
    cache::digest(|field| {
        field(aside.id.as_raw());
        field(&[u8::from(aside.commit.is_some())]);
        field(point.commit.id.as_raw());
        for Stored { key, tree, .. } in
            aside.parts.iter().chain(point.suites.iter().flat_map(|suite| &suite.parts))
        {
            field(key.to_string().as_bytes());
            field(tree.as_raw());
        }
    })
}

fn differing(
    sources: &Sources<'_>,
    history: &History,
    aside: &BranchSnapshot,
    base: usize,
) -> Result<Vec<Differing>> {
    let before = history.files_at(base);
    let branch = Branch::read(sources, history, aside, base)?;
    let paths: BTreeSet<&str> =
        branch.records.keys().map(String::as_str).chain(before.keys().copied()).collect();
    let mut found = Vec::new();
    for path in paths {
        let old = before.get(path).map(|(_, state)| *state);
        let new = branch.state(sources, path, old)?;
        let same = |(old, new): (&FileState, &FileState)| {
            let blobs = |state: &FileState| {
                state.records.iter().map(|record| record.blob).collect::<Vec<Id>>()
            };
            old.source == new.source && blobs(old) == blobs(new)
        };
        if old.is_none() && new.is_none() || old.zip(new.as_ref()).is_some_and(same) {
            continue;
        }
        // Not by the sources, which trust that the walk has read what they read.
        let own = |new: FileState| {
            merged(sources.repo, sources.store, &new).map(|merged| merged.coverage.tallies())
        };
        let tallies = new.map(own).transpose()?;
        found.push(Differing { path: path.to_owned(), tallies });
    }
    Ok(found)
}

/// The records of a snapshot off the timeline.
struct Branch<'a> {
    commit: Option<Id>,
    suites: BTreeSet<&'a str>,
    /// The records of a file in each part that measured it, by path.
    records: BTreeMap<String, Vec<Own<'a>>>,
    /// The files whose text is not that of the base, with it, or `None` if the commit is gone.
    changed: BTreeMap<String, Option<Id>>,
}

/// A file's record in a part of the snapshot.
struct Own<'a> {
    suite: &'a str,
    blob: Id,
    formats: Formats,
}

impl<'a> Branch<'a> {
    fn read(
        sources: &Sources<'_>,
        history: &History,
        aside: &'a BranchSnapshot,
        base: usize,
    ) -> Result<Self> {
        let commit = aside.commit.as_ref().map(|commit| commit.id);
        let mut branch = Self {
            commit,
            suites: BTreeSet::new(),
            records: BTreeMap::new(),
            changed: BTreeMap::new(),
        };
        for part in aside.parts.iter().filter(|part| part.files.is_some()) {
            branch.suites.insert(&part.key.suite);
            let formats = Formats::of_part(sources.store, part);
            for (path, blob) in sources.store.files(part)? {
                branch.records.entry(path).or_default().push(Own {
                    suite: &part.key.suite,
                    blob,
                    formats,
                });
            }
        }
        if let Some(commit) = commit {
            let base = history.points[base].commit.id;
            for Change { old, new } in
                sources.repo.diff_trees(Some(base), Some(commit), Renames::Ignore)?
            {
                let blob = new.as_ref().map(|new| new.blob);
                branch.changed.extend(new.or(old).map(|file| (file.path, blob)));
            }
        }
        Ok(branch)
    }

    /// A file as it is in the branch, or `None` if nothing has measured it, or it was deleted.
    fn state(
        &self,
        sources: &Sources<'_>,
        path: &str,
        old: Option<&FileState>,
    ) -> Result<Option<FileState>> {
        let own = self.records.get(path).map_or(&[][..], Vec::as_slice);
        let source = self.source(sources, path, own, old)?;
        let others = old.into_iter().flat_map(|old| &old.records);
        let others = others
            .filter(|record| source.is_some() && !self.suites.contains(record.suite.as_str()))
            .cloned();
        let own = own.iter().map(|&Own { suite, blob, formats }| RecordRef {
            suite: suite.to_owned(),
            blob,
            measured: source,
            formats,
        });
        let mut records: Vec<RecordRef> = own.chain(others).collect();
        records.sort();
        let state =
            FileState { path: path.to_owned(), source, records, tallies: Tallies::default() };
        Ok(Some(state).filter(|state| !state.records.is_empty()))
    }

    /// A file's text in the branch. Where the commit is gone, its record knows which text was
    /// measured.
    fn source(
        &self,
        sources: &Sources<'_>,
        path: &str,
        own: &[Own<'_>],
        old: Option<&FileState>,
    ) -> Result<Option<Id>> {
        if let Some(changed) = self.changed.get(path) {
            return Ok(*changed);
        }
        let before = old.and_then(|old| old.source);
        match (self.commit, old, own) {
            (Some(commit), None, _) => sources.repo.at(commit, path),
            (None, _, [Own { blob, .. }, ..])
                if !old.is_some_and(|old| old.records.iter().any(|it| it.blob == *blob)) =>
            {
                Ok(sources.store.record(*blob)?.source)
            }
            _ => Ok(before),
        }
    }
}
