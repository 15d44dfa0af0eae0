//! What the results of xUnit.net and `NUnit` have in common: a test, its result and the words of
//! why.

use std::time::Duration;

use super::tests::{keep, seconds, words};
use super::warnings::Warnings;
use super::xml::Element;
use super::{Report, Stated, Test, TestStatus, TestTotals, Tests, stated};
use crate::Result;

/// The tests of a report while they are read.
#[derive(Default)]
pub(super) struct Gathering {
    tests: Tests,
    open: Option<Test>,
    text: String,
    pub(super) stated: Stated,
    pub(super) warnings: Warnings,
}

impl Gathering {
    /// Begins a test.
    pub(super) fn start(
        &mut self,
        suite: String,
        name: String,
        status: TestStatus,
        duration: Option<Duration>,
    ) {
        self.open = Some(Test {
            suite: suite.into(),
            name: name.into(),
            file: None,
            status,
            retries: 0,
            duration,
            message: Box::default(),
            properties: Vec::new(),
        });
    }

    pub(super) fn clear_text(&mut self) {
        self.text.clear();
    }

    pub(super) fn text(&mut self, text: &str) {
        keep(&mut self.text, text);
    }

    /// Takes the text so far as the reason of the open test.
    pub(super) fn message(&mut self) {
        if let Some(test) = self.open.as_mut().filter(|test| test.message.is_empty()) {
            test.message = words(&self.text);
        }
    }

    pub(super) fn end(&mut self) {
        self.tests.cases.extend(self.open.take());
    }

    /// Adds what an assembly or the whole states.
    pub(super) fn claim(&mut self, totals: TestTotals) {
        self.stated.tests = Some(self.stated.tests.map_or(totals, |sum| TestTotals {
            tests: sum.tests + totals.tests,
            failures: sum.failures + totals.failures,
            errors: sum.errors + totals.errors,
            skipped: sum.skipped + totals.skipped,
            other: sum.other + totals.other,
        }));
    }

    pub(super) fn finish(mut self, format: &'static str) -> Report {
        if self.tests.cases.is_empty() {
            self.warnings.add("reports of nothing", None, || "the report lists no test".to_owned());
        }
        let report =
            Report { format, tests: Some(self.tests), stated: self.stated, ..Report::default() };
        stated::checked(report, self.warnings)
    }
}

pub(super) fn text(element: &Element<'_>, name: &str) -> Result<String> {
    Ok(element.attribute(name)?.unwrap_or_default().into_owned())
}

pub(super) fn count(element: &Element<'_>, name: &str) -> Result<u64> {
    Ok(element.attribute(name)?.and_then(|text| text.parse::<u32>().ok()).map_or(0, u64::from))
}

pub(super) fn duration(element: &Element<'_>, name: &str) -> Result<Option<Duration>> {
    Ok(element.attribute(name)?.and_then(|text| seconds(text.parse().ok()?)))
}

/// The name of a test within its class: `Adds(1, 2)` of `Shop.Tests.Adds(1, 2)`.
pub(super) fn within(name: String, class: &str) -> String {
    let own = name.strip_prefix(class).and_then(|rest| rest.strip_prefix('.')).map(str::to_owned);
    own.filter(|_| !class.is_empty()).unwrap_or(name)
}
