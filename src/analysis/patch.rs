//! What a change did: patch coverage over the lines it added or modified, and what happened elsewhere.
//!
//! The states are those of lcov's differential coverage (genhtml, "Differential coverage"): added lines are covered
//! (GNC) or uncovered (UNC); lines whose text did not change are gained (GBC), lost (LBC), or as before; lines that were
//! no code before are newly instrumented (UIC, GIC); deleted lines were covered (DCB) or not (DUB).

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::Sources;
use crate::Result;
use crate::error::Context;
use crate::git::{Hunk, Id, Renames, TreeFile};
use crate::history::{FileChange, FileIndex, FileState, History, Mapping, Merged};
use crate::report::{FileCoverage, Tally};

/// What the commits between the point before and this one did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Added or modified lines that can be covered; 0 of 0 has no percentage.
    pub lines: Tally,
    /// Branches on those lines.
    pub branches: Tally,
    /// The sum over the files.
    pub balance: Balance,
    /// The files with a changed line or a changed state, by path.
    pub files: Vec<FilePatch>,
}

/// Counts of lines by what happened to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Added and covered (GNC).
    pub added_covered: u64,
    /// Added and not covered (UNC).
    pub added_uncovered: u64,
    /// Text unchanged, covered before, uncovered now (LBC).
    pub lost: u64,
    /// Text unchanged, uncovered before, covered now (GBC).
    pub won: u64,
    /// Text unchanged, not code before, uncovered now (UIC).
    pub newly_uncovered: u64,
    /// Text unchanged, not code before, covered now (GIC).
    pub newly_covered: u64,
    /// Deleted, or no longer code, and uncovered before (DUB, EUB).
    pub removed_uncovered: u64,
    /// Deleted, or no longer code, and covered before (DCB, ECB).
    pub removed_covered: u64,
}

/// A file of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePatch {
    /// Which file.
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
    pub balance: Balance,
    /// The text hunks, old and new.
    pub hunks: Vec<Hunk>,
    /// New line numbers that lost coverage without a change of text.
    pub lost: Vec<u32>,
    /// New line numbers that won coverage without a change of text.
    pub won: Vec<u32>,
}

/// The patch between a point and the one before it; empty for the first point, before which nothing is known.
///
/// A file that came into the repository is added line by line; one that was there before and is measured for the
/// first time is newly instrumented where its text did not change. Lines that are unknown (a carried suite measured an
/// older text of them) count as no code, so that every count adds up:
/// uncovered after = uncovered before + added + lost + newly − won − removed.
pub fn patch(sources: &Sources<'_>, history: &History, point: usize) -> Result<Patch> {
    let mut patch = Patch::default();
    let Some(before) = point.checked_sub(1) else { return Ok(patch) };
    let pair = Pair { sources, history, before, after: point, renamed: OnceCell::new() };
    for change in &history.points[point].changes {
        patch.files.extend(pair.file(change)?);
    }
    patch.files.sort_by(|one, other| one.path.cmp(&other.path));
    for file in &patch.files {
        patch.lines = patch.lines + file.lines;
        patch.branches = patch.branches + file.branches;
        patch.balance.add(file.balance);
    }
    Ok(patch)
}

impl Balance {
    /// Adds the counts of another.
    pub fn add(&mut self, other: Self) {
        self.added_covered += other.added_covered;
        self.added_uncovered += other.added_uncovered;
        self.lost += other.lost;
        self.won += other.won;
        self.newly_uncovered += other.newly_uncovered;
        self.newly_covered += other.newly_covered;
        self.removed_uncovered += other.removed_uncovered;
        self.removed_covered += other.removed_covered;
    }
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
    /// What happened in a file; none where neither its text nor its records changed.
    fn file(&self, change: &FileChange) -> Result<Option<FilePatch>> {
        let (old, new) = (self.history.files[change.file].at(self.before), change.state.as_ref());
        let same = |(old, new): (&FileState, &FileState)| old.source == new.source && old.records == new.records;
        if old.zip(new).is_some_and(same) {
            return Ok(None);
        }
        let Some(path) = new.or(old).map(|state| state.path.clone()) else { return Ok(None) };
        let merged =
            |state: Option<&FileState>| state.map_or_else(|| Ok(Merged::default()), |s| self.sources.merged(s));
        let attempt = || format!("comparing {path} with the snapshot before");
        let mapping = self.mapping(old, new).during(attempt)?;
        let differences = compare(&merged(old)?.coverage, &merged(new)?.coverage, &mapping);
        if mapping.hunks().is_empty() && differences == Differences::default() {
            return Ok(None);
        }
        let Differences { balance, branches, lost, won } = differences;
        let total = balance.added_covered + balance.added_uncovered;
        Ok(Some(FilePatch {
            file: change.file,
            renamed_from: old.map(|old| old.path.clone()).filter(|old| *old != path),
            path,
            lines: Tally { covered: balance.added_covered, total },
            branches,
            balance,
            hunks: mapping.hunks().to_vec(),
            lost,
            won,
        }))
    }

    /// Where the lines of the text before are in the text after. A file that is gone, or that no commit holds, has no
    /// text to compare: its lines stay where they are.
    fn mapping(&self, old: Option<&FileState>, new: Option<&FileState>) -> Result<Mapping> {
        let Some(new) = new.filter(|new| new.source.is_some()) else { return Ok(Mapping::default()) };
        let source = match old {
            Some(old) => old.source,
            None => self.unmeasured(&new.path)?,
        };
        if source == new.source {
            return Ok(Mapping::default());
        }
        let repo = self.sources.repo;
        let text = |blob: Option<Id>| blob.map_or_else(|| Ok(Vec::new()), |blob| repo.blob(blob));
        Ok(Mapping::new(repo.diff_lines(&text(source)?, &text(new.source)?)?))
    }

    /// The text before of a file that was not measured then; none for a file that is new in the repository.
    fn unmeasured(&self, path: &str) -> Result<Option<Id>> {
        let (repo, points) = (self.sources.repo, &self.history.points);
        let (before, after) = (points[self.before].commit.id, points[self.after].commit.id);
        if let Some(blob) = repo.at(before, path)? {
            return Ok(Some(blob));
        }
        if self.renamed.get().is_none() {
            let changes = repo.diff_trees(Some(before), Some(after), Renames::Follow)?;
            let renames = changes.into_iter().filter_map(|change| Some((change.new?.path, change.old?)));
            let _ = self.renamed.set(renames.filter(|(new, old)| *new != old.path).collect());
        }
        Ok(self.renamed.get().and_then(|renamed| renamed.get(path)).map(|old| old.blob))
    }
}

/// What happened to the lines of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Differences {
    balance: Balance,
    branches: Tally,
    lost: Vec<u32>,
    won: Vec<u32>,
}

/// Compares the coverage of two texts, line by line.
fn compare(before: &FileCoverage, after: &FileCoverage, mapping: &Mapping) -> Differences {
    let mut seen = Differences::default();
    let balance = &mut seen.balance;
    for line in &after.lines {
        let covered = line.hits.is_hit();
        let old = mapping.old_line(line.number);
        match (old, old.and_then(|old| covered_at(before, old)), covered) {
            (None, _, true) => balance.added_covered += 1,
            (None, _, false) => balance.added_uncovered += 1,
            (Some(_), None, true) => balance.newly_covered += 1,
            (Some(_), None, false) => balance.newly_uncovered += 1,
            (Some(_), Some(true), false) => {
                balance.lost += 1;
                seen.lost.push(line.number);
            }
            (Some(_), Some(false), true) => {
                balance.won += 1;
                seen.won.push(line.number);
            }
            (Some(_), Some(_), _) => {}
        }
    }
    for line in &before.lines {
        let kept = mapping.new_line(line.number).is_some_and(|new| covered_at(after, new).is_some());
        match (kept, line.hits.is_hit()) {
            (true, _) => {}
            (false, true) => balance.removed_covered += 1,
            (false, false) => balance.removed_uncovered += 1,
        }
    }
    let added = after.branches.iter().filter(|branch| mapping.old_line(branch.line).is_none());
    seen.branches = Tally::of(&added.collect::<Vec<_>>(), |branch| branch.hits.is_hit());
    seen
}

/// Whether a line was covered; none where it is no code.
fn covered_at(coverage: &FileCoverage, number: u32) -> Option<bool> {
    let at = coverage.lines.binary_search_by_key(&number, |line| line.number).ok()?;
    Some(coverage.lines[at].hits.is_hit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::{Hits, Line};

    fn coverage(lines: &[(u32, u64)]) -> FileCoverage {
        let lines = lines.iter().map(|&(number, hits)| Line { number, hits: Hits::exactly(hits) }).collect();
        FileCoverage { lines, ..FileCoverage::default() }
    }

    #[test]
    fn each_state_is_counted_once() {
        // Old lines 1..=8; lines 3 and 4 became one line, and a line came before 8.
        let mapping = Mapping::new(vec![
            Hunk { old_start: 3, old_count: 2, new_start: 3, new_count: 1 },
            Hunk { old_start: 8, old_count: 0, new_start: 7, new_count: 1 },
        ]);
        let before = coverage(&[(1, 1), (2, 0), (3, 1), (4, 0), (5, 1), (6, 0), (8, 1)]);
        let after = coverage(&[(1, 0), (2, 1), (3, 1), (6, 1), (7, 0), (8, 1)]);
        // 1 lost, 2 won, 3 added and covered, old 3 and 4 deleted, old 5 and 6 no longer code, old 7 is new 6: newly
        // covered; 7 added and uncovered; 8 as before.
        let balance = Balance {
            added_covered: 1,
            added_uncovered: 1,
            lost: 1,
            won: 1,
            newly_uncovered: 0,
            newly_covered: 1,
            removed_uncovered: 2,
            removed_covered: 2,
        };
        let expected = Differences { balance, branches: Tally::default(), lost: vec![1], won: vec![2] };
        // Old 5 is new 4 and old 6 is new 5: neither is code now.
        assert_eq!(compare(&before, &after, &mapping), expected);
    }

    fn some_coverage() -> impl Strategy<Value = FileCoverage> {
        proptest::collection::btree_map(1u32..40, 0u64..2, 0..30)
            .prop_map(|lines| coverage(&lines.into_iter().collect::<Vec<_>>()))
    }

    /// Hunks as a diff has them: in order, apart from each other, empty on at most one side.
    fn some_mapping() -> impl Strategy<Value = Mapping> {
        proptest::collection::vec((1u32..5, 0u32..4, 0u32..4), 0..6).prop_map(|runs| {
            let (mut old, mut new) = (1, 1);
            let hunks = runs.into_iter().filter(|&(_, old, new)| old + new > 0).map(|(gap, old_count, new_count)| {
                let hunk = Hunk { old_start: old + gap, old_count, new_start: new + gap, new_count };
                (old, new) = (hunk.old_start + old_count, hunk.new_start + new_count);
                hunk
            });
            Mapping::new(hunks.collect())
        })
    }

    proptest! {
        #[test]
        fn the_balance_adds_up(before in some_coverage(), after in some_coverage(), mapping in some_mapping()) {
            let missed = |coverage: &FileCoverage| coverage.lines.iter().filter(|line| !line.hits.is_hit()).count() as u64;
            let hit = |coverage: &FileCoverage| coverage.lines.len() as u64 - missed(coverage);
            let b = compare(&before, &after, &mapping).balance;
            let more = b.added_uncovered + b.lost + b.newly_uncovered;
            prop_assert_eq!(missed(&after) + b.won + b.removed_uncovered, missed(&before) + more);
            let more = b.added_covered + b.won + b.newly_covered;
            prop_assert_eq!(hit(&after) + b.lost + b.removed_covered, hit(&before) + more);
        }
    }
}
