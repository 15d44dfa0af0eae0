//! Reads CTRF, the Common Test Report Format (ctrf.io, schema/ctrf.schema.json), a JSON file: the
//! tests in report order, and the summary as declared totals.
//!
//! The input is `{"results": {"tool", "summary", "tests": [{"name", "status", "duration", "suite",
//! …}]}}`. The rules:
//! * `passed`, `failed` and `skipped` have their usual meaning. The summary counts `pending` and
//!   `other` separately, and so does covatlas: they are tests, but neither passed, failed nor
//!   skipped.
//! * `suite` is a list from the top to the test's parent. Before version 0.0.11 of the schema it is
//!   one text.
//! * Durations are in milliseconds.
//! * `labels` are the properties of a test. A list of values becomes one property per value.
//! * If no test is listed, the tests that the summary counts are `unlisted`.

use std::io::BufRead;

use serde::Deserialize;
use serde::de::MapAccess;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::model::tests::{first_line, seconds, words};
use crate::report::reading::declared_totals;
use crate::report::reading::json::{self, Elements, Fields, Object};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{Report, Test, TestStatus, TestTotals, Tests};
use crate::{Error, Result};

/// The Common Test Report Format.
pub const FORMAT: Format = Format {
    name: "ctrf",
    title: "CTRF JSON",
    kind: Kind::Tests,
    tools: &["the CTRF reporters of Playwright, Jest, Cypress, pytest, Mocha, Go, .NET and others"],
    sign: "is a JSON object with `reportFormat` `CTRF`, or with `results` that have a `tool` and a \
           `summary`",
    quirks: &[
        Quirk {
            rule: "`pending` and `other` tests are tests, but are neither passed, failed nor \
                   skipped.",
            source: "CTRF, schema/ctrf.schema.json: the summary counts them separately",
        },
        Quirk {
            rule: "The suite may be a list or one text.",
            source: "CTRF, schema/ctrf.schema.json, and reporters older than it",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let results =
        || ["\"results\"", "\"tool\"", "\"summary\""].iter().all(|name| holds(head, name));
    head.trim_ascii_start().starts_with(b"{")
        && (holds(head, "\"reportFormat\"") && holds(head, "\"CTRF\"")
            || results() && !holds(head, "\"runs\""))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut document = Document::default();
    json::read(input, "the CTRF report", &mut document)?;
    document.finish()
}

/// Reads the outermost object.
#[derive(Default)]
struct Document {
    results: Results,
    found: bool,
}

#[derive(Default)]
struct Results {
    tests: Vec<Test>,
    listed: bool,
    summary: Option<Summary>,
    warnings: Warnings,
}

impl<'de> Object<'de> for Document {
    const EXPECTED: &'static str = "the object that CTRF reporters write";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        if name != "results" {
            return Ok(false);
        }
        self.found = true;
        map.next_value_seed(Fields(&mut self.results))?;
        Ok(true)
    }
}

impl<'de> Object<'de> for Results {
    const EXPECTED: &'static str = "an object with `summary` and `tests`";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "summary" => self.summary = map.next_value()?,
            "tests" => {
                self.listed = true;
                map.next_value_seed(Elements::new("an array of tests", |case: Case| {
                    self.test(case);
                }))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Document {
    fn finish(self) -> Result<Report> {
        let Results { tests, listed, summary, mut warnings } = self.results;
        if !self.found || !listed && summary.is_none() {
            return Err(Error::new(
                "cannot read the CTRF report: it has no `results` with `tests` or a `summary`",
            ));
        }
        let mut tests = Tests { cases: tests, unlisted: TestTotals::default() };
        let claim = summary.map(Summary::totals);
        let stated = claim.filter(TestTotals::is_sound);
        if claim != stated {
            let message =
                || "more tests failed or were skipped than the summary states: not used".to_owned();
            warnings.add("summaries that cannot be", None, message);
        }
        if tests.cases.is_empty() {
            tests.unlisted = stated.unwrap_or_default();
        }
        if tests.totals().tests == 0 {
            warnings.add("empty reports", None, || "the report lists no test".to_owned());
        }
        let mut report = Report { format: FORMAT.name, tests: Some(tests), ..Report::default() };
        report.stated.tests = stated;
        Ok(declared_totals::checked(report, warnings))
    }
}

impl Results {
    fn test(&mut self, case: Case) {
        let status = case.status.unwrap_or_default();
        let status = match status.as_str() {
            "passed" => TestStatus::Passed,
            "failed" => TestStatus::Failed,
            "skipped" => TestStatus::Skipped,
            "pending" | "other" => TestStatus::Other,
            unknown => {
                let message =
                    || format!("`{}` is no status: counted as other", excerpt(unknown.as_bytes()));
                self.warnings.add("unknown statuses", None, message);
                TestStatus::Other
            }
        };
        let message = case.message.filter(|text| !text.trim().is_empty());
        let message = message
            .or_else(|| case.trace.map(|trace| first_line(&trace).to_owned()))
            .unwrap_or_default();
        self.tests.push(Test {
            suite: case.suite.map(Texts::joined).unwrap_or_default().into(),
            name: case.name.unwrap_or_default().into(),
            file: case.file_path.filter(|path| !path.is_empty()).map(Into::into),
            status,
            retries: case.retries.map_or(0, |retries| retries as u32),
            duration: case.duration.and_then(|milliseconds| seconds(milliseconds / 1000.0)),
            message: words(&message),
            properties: case.labels.map(properties).unwrap_or_default(),
        });
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    name: Option<String>,
    status: Option<String>,
    duration: Option<f64>,
    suite: Option<Texts>,
    message: Option<String>,
    trace: Option<String>,
    file_path: Option<String>,
    retries: Option<f64>,
    labels: Option<std::collections::BTreeMap<String, Label>>,
}

/// One text, or a list of texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    fn joined(self) -> String {
        match self {
            Self::One(text) => text,
            Self::Many(texts) => texts.join(" > "),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Label {
    Flag(bool),
    Number(serde_json::Number),
    Text(String),
    Many(Vec<Label>),
    Nothing(serde::de::IgnoredAny),
}

fn properties(labels: std::collections::BTreeMap<String, Label>) -> Vec<(Box<str>, Box<str>)> {
    fn add(properties: &mut Vec<(Box<str>, Box<str>)>, name: &str, value: Label) {
        let value = match value {
            Label::Flag(flag) => flag.to_string(),
            Label::Number(number) => number.to_string(),
            Label::Text(text) => text,
            Label::Many(many) => {
                return many.into_iter().for_each(|value| add(properties, name, value));
            }
            Label::Nothing(_) => return,
        };
        properties.push((name.into(), value.into()));
    }
    let mut properties = Vec::new();
    for (name, value) in labels {
        add(&mut properties, &name, value);
    }
    properties
}

/// The totals that the report declares.
#[derive(Clone, Copy, Deserialize)]
struct Summary {
    tests: Option<f64>,
    failed: Option<f64>,
    skipped: Option<f64>,
    pending: Option<f64>,
    other: Option<f64>,
}

impl Summary {
    fn totals(self) -> TestTotals {
        let [tests, failures, skipped, pending, other] =
            [self.tests, self.failed, self.skipped, self.pending, self.other]
                .map(|count| count.unwrap_or_default() as u64);
        TestTotals { tests, failures, errors: 0, skipped, other: pending.saturating_add(other) }
    }
}
