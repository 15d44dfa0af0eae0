//! The merge laws: how several reports of the same source become one.
//!
//! Records of the same place are one record whose hits are the sum. So the order of the reports, and how they are
//! grouped, cannot matter, and a record is covered when it is covered in any of them.

use std::{
    cmp::Ordering::{self, Equal, Less},
    collections::BTreeMap,
};

use super::{Block, Branch, FileCoverage, Function, Line, Report};

impl FileCoverage {
    /// Sorts every list and sums the hits of equal records.
    pub fn tidy(&mut self) {
        unify(&mut self.lines, line_order, |first, again| first.hits = first.hits.plus(again.hits));
        unify(&mut self.branches, branch_order, |first, again| first.hits = first.hits.plus(again.hits));
        unify(&mut self.functions, function_order, |first, again| {
            first.hits = first.hits.plus(again.hits);
            first.end = first.end.max(again.end);
        });
        unify(&mut self.blocks, block_order, |first, again| {
            first.hits = first.hits.plus(again.hits);
            first.statements = first.statements.max(again.statements);
        });
    }

    /// Adds what another run says of the same text. Commutative and associative.
    pub fn merge(&mut self, other: Self) {
        join(&mut self.lines, other.lines, line_order, |line| &mut line.hits);
        join(&mut self.branches, other.branches, branch_order, |branch| &mut branch.hits);
        self.functions.extend(other.functions);
        self.blocks.extend(other.blocks);
        self.tidy();
    }

    /// How many records it holds.
    pub fn size(&self) -> usize {
        self.lines.len() + self.branches.len() + self.functions.len() + self.blocks.len()
    }
}

/// Merges reports file by file.
pub fn merge(reports: Vec<Report>) -> BTreeMap<String, FileCoverage> {
    let mut files: BTreeMap<String, FileCoverage> = BTreeMap::new();
    for (path, coverage) in reports.into_iter().flat_map(|report| report.files) {
        files.entry(path).or_default().merge(coverage);
    }
    files
}

fn line_order(one: &Line, other: &Line) -> Ordering {
    one.number.cmp(&other.number)
}

fn branch_order(one: &Branch, other: &Branch) -> Ordering {
    (one.line, one.block, &one.arm).cmp(&(other.line, other.block, &other.arm))
}

fn function_order(one: &Function, other: &Function) -> Ordering {
    (one.start, &one.name).cmp(&(other.start, &other.name))
}

fn block_order(one: &Block, other: &Block) -> Ordering {
    (one.start, one.end).cmp(&(other.start, other.end))
}

/// Sorts a list and lets the first of equal records absorb the others. A list in order is left alone, and runs in
/// order (a file's records of several tests) are merged rather than sorted.
fn unify<T>(list: &mut Vec<T>, order: fn(&T, &T) -> Ordering, absorb: fn(&mut T, &T)) {
    if list.is_sorted_by(|one, next| order(one, next) == Less) {
        return;
    }
    list.sort_by(order);
    list.dedup_by(|again, first| {
        let same = order(first, again) == Equal;
        if same {
            absorb(first, again);
        }
        same
    });
}

/// Adds the hits in place where both lists name the same records, which is the rule for two runs of one source;
/// appends otherwise.
fn join<T>(list: &mut Vec<T>, mut other: Vec<T>, order: fn(&T, &T) -> Ordering, hits: fn(&mut T) -> &mut super::Hits) {
    let alike = list.len() == other.len() && list.iter().zip(&other).all(|(one, two)| order(one, two) == Equal);
    if !alike {
        list.append(&mut other);
        return;
    }
    for (one, mut two) in list.iter_mut().zip(other) {
        let sum = hits(one).plus(*hits(&mut two));
        *hits(one) = sum;
    }
}

/// A file's coverage while a reader is still finding records of it, in any order and any number of times.
///
/// Memory stays within a factor of the *unique* records: what is pending is unified whenever it outgrows them, which
/// costs a constant number of passes however many sections there are.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    coverage: FileCoverage,
    unified: usize,
}

impl Gathered {
    /// Adds a section's records and empties it, so that its memory can be used again.
    pub(super) fn absorb(&mut self, section: &mut FileCoverage) {
        let FileCoverage { lines, branches, functions, blocks } = section;
        let coverage = &mut self.coverage;
        if self.unified == 0 && coverage.size() == 0 {
            coverage.lines.reserve_exact(lines.len());
            coverage.branches.reserve_exact(branches.len());
        }
        coverage.lines.append(lines);
        coverage.branches.append(branches);
        coverage.functions.append(functions);
        coverage.blocks.append(blocks);
        if coverage.size() > self.unified + self.unified / 2 + 64 {
            coverage.tidy();
            self.unified = coverage.size();
        }
    }

    /// The unified records.
    pub(super) fn finish(mut self) -> FileCoverage {
        self.coverage.tidy();
        self.coverage.lines.shrink_to_fit();
        self.coverage.branches.shrink_to_fit();
        self.coverage
    }
}
