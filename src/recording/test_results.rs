//! Collects the tests of all reports in the order of the store, with their totals.
//!
//! A report that is given twice counts once. Tests beyond the size limits are counted but not
//! stored, and a warning says so.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::recording::inputs::Input;
use crate::recording::runs;
use crate::report::paths::{Match, Matching};
use crate::report::{Test, TestReport, TestSummary, Warning, repeated_tests};
use crate::store::{SameRun, cases};

/// The largest number of stored tests, which is more than any run has.
const MAX_TESTS: usize = 1 << 20;
/// The largest size of their texts, in bytes. A hundred thousand tests with names of a hundred
/// bytes take a third of it.
const TEXT: usize = 32 << 20;
/// The longest name of a test, a suite or a property, and the longest value of a property, in
/// bytes.
const LONGEST: usize = 1 << 10;

/// The tests to store.
#[derive(Default)]
pub(crate) struct GatheredTests {
    /// `None` if no report contains tests.
    pub(crate) summary: Option<TestSummary>,
    pub(crate) cases: Vec<Test>,
    pub(crate) warnings: Vec<Warning>,
    /// The test reports that do not count, because another one is of the same run.
    pub(crate) same_run: Vec<SameRun>,
    reports: Vec<Reported>,
    digests: BTreeSet<String>,
    /// The number of tests that name a file which is not in the commit, and the first of these
    /// files.
    unmatched: usize,
    stranger: Option<Arc<str>>,
}

/// The tests of one report.
struct Reported {
    format: &'static str,
    folder: PathBuf,
    name: String,
    figures: TestSummary,
    cases: Vec<Test>,
}

/// The files that the tests of a report name.
pub(crate) fn files(input: &Input) -> BTreeSet<&str> {
    let cases = input.report.tests.iter().flat_map(|tests| &tests.cases);
    cases.filter_map(|case| case.file.as_deref()).collect()
}

impl GatheredTests {
    /// Adds the tests of a report. `found` is the result of matching [`files`], and `root` is the
    /// folder of the work tree.
    pub(crate) fn add(&mut self, input: &mut Input, found: &Matching, root: Option<&str>) {
        let Some(tests) = input.report.tests.take() else { return };
        if !self.digests.insert(input.digest.clone()) {
            let name = runs::name(&input.path);
            self.warn(format!("{name}: the same report was given before: its tests count once"));
            return;
        }
        let figures = TestSummary::of(&tests);
        let mut cases = Vec::with_capacity(tests.cases.len());
        let root = root.map(|root| root.trim_end_matches('/')).filter(|root| !root.is_empty());
        let root = root.map(|root| format!("{root}/"));
        for case in tests.cases {
            let mut case = short(case);
            self.locate(&mut case, found);
            if let Some(root) = &root {
                case.message = case.message.replace(root.as_str(), "").into();
            }
            cases.push(case);
        }
        let (format, folder, name) =
            (input.report.format, runs::folder(&input.path), runs::name(&input.path));
        self.reports.push(Reported { format, folder, name, figures, cases });
    }

    /// Adds up the reports that count. Of several formats of one run, only one does.
    fn count(&mut self) {
        let reports = std::mem::take(&mut self.reports);
        let mut tests = Vec::with_capacity(reports.len());
        for report in &reports {
            tests.push(TestReport {
                format: report.format,
                folder: &report.folder,
                tests: &report.cases,
            });
        }
        let repeats = repeated_tests(&tests);
        let names: Vec<String> = reports.iter().map(|report| report.name.clone()).collect();
        for (report, repeats) in reports.into_iter().zip(repeats) {
            if let Some(counted) = repeats {
                self.same_run
                    .push(SameRun { report: report.name, counted: names[counted].clone() });
            } else {
                self.summary =
                    Some(self.summary.map_or(report.figures, |sum| sum + report.figures));
                self.cases.extend(report.cases);
            }
        }
    }

    /// Sets the file of a test to its path in the repository, or to none.
    fn locate(&mut self, case: &mut Test, found: &Matching) {
        let Some(file) = case.file.take() else { return };
        let Some(Match::Tracked { path, .. }) = found.files.get(&*file) else {
            self.unmatched += 1;
            self.stranger.get_or_insert(file);
            return;
        };
        if case.suite == file {
            case.suite = path.as_str().into();
        }
        case.file = Some(path.as_str().into());
    }

    /// Sorts the tests into storage order, and truncates them to the size limits.
    pub(crate) fn finish(mut self) -> Self {
        self.count();
        self.cases =
            cases::shards(std::mem::take(&mut self.cases)).into_values().flatten().collect();
        let mut left = TEXT;
        let mut fits = |case: &Test| {
            left = left.saturating_sub(size(case));
            left > 0
        };
        let fitting = self.cases.iter().take(MAX_TESTS).take_while(|case| fits(case)).count();
        if fitting < self.cases.len() {
            self.warn(format!(
                "{} tests are counted, but too many to be listed",
                self.cases.len() - fitting
            ));
            self.cases.truncate(fitting);
        }
        if let Some(file) = self.stranger.take() {
            let tests = if self.unmatched == 1 {
                "1 test names"
            } else {
                &format!("{} tests name", self.unmatched)
            };
            self.warn(format!(
                "{tests} a file that is none of the commit, for example `{file}`: left out"
            ));
        }
        self
    }

    fn warn(&mut self, message: String) {
        self.warnings.push(Warning { line: None, message });
    }
}

/// Shortens the names of a test, and rounds its duration for storage.
fn short(case: Test) -> Test {
    let properties =
        case.properties.into_iter().map(|(name, value)| (cut(name), cut(value))).collect();
    let duration = case.duration.map(cases::kept);
    Test { suite: cut(case.suite), name: cut(case.name), duration, properties, ..case }
}

fn cut<T: AsRef<str> + From<String>>(text: T) -> T {
    let whole = text.as_ref();
    if whole.len() <= LONGEST {
        return text;
    }
    let end = (0..=LONGEST).rev().find(|end| whole.is_char_boundary(*end)).unwrap_or_default();
    format!("{}…", &whole[..end]).into()
}

fn size(case: &Test) -> usize {
    let properties: usize =
        case.properties.iter().map(|(name, value)| name.len() + value.len()).sum();
    let file = case.file.as_ref().map_or(0, |file| file.len());
    case.suite.len() + case.name.len() + file + case.message.len() + properties + 16
}
