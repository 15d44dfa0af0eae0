//! The data of the page that compares, laid out so that it grows with what changed and not with
//! files × snapshots.
//!
//! - The index names the commits, their totals, and the other files by key.
//! - Paths stand in blocks, in the order in which they first appear; each is the length of what it
//!   shares with the path before it and the rest.
//! - A chunk is a run of points. Its first list holds every file (a keyframe), each further one
//!   what changed at its point. A chunk ends when it holds as many changes as a keyframe, so all
//!   chunks together are at most about twice the changes.
//!
//! Snapshots beside the timeline follow the points wherever commits and totals are listed; each has
//! the point where its branch began, and a list of what differs from it, all in one file. A file
//! that only such a snapshot has gets a number of its own.
//!
//! A list is numbers in a row: the file, its path plus one (0: as before; −1: gone, and nothing
//! follows), then covered and all of each column. Chunks and blocks that are full never change as
//! snapshots are added.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use crate::analysis::change_requests::{ChangeRequest, Differing};
use crate::analysis::tree;
use crate::forge::WebPages;
use crate::history::{BranchSnapshot, FileIndex, FileState, History, Point};
use crate::report::{Dimension, Tallies, Tally};
use crate::site::{Sink, data, format, message};
use crate::{Error, Result};

/// Paths a block.
const BLOCK: usize = 4096;

/// The dimensions that files are compared in: the headline, and branches.
const MAX_COLUMNS: usize = 2;

/// Minimum entries per chunk. A small project is one file.
const LEAST_ENTRIES: usize = 4096;

#[derive(Serialize)]
struct Index {
    commits: Commits,
    /// Covered and all at each commit, by dimension; null where it was not measured.
    totals: BTreeMap<&'static str, Vec<Option<[u64; 2]>>>,
    /// The dimensions in the order of every page.
    dimensions: Vec<&'static str>,
    /// The dimensions that lists hold.
    columns: Vec<&'static str>,
    paths: Vec<String>,
    /// The first point and the key of each chunk.
    chunks: Vec<(usize, String)>,
    /// The base of each snapshot beside the timeline, and the key of their lists; absent where
    /// there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    beside: Option<(Vec<usize>, String)>,
}

/// The commits, oldest first.
#[derive(Default, Serialize)]
struct Commits {
    id: Vec<String>,
    short: Vec<String>,
    date: Vec<String>,
    subject: Vec<String>,
    /// The releases that each is the first to contain.
    tags: Vec<String>,
    /// The pages on the forge of the snapshots beside the timeline, which have none here: that of
    /// the change request or of the commit. Empty if the forge is unknown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    web: Vec<String>,
}

/// The dimensions that files are compared in, at most [`MAX_COLUMNS`].
pub(super) fn columns(history: &History) -> Vec<Dimension> {
    let headline = tree::headline(history);
    let measured =
        history.points.iter().any(|point| point.totals.get(&Dimension::Branches).is_some());
    let branches = (measured && headline != Dimension::Branches).then_some(Dimension::Branches);
    std::iter::once(headline).chain(branches).collect()
}

/// Writes the data. Returns the key of the index.
pub(super) fn write(
    history: &History,
    branched: &[ChangeRequest],
    web: Option<&WebPages>,
    sink: &mut dyn Sink,
) -> Result<String> {
    let columns = columns(history);
    let files = vec![None; history.files.len()];
    let mut writer = Writer { columns: &columns, paths: Paths::default(), files, count: 0 };
    let chunks = writer.chunks(history, sink)?;
    let lists: Vec<Vec<i64>> =
        branched.iter().map(|beside| writer.beside(history, beside)).collect();
    let bases = branched.iter().map(|beside| beside.base).collect();
    let beside = (!lists.is_empty())
        .then(|| Ok::<_, Error>((bases, data::put(sink, &lists)?)))
        .transpose()?;
    let paths = writer.paths.write(sink)?;
    let measured = history.points.iter().flat_map(|point| point.totals.iter());
    let measured: BTreeSet<&Dimension> = measured.map(|(dimension, _)| dimension).collect();
    let total = |point: &Point, dimension: &Dimension| {
        point.totals.get(dimension).map(|t| [t.covered, t.total])
    };
    let sums: Vec<Tallies> = branched.iter().map(|beside| sum(history, beside)).collect();
    let totals = |dimension: &Dimension| {
        let beside =
            sums.iter().map(|sum| sum.get(dimension).map(|tally| [tally.covered, tally.total]));
        history.points.iter().map(|point| total(point, dimension)).chain(beside).collect()
    };
    let index = Index {
        commits: commits(history, branched, web),
        totals: measured.iter().map(|dimension| (dimension.name(), totals(dimension))).collect(),
        dimensions: measured.iter().map(|dimension| dimension.name()).collect(),
        columns: columns.iter().map(Dimension::name).collect(),
        paths,
        chunks,
        beside,
    };
    data::put(sink, &index)
}

/// The figures of a snapshot beside the timeline.
fn sum(history: &History, beside: &ChangeRequest) -> Tallies {
    let mut sum = history.points[beside.base].totals.clone();
    let before = history.files_at(beside.base);
    for Differing { path, tallies } in &beside.files {
        if let Some((_, old)) = before.get(path.as_str()) {
            sum.subtract(&old.tallies);
        }
        sum.add_all(tallies.as_ref().unwrap_or(&Tallies::default()));
    }
    sum
}

fn commits(history: &History, branched: &[ChangeRequest], web: Option<&WebPages>) -> Commits {
    let mut commits = Commits::default();
    for Point { commit, releases, .. } in &history.points {
        commits.id.push(commit.id.to_string());
        commits.short.push(commit.id.short());
        commits.date.push(format::rfc3339(commit.time));
        commits.subject.push(message::without_addresses(&commit.subject));
        commits.tags.push(releases.join(", "));
    }
    for BranchSnapshot { id, commit, change, branch, .. } in
        branched.iter().map(|beside| &history.aside[beside.aside])
    {
        commits.id.push(id.to_string());
        commits.short.push(id.short());
        commits
            .date
            .push(commit.as_ref().map_or_else(String::new, |commit| format::rfc3339(commit.time)));
        let subject = commit.as_ref().map(|commit| message::without_addresses(&commit.subject));
        commits.subject.push(subject.unwrap_or_default());
        let named = change.map(|change| format!("#{change}")).into_iter().chain(branch.clone());
        commits.tags.push(named.collect::<Vec<_>>().join(", "));
        if let Some(web) = web {
            commits.web.push(change.map_or_else(|| web.commit(&id.to_string()), |n| web.change(n)));
        }
    }
    commits
}

/// Walks the points and keeps the files as they stand.
struct Writer<'a> {
    columns: &'a [Dimension],
    paths: Paths<'a>,
    /// The files as they stand, by index; none of one that is not measured.
    files: Vec<Option<Entry>>,
    /// How many are measured.
    count: usize,
}

/// A file: its path's number, and its tallies by column.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Entry {
    path: usize,
    tallies: [Tally; MAX_COLUMNS],
}

impl<'a> Writer<'a> {
    fn chunks(
        &mut self,
        history: &'a History,
        sink: &mut dyn Sink,
    ) -> Result<Vec<(usize, String)>> {
        let mut chunks = Vec::new();
        let (mut lists, mut entries, mut from): (Vec<Vec<i64>>, usize, usize) = (Vec::new(), 0, 0);
        for at in 0..history.points.len() {
            let (changed, count) = self.step(history, at);
            if lists.is_empty() || entries >= self.count.max(LEAST_ENTRIES) {
                if !lists.is_empty() {
                    chunks.push((from, data::put(sink, &lists)?));
                }
                (lists, entries, from) = (vec![self.keyframe()], 0, at);
            } else {
                lists.push(changed);
                entries += count;
            }
        }
        if !lists.is_empty() {
            chunks.push((from, data::put(sink, &lists)?));
        }
        Ok(chunks)
    }

    /// Brings the files to a point. Returns the list of changes and the number of changed files.
    fn step(&mut self, history: &'a History, at: usize) -> (Vec<i64>, usize) {
        let (mut list, mut count) = (Vec::new(), 0);
        for &file in &history.points[at].changed {
            let before = self.files[file];
            let entry = history.files[file].at(at).map(|state| self.entry(state, before));
            if before == entry {
                continue;
            }
            count += 1;
            let same = before.zip(entry).is_some_and(|(before, after)| before.path == after.path);
            self.push(&mut list, file, entry, same);
            self.count = self.count + usize::from(entry.is_some()) - usize::from(before.is_some());
            self.files[file] = entry;
        }
        (list, count)
    }

    /// A file's entry; most files have the path that they had before.
    fn entry(&mut self, state: &'a FileState, before: Option<Entry>) -> Entry {
        let same =
            before.map(|before| before.path).filter(|&path| self.paths.list[path] == state.path);
        let path = same.unwrap_or_else(|| self.paths.number(&state.path));
        Entry { path, tallies: self.tallies(&state.tallies) }
    }

    fn tallies(&self, tallies: &Tallies) -> [Tally; MAX_COLUMNS] {
        let mut own = [Tally::default(); MAX_COLUMNS];
        for (own, dimension) in own.iter_mut().zip(self.columns) {
            *own = tallies.get(dimension).unwrap_or_default();
        }
        own
    }

    /// What a snapshot beside the timeline has otherwise than its base.
    fn beside(&mut self, history: &History, beside: &'a ChangeRequest) -> Vec<i64> {
        let before = history.files_at(beside.base);
        let mut list = Vec::new();
        for (own, Differing { path, tallies }) in beside.files.iter().enumerate() {
            let known = before.get(path.as_str()).map(|(file, _)| *file);
            let entry = tallies.as_ref().map(|tallies| Entry {
                path: self.paths.number(path),
                tallies: self.tallies(tallies),
            });
            self.push(
                &mut list,
                known.unwrap_or(history.files.len() + own),
                entry,
                known.is_some(),
            );
        }
        list
    }

    fn keyframe(&self) -> Vec<i64> {
        let mut list = Vec::new();
        for (file, entry) in self.files.iter().enumerate().filter(|(_, entry)| entry.is_some()) {
            self.push(&mut list, file, *entry, false);
        }
        list
    }

    fn push(&self, list: &mut Vec<i64>, file: FileIndex, entry: Option<Entry>, same_path: bool) {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        list.push(number(file as u64));
        let Some(entry) = entry else { return list.push(-1) };
        list.push(if same_path { 0 } else { number(entry.path as u64 + 1) });
        let tallies = &entry.tallies[..self.columns.len()];
        list.extend(tallies.iter().flat_map(|tally| [number(tally.covered), number(tally.total)]));
    }
}

/// Every path that a file ever had, numbered.
#[derive(Default)]
struct Paths<'a> {
    list: Vec<&'a str>,
    numbers: HashMap<&'a str, usize>,
}

impl<'a> Paths<'a> {
    fn number(&mut self, path: &'a str) -> usize {
        *self.numbers.entry(path).or_insert_with(|| {
            self.list.push(path);
            self.list.len() - 1
        })
    }

    /// Writes the blocks. Returns their keys.
    fn write(&self, sink: &mut dyn Sink) -> Result<Vec<String>> {
        self.list.chunks(BLOCK).map(|block| data::put(sink, &front_coded(block))).collect()
    }
}

/// Each path as the number of characters (UTF-16, as scripts count) that it shares with the one
/// before, and the rest.
fn front_coded<'a>(paths: &[&'a str]) -> Vec<(usize, &'a str)> {
    let before = std::iter::once("").chain(paths.iter().copied());
    let coded = paths.iter().zip(before).map(|(path, before)| {
        let shared = path
            .chars()
            .zip(before.chars())
            .take_while(|(one, other)| one == other)
            .map(|(c, _)| c);
        let (bytes, units) =
            shared.fold((0, 0), |(bytes, units), c| (bytes + c.len_utf8(), units + c.len_utf16()));
        (units, &path[bytes..])
    });
    coded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_share_their_beginnings() {
        let coded = front_coded(&["src/a.py", "src/b.py", "src/\u{1f600}x", "src/\u{1f600}y", "é"]);
        assert_eq!(coded, [(0, "src/a.py"), (4, "b.py"), (4, "\u{1f600}x"), (6, "y"), (0, "é")]);
    }
}
