//! Converts ranges to lines, branches and functions, like c8 (v8-to-istanbul,
//! lib/v8-to-istanbul.js).

use crate::report::formats::istanbul::extent_arm;
use crate::report::formats::v8::Block;
use crate::report::formats::v8::ranges::{self, Range};
use crate::report::formats::v8::text::Text;
use crate::report::{Branch, Dimension, FileCoverage, Function, Hits, Line, Tally};

/// The coverage of a source, from its blocks.
///
/// * Every physical line is coverable, and ran unless a range that spans the whole line says
///   otherwise. The last of these ranges counts.
/// * Every range of a function with block coverage is a branch.
/// * A function without a name does not count.
/// * Code that a comment excludes counts as covered in the totals, and has no record.
pub(super) fn coverage(blocks: Vec<Block>, text: &Text) -> FileCoverage {
    let mut blocks: Vec<Block> =
        blocks.into_iter().filter(|block| !block.ranges.is_empty()).collect();
    for block in &mut blocks {
        block.ranges = ranges::normalised(std::mem::take(&mut block.ranges));
    }
    blocks.sort_by_key(|block| ranges::order(block.ranges[0]));
    let mut coverage = FileCoverage::default();
    let mut branches = Tally::default();
    let mut functions = Tally::default();
    for block in &blocks {
        for (index, &range) in block.ranges.iter().enumerate() {
            let Some(place) = Place::of(range, text) else { continue };
            let hits = Hits::exactly(range.count);
            let one = Tally { covered: u64::from(place.ignored || hits.is_hit()), total: 1 };
            let (line, end) = (place.start.0, place.end.0);
            if block.detailed {
                branches = branches + one;
                let arm = extent_arm(place.start, place.end);
                coverage.branches.extend((!place.ignored).then_some(Branch {
                    line,
                    block: 0,
                    arm,
                    hits,
                }));
            }
            if !block.name.is_empty() && (index == 0 || !block.detailed) {
                functions = functions + one;
                let name = block.name.as_str().into();
                coverage.functions.extend((!place.ignored).then_some(Function {
                    start: line,
                    name,
                    end: Some(end),
                    hits,
                }));
            }
        }
    }
    let lines = lines(&blocks, text, &mut coverage);
    coverage.tidy();
    let totals = [
        (Dimension::Lines, lines),
        (Dimension::Branches, branches),
        (Dimension::Functions, functions),
    ];
    coverage.summarise(&totals.into_iter().collect());
    coverage
}

/// The position of a range: lines, and columns from 1. It may start in the newline before its first
/// line, at column 0.
struct Place {
    start: (u32, u32),
    end: (u32, u32),
    ignored: bool,
}

impl Place {
    fn of(range: Range, text: &Text) -> Option<Self> {
        let end = range.end.min(text.end);
        let touched = text.touched(range.start, end);
        let (first, last) = (touched.start, touched.end.checked_sub(1)?);
        let (one, other) =
            (text.lines.get(first).filter(|_| first <= last)?, text.lines.get(last)?);
        let column = |offset: u32, start: u32| (offset + 1).saturating_sub(start);
        Some(Self {
            start: (first as u32 + 1, column(range.start, one.start)),
            end: (last as u32 + 1, column(end, other.start)),
            ignored: one.ignored,
        })
    }
}

/// Adds the lines and returns their total.
fn lines(blocks: &[Block], text: &Text, coverage: &mut FileCoverage) -> Tally {
    let mut counts: Vec<Option<u64>> = vec![None; text.lines.len()];
    let mut open = Open { next: (0..=text.lines.len()).collect() };
    // The last range to span a line counts, so the ranges are visited in reverse and each line is
    // claimed once.
    for range in blocks.iter().rev().flat_map(|block| block.ranges.iter().rev()) {
        let end = range.end.min(text.end);
        let touched = text.touched(range.start, end);
        let first = touched.start.max(text.lines.partition_point(|line| line.start < range.start));
        let last = touched.end.min(text.lines.partition_point(|line| line.end <= end));
        let mut at = open.from(first);
        while at < last {
            counts[at] = Some(range.count);
            open.next[at] = at + 1;
            at = open.from(at);
        }
    }
    let mut total = Tally::default();
    for ((number, line), count) in (1..).zip(&text.lines).zip(counts) {
        let hits = Hits::exactly(count.unwrap_or(1));
        total = total + Tally { covered: u64::from(line.ignored || hits.is_hit()), total: 1 };
        if line.ignored {
            coverage.excluded.push(number);
        } else {
            coverage.lines.push(Line { number, hits });
        }
    }
    total
}

/// The lines that no range has claimed yet.
struct Open {
    /// For a claimed line, a line after it; for an open line, itself.
    next: Vec<usize>,
}

impl Open {
    /// The first open line at or after `start`.
    fn from(&mut self, start: usize) -> usize {
        let mut at = start;
        while self.next[at] != at {
            self.next[at] = self.next[self.next[at]];
            at = self.next[at];
        }
        at
    }
}
