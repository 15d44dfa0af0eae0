//! Finds reports of one run in several formats, so that the run counts once.
//!
//! Test tools write several formats of a run side by side: Jest writes Clover, JSON and LCOV by
//! default. Two reports are of one run if all of the following is true:
//! * they have different formats, and are in the same folder, or one is below the folder of the
//!   other;
//! * they list the same files;
//! * they agree on what ran (`agreement.rs`).
//!
//! Several reports of one format in one folder are also treated as one, since a tool may write one
//! report from the data of several processes: many profiles of V8 and one LCOV file. Raw profiles
//! list more files than the reports made from them, which leave out files that the tool was told to
//! exclude. In that case the report's files must be a subset of those of the profiles.
//!
//! If two different runs pass all of these tests, dropping one of them loses nothing but hit
//! counts. Two reports that differ in what ran are two runs, and are merged
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

/// The coverage of one report, with paths that can be compared to those of other reports.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// The name of the format.
    pub format: &'static str,
    /// The folder that the report is in.
    pub folder: PathBuf,
    /// The coverage of each file.
    pub files: BTreeMap<String, FileCoverage>,
    /// Whether it lists the lines that each test ran.
    pub has_contexts: bool,
}

/// For each report, the index of the report of the same run that is counted instead, or `None` if
/// the report itself is counted.
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

/// Merges the counted reports, file by file. Also returns the files whose branches are numbered in
/// different ways.
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

/// The run of each report, identified by the index of one of its reports.
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

    /// The runs with several reports.
    fn several(&self) -> Vec<Vec<usize>> {
        let numbers: BTreeSet<usize> = self.of_report.iter().copied().collect();
        let members = |number| {
            (0..self.of_report.len()).filter(|&at| self.of_report[at] == number).collect::<Vec<_>>()
        };
        numbers.into_iter().map(members).filter(|run| run.len() > 1).collect()
    }
}

/// The reports of one format in one folder, treated as one.
struct Set {
    members: Vec<usize>,
    merged: Measured,
}

/// Whether a format is the raw data of a process, from which a tool makes its reports.
fn is_raw(format: &str) -> bool {
    ["v8", "gcov"].contains(&format)
}

/// The sets of reports that may be of one run with another report: several reports, or raw
/// profiles. A report that is of one run with another one by itself is in no set.
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

/// The most informative report of a run. In order of importance: made by a tool rather than raw, a
/// format that most runs have, with lines, the most dimensions, the most lines that were left out
/// on purpose, branches that can be distinguished, the most records.
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

/// Whether a report may have been made from raw profiles: all its files are in the profiles, or are
/// placeholders.
fn are_profiles_of(profiles: &Measured, report: &Measured) -> bool {
    let may_be = !is_raw(report.format) && near(&profiles.folder, &report.folder);
    may_be && agree(report, profiles, |file| file.placeholder).is_some()
}

/// The number of files on which two reports agree, or `None` if they disagree on a file of the
/// first. Files for which `may_lack` is true may be missing from the second.
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
