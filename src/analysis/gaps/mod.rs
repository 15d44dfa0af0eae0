//! The gaps of a file: runs of lines that want a test, and the class of each.

mod class;

pub use class::{Class, classify};

use crate::report::{Function, LineState, LineView};

/// A run of lines with something uncovered, from its first such line to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Its first line.
    pub first: u32,
    /// Its last line.
    pub last: u32,
}

/// Maximal runs of uncovered and partial lines inside one function. Lines that cannot be covered
/// may lie between; a covered or unknown line, and the beginning or end of a function, ends a run.
pub fn find(views: &[LineView], functions: &[Function]) -> Vec<Gap> {
    let mut edges: Vec<u32> = functions
        .iter()
        .flat_map(|f| [Some(f.start), f.end.map(|end| end + 1)])
        .flatten()
        .collect();
    edges.sort_unstable();
    let mut gaps: Vec<Gap> = Vec::new();
    let mut open = false;
    for LineView { line, state, .. } in views {
        let wanting = matches!(state, LineState::Uncovered | LineState::Partial);
        match gaps.last_mut() {
            Some(gap) if open && wanting && !crosses(&edges, gap.last, line.number) => {
                gap.last = line.number;
            }
            _ if wanting => gaps.push(Gap { first: line.number, last: line.number }),
            _ => {}
        }
        open = wanting;
    }
    gaps
}

/// Whether an edge lies after line `from` and not after line `to`.
fn crosses(edges: &[u32], from: u32, to: u32) -> bool {
    let after = edges.partition_point(|&edge| edge <= from);
    edges.get(after).is_some_and(|&edge| edge <= to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{FileCoverage, Hits, Line};

    fn found(marks: &str, functions: &[Function]) -> Vec<(u32, u32)> {
        let numbered = (1..).zip(marks.chars()).filter(|(_, mark)| *mark != '.');
        let lines = numbered
            .map(|(number, mark)| Line { number, hits: Hits::exactly(u64::from(mark == 'h')) })
            .collect();
        let views: Vec<_> = FileCoverage { lines, ..FileCoverage::default() }.views().collect();
        find(&views, functions).iter().map(|gap| (gap.first, gap.last)).collect()
    }

    #[test]
    fn runs_bridge_lines_that_are_no_code() {
        assert_eq!(found("hm.m.hm", &[]), [(2, 4), (7, 7)]);
        assert_eq!(found("hhh", &[]), []);
        assert_eq!(found("", &[]), []);
    }

    #[test]
    fn a_function_ends_a_run() {
        let function = |start, end| Function { start, name: "f".into(), end, hits: Hits::ZERO };
        assert_eq!(found("mmmmm", &[function(3, None)]), [(1, 2), (3, 5)]);
        assert_eq!(found("mmmmm", &[function(2, Some(3))]), [(1, 1), (2, 3), (4, 5)]);
        assert_eq!(found("mm.mm", &[function(3, None)]), [(1, 2), (4, 5)]);
    }
}
