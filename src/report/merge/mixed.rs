//! Merging what reports say of one file, whose formats number branches in different ways.
//!
//! Lines have numbers in every format, so their hits are added. Branches do not: LCOV numbers them
//! through a file, Cobertura states how many of a line were taken, coverage.py names the line they
//! lead to. Merged by position, one branch would become several. So for each line the list that has
//! most branches counts; lists whose branches have the same numbers on a line are added. Functions
//! have other names and ends in each format, too: the list that has most counts, and takes the hits
//! of the same functions from the others.
//!
//! [`same_format`] merges the reports of each format first.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::{FileCoverage, Record, same_format, unify};
use crate::report::{Arm, Block, Branch, Condition, Function, Instructions, Region};

/// How reports identify the branches of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Numbering {
    /// Each branch has a number or a name of its own.
    Own,
    /// Only the number of branches that were taken is known, so the numbers of the branches mean
    /// nothing.
    Counted,
    /// One of the two, unknown which: the format is one of several. What the branches of a file
    /// look like decides.
    Unknown,
}

/// How a format identifies the branches of a line.
pub fn numbering(format: &str) -> Numbering {
    let is_counted = ["clover", "cobertura", "codecov", "jacoco", "sonar"].contains(&format);
    if is_counted { Numbering::Counted } else { Numbering::Own }
}

/// The lists of a file by format, where only one of them may count.
#[derive(Default)]
struct Lists {
    branches: Vec<(Numbering, Vec<Branch>)>,
    functions: Vec<Vec<Function>>,
    blocks: Vec<Vec<Block>>,
    conditions: Vec<Vec<Condition>>,
    regions: Vec<Vec<Region>>,
    instructions: Vec<Vec<Instructions>>,
}

/// Merges what reports say of one file, each with its format (or its set of formats), of which
/// `numbering` tells how it identifies branches. Also returns whether branches were numbered in
/// different ways. The order of the reports does not matter.
pub fn merge_formats<F: Ord + Copy>(
    reports: impl IntoIterator<Item = (F, FileCoverage)>,
    numbering: impl Fn(F) -> Numbering,
) -> (FileCoverage, bool) {
    let mut reports: Vec<(F, FileCoverage)> = reports.into_iter().collect();
    drop_placeholders(&mut reports);
    let mut by_format: BTreeMap<(F, Numbering), Vec<FileCoverage>> = BTreeMap::new();
    for (format, file) in reports {
        let numbering = match numbering(format) {
            Numbering::Unknown if looks_counted(&file.branches) => Numbering::Counted,
            Numbering::Unknown => Numbering::Own,
            known => known,
        };
        by_format.entry((format, numbering)).or_default().push(file);
    }
    if by_format.len() < 2 {
        let only = by_format
            .pop_first()
            .map(|((_, numbering), files)| same_format::merge(files, numbering));
        return only.unwrap_or_default();
    }
    let mut differ = false;
    let mut lists = Lists::default();
    let mut merged = FileCoverage::default();
    for ((_, numbering), files) in by_format {
        let (mut file, mixed) = same_format::merge(files, numbering);
        differ |= mixed;
        lists.take(numbering, &mut file);
        merged.merge(file);
    }
    differ |= lists.give(&mut merged);
    (merged, differ)
}

/// Whether all branches of a file may have been made from two counts for each line: numbered from
/// 0, those taken first, the others by number or by name.
fn looks_counted(branches: &[Branch]) -> bool {
    let is_made = |(at, branch): (u32, &Branch)| match branch.arm {
        Arm::Index(index) => index == at,
        _ => !branch.hits.is_hit(),
    };
    branches.chunk_by(|one, next| one.line == next.line).all(|here| {
        let is_first_taken = here.is_sorted_by_key(|branch| !branch.hits.is_hit());
        is_first_taken
            && here.iter().all(|branch| branch.block == 0)
            && (0..).zip(here).all(is_made)
    })
}

/// Merges files of which only one list may count of all that has no number of its own.
pub(super) fn merge_lists(files: Vec<FileCoverage>) -> FileCoverage {
    let mut lists = Lists::default();
    let mut merged = FileCoverage::default();
    for mut file in files {
        lists.take(Numbering::Own, &mut file);
        merged.merge(file);
    }
    lists.give(&mut merged);
    merged
}

/// Drops what tools made up of the file if a report has measured it.
fn drop_placeholders<F>(reports: &mut Vec<(F, FileCoverage)>) {
    if reports.iter().any(|(_, file)| !file.placeholder && file.is_executed()) {
        reports
            .iter_mut()
            .filter(|(_, file)| file.placeholder)
            .for_each(|(_, file)| file.forget_execution());
        reports.retain(|(_, file)| !file.is_empty());
    }
}

/// Whether two lists have records of the same places.
pub(super) fn have_same_places<T: Record>(one: &[T], other: &[T]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| one.order(other) == Ordering::Equal)
}

impl Lists {
    fn take(&mut self, numbering: Numbering, file: &mut FileCoverage) {
        self.branches.push((numbering, std::mem::take(&mut file.branches)));
        self.functions.push(std::mem::take(&mut file.functions));
        self.blocks.push(std::mem::take(&mut file.blocks));
        self.conditions.push(std::mem::take(&mut file.conditions));
        self.regions.push(std::mem::take(&mut file.regions));
        self.instructions.push(std::mem::take(&mut file.instructions));
    }

    /// Fills in the lists that count. Returns whether branches were numbered in different ways.
    fn give(self, file: &mut FileCoverage) -> bool {
        let (branches, differ) = branches(self.branches);
        file.branches = branches;
        file.functions = functions(self.functions);
        file.blocks = longest(self.blocks);
        file.conditions = longest(self.conditions);
        file.regions = longest(self.regions);
        file.instructions = longest(self.instructions);
        differ
    }
}

/// The branches of a line in one format.
struct OnLine {
    counted: bool,
    branches: Vec<Branch>,
}

impl OnLine {
    fn covered(&self) -> usize {
        self.branches.iter().filter(|branch| branch.hits.is_hit()).count()
    }

    /// The order in which a list is preferred: most branches, most of them taken, and known which.
    fn rank(&self) -> (usize, usize, bool, &[Branch]) {
        (self.branches.len(), self.covered(), !self.counted, &self.branches)
    }

    /// Whether the branches have the same numbers as others, and can be added. Where both are only
    /// counted, the sum has as many taken as the better one of the two.
    fn is_like(&self, other: &Self) -> bool {
        self.counted == other.counted && have_same_places(&self.branches, &other.branches)
    }
}

pub(super) fn branches(formats: Vec<(Numbering, Vec<Branch>)>) -> (Vec<Branch>, bool) {
    let mut lines: BTreeMap<u32, Vec<OnLine>> = BTreeMap::new();
    for (numbering, list) in formats {
        for here in list.chunk_by(|one, next| one.line == next.line) {
            let own = OnLine { counted: numbering == Numbering::Counted, branches: here.to_vec() };
            let known = lines.entry(here[0].line).or_default();
            match known.iter_mut().find(|known| known.is_like(&own)) {
                Some(known) => known
                    .branches
                    .iter_mut()
                    .zip(&own.branches)
                    .for_each(|(sum, again)| sum.absorb(again)),
                None => known.push(own),
            }
        }
    }
    let differ = lines.values().any(|lists| lists.len() > 1);
    let best = lines
        .into_values()
        .filter_map(|lists| lists.into_iter().max_by(|a, b| a.rank().cmp(&b.rank())));
    (best.flat_map(|list| list.branches).collect(), differ)
}

fn functions(formats: Vec<Vec<Function>>) -> Vec<Function> {
    let mut lists: Vec<Vec<Function>> =
        formats.into_iter().filter(|list| !list.is_empty()).collect();
    lists.sort();
    let covered = |list: &[Function]| list.iter().filter(|function| function.hits.is_hit()).count();
    let best = (0..lists.len()).max_by_key(|&at| (lists[at].len(), covered(&lists[at]), at));
    let Some(mut best) = best.map(|at| lists.remove(at)) else { return Vec::new() };
    let places = unique(&best, |function| Some(function.start).filter(|&start| start > 0));
    let names = unique(&best, |function| Some(function.name.clone()));
    for list in lists {
        let own_places = unique(&list, |function| Some(function.start));
        let own_names = unique(&list, |function| Some(function.name.clone()));
        for function in &list {
            let by_place =
                places.get(&function.start).filter(|_| own_places.contains_key(&function.start));
            let by_name =
                || names.get(&function.name).filter(|_| own_names.contains_key(&function.name));
            if let Some(&same) = by_place.or_else(by_name) {
                best[same].hits = best[same].hits.plus(function.hits);
            }
        }
    }
    best
}

/// The functions that alone have a key, by it.
fn unique<K: Ord + Clone>(
    functions: &[Function],
    key: impl Fn(&Function) -> Option<K>,
) -> BTreeMap<K, usize> {
    let (mut found, mut several) = (BTreeMap::new(), BTreeSet::new());
    for (at, function) in functions.iter().enumerate() {
        if let Some(key) = key(function)
            && found.insert(key.clone(), at).is_some()
        {
            several.insert(key);
        }
    }
    found.retain(|key, _| !several.contains(key));
    found
}

/// The longest of the lists; equal places in lists of the same places are added.
fn longest<T: Record + Ord + Clone>(mut lists: Vec<Vec<T>>) -> Vec<T> {
    lists.retain(|list| !list.is_empty());
    lists.sort();
    let mut joined: Vec<Vec<T>> = Vec::new();
    for list in lists {
        let same = |known: &&mut Vec<T>| have_same_places(known, &list);
        match joined.iter_mut().find(same) {
            Some(known) => {
                known.extend(list);
                unify(known);
            }
            None => joined.push(list),
        }
    }
    joined.into_iter().max_by(|a, b| (a.len(), a).cmp(&(b.len(), b))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Hits;

    fn branch(line: u32, block: u32, index: u32, hits: u64) -> Branch {
        Branch { line, block, arm: Arm::Index(index), hits: Hits::exactly(hits) }
    }

    fn file(branches: Vec<Branch>) -> FileCoverage {
        FileCoverage { branches, ..FileCoverage::default() }
    }

    #[test]
    fn branches_count_once_whatever_their_numbers_are() {
        let lcov = file(vec![
            branch(3, 0, 0, 1),
            branch(3, 0, 1, 0),
            branch(9, 1, 0, 0),
            branch(9, 1, 1, 2),
        ]);
        let cobertura = file(vec![
            branch(3, 0, 0, 1),
            branch(3, 0, 1, 1),
            branch(9, 0, 0, 1),
            branch(9, 0, 1, 0),
        ]);
        let (merged, differ) =
            merge_formats([("lcov", lcov.clone()), ("cobertura", cobertura.clone())], numbering);
        // Line 3: both ways were taken in the run of the second report. Line 9: it is known which
        // way was.
        let wanted =
            [branch(3, 0, 0, 1), branch(3, 0, 1, 1), branch(9, 1, 0, 0), branch(9, 1, 1, 2)];
        assert_eq!((merged.branches.as_slice(), differ), (&wanted[..], true));
        assert_eq!(
            merge_formats([("cobertura", cobertura), ("lcov", lcov.clone())], numbering).0,
            merged
        );
        let (sum, differ) = merge_formats([("lcov", lcov.clone()), ("istanbul", lcov)], numbering);
        assert_eq!((sum.branches[3].hits, differ), (Hits::exactly(4), false), "the same numbers");
    }

    /// Parts in LCOV and Cobertura: the format of a file is unknown, but a first branch that was
    /// not taken shows that its branches have numbers of their own.
    #[test]
    fn what_branches_look_like_tells_their_numbering() {
        let merged = |one: &FileCoverage, other: &FileCoverage| {
            let parts = [one, other].map(|file| ("lcov and cobertura", file.clone()));
            let turned = [other, one].map(|file| ("lcov and cobertura", file.clone()));
            let merged = merge_formats(parts, |_| Numbering::Unknown).0;
            assert_eq!(
                merged,
                merge_formats(turned, |_| Numbering::Unknown).0,
                "the order does not matter"
            );
            merged.branches.iter().filter(|branch| branch.hits.is_hit()).count()
        };
        let second = |line| [branch(line, 0, 0, 0), branch(line, 0, 1, 1)];
        let first = |line| [branch(line, 0, 0, 1), branch(line, 0, 1, 0)];
        let numbered = file([second(2), first(4)].concat());
        assert_eq!(merged(&numbered, &file([first(2), second(4)].concat())), 4, "both by number");
        assert_eq!(
            merged(&numbered, &file([first(2), first(4)].concat())),
            2,
            "the other one may be counted"
        );
        assert_eq!(
            merged(&file(first(2).to_vec()), &file(first(2).to_vec())),
            1,
            "both may be counted"
        );
    }
}
