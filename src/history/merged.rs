//! Merges all records of a file at a point. Records that are carried forward are mapped to the
//! current text first.

use std::collections::BTreeSet;

use crate::Result;
use crate::error::Context;
use crate::git::{Id, Repo};
use crate::history::{FileState, Formats, Mapping, Merged, RecordRef, merge_parts};
use crate::report::{FileCoverage, Hits, Line, LineState, LineView, Tally};
use crate::store::Store;

/// The coverage of a file at a point: its records merged. A record that measured another text of
/// the file is mapped to the current one by its line diff; lines that changed since are
/// [`Merged::unknown`].
pub fn merged(repo: &Repo, store: &Store<'_>, state: &FileState) -> Result<Merged> {
    merged_of(repo, state, |blob| Ok(store.record(blob)?.coverage))
}

/// The same, of records that `read` knows.
pub(super) fn merged_of(
    repo: &Repo,
    state: &FileState,
    read: impl Fn(Id) -> Result<FileCoverage>,
) -> Result<Merged> {
    let contributions = state
        .records
        .iter()
        .map(|record| Contribution::of(repo, read(record.blob)?, (record, state.source)));
    let contributions: Result<Vec<_>> = contributions.collect();
    Ok(merge(contributions.during(|| format!("merging what was measured of {}", state.path))?))
}

/// One record, mapped to the current text.
#[derive(Clone)]
pub(super) struct Contribution {
    pub coverage: FileCoverage,
    /// The formats of the part that the record is of.
    formats: Formats,
    /// The lines of the current text that it has not measured.
    pub unknown: BTreeSet<u32>,
}

impl Contribution {
    /// Maps a record's coverage to the current text if that changed since. If either text is
    /// unknown, the coverage is used as it is.
    pub(super) fn of(
        repo: &Repo,
        coverage: FileCoverage,
        (record, now): (&RecordRef, Option<Id>),
    ) -> Result<Self> {
        match (record.measured, now) {
            (Some(measured), Some(now)) if measured != now => {
                let old = repo
                    .blob(measured)
                    .during(|| format!("reading the text {measured} that was measured"))?;
                let new =
                    repo.blob(now).during(|| format!("reading the text {now} to draw it on"))?;
                let mapping = Mapping::new(repo.diff_lines(&old, &new)?);
                let unknown = written(&mapping, &new);
                Ok(Self { coverage: mapping.coverage(coverage), formats: record.formats, unknown })
            }
            _ => Ok(Self::as_measured(coverage, record.formats)),
        }
    }

    /// Coverage of the current text.
    pub(super) fn as_measured(coverage: FileCoverage, formats: Formats) -> Self {
        Self { coverage, formats, unknown: BTreeSet::new() }
    }
}

/// The changed lines that have any text: an empty line is no code in any language.
fn written(mapping: &Mapping, text: &[u8]) -> BTreeSet<u32> {
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let blank =
        |line: u32| lines.get(line as usize - 1).is_none_or(|line| line.trim_ascii().is_empty());
    mapping.changed().filter(|&line| line > 0 && !blank(line)).collect()
}

/// Merges contributions. A line is unknown where no record has measured its text; records without
/// lines, of mutants say, know of none.
pub(super) fn merge(contributions: impl IntoIterator<Item = Contribution>) -> Merged {
    let mut unknown = None::<BTreeSet<u32>>;
    let coverage = merge_parts(contributions.into_iter().map(|other| {
        if !other.coverage.lines.is_empty() {
            unknown = Some(
                unknown
                    .take()
                    .map_or_else(|| other.unknown.clone(), |unknown| &unknown & &other.unknown),
            );
        }
        (other.formats, other.coverage)
    }));
    let mut unknown = unknown.unwrap_or_default();
    for line in &coverage.lines {
        unknown.remove(&line.number);
    }
    Merged { coverage, unknown: unknown.into_iter().collect() }
}

impl Merged {
    /// Every line that can be covered, in order; those of [`Self::unknown`] have that state.
    pub fn views(&self) -> impl Iterator<Item = LineView> + '_ {
        let mut known = self.coverage.views().peekable();
        let mut unknown = self.unknown.iter().map(|&number| unknown(number)).peekable();
        std::iter::from_fn(move || match (known.peek(), unknown.peek()) {
            (Some(one), Some(other)) if one.line.number > other.line.number => unknown.next(),
            (None, _) => unknown.next(),
            _ => known.next(),
        })
    }
}

fn unknown(number: u32) -> LineView {
    LineView {
        line: Line { number, hits: Hits::ZERO },
        state: LineState::Unknown,
        branches: Tally::default(),
    }
}

#[cfg(test)]
mod tests {
    use LineState::{Covered, Unknown};

    use super::*;

    #[test]
    fn unknown_lines_stand_among_the_others() {
        let lines = [1, 4].map(|number| Line { number, hits: Hits::exactly(1) }).to_vec();
        let merged = Merged {
            coverage: FileCoverage { lines, ..FileCoverage::default() },
            unknown: vec![2, 3, 9],
        };
        let states: Vec<_> = merged.views().map(|view| (view.line.number, view.state)).collect();
        assert_eq!(states, [(1, Covered), (2, Unknown), (3, Unknown), (4, Covered), (9, Unknown)]);
    }
}
