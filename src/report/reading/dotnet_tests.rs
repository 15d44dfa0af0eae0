//! Collects the tests of a report for the formats of xUnit.net and `NUnit`, which have much in
//! common.

use std::time::Duration;

use crate::Result;
use crate::report::model::tests::{keep, seconds, words};
use crate::report::reading::declared_totals;
use crate::report::reading::warnings::Warnings;
use crate::report::reading::xml::Element;
use crate::report::{DeclaredTotals, Report, Test, TestStatus, TestTotals, Tests};

/// The tests of a report while it is being read.
#[derive(Default)]
pub(crate) struct Gathering {
    tests: Tests,
    open: Option<Test>,
    text: String,
    pub(crate) stated: DeclaredTotals,
    pub(crate) warnings: Warnings,
}

impl Gathering {
    /// Starts a test.
    pub(crate) fn start(
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

    pub(crate) fn clear_text(&mut self) {
        self.text.clear();
    }

    pub(crate) fn text(&mut self, text: &str) {
        keep(&mut self.text, text);
    }

    /// Takes the text so far as the message of the open test.
    pub(crate) fn message(&mut self) {
        if let Some(test) = self.open.as_mut().filter(|test| test.message.is_empty()) {
            test.message = words(&self.text);
        }
    }

    pub(crate) fn end(&mut self) {
        self.tests.cases.extend(self.open.take());
    }

    /// Adds the totals that an assembly or the whole report declares.
    pub(crate) fn claim(&mut self, totals: TestTotals) {
        self.stated.tests = Some(self.stated.tests.map_or(totals, |sum| TestTotals {
            tests: sum.tests + totals.tests,
            failures: sum.failures + totals.failures,
            errors: sum.errors + totals.errors,
            skipped: sum.skipped + totals.skipped,
            other: sum.other + totals.other,
        }));
    }

    pub(crate) fn finish(mut self, format: &'static str) -> Report {
        if self.tests.cases.is_empty() {
            self.warnings.add("reports of nothing", None, || "the report lists no test".to_owned());
        }
        let report =
            Report { format, tests: Some(self.tests), stated: self.stated, ..Report::default() };
        declared_totals::checked(report, self.warnings)
    }
}

pub(crate) fn text(element: &Element<'_>, name: &str) -> Result<String> {
    Ok(element.attribute(name)?.unwrap_or_default().into_owned())
}

pub(crate) fn count(element: &Element<'_>, name: &str) -> Result<u64> {
    Ok(element.attribute(name)?.and_then(|text| text.parse::<u32>().ok()).map_or(0, u64::from))
}

pub(crate) fn duration(element: &Element<'_>, name: &str) -> Result<Option<Duration>> {
    Ok(element.attribute(name)?.and_then(|text| seconds(text.parse().ok()?)))
}

/// Removes the class from a test's full name: `Shop.Tests.Adds(1, 2)` becomes `Adds(1, 2)`.
pub(crate) fn within(name: String, class: &str) -> String {
    let own = name.strip_prefix(class).and_then(|rest| rest.strip_prefix('.')).map(str::to_owned);
    own.filter(|_| !class.is_empty()).unwrap_or(name)
}
