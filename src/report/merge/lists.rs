//! Merges the lists of a file of which only one counts: branches, functions, and everything else
//! that each format numbers in its own way.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::report::merge::{FileCoverage, Record, unify};
use crate::report::{Block, Branch, Condition, Function, Instructions, Region};

/// How a format identifies the branches of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Numbering {
    /// Each branch has a number or a name of its own.
    Own,
    /// Only the number of taken branches is known, so the numbers of the branches mean nothing.
    Counted,
    /// One of the two, because the format is one of several. The branches of the file decide which.
    Unknown,
}

/// How a format identifies the branches of a line.
pub fn numbering(format: &str) -> Numbering {
    let is_counted = ["clover", "cobertura", "codecov", "jacoco", "sonar"].contains(&format);
    if is_counted { Numbering::Counted } else { Numbering::Own }
}

/// The lists of a file by format. Only one of each kind may count.
#[derive(Default)]
pub(super) struct Lists {
    branches: Vec<(Numbering, Vec<Branch>)>,
    functions: Vec<Vec<Function>>,
    blocks: Vec<Vec<Block>>,
    conditions: Vec<Vec<Condition>>,
    regions: Vec<Vec<Region>>,
    instructions: Vec<Vec<Instructions>>,
}

/// Merges files. Of everything that has no number of its own, only one list counts.
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

/// Whether two lists have records of the same places.
pub(in crate::report) fn have_same_places<T: Record>(one: &[T], other: &[T]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| one.order(other) == Ordering::Equal)
}

impl Lists {
    pub(super) fn take(&mut self, numbering: Numbering, file: &mut FileCoverage) {
        self.branches.push((numbering, std::mem::take(&mut file.branches)));
        self.functions.push(std::mem::take(&mut file.functions));
        self.blocks.push(std::mem::take(&mut file.blocks));
        self.conditions.push(std::mem::take(&mut file.conditions));
        self.regions.push(std::mem::take(&mut file.regions));
        self.instructions.push(std::mem::take(&mut file.instructions));
    }

    /// Adds the lists that count to the file. Returns whether branches were numbered in different
    /// ways.
    pub(super) fn give(self, file: &mut FileCoverage) -> bool {
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

    /// The order of preference for lists: the most branches, the most taken, and the identity of
    /// the taken ones known.
    fn rank(&self) -> (usize, usize, bool, &[Branch]) {
        (self.branches.len(), self.covered(), !self.counted, &self.branches)
    }

    /// Whether the branches have the same numbers as others, so that they can be added. If both are
    /// only counted, the sum has as many taken branches as the better of the two.
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

/// The functions whose key is unique, by that key.
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

/// The longest of the lists. Lists with the same places are added.
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
