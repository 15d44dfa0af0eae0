//! Reads TRX, the test results of Visual Studio (`vstest`, `dotnet test --logger trx`; namespace
//! `TeamTest/2010`).
//!
//! The input is `<UnitTestResult>`s, then the `<UnitTest>`s that name the class of each test, and
//! `<Counters>`. The rules:
//! * The result of a data-driven test contains the results of its rows. The rows count, but not the
//!   test itself.
//! * `NotExecuted`, `Inconclusive`, `Pending` and `NotRunnable` mean skipped; `Error`, `Timeout`,
//!   `Aborted` and `Disconnected` are errors; `Failed` is a failure; everything else passed.
//! * The skipped tests in `<Counters>` are not reliable, so tests that were neither executed nor
//!   failed are counted as skipped.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::time::Duration;

use crate::Result;
use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::declared_totals;
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{Report, Test, TestStatus, TestTotals, Tests};

/// TRX.
pub const FORMAT: Format = Format {
    name: "trx",
    title: "TRX (Visual Studio test results)",
    kind: Kind::Tests,
    tools: &[
        "dotnet test --logger trx",
        "vstest.console",
        "MSTest",
        "xUnit.net and NUnit through vstest",
    ],
    sign: "has a `<TestRun>` root",
    quirks: &[Quirk {
        rule: "For a data-driven test, its rows count, but not the test that contains them.",
        source: "vstest, TrxLogger (`InnerResults`)",
    }],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    holds(head, "<TestRun")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each(input, "TestRun", |piece| reader.piece(piece))?;
    Ok(reader.finish())
}

#[derive(Default)]
struct Reader {
    /// The open results. Rows are inside their test.
    open: Vec<Outcome>,
    done: Vec<Outcome>,
    /// The id of the test that is being defined, and the classes by id.
    defined: Option<String>,
    classes: BTreeMap<String, String>,
    text: String,
    claims: Option<TestTotals>,
    warnings: Warnings,
}

struct Outcome {
    id: String,
    name: String,
    status: TestStatus,
    duration: Option<Duration>,
    message: String,
    rows: bool,
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) => {
                self.text.clear();
                match element.name() {
                    "UnitTestResult" => self.start_result(&element)?,
                    "UnitTest" => {
                        self.defined = element.attribute("id")?.map(std::borrow::Cow::into_owned);
                    }
                    "TestMethod" => {
                        if let (Some(id), Some(class)) =
                            (self.defined.clone(), element.attribute("className")?)
                        {
                            // MSTest adds the assembly: `Namespace.Class, Assembly, Version=…`
                            let class =
                                class.split(',').next().unwrap_or_default().trim().to_owned();
                            self.classes.insert(id, class);
                        }
                    }
                    "Counters" => self.claims = counters(&element)?,
                    _ => {}
                }
            }
            Piece::Text(text) => self.text.push_str(text),
            Piece::End("Message") => {
                if let Some(outcome) = self.open.last_mut() {
                    self.text.trim().clone_into(&mut outcome.message);
                }
            }
            Piece::End("UnitTestResult") => {
                self.done.extend(self.open.pop().filter(|outcome| !outcome.rows));
            }
            Piece::End(_) => {}
        }
        Ok(())
    }

    fn start_result(&mut self, element: &Element<'_>) -> Result<()> {
        if let Some(holder) = self.open.last_mut() {
            holder.rows = true;
        }
        let text =
            |name| Ok::<_, crate::Error>(element.attribute(name)?.unwrap_or_default().into_owned());
        let outcome = text("outcome")?;
        let status = match outcome.as_str() {
            "Failed" => TestStatus::Failed,
            // A missing outcome is vstest's `Error`.
            "Error" | "Timeout" | "Aborted" | "Disconnected" | "" => TestStatus::Error,
            "NotExecuted" | "Inconclusive" | "Pending" | "NotRunnable" => TestStatus::Skipped,
            "Passed" | "PassedButRunAborted" | "Completed" | "Warning" | "InProgress" => {
                TestStatus::Passed
            }
            other => {
                let message = || {
                    format!("unknown outcome `{}`: taken as an error", excerpt(other.as_bytes()))
                };
                self.warnings.add("unknown outcomes", Some(element.line()), message);
                TestStatus::Error
            }
        };
        let duration = duration(&text("duration")?);
        let (id, name) = (text("testId")?, text("testName")?);
        self.open.push(Outcome { id, name, status, duration, message: String::new(), rows: false });
        Ok(())
    }

    fn finish(self) -> Report {
        let Self { done, classes, claims, mut warnings, .. } = self;
        if done.is_empty() {
            warnings
                .add("reports of nothing", None, || "the report holds no test result".to_owned());
        }
        let case = |outcome: Outcome| {
            let suite = classes.get(&outcome.id).map_or("", String::as_str);
            let own = outcome.name.strip_prefix(suite).and_then(|rest| rest.strip_prefix('.'));
            Test {
                suite: suite.into(),
                name: own.unwrap_or(&outcome.name).into(),
                file: None,
                status: outcome.status,
                retries: 0,
                duration: outcome.duration,
                message: outcome.message.into(),
                properties: Vec::new(),
            }
        };
        let cases = done.into_iter().map(case).collect();
        let mut report = Report { format: FORMAT.name, ..Report::default() };
        report.tests = Some(Tests { cases, unlisted: TestTotals::default() });
        report.stated.tests = claims;
        declared_totals::checked(report, warnings)
    }
}

fn counters(element: &Element<'_>) -> Result<Option<TestTotals>> {
    let Some(tests) = count(element, "total")? else { return Ok(None) };
    let mut errors = 0;
    for name in ["error", "timeout", "aborted", "disconnected"] {
        errors += count(element, name)?.unwrap_or(0);
    }
    let failures = count(element, "failed")?.unwrap_or(0);
    let executed = count(element, "executed")?.unwrap_or(tests).max(failures + errors);
    Ok(Some(TestTotals {
        tests,
        failures,
        errors,
        skipped: tests.saturating_sub(executed),
        other: 0,
    }))
}

fn count(element: &Element<'_>, name: &str) -> Result<Option<u64>> {
    let text = element.attribute(name)?;
    Ok(text.and_then(|text| text.parse::<u32>().ok()).map(u64::from))
}

/// Parses `00:00:00.1084258`.
fn duration(text: &str) -> Option<Duration> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) =
        (parts.next()?.parse::<u32>().ok()?, parts.next()?.parse::<u32>().ok()?, parts.next()?);
    let seconds = Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
    Duration::from_secs(u64::from(hours) * 3600 + u64::from(minutes) * 60).checked_add(seconds)
}
