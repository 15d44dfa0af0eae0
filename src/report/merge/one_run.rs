//! Reports of one run in several formats: finding them, so that the run counts once.
//!
//! Test tools write several formats of a run side by side: Jest writes Clover, JSON and LCOV unless it is told otherwise.
//! Two reports are of one run if all of this is so:
//! * they are of different formats, and lie in one folder, or one below the folder of the other;
//! * they list the same files;
//! * every line that both list ran in both or in neither, and they share at least half of their lines: formats differ in
//!   what is a line (a comment that leaves code out, the head of a method), never in what ran;
//! * of every line of which both have the same number of branches, the same number was taken.
//!
//! Two runs that meet all of this differ in nothing that is lost with one of them but the number of hits. Two reports
//! that differ in what ran are two runs, and are merged ([`super::merge_formats`]).

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{FileCoverage, counts_branches, merge_formats};
use crate::report::formats::FORMATS;
use crate::report::{Dimension, LineView, Tallies};

/// The coverage of one report, by paths that are comparable with those of the others.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// The format's name.
    pub format: &'static str,
    /// The folder that the report is in.
    pub folder: PathBuf,
    /// What it says of each file.
    pub files: BTreeMap<String, FileCoverage>,
    /// Whether it says which test ran which line.
    pub has_contexts: bool,
}

/// For each report, the index of the one that is of the same run and counts in its place; `None` for those that count.
pub fn repeats(reports: &[Measured]) -> Vec<Option<usize>> {
    let runs = runs(reports);
    let mut counts = vec![None; reports.len()];
    for run in &runs {
        let Some(chosen) = chosen(run, &runs, reports) else { continue };
        let format = reports[chosen].format;
        for &at in run.iter().filter(|&&at| reports[at].format != format) {
            counts[at] = Some(chosen);
        }
    }
    counts
}

/// Merges the reports that count, file by file. Returns the files too whose branches are numbered in different ways.
pub fn merge_counted(
    reports: Vec<Measured>,
    repeats: &[Option<usize>],
) -> (BTreeMap<String, FileCoverage>, Vec<String>) {
    let mut by_path: BTreeMap<String, Vec<(&'static str, FileCoverage)>> = BTreeMap::new();
    let counted = reports.into_iter().zip(repeats).filter(|(_, repeats)| repeats.is_none());
    for (report, _) in counted {
        for (path, file) in report.files {
            by_path.entry(path).or_default().push((report.format, file));
        }
    }
    let mut differ = Vec::new();
    let merged = by_path.into_iter().map(|(path, reports)| {
        let (file, mixed) = merge_formats(reports, counts_branches);
        differ.extend(mixed.then(|| path.clone()));
        (path, file)
    });
    (merged.collect(), differ)
}

/// The reports of each run that has several, in ascending order.
fn runs(reports: &[Measured]) -> Vec<Vec<usize>> {
    let mut run: Vec<usize> = (0..reports.len()).collect();
    for one in 0..reports.len() {
        for other in 0..one {
            if run[one] != run[other] && are_one_run(&reports[one], &reports[other]) {
                let (from, to) = (run[one].max(run[other]), run[one].min(run[other]));
                run.iter_mut().filter(|run| **run == from).for_each(|run| *run = to);
            }
        }
    }
    let numbers: BTreeSet<usize> = run.iter().copied().collect();
    let members = |number| (0..run.len()).filter(|&at| run[at] == number).collect::<Vec<_>>();
    numbers.into_iter().map(members).filter(|run| run.len() > 1).collect()
}

/// The report of a run that says most: of a format that most runs have, with lines, with the most dimensions, the most lines that
/// were left out on purpose, branches that are distinguished, the most records.
fn chosen(run: &[usize], runs: &[Vec<usize>], reports: &[Measured]) -> Option<usize> {
    let has = |run: &&Vec<usize>, format| run.iter().any(|&at| reports[at].format == format);
    let rank = |&at: &usize| {
        let report = &reports[at];
        let shared = runs.iter().filter(|run| has(run, report.format)).count();
        let totals: Tallies = report.files.values().map(FileCoverage::tallies).sum();
        let says = totals.iter().count() + usize::from(report.has_contexts);
        let excluded: usize = report.files.values().map(|file| file.excluded.len()).sum();
        let records: usize = report.files.values().map(FileCoverage::size).sum();
        let place = FORMATS.iter().position(|format| format.name == report.format);
        let has_lines = report.files.values().any(|file| !file.lines.is_empty());
        let knows_branches = !counts_branches(report.format);
        (shared, has_lines, says, excluded, knows_branches, records, Reverse(place), Reverse(&report.folder))
    };
    run.iter().copied().max_by_key(rank)
}

fn are_one_run(one: &Measured, other: &Measured) -> bool {
    let near = one.folder.starts_with(&other.folder) || other.folder.starts_with(&one.folder);
    if one.format == other.format || !near {
        return false;
    }
    let listed = |report: &Measured| report.files.iter().filter(|(_, file)| !file.is_empty()).count();
    let mut shared = Shared::default();
    let mut files = 0;
    for (path, file) in one.files.iter().filter(|(_, file)| !file.is_empty()) {
        let Some(again) = other.files.get(path).filter(|file| !file.is_empty()) else { return false };
        if !shared.add(file, again) {
            return false;
        }
        files += 1;
    }
    files > 0 && files == listed(other) && shared.is_most()
}

/// How many lines two reports share.
#[derive(Default)]
struct Shared {
    both: usize,
    either: usize,
}

impl Shared {
    fn is_most(&self) -> bool {
        self.both * 2 >= self.either
    }

    /// Adds a file. False if the two disagree about what ran.
    fn add(&mut self, one: &FileCoverage, other: &FileCoverage) -> bool {
        if one.lines.is_empty() || other.lines.is_empty() {
            return agree_in_totals(one, other);
        }
        let mut left = one.views().peekable();
        let mut right = other.views().peekable();
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some(one), Some(other)) => one.line.number.cmp(&other.line.number),
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
                (Some(here), Some(there)) if !agree(here, there) => return false,
                (Some(_), Some(_)) => self.both += 1,
                (Some(here), None) if is_excluded(other, here) => continue,
                (None, Some(there)) if is_excluded(one, there) => continue,
                _ => {}
            }
            self.either += 1;
        }
    }
}

fn agree(one: LineView, other: LineView) -> bool {
    let same_branches = one.branches.total != other.branches.total || one.branches.covered == other.branches.covered;
    one.line.hits.is_hit() == other.line.hits.is_hit() && same_branches
}

fn is_excluded(file: &FileCoverage, view: LineView) -> bool {
    file.excluded.binary_search(&view.line.number).is_ok()
}

/// Whether two say the same of the lines of a file where one of them has its totals alone.
fn agree_in_totals(one: &FileCoverage, other: &FileCoverage) -> bool {
    let lines = |file: &FileCoverage| file.tallies().get(&Dimension::Lines);
    lines(one).is_some() && lines(one) == lines(other)
}
