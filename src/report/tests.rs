//! Tests: what ran, and how it went.

use std::{ops::Add, time::Duration};

use serde::Serialize;

/// How a test went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestStatus {
    /// It passed, if need be in a later attempt.
    Passed,
    /// It was not run, or not to its end, on purpose: skipped, pending, ignored, disabled.
    Skipped,
    /// What it asserts does not hold.
    Failed,
    /// It could not be run: an exception, a crash, an undefined step.
    Error,
}

impl TestStatus {
    /// Its name in JSON and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Error => "error",
        }
    }
}

/// One run of one test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Test {
    /// The class, file, package or feature it belongs to, as the tool names it; may be empty.
    pub suite: Box<str>,
    /// Its name within the suite, parameters included.
    pub name: Box<str>,
    /// The file it stands in, as the report writes it.
    pub file: Option<Box<str>>,
    /// How it went.
    pub status: TestStatus,
    /// Attempts that failed before the one that counts.
    pub retries: u32,
    /// How long it took.
    pub duration: Option<Duration>,
    /// Why it failed or was skipped, in the tool's words: the message without the stack trace.
    pub message: Box<str>,
    /// What the test says about itself (`JUnit`'s `<property>`), in its order.
    pub properties: Vec<(Box<str>, Box<str>)>,
}

/// The tests of a report. A name may stand several times: a retry, or a parameter that the name does not show.
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
        self.cases.iter().map(|case| TestTotals::of(case.status)).fold(self.unlisted, Add::add)
    }
}

/// How many tests went how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TestTotals {
    /// All of them.
    pub tests: u64,
    /// Those that failed.
    pub failures: u64,
    /// Those that could not be run.
    pub errors: u64,
    /// Those that were not run on purpose.
    pub skipped: u64,
}

impl TestTotals {
    fn of(status: TestStatus) -> Self {
        let one = |is: TestStatus| u64::from(status == is);
        let [failures, errors, skipped] = [TestStatus::Failed, TestStatus::Error, TestStatus::Skipped].map(one);
        Self { tests: 1, failures, errors, skipped }
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
        }
    }
}
