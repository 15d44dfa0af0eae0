//! Reports of one test run in several formats: finding them, so that each test counts once.
//!
//! Runners write `JUnit` XML beside CTRF, SonarQube's format or TRX. Two reports of different formats are of one run if
//! they list the same tests, by the last part of their names, and no test passed in one and failed in the other. A test
//! that was not run may be missing from one of them, or count there as passed: formats differ in what they say of those.
//! Suites are left out, since each format names them in its own way.

use std::cmp::{Ordering, Reverse};

use super::{Test, TestStatus, formats::FORMATS};

/// For each report, by format and tests, the index of the one that is of the same run and counts in its place; `None`
/// for those that count. The report that lists most tests counts.
pub fn repeated_tests(reports: &[(&'static str, &[Test])]) -> Vec<Option<usize>> {
    let mut runs: Vec<usize> = (0..reports.len()).collect();
    if reports.iter().any(|(format, _)| *format != reports[0].0) {
        let listed: Vec<Vec<Listed<'_>>> = reports.iter().map(|(_, tests)| listed(tests)).collect();
        for one in 0..reports.len() {
            for other in 0..one {
                let apart = runs[one] != runs[other] && reports[one].0 != reports[other].0;
                if apart && are_one_run(&listed[one], &listed[other]) {
                    let (from, to) = (runs[one].max(runs[other]), runs[one].min(runs[other]));
                    runs.iter_mut().filter(|run| **run == from).for_each(|run| *run = to);
                }
            }
        }
    }
    (0..reports.len())
        .map(|at| chosen(reports, &runs, runs[at]).filter(|&best| reports[best].0 != reports[at].0))
        .collect()
}

/// The report of a run that counts.
fn chosen(reports: &[(&'static str, &[Test])], runs: &[usize], run: usize) -> Option<usize> {
    let place = |at: usize| FORMATS.iter().position(|format| format.name == reports[at].0);
    let members = (0..runs.len()).filter(|&at| runs[at] == run);
    members.max_by_key(|&at| (reports[at].1.len(), Reverse(place(at)), Reverse(at)))
}

/// A test by the last part of its name.
type Listed<'a> = (&'a str, TestStatus);

fn listed(tests: &[Test]) -> Vec<Listed<'_>> {
    let mut listed: Vec<Listed<'_>> = tests.iter().map(|test| (last_part(&test.name), test.status)).collect();
    listed.sort_unstable();
    listed
}

fn are_one_run(one: &[Listed<'_>], other: &[Listed<'_>]) -> bool {
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    let mut shared = false;
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some(one), Some(other)) => one.0.cmp(other.0),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return shared,
        };
        let pair = match order {
            Ordering::Less => (left.next(), None),
            Ordering::Greater => (None, right.next()),
            Ordering::Equal => (left.next(), right.next()),
        };
        match pair {
            (Some(one), Some(other)) if has_run(one) && has_run(other) => {
                if (one.1 == TestStatus::Passed) != (other.1 == TestStatus::Passed) {
                    return false;
                }
                shared = true;
            }
            (Some(alone), None) | (None, Some(alone)) if has_run(alone) => return false,
            _ => {}
        }
    }
}

fn has_run(test: &Listed<'_>) -> bool {
    !matches!(test.1, TestStatus::Skipped | TestStatus::Other)
}

/// `of side 1` of `squares > of side 1`, `squares - of side 1` and `areas.test.js::squares › of side 1`.
fn last_part(name: &str) -> &str {
    const SEPARATORS: [&str; 6] = ["::", " > ", " › ", " - ", "/", "."];
    let name = name.trim();
    let ends = SEPARATORS.iter().filter_map(|separator| Some(name.rfind(separator)? + separator.len()));
    let last = ends.max().map_or(name, |end| &name[end..]);
    if last.is_empty() { name } else { last }
}
