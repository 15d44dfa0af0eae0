//! Adds up what was measured on the lines that each commit last changed, one file at a time: one
//! [`Lines`] for each of the file's [`commits`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::analysis::Sources;
use crate::analysis::cache::{self, Digest};
use crate::analysis::line_history::LineHistory;
use crate::error::Context as _;
use crate::git::{Blame, Run};
use crate::history::FileState;
use crate::report::{Dimension, FileCoverage, LineState, Tallies, Tally};

/// The coverage of the lines of one commit in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lines {
    pub(super) tallies: Tallies,
    /// The lines that ran and have a branch that was not taken.
    pub(super) partial: u64,
    /// The first line that did not run.
    pub(super) first: Option<u32>,
    /// Lines that they added to the covered ones and to all, by point.
    pub(super) steps: Vec<(u32, i64, i64)>,
}

impl Lines {
    pub(super) fn is_empty(&self) -> bool {
        self.tallies.is_empty()
    }
}

/// The commits that a file's lines name, by their index in the blame, in the order in which they
/// are named first.
pub(super) fn commits(runs: &[Run]) -> Vec<usize> {
    let mut commits: Vec<usize> = Vec::new();
    for run in runs {
        if !commits.contains(&(run.commit as usize)) {
            commits.push(run.commit as usize);
        }
    }
    commits
}

/// A digest of all that [`by_commit`] reads. `past` is that of the histories of the lines.
pub(super) fn digest(
    state: &FileState,
    past: Option<&Digest>,
    (blame, runs): (&Blame, &[Run]),
) -> Digest {
    cache::digest(|field| {
        field(past.map_or(&[], |past| past));
        cache::list_state(field, Some(state));
        for run in runs {
            field(&run.count.to_le_bytes());
            field(blame.commits[run.commit as usize].id.as_raw());
        }
    })
}

/// The lines of a file that can be covered, of each of its [`commits`].
pub(super) fn by_commit(
    sources: &Sources<'_>,
    state: &FileState,
    past: &BTreeMap<u32, LineHistory>,
    runs: &[Run],
) -> Result<Vec<Lines>> {
    let merged = sources
        .merged(state)
        .during(|| format!("finding whose the lines of {} are", state.path))?;
    let ends: Vec<u64> = runs
        .iter()
        .scan(0, |end, run| {
            *end += u64::from(run.count);
            Some(*end)
        })
        .collect();
    let places: BTreeMap<usize, usize> = commits(runs).into_iter().zip(0..).collect();
    let place = |line: u32| {
        let run = ends.partition_point(|&end| end < u64::from(line));
        runs.get(run).filter(|_| line > 0).map(|run| places[&(run.commit as usize)])
    };
    let mut found = vec![Lines::default(); places.len()];
    let mut steps = vec![BTreeMap::<usize, (i64, i64)>::new(); places.len()];
    for (&line, history) in past {
        let Some(place) = place(line) else { continue };
        for (point, covered, total) in history.steps() {
            let step = steps[place].entry(point).or_default();
            *step = (step.0 + covered, step.1 + total);
        }
    }
    for (lines, steps) in found.iter_mut().zip(steps) {
        let any = steps.into_iter().filter(|(_, step)| *step != (0, 0));
        lines.steps = any.map(|(point, (covered, total))| (point as u32, covered, total)).collect();
    }
    for (line, dimension, tally) in measured(&merged.coverage) {
        if let Some(place) = place(line) {
            found[place].tallies.add(dimension, tally);
        }
    }
    for view in merged.coverage.views() {
        let Some(lines) = place(view.line.number).map(|place| &mut found[place]) else { continue };
        match view.state {
            LineState::Partial => lines.partial += 1,
            LineState::Uncovered => lines.first = lines.first.or(Some(view.line.number)),
            LineState::Covered | LineState::Unknown => {}
        }
    }
    Ok(found)
}

/// Every record of a file with the line on which it begins.
fn measured(file: &FileCoverage) -> impl Iterator<Item = (u32, Dimension, Tally)> + '_ {
    let one = |line: u32, dimension: Dimension, hit: bool| {
        (line, dimension, Tally { covered: hit.into(), total: 1 })
    };
    let lines =
        file.lines.iter().map(move |line| one(line.number, Dimension::Lines, line.hits.is_hit()));
    let branches =
        file.branches.iter().map(move |it| one(it.line, Dimension::Branches, it.hits.is_hit()));
    let functions =
        file.functions.iter().map(move |it| one(it.start, Dimension::Functions, it.hits.is_hit()));
    let conditions =
        file.conditions.iter().map(move |it| one(it.line, Dimension::Conditions, it.hits.is_hit()));
    let regions =
        file.regions.iter().map(move |it| one(it.start.0, Dimension::Regions, it.hits.is_hit()));
    let instructions =
        file.instructions.iter().map(|it| (it.line, Dimension::Instructions, it.tally()));
    let statements = file.blocks.iter().map(|block| {
        let total = u64::from(block.statements);
        let covered = if block.hits.is_hit() { total } else { 0 };
        (block.start.0, Dimension::Statements, Tally { covered, total })
    });
    let mutants = file.mutants.iter().filter_map(|mutant| {
        let tally = [mutant.status].into_iter().collect::<crate::report::MutationTotals>().tally();
        (tally.total > 0).then_some((mutant.start.0, Dimension::Mutation, tally))
    });
    lines
        .chain(branches)
        .chain(functions)
        .chain(statements)
        .chain(regions)
        .chain(instructions)
        .chain(conditions)
        .chain(mutants)
}
