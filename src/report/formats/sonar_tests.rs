//! Reads SonarQube's generic test executions XML (`sonar.testExecutionReportPaths`): the tests in
//! report order.
//!
//! The input is `<testExecutions version="1">` with `<file path>` and `<testCase name duration>`.
//! The rules:
//! * A test's file is also its suite, since the format has no other.
//! * The first `<skipped>`, `<failure>` or `<error>` in a test is its result; a test without any
//!   passed.
//! * The message is the attribute `message`, or else the first line of the text.
//! * Durations are in milliseconds.
//! * The root `<unitTest>` from before SonarQube 6.2 is still read.

use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use crate::Result;
use crate::report::formats::{Format, Kind, Quirk, Sources};
use crate::report::model::tests::{first_line, keep, words};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{Report, Test, TestStatus, TestTotals, Tests};

/// SonarQube's generic test executions XML.
pub const FORMAT: Format = Format {
    name: "sonar-tests",
    title: "SonarQube generic test executions",
    kind: Kind::Tests,
    tools: &[
        "jest-sonar-reporter",
        "vitest-sonar-reporter",
        "karma-sonarqube-unit-reporter",
        "converters to SonarQube",
    ],
    sign: "has a `<testExecutions>` or `<unitTest>` root",
    quirks: &[
        Quirk {
            rule: "The first `<skipped>`, `<failure>` or `<error>` in a test is its result. Other \
                   elements are not results.",
            source: "SonarQube, GenericTestExecutionReportParser.java, `parseTestCase`",
        },
        Quirk {
            rule: "The root may be `<unitTest>`, as it was before SonarQube 6.2.",
            source: "SonarQube, GenericTestExecutionReportParser.java, `OLD_ROOT_ELEMENT`",
        },
        Quirk {
            rule: "A duration that is not a whole number of milliseconds is left out, with a \
                   warning. Its test is used.",
            source: "SonarQube's documentation of generic test data; vitest-sonar-reporter rounds, \
                     others do not",
        },
    ],
    sniff,
    read,
};

const ROOTS: [&str; 2] = ["testExecutions", "unitTest"];

fn sniff(head: &[u8]) -> bool {
    xml::root(head).is_some_and(|root| ROOTS.contains(&root))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each_of(input, &ROOTS, |piece| reader.piece(piece))?;
    Ok(reader.finish())
}

#[derive(Default)]
struct Reader {
    cases: Vec<Test>,
    /// The open file.
    file: Option<Arc<str>>,
    case: Option<Case>,
    warnings: Warnings,
}

struct Case {
    test: Test,
    /// Whether its result is open, so that text belongs to it.
    open: bool,
    text: String,
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) => self.start(&element)?,
            Piece::Text(text) => {
                if let Some(Case { open: true, text: kept, .. }) = &mut self.case {
                    keep(kept, text);
                }
            }
            Piece::End("testCase") => self.end_case(),
            Piece::End("file") => self.file = None,
            Piece::End("skipped" | "failure" | "error") => {
                if let Some(case) = &mut self.case {
                    case.open = false;
                }
            }
            Piece::End(_) => {}
        }
        Ok(())
    }

    fn start(&mut self, element: &Element<'_>) -> Result<()> {
        match (element.name(), &mut self.case) {
            ("testExecutions" | "unitTest", None) => self.check_version(element)?,
            ("file", None) => {
                let path = element.attribute("path")?.filter(|path| !path.is_empty());
                if path.is_none() {
                    let message = || "a <file> without a path: its tests are used".to_owned();
                    self.warnings.add("files without a path", Some(element.line()), message);
                }
                self.file = path.map(Into::into);
            }
            ("testCase", None) => self.case = Some(self.start_case(element)?),
            ("skipped", Some(case)) => case.result(TestStatus::Skipped, element)?,
            ("failure", Some(case)) => case.result(TestStatus::Failed, element)?,
            ("error", Some(case)) => case.result(TestStatus::Error, element)?,
            _ => {}
        }
        Ok(())
    }

    fn check_version(&mut self, element: &Element<'_>) -> Result<()> {
        let version = element.attribute("version")?.unwrap_or_default();
        if version != "1" {
            let given = excerpt(version.as_bytes());
            let message = || format!("the report's version is `{given}`: read as version 1");
            self.warnings.add("unknown versions", Some(element.line()), message);
        }
        Ok(())
    }

    fn start_case(&mut self, element: &Element<'_>) -> Result<Case> {
        let name: Box<str> = element.attribute("name")?.unwrap_or_default().into();
        if name.is_empty() {
            self.warnings.add("tests without a name", Some(element.line()), || {
                "a test has no name: counted".to_owned()
            });
        }
        let stated = element.attribute("duration")?;
        let duration = stated
            .as_deref()
            .and_then(|duration| duration.trim().parse().ok())
            .map(Duration::from_millis);
        if let (Some(stated), None) = (&stated, duration) {
            let message = || {
                format!(
                    "`{}` is no whole number of milliseconds: left out",
                    excerpt(stated.as_bytes())
                )
            };
            self.warnings.add("malformed durations", Some(element.line()), message);
        }
        let test = Test {
            suite: self.file.clone().unwrap_or_default(),
            name,
            file: self.file.clone(),
            status: TestStatus::Passed,
            retries: 0,
            duration,
            message: Box::default(),
            properties: Vec::new(),
        };
        Ok(Case { test, open: false, text: String::new() })
    }

    fn end_case(&mut self) {
        let Some(Case { mut test, text, .. }) = self.case.take() else { return };
        if test.message.is_empty() {
            test.message = words(first_line(&text));
        }
        self.cases.push(test);
    }

    fn finish(mut self) -> Report {
        if self.cases.is_empty() {
            self.warnings.add("empty reports", None, || "the report lists no test".to_owned());
        }
        let tests = Tests { cases: self.cases, unlisted: TestTotals::default() };
        Report {
            format: FORMAT.name,
            tests: Some(tests),
            warnings: self.warnings.finish(),
            ..Report::default()
        }
    }
}

impl Case {
    /// Sets the result, unless there is one.
    fn result(&mut self, status: TestStatus, element: &Element<'_>) -> Result<()> {
        if self.test.status == TestStatus::Passed {
            self.test.status = status;
            self.test.message = words(&element.attribute("message")?.unwrap_or_default());
            self.open = true;
        }
        Ok(())
    }
}
