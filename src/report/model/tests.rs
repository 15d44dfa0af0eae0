//! Tests: which ones ran, and with what result.

use std::iter::Sum;
use std::ops::Add;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The result of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestStatus {
    /// It passed, possibly after a retry.
    Passed,
    /// It was left out or stopped on purpose: skipped, pending, ignored, disabled.
    Skipped,
    /// The tool counts it as none of these (CTRF's `pending` and `other`).
    Other,
    /// An assertion failed.
    Failed,
    /// It could not be run: an exception, a crash, an undefined step.
    Error,
}

impl TestStatus {
    /// Every status, in ascending order.
    pub const ALL: [Self; 5] =
        [Self::Passed, Self::Skipped, Self::Other, Self::Failed, Self::Error];

    /// The name in JSON and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Other => "other",
            Self::Failed => "failed",
            Self::Error => "error",
        }
    }
}

/// The longest message that is stored, in bytes.
const LONGEST: usize = 4 << 10;

/// Cleans a message for storage: removes terminal control sequences and surrounding blanks, and
/// truncates it.
pub(crate) fn words(text: &str) -> Box<str> {
    let mut kept = String::new();
    let mut chars = text.trim().chars();
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' => skip_escape(&mut chars),
            '\n' | '\t' => kept.push(char),
            control if control.is_control() => {}
            other => kept.push(other),
        }
        if kept.len() >= LONGEST {
            kept.push('…');
            break;
        }
    }
    kept.trim().into()
}

/// Skips the rest of an escape sequence after the escape character: `[`, parameters, a letter
/// (ECMA-48, control sequences).
fn skip_escape(chars: &mut std::str::Chars<'_>) {
    let Some(rest) = chars.as_str().strip_prefix('[') else { return };
    let rest = rest.trim_start_matches(|char: char| matches!(char, ' '..='?'));
    *chars = rest.strip_prefix(|char: char| matches!(char, '@'..='~')).unwrap_or(rest).chars();
}

/// The start of a text, at most `bytes` long, cut at a character boundary.
pub(crate) fn start(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

/// Appends a piece of a message, up to twice the length at which [`words`] truncates it.
pub(crate) fn keep(kept: &mut String, text: &str) {
    const MAX_TEXT: usize = 2 * LONGEST;
    kept.push_str(start(text, MAX_TEXT.saturating_sub(kept.len())));
}

/// The first line that is not blank.
pub(crate) fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// Converts seconds to a duration, or returns `None` if the number is negative, infinite or NaN.
pub(crate) fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// One run of one test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Test {
    /// The class, file, package or feature that it belongs to, as the tool names it; may be empty.
    pub suite: Arc<str>,
    /// The name within the suite, including parameters.
    pub name: Box<str>,
    /// The file that contains the test, as the report writes it.
    pub file: Option<Arc<str>>,
    /// The result.
    pub status: TestStatus,
    /// The number of failed attempts before the one that counts.
    pub retries: u32,
    /// How long it took.
    pub duration: Option<Duration>,
    /// Why it failed or was skipped, in the tool's words: the message without the stack trace.
    pub message: Box<str>,
    /// The test's own properties (`JUnit`'s `<property>`), in its order.
    pub properties: Vec<(Box<str>, Box<str>)>,
}

/// The tests of a report. A name may occur several times: for a retry, or a parameter that the name
/// does not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tests {
    /// Each run, in report order.
    pub cases: Vec<Test>,
    /// Tests that the report counts but does not list.
    pub unlisted: TestTotals,
}

impl Tests {
    /// The number of tests with each result.
    pub fn totals(&self) -> TestTotals {
        self.unlisted + self.cases.iter().map(|case| TestTotals::of(case.status)).sum()
    }
}

/// The number of tests with each result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestTotals {
    /// All tests.
    pub tests: u64,
    /// Tests that failed.
    pub failures: u64,
    /// Tests that could not be run.
    pub errors: u64,
    /// Tests that were skipped on purpose.
    pub skipped: u64,
    /// Tests that the tool counts as none of these, and not as passed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub other: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes a reference
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl TestTotals {
    pub(crate) fn of(status: TestStatus) -> Self {
        let one = |is: TestStatus| u64::from(status == is);
        let [failures, errors, skipped, other] =
            [TestStatus::Failed, TestStatus::Error, TestStatus::Skipped, TestStatus::Other]
                .map(one);
        Self { tests: 1, failures, errors, skipped, other }
    }

    /// Whether the parts add up to no more than the total.
    pub(crate) fn is_sound(&self) -> bool {
        let others = [self.failures, self.errors, self.skipped, self.other].map(u128::from);
        others.iter().sum::<u128>() <= self.tests.into()
    }

    /// Tests that passed: all that are not in one of the other groups.
    pub fn passed(&self) -> u64 {
        let others = [self.failures, self.errors, self.skipped, self.other];
        others.into_iter().fold(self.tests, u64::saturating_sub)
    }
}

impl Add for TestTotals {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            tests: self.tests.saturating_add(other.tests),
            failures: self.failures.saturating_add(other.failures),
            errors: self.errors.saturating_add(other.errors),
            skipped: self.skipped.saturating_add(other.skipped),
            other: self.other.saturating_add(other.other),
        }
    }
}

impl Sum for TestTotals {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// A summary of the tests of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestSummary {
    /// The number of tests with each result.
    #[serde(flatten)]
    pub totals: TestTotals,
    /// The number of tests that passed.
    pub passed: u64,
    /// The number of tests that passed only after a retry.
    pub flaky: u64,
    /// The sum of the durations of all tests, in microseconds, if any test has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
}

impl TestSummary {
    /// Summarises the tests.
    pub fn of(tests: &Tests) -> Self {
        let totals = tests.totals();
        let flaky = tests
            .cases
            .iter()
            .filter(|case| case.status == TestStatus::Passed && case.retries > 0)
            .count();
        let durations = tests.cases.iter().filter_map(|case| case.duration);
        let duration = durations.reduce(Duration::saturating_add);
        let duration_us = duration.map(|sum| u64::try_from(sum.as_micros()).unwrap_or(u64::MAX));
        Self { totals, passed: totals.passed(), flaky: flaky as u64, duration_us }
    }
}

impl Add for TestSummary {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let durations = [self.duration_us, other.duration_us].into_iter().flatten();
        Self {
            totals: self.totals + other.totals,
            passed: self.passed.saturating_add(other.passed),
            flaky: self.flaky.saturating_add(other.flaky),
            duration_us: durations.reduce(u64::saturating_add),
        }
    }
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn words_do_not_steer_a_terminal() {
        assert_eq!(&*words(" \u{1b}[31;1mred\u{1b}[0m\r\n\tnext\u{1}\u{1b} "), "red\n\tnext");
        assert_eq!(&*words("\u{1b}["), "");
        let long = words(&"é".repeat(LONGEST));
        assert_eq!((long.chars().count(), long.chars().last()), (LONGEST / 2 + 1, Some('…')));
    }
}
