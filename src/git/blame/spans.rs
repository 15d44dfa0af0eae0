//! Spans of lines that are traced through the versions of a file. A diff splits them into lines
//! that are unchanged in the older text and lines that are not. They are joined again where
//! versions meet. Lines count from 0.

use crate::git::trees::Entry;
use crate::git::{Hunk, Id};

/// Consecutive lines of one version of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The first line in this version.
    pub(super) start: u32,
    /// The number of lines.
    pub(super) count: u32,
    /// What is known about the lines.
    pub(super) of: Of,
}

/// What is known about the lines of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Requested lines of a file.
    Asked {
        /// The index of the file.
        file: u32,
        /// The first line in that file.
        line: u32,
    },
    /// Lines whose commit an earlier blame found, as the index of the commit.
    Known(u32),
}

/// Requested lines whose commit was found. `commit` is its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Answer {
    pub(super) file: u32,
    pub(super) line: u32,
    pub(super) count: u32,
    pub(super) commit: u32,
}

impl Span {
    pub(super) fn end(&self) -> u32 {
        self.start + self.count
    }

    /// The part of a span between two lines of its version.
    pub(super) fn part(&self, from: u32, to: u32) -> Self {
        let of = match self.of {
            Of::Asked { file, line } => Of::Asked { file, line: line + (from - self.start) },
            known @ Of::Known(_) => known,
        };
        Self { start: from, count: to - from, of }
    }

    fn moved(mut self, offset: i64) -> Self {
        self.start = (i64::from(self.start) + offset) as u32;
        self
    }

    /// The answer if `commit` is the commit of the lines. `None` if it is known already.
    pub(super) fn answer(&self, commit: u32) -> Option<Answer> {
        match self.of {
            Of::Asked { file, line } => Some(Answer { file, line, count: self.count, commit }),
            Of::Known(_) => None,
        }
    }

    /// Whether `next` continues this span, both in this version and in the requested file.
    fn goes_on_in(&self, next: &Self) -> bool {
        let same = match (self.of, next.of) {
            (Of::Asked { file, line }, Of::Asked { file: other, line: there }) => {
                file == other && line + self.count == there
            }
            (Of::Known(one), Of::Known(other)) => one == other,
            _ => false,
        };
        same && self.end() == next.start
    }
}

/// A version of a file through which lines are traced. The spans of both lists are sorted by start,
/// and requested spans may overlap.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) kind: Entry,
    pub(super) blob: Id,
    /// The spans whose commit is unknown.
    pub(super) asked: Vec<Span>,
    /// The spans whose commit an earlier blame found.
    pub(super) known: Vec<Span>,
}

impl Version {
    /// A version without spans.
    pub(super) fn empty(kind: Entry, blob: Id) -> Self {
        Self { kind, blob, asked: Vec::new(), known: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.known.is_empty()
    }

    /// Adds the spans of the same version that arrived on another way. Returns the answers that
    /// known spans give to requested ones.
    pub(super) fn join(&mut self, other: Self) -> Vec<Answer> {
        self.asked = joined(std::mem::take(&mut self.asked), other.asked);
        self.known = disjoint(joined(std::mem::take(&mut self.known), other.known));
        if self.asked.is_empty() || self.known.is_empty() {
            return Vec::new();
        }
        let (open, found) = resolve(&self.asked, &self.known);
        self.asked = open;
        found
    }

    /// Removes the lines that are unchanged since an older text, and returns them as spans of that
    /// text.
    pub(super) fn pass(&mut self, hunks: &[Hunk], older: Id) -> Self {
        let (asked, kept) = split(&self.asked, hunks);
        self.asked = kept;
        let (known, kept) = split(&self.known, hunks);
        self.known = kept;
        Self { kind: self.kind, blob: older, asked, known }
    }
}

/// Sorts spans by their start and joins neighbours that belong together.
pub(super) fn ordered(spans: Vec<Span>) -> Vec<Span> {
    joined(spans, Vec::new())
}

/// Merges both lists, sorts them, and joins neighbours that belong together.
fn joined(mut one: Vec<Span>, other: Vec<Span>) -> Vec<Span> {
    one.extend(other);
    if !one.is_sorted_by_key(|span| span.start) {
        one.sort_by_key(|span| span.start);
    }
    one.dedup_by(|next, span| {
        let together = span.goes_on_in(next);
        if together {
            span.count += next.count;
        }
        together
    });
    one
}

/// Removes the overlaps of known spans. The commit of a line is the same on every way to it.
fn disjoint(known: Vec<Span>) -> Vec<Span> {
    let mut covered = 0;
    let cut = known.into_iter().filter_map(|span| {
        let from = span.start.max(covered);
        covered = covered.max(span.end());
        (from < span.end()).then(|| span.part(from, span.end()))
    });
    cut.collect()
}

/// The lines that still have to be blamed, and the answers for the others.
fn resolve(asked: &[Span], known: &[Span]) -> (Vec<Span>, Vec<Answer>) {
    let (mut open, mut answers) = (Vec::new(), Vec::new());
    for span in asked {
        let mut at = span.start;
        let mut index = known.partition_point(|known| known.end() <= at);
        while at < span.end() {
            let next = known.get(index).filter(|known| known.start < span.end());
            let (from, to) =
                next.map_or((span.end(), span.end()), |known| (known.start.max(at), known.end()));
            if at < from {
                open.push(span.part(at, from));
            }
            at = to.min(span.end());
            if let Some(Of::Known(commit)) = next.map(|known| known.of) {
                answers.extend(span.part(from, at).answer(commit));
            }
            index += 1;
        }
    }
    (open, answers)
}

/// Splits lines into those that a diff leaves unchanged, moved to the older text, and the others.
fn split(spans: &[Span], hunks: &[Hunk]) -> (Vec<Span>, Vec<Span>) {
    let (mut passed, mut kept) = (Vec::with_capacity(spans.len()), Vec::new());
    let mut first = 0;
    for span in spans {
        while hunks.get(first).is_some_and(|hunk| end(hunk) <= span.start) {
            first += 1;
        }
        let (mut at, mut index) = (span.start, first);
        while at < span.end() {
            let next = hunks.get(index).map_or(u32::MAX, |hunk| hunk.new_start - 1);
            if at < next {
                let to = span.end().min(next);
                passed.push(span.part(at, to).moved(offset_before(hunks, index)));
                at = to;
            } else {
                let to = span.end().min(end(&hunks[index]));
                if at < to {
                    kept.push(span.part(at, to));
                    at = to;
                }
                index += 1;
            }
        }
    }
    // If spans overlap, their parts are not in order.
    (ordered(passed), ordered(kept))
}

/// The new line after a hunk, from 0.
fn end(hunk: &Hunk) -> u32 {
    hunk.new_start - 1 + hunk.new_count
}

/// The offset from new to old line numbers for the lines before a hunk and after the one before it.
fn offset_before(hunks: &[Hunk], index: usize) -> i64 {
    let Some(hunk) = index.checked_sub(1).map(|before| &hunks[before]) else { return 0 };
    i64::from(hunk.old_start + hunk.old_count) - i64::from(hunk.new_start + hunk.new_count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(start: u32, count: u32, line: u32) -> Span {
        Span { start, count, of: Of::Asked { file: 0, line } }
    }

    fn known(start: u32, count: u32, commit: u32) -> Span {
        Span { start, count, of: Of::Known(commit) }
    }

    #[test]
    fn a_diff_passes_what_it_leaves_unchanged() {
        // The older text has lines 1 to 10. Line 3 became two lines, and lines 6 and 7 were
        // deleted.
        let hunks = [
            Hunk { old_start: 3, old_count: 1, new_start: 3, new_count: 2 },
            Hunk { old_start: 6, old_count: 2, new_start: 7, new_count: 0 },
        ];
        let (passed, kept) = split(&[asked(0, 9, 0)], &hunks);
        assert_eq!(passed, [asked(0, 2, 0), asked(3, 2, 4), asked(7, 3, 6)]);
        assert_eq!(kept, [asked(2, 2, 2)]);
    }

    #[test]
    fn spans_that_overlap_are_each_cut() {
        let hunks = [Hunk { old_start: 3, old_count: 0, new_start: 3, new_count: 1 }];
        let (passed, kept) = split(&[asked(0, 4, 0), asked(2, 2, 20)], &hunks);
        assert_eq!(passed, [asked(0, 2, 0), asked(2, 1, 3), asked(2, 1, 21)]);
        assert_eq!(kept, [asked(2, 1, 2), asked(2, 1, 20)]);

        let hunks = [(2, 2), (5, 5)].map(|(old_start, new_start)| Hunk {
            old_start,
            old_count: 1,
            new_start,
            new_count: 1,
        });
        let (passed, kept) = split(&[asked(0, 6, 0), asked(1, 5, 50)], &hunks);
        let starts = |spans: &[Span]| spans.iter().map(|span| span.start).collect::<Vec<_>>();
        assert_eq!(
            (starts(&passed), starts(&kept)),
            (vec![0, 2, 2, 5, 5], vec![1, 1, 4, 4]),
            "both are sorted"
        );
    }

    #[test]
    fn what_is_known_answers_what_is_asked() {
        let known = disjoint(joined(
            vec![known(2, 3, 7), known(8, 2, 8)],
            vec![known(4, 2, 9), known(2, 1, 7)],
        ));
        assert_eq!(
            known.iter().map(|span| (span.start, span.count)).collect::<Vec<_>>(),
            [(2, 3), (5, 1), (8, 2)]
        );
        let (open, answers) = resolve(&[asked(0, 4, 10), asked(9, 3, 0)], &known);
        assert_eq!(open, [asked(0, 2, 10), asked(10, 2, 1)]);
        let answer = |line, count, commit| Answer { file: 0, line, count, commit };
        assert_eq!(answers, [answer(12, 2, 7), answer(0, 1, 8)]);
    }

    #[test]
    fn neighbours_become_one_span_again() {
        assert_eq!(joined(vec![asked(3, 2, 5)], vec![asked(0, 3, 2)]), [asked(0, 5, 2)]);
        assert_eq!(joined(vec![asked(3, 2, 5)], vec![asked(0, 3, 9)]).len(), 2);
    }
}
