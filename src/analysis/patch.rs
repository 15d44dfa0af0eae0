//! The effect of a change between two neighbouring points: patch coverage over the lines that it
//! added or modified, and what changed elsewhere.
//!
//! The counts of a [`Patch`] are the [`Categories`](super::differential::Categories) of
//! differential coverage.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::Result;
use crate::analysis::Sources;
use crate::analysis::differential::{Difference, Differential, difference};
use crate::error::Context;
use crate::git::{Hunk, Id, Renames, TreeFile};
use crate::history::{FileIndex, FileState, History, Mapping, Merged};
use crate::report::Tally;

/// The effect of the commits between the point before and this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Added or modified lines that can be covered; 0 of 0 has no percentage.
    pub lines: Tally,
    /// Branches on those lines.
    pub branches: Tally,
    /// The sum over the files: those whose text or records changed, and no others.
    pub counts: Differential,
    /// The files with a changed line or a changed state, by path.
    pub files: Vec<FilePatch>,
}

/// A file of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePatch {
    /// The file.
    pub file: FileIndex,
    /// Its path after; before, where it is gone.
    pub path: String,
    /// Its path before, where that differs.
    pub renamed_from: Option<String>,
    /// Added or modified lines that can be covered.
    pub lines: Tally,
    /// Branches on those lines.
    pub branches: Tally,
    /// Its counts.
    pub counts: Differential,
    /// The text hunks, old and new.
    pub hunks: Vec<Hunk>,
    /// New line numbers that lost coverage without a change of text.
    pub lost: Vec<u32>,
    /// New line numbers that won coverage without a change of text.
    pub gained: Vec<u32>,
}

/// The patch between a point and the one before it; empty for the first point, before which nothing
/// is known.
///
/// A file that came into the repository is added line by line; one that was there before and is
/// measured for the first time is newly instrumented where its text did not change. Lines that are
/// unknown (a carried suite measured an older text of them) count as no code, so that every count
/// adds up: uncovered after = uncovered before + added + lost + newly − won − removed.
pub fn patch(sources: &Sources<'_>, history: &History, point: usize) -> Result<Patch> {
    let mut patch = Patch::default();
    let Some(before) = point.checked_sub(1) else { return Ok(patch) };
    let pair = Pair { sources, history, before, after: point, renamed: OnceCell::new() };
    for &file in &history.points[point].changed {
        patch.files.extend(pair.file(file)?);
    }
    patch.files.sort_by(|one, other| one.path.cmp(&other.path));
    for file in &patch.files {
        patch.lines = patch.lines + file.lines;
        patch.branches = patch.branches + file.branches;
        patch.counts.add(&file.counts);
    }
    Ok(patch)
}

/// Two neighbouring points.
struct Pair<'a> {
    sources: &'a Sources<'a>,
    history: &'a History,
    before: usize,
    after: usize,
    /// The files before that have another path after, by that; looked up when first needed.
    renamed: OnceCell<BTreeMap<String, TreeFile>>,
}

impl Pair<'_> {
    /// The changes in a file, or `None` if neither its text nor its records changed.
    fn file(&self, file: FileIndex) -> Result<Option<FilePatch>> {
        let track = &self.history.files[file];
        let (old, new) = (track.at(self.before), track.at(self.after));
        let same = |(old, new): (&FileState, &FileState)| {
            old.source == new.source && old.records == new.records
        };
        if old.zip(new).is_some_and(same) {
            return Ok(None);
        }
        let Some(path) = new.or(old).map(|state| state.path.clone()) else { return Ok(None) };
        let merged = |state: Option<&FileState>| {
            state.map_or_else(|| Ok(Merged::default()), |s| self.sources.merged(s))
        };
        let attempt = || format!("comparing {path} with the snapshot before");
        let mapping = self.mapping(old, new).during(attempt)?;
        let Difference { counts, uncovered: _, lost, gained } =
            difference(&merged(old)?.coverage, &merged(new)?.coverage, &mapping);
        if mapping.hunks().is_empty() && !counts.any_change() {
            return Ok(None);
        }
        Ok(Some(FilePatch {
            file,
            renamed_from: old.map(|old| old.path.clone()).filter(|old| *old != path),
            path,
            lines: counts.lines.added(),
            branches: counts.branches.added(),
            counts,
            hunks: if new.is_some() { mapping.hunks().to_vec() } else { Vec::new() },
            lost,
            gained,
        }))
    }

    /// Where the lines of the text before are in the text after. A file that no commit holds has no
    /// text to compare: its lines stay where they are.
    fn mapping(&self, old: Option<&FileState>, new: Option<&FileState>) -> Result<Mapping> {
        let Some(new) = new else { return self.gone(old) };
        if new.source.is_none() {
            return Ok(Mapping::default());
        }
        let source = match old {
            Some(old) => old.source,
            None => self.unmeasured(&new.path)?,
        };
        self.sources.mapping(source, new.source)
    }

    /// Where the lines are of a file that is measured no more: deleted with it, or in the text that
    /// it has now.
    fn gone(&self, old: Option<&FileState>) -> Result<Mapping> {
        let Some(old) = old.filter(|old| old.source.is_some()) else {
            return Ok(Mapping::default());
        };
        let now = self.sources.repo.at(self.history.points[self.after].commit.id, &old.path)?;
        self.sources.mapping(old.source, now)
    }

    /// The text before of a file that was not measured then; none for a file that is new in the
    /// repository.
    fn unmeasured(&self, path: &str) -> Result<Option<Id>> {
        let (repo, points) = (self.sources.repo, &self.history.points);
        let (before, after) = (points[self.before].commit.id, points[self.after].commit.id);
        if let Some(blob) = repo.at(before, path)? {
            return Ok(Some(blob));
        }
        if self.renamed.get().is_none() {
            let changes = repo.diff_trees(Some(before), Some(after), Renames::Follow)?;
            let renames =
                changes.into_iter().filter_map(|change| Some((change.new?.path, change.old?)));
            let _ = self.renamed.set(renames.filter(|(new, old)| *new != old.path).collect());
        }
        Ok(self.renamed.get().and_then(|renamed| renamed.get(path)).map(|old| old.blob))
    }
}
