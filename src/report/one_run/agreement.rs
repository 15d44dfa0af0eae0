//! Whether two reports agree as closely as two formats of the same run do.
//!
//! Formats differ in what counts as a line and in which branches they know, but hardly in what ran
//! and how often. So two reports of one run
//! * agree on every line that both list: it ran in both, or in neither;
//! * share at least half of their lines;
//! * have the same number of hits for three quarters of the lines that ran more than once, if both
//!   count hits. The writers of a tool may sum the records of a line (templates, lambdas)
//!   differently;
//! * took the same branches on every line with the same number of branches in both. This is not
//!   required if all hits are the same, since a format that only counts branches may have combined
//!   several records of a line.

use std::cmp::Ordering;

use crate::report::merge::{Numbering, have_same_places, numbering};
use crate::report::one_run::Measured;
use crate::report::{Branch, Dimension, FileCoverage, Line};

/// Counts what two reports share and where they differ.
#[derive(Debug)]
pub(super) struct Agreement {
    /// Whether both formats know which branches of a line were taken.
    knows_branches: bool,
    shared_lines: usize,
    all_lines: usize,
    /// The lines that ran more than once in at least one report, by whether both give the same
    /// number of hits.
    same_hits: usize,
    other_hits: usize,
    /// The lines with the same number of branches in both reports, of which different ones were
    /// taken.
    other_branches: usize,
}

impl Agreement {
    pub(super) fn new(one: &Measured, other: &Measured) -> Self {
        let knows_branches =
            [one, other].iter().all(|report| numbering(report.format) == Numbering::Own);
        Self {
            knows_branches,
            shared_lines: 0,
            all_lines: 0,
            same_hits: 0,
            other_hits: 0,
            other_branches: 0,
        }
    }

    /// Whether the files added so far may be from one run.
    pub(super) fn is_one_run(&self) -> bool {
        let all_hits = self.same_hits > 0 && self.other_hits == 0;
        self.shared_lines * 2 >= self.all_lines
            && self.other_hits * 3 <= self.same_hits
            && (self.other_branches == 0 || all_hits)
    }

    /// Adds a file. Returns false if the two reports disagree about what ran.
    pub(super) fn add(&mut self, one: &FileCoverage, other: &FileCoverage) -> bool {
        if one.lines.is_empty() || other.lines.is_empty() {
            return agree_in_totals(one, other);
        }
        self.other_branches += other_branches(&one.branches, &other.branches, self.knows_branches);
        self.add_lines(one, other)
    }

    fn add_lines(&mut self, one: &FileCoverage, other: &FileCoverage) -> bool {
        let mut left = one.lines.iter().peekable();
        let mut right = other.lines.iter().peekable();
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some(one), Some(other)) => one.number.cmp(&other.number),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return true,
            };
            let (here, there) = match order {
                Ordering::Less => (left.next(), None),
                Ordering::Greater => (None, right.next()),
                Ordering::Equal => (left.next(), right.next()),
            };
            match (here, there) {
                (Some(here), Some(there)) if !self.add_shared(here, there) => return false,
                (Some(here), None) if is_excluded(other, here) => continue,
                (None, Some(there)) if is_excluded(one, there) => continue,
                _ => {}
            }
            self.all_lines += 1;
        }
    }

    /// Adds a line that both list. Returns false if it ran in only one of them.
    fn add_shared(&mut self, one: &Line, other: &Line) -> bool {
        self.shared_lines += 1;
        let are_counted = one.hits.is_exact() && other.hits.is_exact();
        if are_counted && one.hits.count().max(other.hits.count()) > 1 {
            if one.hits == other.hits {
                self.same_hits += 1;
            } else {
                self.other_hits += 1;
            }
        }
        one.hits.is_hit() == other.hits.is_hit()
    }
}

fn is_excluded(file: &FileCoverage, line: &Line) -> bool {
    file.excluded.binary_search(&line.number).is_ok()
}

/// Whether two files, at least one with only totals, have the same number of lines and covered
/// lines.
fn agree_in_totals(one: &FileCoverage, other: &FileCoverage) -> bool {
    let lines = |file: &FileCoverage| file.tallies().get(&Dimension::Lines);
    lines(one).is_some() && lines(one) == lines(other)
}

/// The number of lines with the same number of branches in both lists, of which different ones were
/// taken.
fn other_branches(one: &[Branch], other: &[Branch], knows_branches: bool) -> usize {
    let mut there = other.chunk_by(|a, b| a.line == b.line).peekable();
    let mut differ = 0;
    for here in one.chunk_by(|a, b| a.line == b.line) {
        while there.next_if(|there| there[0].line < here[0].line).is_some() {}
        let Some(there) = there.next_if(|there| there[0].line == here[0].line) else { continue };
        let is_comparable = here.len() == there.len();
        differ += usize::from(is_comparable && !are_taken_alike(here, there, knows_branches));
    }
    differ
}

/// Whether the same number of branches of a line were taken, and the same ones if that is known.
fn are_taken_alike(one: &[Branch], other: &[Branch], knows_branches: bool) -> bool {
    let taken = |list: &[Branch]| list.iter().filter(|branch| branch.hits.is_hit()).count();
    let are_same =
        || one.iter().zip(other).all(|(one, other)| one.hits.is_hit() == other.hits.is_hit());
    taken(one) == taken(other) && (!knows_branches || !have_same_places(one, other) || are_same())
}
