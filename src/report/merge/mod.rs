//! The merge laws: how several reports of the same source become one.
//!
//! Records of the same place are one record whose hits are the sum. So the order of the reports,
//! and how they are grouped, cannot matter, and a record is covered when it is covered in any of
//! them.

mod lists;
mod mixed;
mod same_format;

use std::cmp::Ordering::{self, Equal, Less};
use std::collections::BTreeMap;

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

    /// Adds what another run says of the same text. Commutative and associative.
    pub fn merge(&mut self, mut other: Self) {
        self.append(&mut other);
        self.tidy();
    }

    /// Takes the records of `other` over; what was tidy may no longer be.
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

    /// Empties the one of two that is a placeholder where the other one was measured: the lines and
    /// functions that a tool guesses from a text are not those of the code that runs.
    fn yield_placeholder(&mut self, other: &mut Self) {
        if self.placeholder && !other.placeholder && other.is_executed() {
            self.forget_execution();
        } else if other.placeholder && !self.placeholder && self.is_executed() {
            other.forget_execution();
        }
        self.placeholder |= std::mem::take(&mut other.placeholder);
    }

    /// Whether it says what ran; mutants are another matter.
    fn is_executed(&self) -> bool {
        self.size() > self.mutants.len() || !self.summary.tallies.is_empty()
    }

    fn forget_execution(&mut self) {
        let mutants = std::mem::take(&mut self.mutants);
        *self = Self { mutants, ..Self::default() };
    }

    /// Gives back the memory that its longest lists do not need.
    pub(super) fn compact(&mut self) {
        self.lines.shrink_to_fit();
        self.branches.shrink_to_fit();
        self.functions.shrink_to_fit();
    }

    /// Whether every list is sorted and free of duplicates, as [`Self::tidy`] leaves them.
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

    /// How many records it holds.
    pub fn size(&self) -> usize {
        let executed =
            self.lines.len() + self.branches.len() + self.functions.len() + self.conditions.len();
        let units = self.blocks.len() + self.regions.len() + self.instructions.len();
        executed + units + self.mutants.len() + self.excluded.len()
    }

    /// Whether it says nothing of the file.
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

/// What can stand twice: where it stands, and how one takes in what another run says of the same
/// place.
pub(in crate::report) trait Record {
    /// The order by place; equal places are the same record.
    fn order(&self, other: &Self) -> Ordering;
    /// Adds the hits of the same record.
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
            self.words.clone_from(&again.words); // any rule does that does not ask which came first
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

/// Which of the instructions ran is not known: the run that saw the most of them stands.
impl Record for Instructions {
    fn order(&self, other: &Self) -> Ordering {
        self.line.cmp(&other.line)
    }

    fn absorb(&mut self, again: &Self) {
        self.covered = self.covered.max(again.covered);
        self.total = self.total.max(again.total);
    }
}

/// A mutant that is noticed in any run is noticed.
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
    /// Takes over what `other` says, where one of the two says nothing.
    fn take(&mut self, other: &mut Self) {
        if self.tallies.is_empty() {
            std::mem::swap(self, other);
        }
    }

    /// The larger count of two runs, since which records they share is not known.
    fn merge(&mut self, other: &Self) {
        for (dimension, again) in other.tallies.iter() {
            let mut tally = self.tallies.get(dimension).unwrap_or_default();
            tally.covered = tally.covered.max(again.covered);
            tally.total = tally.total.max(again.total);
            self.tallies.set(*dimension, tally);
        }
        self.merged = !self.tallies.is_empty(); // runs without totals of their own leave no trace
    }
}

/// Sorts a list and lets the first of equal records absorb the others. A list in order is left
/// alone, and runs in order (a file's records of several tests) are merged rather than sorted.
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

/// Adds the hits in place where both lists name the same records, which is the rule for two runs of
/// one source; appends otherwise.
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

/// A file's coverage while a reader is still finding records of it, in any order and any number of
/// times.
///
/// Memory stays within a factor of the *unique* records: what is pending is unified whenever it
/// outgrows them, which costs a constant number of passes however many sections there are.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    coverage: FileCoverage,
    unified: usize,
}

impl Gathered {
    /// Adds a section's records and empties it, so that its memory can be used again.
    pub(super) fn absorb(&mut self, section: &mut FileCoverage) {
        section.tidy();
        let first = self.coverage.size() == 0;
        if first {
            self.coverage.lines.reserve_exact(section.lines.len());
            self.coverage.branches.reserve_exact(section.branches.len());
            self.coverage.functions.reserve_exact(section.functions.len());
        }
        self.coverage.append(section);
        let size = self.coverage.size();
        if first {
            self.unified = size;
        } else if size > self.unified + self.unified / 2 + 64 {
            self.coverage.tidy();
            self.unified = self.coverage.size();
        }
    }

    /// The unified records.
    pub(super) fn finish(mut self) -> FileCoverage {
        self.coverage.tidy();
        self.coverage.compact();
        self.coverage
    }
}
