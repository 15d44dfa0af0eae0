//! Reports of one run in several formats: finding them, so that the run counts once.
//!
//! Test tools write several formats of a run side by side: Jest writes Clover, JSON and LCOV unless
//! it is told otherwise. Two reports are of one run if all of this is so:
//! * they are of different formats, and lie in one folder, or one below the folder of the other;
//! * they list the same files;
//! * they agree on what ran (`agreement.rs`).
//!
//! Several reports of one format in one folder are also taken together, since a tool may write one
//! report of what its processes left: many profiles of V8 and one LCOV file. Raw profiles list more
//! files than the reports made from them, which leave out what the tool was told to leave out; so
//! there, the report's files must be among those of the profiles.
//!
//! Two runs that meet all of this differ in nothing that is lost with one of them but the number of
//! hits. Two reports that differ in what ran are two runs, and are merged
//! ([`super::merge::merge_formats`]).

mod agreement;
pub(crate) mod same_tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::report::formats::FORMATS;
use crate::report::merge::{Numbering, merge, merge_formats, numbering};
use crate::report::one_run::agreement::Agreement;
use crate::report::{FileCoverage, Tallies};

/// The coverage of one report, by paths that are comparable with those of the others.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// The format's name.
    pub format: &'static str,
    /// The folder that the report is in.
    pub folder: PathBuf,
    /// The coverage of each file.
    pub files: BTreeMap<String, FileCoverage>,
    /// Whether it says which test ran which line.
    pub has_contexts: bool,
}

/// For each report, the index of the one that is of the same run and counts in its place; `None`
/// for those that count.
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

/// Merges the reports that count, file by file. Returns the files too whose branches are numbered
/// in different ways.
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
        let (file, mixed) = merge_formats(reports, numbering);
        differ.extend(mixed.then(|| path.clone()));
        (path, file)
    });
    (merged.collect(), differ)
}

/// The reports of each run that has several, in ascending order.
fn runs(reports: &[Measured]) -> Vec<Vec<usize>> {
    let mut runs = Runs { of_report: (0..reports.len()).collect() };
    for one in 0..reports.len() {
        for other in 0..one {
            if !runs.are_joined(one, other) && are_one_run(&reports[one], &reports[other]) {
                runs.join(one, other);
            }
        }
    }
    let single: Vec<usize> = (0..reports.len()).filter(|&at| runs.is_single(at)).collect();
    for set in sets(reports, &single) {
        for (at, report) in reports.iter().enumerate() {
            if !set.members.iter().any(|&member| runs.are_joined(member, at))
                && set.is_of_run(report)
            {
                set.members.iter().for_each(|&member| runs.join(member, at));
            }
        }
    }
    runs.several()
}

/// The run that each report is of, by the number of a report of it.
struct Runs {
    of_report: Vec<usize>,
}

impl Runs {
    fn are_joined(&self, one: usize, other: usize) -> bool {
        self.of_report[one] == self.of_report[other]
    }

    /// Whether no other report is of the same run.
    fn is_single(&self, at: usize) -> bool {
        self.of_report.iter().filter(|run| **run == self.of_report[at]).count() == 1
    }

    fn join(&mut self, one: usize, other: usize) {
        let (a, b) = (self.of_report[one], self.of_report[other]);
        self.of_report.iter_mut().filter(|run| **run == a.max(b)).for_each(|run| *run = a.min(b));
    }

    /// The runs that several reports are of.
    fn several(&self) -> Vec<Vec<usize>> {
        let numbers: BTreeSet<usize> = self.of_report.iter().copied().collect();
        let members = |number| {
            (0..self.of_report.len()).filter(|&at| self.of_report[at] == number).collect::<Vec<_>>()
        };
        numbers.into_iter().map(members).filter(|run| run.len() > 1).collect()
    }
}

/// The reports of one format in one folder, taken together.
struct Set {
    members: Vec<usize>,
    merged: Measured,
}

/// Whether a format is what a tool leaves of each process, from which it makes its reports.
fn is_raw(format: &str) -> bool {
    ["v8", "gcov"].contains(&format)
}

/// The sets that may be of one run with another report: of several reports, or of raw profiles. A
/// report that alone is of one run with another one is in none.
fn sets(reports: &[Measured], single: &[usize]) -> Vec<Set> {
    let mut members: BTreeMap<(&'static str, &Path), Vec<usize>> = BTreeMap::new();
    for &at in single {
        let report = &reports[at];
        members.entry((report.format, report.folder.as_path())).or_default().push(at);
    }
    let has_partner = |format, folder: &Path| {
        reports.iter().any(|report| {
            report.format != format && !report.files.is_empty() && near(&report.folder, folder)
        })
    };
    members.retain(|&(format, folder), members| {
        (members.len() > 1 || is_raw(format)) && has_partner(format, folder)
    });
    let sets = members.into_iter().map(|((format, folder), members)| {
        let files = merge(members.iter().map(|&at| reports[at].files.clone()));
        Set {
            members,
            merged: Measured { format, folder: folder.to_owned(), files, has_contexts: false },
        }
    });
    sets.collect()
}

impl Set {
    fn is_of_run(&self, report: &Measured) -> bool {
        are_one_run(&self.merged, report)
            || is_raw(self.merged.format) && are_profiles_of(&self.merged, report)
    }
}

/// The report of a run that says most: one made by a tool rather than raw data, of a format that
/// most runs have, with lines, with the most dimensions, the most lines that were left out on
/// purpose, branches that are distinguished, the most records.
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
        let knows_branches = numbering(report.format) == Numbering::Own;
        let content = (says, excluded, knows_branches, records);
        (
            !is_raw(report.format),
            shared,
            has_lines,
            content,
            Reverse(place),
            Reverse(&report.folder),
        )
    };
    run.iter().copied().max_by_key(rank)
}

fn near(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

fn are_one_run(one: &Measured, other: &Measured) -> bool {
    let listed = |report: &Measured| report.files.values().filter(|file| !file.is_empty()).count();
    let may_be = one.format != other.format && near(&one.folder, &other.folder);
    may_be && agree(one, other, |_| false).is_some_and(|files| files == listed(other))
}

/// Whether a report may have been made from raw profiles: it lists files of theirs, and
/// placeholders.
fn are_profiles_of(profiles: &Measured, report: &Measured) -> bool {
    let may_be = !is_raw(report.format) && near(&profiles.folder, &report.folder);
    may_be && agree(report, profiles, |file| file.placeholder).is_some()
}

/// The number of files on which two reports agree, if that is every file of the first; those that
/// `may_lack` may be missing from the other one.
fn agree(
    one: &Measured,
    other: &Measured,
    may_lack: impl Fn(&FileCoverage) -> bool,
) -> Option<usize> {
    let mut agreement = Agreement::new(one, other);
    let mut files = 0;
    for (path, file) in one.files.iter().filter(|(_, file)| !file.is_empty()) {
        match other.files.get(path).filter(|file| !file.is_empty()) {
            Some(again) if agreement.add(file, again) => files += 1,
            None if may_lack(file) => {}
            _ => return None,
        }
    }
    (files > 0 && agreement.is_one_run()).then_some(files)
}
