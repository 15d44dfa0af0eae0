//! Computes lines and regions from segments.
//!
//! The input is segments `[line, column, count, has count, is region entry, is gap region]` in
//! order; versions before 2.0.1 lack the last field. A count applies from its segment to the next.
//! The result is runs of mapped lines with their hits, by the rule of `LineCoverageStats`
//! (`llvm/lib/ProfileData/Coverage/CoverageMapping.cpp`): a line is mapped if a counted segment
//! wraps it or a region with a count starts on it, unless it starts with a region that the
//! preprocessor skipped. Its hits are the maximum over the count that wraps it and the regions that
//! start on it. A gap between two regions does not start a region.

use crate::report::formats::llvm_cov::Hits;
use crate::report::formats::llvm_cov::row::Row;
use crate::report::{Line, Region};

/// Consecutive lines with the same hits.
pub(super) struct Run {
    first: u32,
    last: u32,
    hits: Hits,
}

impl Run {
    /// The number of lines.
    pub(super) fn len(&self) -> u64 {
        u64::from(self.last - self.first) + 1
    }

    /// The lines.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line> {
        let hits = self.hits;
        (self.first..=self.last).map(move |number| Line { number, hits })
    }
}

#[derive(Clone, Copy)]
struct Segment {
    place: (u32, u32),
    hits: Hits,
    has_count: bool,
    entry: bool,
    gap: bool,
}

impl Segment {
    fn of(row: &Row) -> Option<Self> {
        let place = row.place()?;
        Some(Self {
            place,
            hits: row.hits(2),
            has_count: row.is(3),
            entry: row.is(4),
            gap: row.is(5),
        })
    }

    fn starts_region(&self) -> bool {
        self.has_count && self.entry && !self.gap
    }
}

/// Walks over a file's segments, one line at a time.
#[derive(Default)]
pub(super) struct Sweep {
    pub(super) runs: Vec<Run>,
    pub(super) regions: Vec<Region>,
    /// The last segment before the line.
    wrapping: Option<Segment>,
    /// The segments of the line.
    here: Vec<Segment>,
    /// The number of segments that were skipped.
    pub(super) odd: u64,
}

impl Sweep {
    /// Adds the next segment.
    pub(super) fn segment(&mut self, row: &Row) {
        let number = self.here.first().map_or(0, |first| first.place.0);
        let Some(segment) = Segment::of(row).filter(|segment| segment.place.0 >= number) else {
            self.odd += 1;
            return;
        };
        if segment.place.0 > number {
            self.close();
            self.wrap(number, segment.place.0);
        }
        if segment.starts_region() {
            self.regions.push(Region { start: segment.place, hits: segment.hits });
        }
        self.here.push(segment);
    }

    /// Ends the current line.
    pub(super) fn close(&mut self) {
        let (Some(first), Some(last)) = (self.here.first(), self.here.last()) else { return };
        let skipped = first.entry && !first.has_count;
        let wrapped = self.wrapping.is_some_and(|segment| segment.has_count);
        let entered = self.here.iter().any(|segment| segment.entry && segment.has_count);
        if entered || (wrapped && !skipped) {
            let starts = self.here.iter().filter(|segment| segment.starts_region());
            let hits =
                starts.chain(&self.wrapping).map(|segment| segment.hits).max().unwrap_or_default();
            self.runs.push(Run { first: first.place.0, last: first.place.0, hits });
        }
        self.wrapping = Some(*last);
        self.here.clear();
    }

    /// Adds the lines between two lines, on which no segment starts.
    fn wrap(&mut self, last: u32, next: u32) {
        if let Some(wrapping) = self.wrapping.filter(|segment| segment.has_count)
            && last + 1 < next
        {
            self.runs.push(Run { first: last + 1, last: next - 1, hits: wrapping.hits });
        }
    }
}
