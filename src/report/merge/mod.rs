//! Merges several reports of the same source into one.
//!
//! Records of the same place become one record whose hits are the sum. This way the order and the
//! grouping of the reports do not matter, and a record is covered if it is covered in any of them.

mod gathered;
mod lists;
mod mixed;
mod same_format;

use std::cmp::Ordering::{self, Equal, Less};
use std::collections::BTreeMap;

pub(super) use gathered::{Gathered, GatheredFiles};
pub(super) use lists::have_same_places;
pub use lists::{Numbering, numbering};
pub use mixed::merge_formats;

use crate::report::model::report::Summary;
use crate::report::{
    Block, Branch, Condition, FileCoverage, Function, Instructions, Line, Mutant, Region,
};

impl FileCoverage {
    /// Sorts every list and sums the hits of equal records.
    pub fn tidy(&mut self) {
        unify(&mut self.lines);
        unify(&mut self.branches);
        unify(&mut self.functions);
        unify(&mut self.conditions);
        unify(&mut self.blocks);
        unify(&mut self.regions);
        unify(&mut self.instructions);
        unify(&mut self.mutants);
        unify(&mut self.excluded);
    }

    /// Merges the result of another run of the same text. Commutative and associative.
    pub fn merge(&mut self, mut other: Self) {
        self.append(&mut other);
        self.tidy();
    }

    /// Appends the records of `other`. The lists may no longer be sorted afterwards.
    fn append(&mut self, other: &mut Self) {
        self.yield_placeholder(other);
        if self.is_empty() || other.is_empty() {
            self.summary.take(&mut other.summary);
        } else {
            self.summary.merge(&other.summary);
        }
        join(&mut self.lines, &mut other.lines);
        join(&mut self.branches, &mut other.branches);
        join(&mut self.functions, &mut other.functions);
        join(&mut self.conditions, &mut other.conditions);
        join(&mut self.blocks, &mut other.blocks);
        join(&mut self.regions, &mut other.regions);
        join(&mut self.instructions, &mut other.instructions);
        join(&mut self.mutants, &mut other.mutants);
        join(&mut self.excluded, &mut other.excluded);
    }

    /// If exactly one of the two is a placeholder and the other one has data, empties the
    /// placeholder: the lines and functions that a tool guesses from a text are not those of the
    /// code that runs.
    fn yield_placeholder(&mut self, other: &mut Self) {
        if self.placeholder && !other.placeholder && other.is_executed() {
            self.forget_execution();
        } else if other.placeholder && !self.placeholder && self.is_executed() {
            other.forget_execution();
        }
        self.placeholder |= std::mem::take(&mut other.placeholder);
    }

    /// Whether it has any execution data, other than mutants.
    fn is_executed(&self) -> bool {
        self.size() > self.mutants.len() || !self.summary.tallies.is_empty()
    }

    fn forget_execution(&mut self) {
        let mutants = std::mem::take(&mut self.mutants);
        *self = Self { mutants, ..Self::default() };
    }

    /// Frees the unused memory of the longest lists.
    pub(super) fn compact(&mut self) {
        self.lines.shrink_to_fit();
        self.branches.shrink_to_fit();
        self.functions.shrink_to_fit();
    }

    /// Whether every list is sorted and free of duplicates, as after [`Self::tidy`].
    pub fn is_tidy(&self) -> bool {
        in_order(&self.lines)
            && in_order(&self.branches)
            && in_order(&self.functions)
            && in_order(&self.conditions)
            && in_order(&self.blocks)
            && in_order(&self.regions)
            && in_order(&self.instructions)
            && in_order(&self.mutants)
            && in_order(&self.excluded)
    }

    /// The number of records.
    pub fn size(&self) -> usize {
        let executed =
            self.lines.len() + self.branches.len() + self.functions.len() + self.conditions.len();
        let units = self.blocks.len() + self.regions.len() + self.instructions.len();
        executed + units + self.mutants.len() + self.excluded.len()
    }

    /// Whether it has no data about the file.
    pub fn is_empty(&self) -> bool {
        self.size() == 0 && self.summary.tallies.is_empty()
    }
}

/// Merges the files of several reports, path by path.
pub fn merge(
    reports: impl IntoIterator<Item = BTreeMap<String, FileCoverage>>,
) -> BTreeMap<String, FileCoverage> {
    let mut files: BTreeMap<String, FileCoverage> = BTreeMap::new();
    for (path, coverage) in reports.into_iter().flatten() {
        files.entry(path).or_default().merge(coverage);
    }
    files
}

/// A record that may occur more than once: its order by place, and how it absorbs another record of
/// the same place.
pub(in crate::report) trait Record {
    /// The order by place; equal places are the same record.
    fn order(&self, other: &Self) -> Ordering;
    /// Adds another record of the same place.
    fn absorb(&mut self, again: &Self);
}

impl Record for Line {
    fn order(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }

    fn absorb(&mut self, again: &Self) {
        self.hits = self.hits.plus(again.hits);
    }
}

impl Record for Branch {
    fn order(&self, other: &Self) -> Ordering {
        (self.line, self.block, &self.arm).cmp(&(other.line, other.block, &other.arm))
    }

    fn absorb(&mut self, again: &Self) {
        self.hits = self.hits.plus(again.hits);
    }
}

impl Record for Function {
    fn order(&self, other: &Self) -> Ordering {
        (self.start, &self.name).cmp(&(other.start, &other.name))
    }

    fn absorb(&mut self, again: &Self) {
        self.hits = self.hits.plus(again.hits);
        self.end = self.end.max(again.end);
    }
}

impl Record for Condition {
    fn order(&self, other: &Self) -> Ordering {
        (self.line, self.decision, self.index, self.sense).cmp(&(
            other.line,
            other.decision,
            other.index,
            other.sense,
        ))
    }

    fn absorb(&mut self, again: &Self) {
        self.hits = self.hits.plus(again.hits);
        if again.words > self.words {
            // Any rule works that does not depend on which came first.
            self.words.clone_from(&again.words);
        }
    }
}

impl Record for Region {
    fn order(&self, other: &Self) -> Ordering {
        self.start.cmp(&other.start)
    }

    fn absorb(&mut self, again: &Self) {
        self.hits = self.hits.plus(again.hits);
    }
}

/// It is not known which of the instructions ran, so the run that covered the most of them counts.
impl Record for Instructions {
    fn order(&self, other: &Self) -> Ordering {
        self.line.cmp(&other.line)
    }

    fn absorb(&mut self, again: &Self) {
        self.covered = self.covered.max(again.covered);
        self.total = self.total.max(again.total);
    }
}

/// A mutant that is detected in any run is detected.
impl Record for Mutant {
    fn order(&self, other: &Self) -> Ordering {
        fn place(mutant: &Mutant) -> (&(u32, u32), &(u32, u32), &str, &str, u32) {
            (&mutant.start, &mutant.end, &mutant.mutator, &mutant.replacement, mutant.ordinal)
        }
        place(self).cmp(&place(other))
    }

    fn absorb(&mut self, again: &Self) {
        let stronger = (again.status, &again.killed_by) > (self.status, &self.killed_by);
        if stronger {
            self.clone_from(again);
        }
    }
}

/// An excluded line.
impl Record for u32 {
    fn order(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }

    fn absorb(&mut self, _again: &Self) {}
}

impl Record for Block {
    fn order(&self, other: &Self) -> Ordering {
        (self.start, self.end).cmp(&(other.start, other.end))
    }

    fn absorb(&mut self, again: &Self) {
        self.hits = self.hits.plus(again.hits);
        self.statements = self.statements.max(again.statements);
    }
}

impl Summary {
    /// Takes over the summary of `other` if one of the two is empty.
    fn take(&mut self, other: &mut Self) {
        if self.tallies.is_empty() {
            std::mem::swap(self, other);
        }
    }

    /// Takes the larger count of two runs, since it is not known which records they share.
    fn merge(&mut self, other: &Self) {
        for (dimension, again) in other.tallies.iter() {
            let mut tally = self.tallies.get(dimension).unwrap_or_default();
            tally.covered = tally.covered.max(again.covered);
            tally.total = tally.total.max(again.total);
            self.tallies.set(*dimension, tally);
        }
        // Runs without totals of their own leave no trace.
        self.merged = !self.tallies.is_empty();
    }
}

/// Sorts a list and merges equal records. A sorted list is left alone, and sorted runs in a list
/// (from a file's records of several tests) are merged rather than sorted.
fn unify<T: Record>(list: &mut Vec<T>) {
    if in_order(list) {
        return;
    }
    list.sort_by(T::order);
    list.dedup_by(|again, first| {
        let same = first.order(again) == Equal;
        if same {
            first.absorb(again);
        }
        same
    });
}

fn in_order<T: Record>(list: &[T]) -> bool {
    list.is_sorted_by(|one, next| one.order(next) == Less)
}

/// Adds the hits in place if both lists have the same records, as is usual for two runs of one
/// source. Appends otherwise.
fn join<T: Record>(list: &mut Vec<T>, other: &mut Vec<T>) {
    let alike = list.len() == other.len()
        && list.iter().zip(&*other).all(|(one, two)| one.order(two) == Equal);
    if !alike {
        return list.append(other);
    }
    for (one, two) in list.iter_mut().zip(other.drain(..)) {
        one.absorb(&two);
    }
}
