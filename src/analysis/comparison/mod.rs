//! Two commits side by side: what a change added, and what became of everything else.
//!
//! Added code is found in the texts: that of the base, and that of the head's snapshot. How much of
//! it is covered needs no snapshot of the base. What became of the rest does: the base's snapshot,
//! or an older one that is mapped to its text. Files are followed through renames; what was carried
//! is not looked at, since only what was measured can be compared.

mod sides;

use std::collections::BTreeSet;

use sides::{After, Before, Texts};

use crate::Result;
use crate::analysis::Sources;
use crate::analysis::differential::{Difference, Differential, difference};
use crate::git::Id;
use crate::history::Mapping;
use crate::report::FileCoverage;
use crate::store::{Damage, Stored};

/// The differences between two snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Lines, branches and functions of all files.
    pub counts: Differential,
    /// The files in which anything is otherwise than it was, by path.
    pub files: Vec<FileComparison>,
    /// The suites that were measured at both: what became of code that was there before is known of
    /// these.
    pub suites: BTreeSet<String>,
    /// The suites that were measured at the head: all of them count for added code.
    pub patch_suites: BTreeSet<String>,
    /// Those that were measured at the base alone.
    pub base_only: BTreeSet<String>,
    /// Damage that was left out.
    pub damage: Damage,
}

/// The differences in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileComparison {
    /// Its path at the head; at the base, where it is gone.
    pub path: String,
    /// Its path at the base, where that was another one.
    pub renamed_from: Option<String>,
    /// Its counts.
    pub counts: Differential,
    /// Added lines that did not run, as runs from line to line of the head.
    pub uncovered: Vec<(u32, u32)>,
    /// Lines that lost their coverage while their text stayed.
    pub lost: Vec<(u32, u32)>,
}

/// A snapshot to compare: a commit and the parts that were recorded of it.
#[derive(Clone, Copy, Debug)]
pub struct Side<'s> {
    /// The commit.
    pub commit: Id,
    /// Its parts.
    pub parts: &'s [Stored],
    /// Where the commit left its target branch, to find its texts if it is gone from the
    /// repository.
    pub merge_base: Option<Id>,
}

/// The base that a head is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Base<'s> {
    /// The commit whose texts the head's are compared with.
    pub commit: Side<'s>,
    /// The snapshot that answers for it; that of an older commit is mapped to its texts.
    pub snapshot: Option<Side<'s>>,
    /// A commit whose lines are not the change's either: the one that a tested merge merged the
    /// head with.
    pub merged_with: Option<Id>,
}

/// Compares a snapshot with a base.
pub fn compare(sources: &Sources<'_>, base: Base<'_>, head: Side<'_>) -> Result<Comparison> {
    let (old, new) = (base.snapshot.map(|side| side.suites()).unwrap_or_default(), head.suites());
    let suites: BTreeSet<String> = old.intersection(&new).cloned().collect();
    let mut comparison = Comparison::default();
    let pair = Pair {
        sources,
        before: Before::read(sources, (base, head), &suites, &mut comparison.damage)?,
        after: After::read(sources, head, &mut comparison.damage)?,
        merged_with: base
            .merged_with
            .map(|commit| Texts::before(sources, commit, head.commit))
            .transpose()?,
        suites: &suites,
    };
    for (old, new) in pair.paths() {
        if let Some(file) = comparison.damage.readable(&new, pair.file(&old, &new)) {
            comparison.add(file);
        }
    }
    comparison.files.sort_by(|one, other| one.path.cmp(&other.path));
    comparison.base_only = old.difference(&new).cloned().collect();
    (comparison.patch_suites, comparison.suites) = (new, suites);
    Ok(comparison)
}

impl Side<'_> {
    fn suites(&self) -> BTreeSet<String> {
        let measured = self.parts.iter().filter(|part| part.files.is_some());
        measured.map(|part| part.key.suite.clone()).collect()
    }
}

/// Both sides of a comparison.
struct Pair<'a> {
    sources: &'a Sources<'a>,
    before: Before,
    after: After,
    merged_with: Option<Texts>,
    /// The suites that were measured on both sides.
    suites: &'a BTreeSet<String>,
}

impl Pair<'_> {
    /// The measured files by their paths before and after; those of the head first.
    fn paths(&self) -> Vec<(String, String)> {
        let origin = |path: &String| (self.before.texts.origin(path).to_owned(), path.clone());
        let mut paths: Vec<(String, String)> = self.after.paths().map(origin).collect();
        let met: BTreeSet<String> = paths.iter().map(|(old, _)| old.clone()).collect();
        let gone = self.before.paths().filter(|path| !met.contains(*path));
        paths.extend(gone.map(|path| (path.clone(), path.clone())));
        paths
    }

    /// The differences in a file.
    fn file(&self, old: &str, path: &str) -> Result<FileComparison> {
        let (all, recorded) = self.after.coverage(self.sources, path, None)?;
        let now = self.after.texts.text(path, recorded);
        let (before, text) = self.before.coverage(self.sources, old)?;
        let mapping = self.sources.mapping(text, now)?;
        let foreign = self.foreign(path, now)?;
        let own = |coverage: FileCoverage| match &foreign {
            Some(foreign) => without_foreign(coverage, &mapping, foreign),
            None => coverage,
        };
        let added = difference(&before, &own(all), &mapping);
        let is_known = self.before.is_measured();
        let kept = if self.after.suites() == self.suites {
            None
        } else {
            let (both, _) = self.after.coverage(self.sources, path, Some(self.suites))?;
            Some(difference(&before, &own(both), &mapping))
        };
        let Difference { counts, lost, .. } = kept.unwrap_or_else(|| added.clone());
        let counts = if is_known { counts } else { Differential::default() };
        Ok(FileComparison {
            path: path.to_owned(),
            renamed_from: (old != path && self.before.contains(old)).then(|| old.to_owned()),
            counts: counts.with_added(&added.counts),
            uncovered: runs(&added.uncovered),
            lost: runs(&lost),
        })
    }

    /// Where the lines of the other parent of a tested merge are in a file.
    fn foreign(&self, path: &str, now: Option<Id>) -> Result<Option<Mapping>> {
        let Some(texts) = &self.merged_with else { return Ok(None) };
        let text = texts.text(texts.origin(path), None);
        self.sources.mapping(text, now).map(Some)
    }
}

/// Leaves out what the base does not have, and the other parent of a tested merge has: others added
/// it.
fn without_foreign(mut coverage: FileCoverage, base: &Mapping, other: &Mapping) -> FileCoverage {
    let is_foreign = |line: u32| base.old_line(line).is_none() && other.old_line(line).is_some();
    coverage.lines.retain(|line| !is_foreign(line.number));
    coverage.branches.retain(|branch| !is_foreign(branch.line));
    coverage.functions.retain(|function| !is_foreign(function.start));
    coverage
}

impl Comparison {
    fn add(&mut self, file: FileComparison) {
        self.counts.add(&file.counts);
        if file.counts.any_change() {
            self.files.push(file);
        }
    }
}

/// Line numbers in order as runs of those that follow one another.
fn runs(lines: &[u32]) -> Vec<(u32, u32)> {
    let runs = lines.chunk_by(|line, next| line + 1 == *next);
    runs.map(|run| (run[0], run[run.len() - 1])).collect()
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn lines_that_follow_one_another_are_a_run() {
        assert_eq!(runs(&[1, 2, 3, 7, 9, 10]), [(1, 3), (7, 7), (9, 10)]);
        assert_eq!(runs(&[]), []);
    }
}
