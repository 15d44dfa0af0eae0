//! Finds reports of one test run in several formats, so that each test counts once.
//!
//! Runners write `JUnit` XML beside CTRF, SonarQube's format or TRX. Two reports of different
//! formats are of one run if they list the same tests, by the last part of their names, and no test
//! passed in one and failed in the other. A test that was not run may be missing from one of them,
//! or count as passed there, because formats differ in how they list these tests. Suites are not
//! compared, since each format names them in its own way.
//!
//! Reports from two machines list the same tests too. So if the reports are in different folders,
//! most tests must also have taken about the same time in both.

use std::cmp::{Ordering, Reverse};
use std::path::Path;
use std::time::Duration;

use crate::report::formats::FORMATS;
use crate::report::{Test, TestStatus};

/// The tests of a report.
#[derive(Clone, Copy, Debug)]
pub struct TestReport<'a> {
    /// The name of the format.
    pub format: &'static str,
    /// The folder that the report is in.
    pub folder: &'a Path,
    /// The tests that it lists.
    pub tests: &'a [Test],
}

/// For each report, the index of the report of the same run that is counted instead, or `None` if
/// the report itself is counted. The report that lists the most tests is counted.
pub fn repeated_tests(reports: &[TestReport<'_>]) -> Vec<Option<usize>> {
    let mut runs: Vec<usize> = (0..reports.len()).collect();
    if reports.iter().any(|report| report.format != reports[0].format) {
        let listed: Vec<Vec<Listed<'_>>> =
            reports.iter().map(|report| listed(report.tests)).collect();
        for one in 0..reports.len() {
            for other in 0..one {
                let apart =
                    runs[one] != runs[other] && reports[one].format != reports[other].format;
                let is_near = are_near(reports[one].folder, reports[other].folder);
                let may_be = |durations: Durations| is_near || durations.are_alike();
                if apart && compare(&listed[one], &listed[other]).is_some_and(may_be) {
                    let (from, to) = (runs[one].max(runs[other]), runs[one].min(runs[other]));
                    runs.iter_mut().filter(|run| **run == from).for_each(|run| *run = to);
                }
            }
        }
    }
    (0..reports.len())
        .map(|at| {
            chosen(reports, &runs, runs[at])
                .filter(|&best| reports[best].format != reports[at].format)
        })
        .collect()
}

/// Whether one folder is equal to the other or below it.
fn are_near(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// The report of a run that is counted.
fn chosen(reports: &[TestReport<'_>], runs: &[usize], run: usize) -> Option<usize> {
    let place = |at: usize| FORMATS.iter().position(|format| format.name == reports[at].format);
    let members = (0..runs.len()).filter(|&at| runs[at] == run);
    members.max_by_key(|&at| (reports[at].tests.len(), Reverse(place(at)), Reverse(at)))
}

/// A test by the last part of its name.
type Listed<'a> = (&'a str, TestStatus, Option<Duration>);

fn listed(tests: &[Test]) -> Vec<Listed<'_>> {
    let mut listed: Vec<Listed<'_>> =
        tests.iter().map(|test| (last_part(&test.name), test.status, test.duration)).collect();
    listed.sort_unstable();
    listed
}

/// Compares how long the tests of two reports took. Returns `None` if the reports do not list the
/// same tests with the same results.
fn compare(one: &[Listed<'_>], other: &[Listed<'_>]) -> Option<Durations> {
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    let mut shared = false;
    let mut durations = Durations::default();
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some(one), Some(other)) => one.0.cmp(other.0),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return shared.then_some(durations),
        };
        let pair = match order {
            Ordering::Less => (left.next(), None),
            Ordering::Greater => (None, right.next()),
            Ordering::Equal => (left.next(), right.next()),
        };
        match pair {
            (Some(one), Some(other)) if has_run(one) && has_run(other) => {
                if (one.1 == TestStatus::Passed) != (other.1 == TestStatus::Passed) {
                    return None;
                }
                shared = true;
                durations.add(one.2, other.2);
            }
            (Some(alone), None) | (None, Some(alone)) if has_run(alone) => return None,
            _ => {}
        }
    }
}

/// The number of tests that took about the same time in two reports, and of those that did not.
#[derive(Default)]
struct Durations {
    same: usize,
    other: usize,
}

impl Durations {
    /// The difference that is explained by rounding, or by whether setup and teardown are included.
    const TOLERATED: Duration = Duration::from_millis(50);

    fn add(&mut self, one: Option<Duration>, other: Option<Duration>) {
        let (Some(one), Some(other)) = (one, other) else { return };
        let longest = one.max(other);
        if longest <= Self::TOLERATED {
            return; // too short to compare
        }
        if one.abs_diff(other) <= Self::TOLERATED.max(longest / 10) {
            self.same += 1;
        } else {
            self.other += 1;
        }
    }

    fn are_alike(&self) -> bool {
        self.same >= self.other
    }
}

fn has_run(test: &Listed<'_>) -> bool {
    !matches!(test.1, TestStatus::Skipped | TestStatus::Other)
}

/// The last part of a name: `of side 1` in `squares > of side 1`, `squares - of side 1` and
/// `areas.test.js::squares › of side 1`.
fn last_part(name: &str) -> &str {
    const SEPARATORS: [&str; 6] = ["::", " > ", " › ", " - ", "/", "."];
    let name = name.trim();
    let ends =
        SEPARATORS.iter().filter_map(|separator| Some(name.rfind(separator)? + separator.len()));
    let last = ends.max().map_or(name, |end| &name[end..]);
    if last.is_empty() { name } else { last }
}
