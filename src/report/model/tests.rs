//! Tests: what ran, and how it went.

use std::iter::Sum;
use std::ops::Add;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a test went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestStatus {
    /// It passed, if need be in a later attempt.
    Passed,
    /// It was not run, or not to its end, on purpose: skipped, pending, ignored, disabled.
    Skipped,
    /// None of these, by the tool's own count: what CTRF calls `pending` and `other`.
    Other,
    /// An assertion failed.
    Failed,
    /// It could not be run: an exception, a crash, an undefined step.
    Error,
}

impl TestStatus {
    /// Every one, in ascending order.
    pub const ALL: [Self; 5] =
        [Self::Passed, Self::Skipped, Self::Other, Self::Failed, Self::Error];

    /// Its name in JSON and in the store.
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

/// The longest message that is kept, in bytes.
const LONGEST: usize = 4 << 10;

/// A tool's words as they are kept: without what steers a terminal, without blank ends, and not
/// without end.
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

/// Skips what follows an escape character: `[`, parameters, a letter (ECMA-48, control sequences).
fn skip_escape(chars: &mut std::str::Chars<'_>) {
    let Some(rest) = chars.as_str().strip_prefix('[') else { return };
    let rest = rest.trim_start_matches(|char: char| matches!(char, ' '..='?'));
    *chars = rest.strip_prefix(|char: char| matches!(char, '@'..='~')).unwrap_or(rest).chars();
}

/// The start of a text, at most so many bytes of it.
pub(crate) fn start(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

/// Adds a stretch of a message to what is kept of it, which ends where [`words`] would cut it
/// anyway.
pub(crate) fn keep(kept: &mut String, text: &str) {
    const MAX_TEXT: usize = 2 * LONGEST;
    kept.push_str(start(text, MAX_TEXT.saturating_sub(kept.len())));
}

/// The first line of a text that is not blank.
pub(crate) fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// A number of seconds as a duration; none for one that is negative, endless or no number.
pub(crate) fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// One run of one test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Test {
    /// The class, file, package or feature it belongs to, as the tool names it; may be empty.
    pub suite: Arc<str>,
    /// Its name within the suite, parameters included.
    pub name: Box<str>,
    /// The file it stands in, as the report writes it.
    pub file: Option<Arc<str>>,
    /// How it went.
    pub status: TestStatus,
    /// Attempts that failed before the one that counts.
    pub retries: u32,
    /// How long it took.
    pub duration: Option<Duration>,
    /// Why it failed or was skipped, in the tool's words: the message without the stack trace.
    pub message: Box<str>,
    /// The test's own properties (`JUnit`'s `<property>`), in its order.
    pub properties: Vec<(Box<str>, Box<str>)>,
}

/// The tests of a report. A name may stand several times: a retry, or a parameter that the name
/// does not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tests {
    /// Each run, in the report's order.
    pub cases: Vec<Test>,
    /// Tests that the report counts but does not list.
    pub unlisted: TestTotals,
}

impl Tests {
    /// How many went how.
    pub fn totals(&self) -> TestTotals {
        self.unlisted + self.cases.iter().map(|case| TestTotals::of(case.status)).sum()
    }
}

/// How many tests went how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestTotals {
    /// All of them.
    pub tests: u64,
    /// Those that failed.
    pub failures: u64,
    /// Those that could not be run.
    pub errors: u64,
    /// Those that were not run on purpose.
    pub skipped: u64,
    /// Those that the tool counts as none of these, nor as passed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub other: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands out references
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

    /// Whether no more failed or were skipped than there are.
    pub(crate) fn is_sound(&self) -> bool {
        let others = [self.failures, self.errors, self.skipped, self.other].map(u128::from);
        others.iter().sum::<u128>() <= self.tests.into()
    }

    /// Those that passed: all that nothing else is said of.
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

/// The tests of a run in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestSummary {
    /// How many went how.
    #[serde(flatten)]
    pub totals: TestTotals,
    /// How many passed.
    pub passed: u64,
    /// How many of those only in a later attempt.
    pub flaky: u64,
    /// The sum of the tests' own durations, in microseconds, where any is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
}

impl TestSummary {
    /// The figures of tests.
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
