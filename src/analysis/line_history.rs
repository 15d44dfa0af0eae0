//! Since when each line of a file has been covered or uncovered, and how often that changed while
//! its text did not.
//!
//! A line is followed through the line diffs between the texts. A line that was added, or whose
//! text changed, starts a new history.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::analysis::Sources;
use crate::error::Context as _;
use crate::git::Id;
use crate::history::{FileIndex, FileState, History, Mapping};

/// Two flips within so many snapshots make a line flaky: nobody changed it, and yet it is covered
/// and again not.
const FLAKY_WITHIN: usize = 10;

/// The history of a line so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineHistory {
    /// Whether it is covered.
    pub covered: bool,
    /// The point since which it has been so.
    pub since: usize,
    /// The point that first measured it with this text.
    pub born: usize,
    /// The points at which it became covered or uncovered while its text stayed, oldest first.
    pub flips: Vec<usize>,
}

impl LineHistory {
    /// Whether it was ever covered with this text.
    pub fn ever_covered(&self) -> bool {
        self.covered || !self.flips.is_empty()
    }

    /// What the line adds to the covered ones and to all at a point, for each point at which it
    /// adds or takes anything.
    pub fn steps(&self) -> impl Iterator<Item = (usize, i64, i64)> + '_ {
        let covered_first = self.covered != (self.flips.len() % 2 == 1);
        let born = (self.born, i64::from(covered_first), 1);
        let flips = self.flips.iter().zip(0_usize..);
        let flip = move |(&point, at): (&usize, usize)| {
            let gains = covered_first == (at % 2 == 1);
            (point, if gains { 1 } else { -1 }, 0)
        };
        std::iter::once(born).chain(flips.map(flip))
    }

    /// Whether it flips to and fro: twice within ten snapshots.
    pub fn is_flaky(&self) -> bool {
        self.flips.windows(2).any(|pair| pair[1] - pair[0] <= FLAKY_WITHIN)
    }
}

/// The lines of a file that are code at a point, by number. Points at which a line was not measured
/// (a suite was missing, or had measured another text) are passed over: they say nothing of it.
pub fn line_history(
    sources: &Sources<'_>,
    history: &History,
    file: FileIndex,
    at: usize,
) -> Result<BTreeMap<u32, LineHistory>> {
    let states = history.files[file].states.iter().filter(|(point, _)| *point <= at);
    let mut lines = Lines::default();
    for (point, state) in states.filter_map(|(point, state)| Some((*point, state.as_ref()?))) {
        let attempt = || {
            format!(
                "following the lines of {} to {}",
                state.path,
                history.points[point].commit.id.short()
            )
        };
        lines.step(sources, point, state).during(attempt)?;
    }
    let newest = lines.measured;
    Ok(lines.known.into_iter().filter(|(line, _)| newest.binary_search(line).is_ok()).collect())
}

/// The lines of the text that the walk has reached.
#[derive(Default)]
struct Lines {
    text: Option<Id>,
    /// Those that were measured with the text that they have, by number.
    known: Vec<(u32, LineHistory)>,
    /// Those that were measured at the newest state, in order.
    measured: Vec<u32>,
}

impl Lines {
    fn step(&mut self, sources: &Sources<'_>, point: usize, state: &FileState) -> Result<()> {
        let mapping = self.mapping(sources, state)?;
        let coverage = sources.merged(state)?.coverage;
        // Lines that are mapped keep their order, so that both lists are gone through once.
        let before = std::mem::replace(&mut self.known, Vec::with_capacity(coverage.lines.len()));
        let here = |(line, history)| Some((mapping.new_line(line)?, history));
        let mut before = before.into_iter().filter_map(here).peekable();
        for line in &coverage.lines {
            let covered = line.hits.is_hit();
            while let Some(unmeasured) = before.next_if(|(number, _)| *number < line.number) {
                self.known.push(unmeasured);
            }
            let new = || LineHistory { covered, since: point, born: point, flips: Vec::new() };
            let known = before.next_if(|(number, _)| *number == line.number);
            let mut known = known.map_or_else(new, |(_, history)| history);
            if known.covered != covered {
                (known.covered, known.since) = (covered, point);
                known.flips.push(point);
            }
            self.known.push((line.number, known));
        }
        self.known.extend(before);
        self.measured = coverage.lines.iter().map(|line| line.number).collect();
        Ok(())
    }

    /// Where the lines are in the text of a state. One that is not known is taken for the one
    /// before.
    fn mapping(&mut self, sources: &Sources<'_>, state: &FileState) -> Result<Mapping> {
        let Some(new) = state.source else { return Ok(Mapping::default()) };
        let Some(old) = self.text.replace(new).filter(|old| *old != new) else {
            return Ok(Mapping::default());
        };
        sources.mapping(Some(old), Some(new))
    }
}
