//! Reads `JUnit` XML in all its dialects: the tests in report order, and the totals that the suites
//! declare.
//!
//! There is no standard. Writers are Ant (the original, `TEST-*.xml`), Surefire, Gradle, pytest,
//! jest-junit, mocha, Node, `PHPUnit`, cargo-nextest, Bazel, `ScalaTest`, `CTest`, `GoogleTest` and
//! many others. The rules:
//! * `<testcase>`s count, wherever they are. The attributes (`tests`, `failures`, …) are declared
//!   totals. Suites may be nested, and a parent repeats its children's numbers, so they are never
//!   added to it. A number that an element does not declare is the sum over its suites, if all of
//!   them declare it, and the cases beside them.
//! * A suite that declares tests but lists none, directly or in another suite, counts with its
//!   declared numbers, as `unlisted` tests.
//! * If the root declares more tests than are listed, and as many more skipped ones, these are
//!   `unlisted` too: mocha-junit-reporter does not list skipped tests.
//! * A test's suite is its `classname` (`class`). If that is missing, or is the `test` that Node
//!   writes for every test, it is the names of the suites around it.
//! * If a test has several results, the worst counts: error, failure, skipped. Its message is the
//!   attribute, or else the first line of the text.
//! * `flakyFailure`, `flakyError`, `rerunFailure` and `rerunError` are earlier attempts: retries,
//!   not results.
//! * Cases with the same name are attempts of one test, of which the last counts, if their suite
//!   declares exactly as many tests as there are names. pytest-rerunfailures writes these.
//! * `PHPUnit`'s `<warning>` is not a result; `PHPUnit` counts it neither as a failure nor as an
//!   error.
//! * `skip` (nose), `skips` and `ignored` are other words for `skipped`; `disabled` (`GoogleTest`)
//!   is added to it.
//! * Characters that XML does not allow, raw or as `&#x1;`, are replaced, with a warning.

mod attempts;
mod claims;

use std::borrow::Cow;
use std::io::BufRead;
use std::sync::Arc;

use claims::{Claims, number};

use crate::Result;
use crate::report::formats::{Format, Kind, Quirk, Sources};
use crate::report::model::tests::{first_line, keep, seconds, words};
use crate::report::reading::declared_totals;
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{Report, Test, TestStatus, TestTotals, Tests};

/// `JUnit` XML.
pub const FORMAT: Format = Format {
    name: "junit",
    title: "JUnit XML",
    kind: Kind::Tests,
    tools: &[
        "Ant",
        "Surefire",
        "Gradle",
        "pytest",
        "jest-junit",
        "mocha-junit-reporter",
        "Node.js",
        "PHPUnit",
        "cargo-nextest",
        "Bazel",
        "ScalaTest",
        "CTest",
        "GoogleTest",
        "and many others",
    ],
    sign: "has a `<testsuites>` or `<testsuite>` root",
    quirks: &[
        Quirk {
            rule: "Test cases are counted. A suite's own numbers count only if neither it nor a \
                   suite in it lists a case, since parents repeat the numbers of the suites in \
                   them.",
            source: "PHPUnit, src/Logging/JUnit/JunitXmlLogger.php: sums are added to every suite \
                     around a test",
        },
        Quirk {
            rule: "If the root declares more tests than are listed, and as many more skipped ones, \
                   these count as skipped.",
            source: "a run of mocha-junit-reporter 2.2: pending tests are counted, but not listed",
        },
        Quirk {
            rule: "If a test case has several results, the worst counts: error, then failure, then \
                   skipped.",
            source: "publish-unit-test-result-action, python/publish/junit.py, `get_results`",
        },
        Quirk {
            rule: "`flakyFailure`, `flakyError`, `rerunFailure` and `rerunError` are earlier \
                   attempts: retries of the test, not results.",
            source: "Surefire, surefire-test-report.xsd; cargo-nextest, docs of JUnit support",
        },
        Quirk {
            rule: "Cases with the same class and name are attempts of one test, of which the last \
                   counts, if their suite declares as many tests as there are names. Otherwise \
                   they are separate tests.",
            source: "a run of pytest 9 with pytest-rerunfailures: it lists every attempt, the \
                     first without a result",
        },
        Quirk {
            rule: "If `classname` is missing, or is the `test` that Node.js writes for every test, \
                   the names of the suites around a test replace it.",
            source: "Node.js, lib/internal/test_runner/reporter/junit.js",
        },
        Quirk {
            rule: "A test with `status=\"notrun\"` or `disabled`, or `result=\"suppressed\"`, was \
                   skipped.",
            source: "GoogleTest, docs/advanced.md; CTest, Source/CTest/cmCTestTestHandler.cxx",
        },
        Quirk {
            rule: "Characters that XML does not allow are replaced, with a warning, and the rest \
                   is used.",
            source: "XML 1.0, section 2.2",
        },
    ],
    sniff,
    read,
};

const ROOTS: [&str; 2] = ["testsuites", "testsuite"];

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
    tests: Tests,
    /// The suites around the current position.
    suites: Vec<Suite>,
    case: Option<Case>,
    /// The totals that the root declares.
    claims: Claims,
    warnings: Warnings,
}

#[derive(Default)]
struct Suite {
    name: String,
    file: Option<Arc<str>>,
    /// The totals that it declares itself.
    claims: Claims,
    /// The sum of the totals that its suites declare.
    inner: Option<Claims>,
    /// The number of tests known to be in it.
    known: u64,
    /// The index of its first case among all cases.
    first: usize,
    /// The totals of the tests directly in it.
    direct: TestTotals,
}

struct Case {
    line: u64,
    test: Test,
    /// The result or property that is being read.
    open: Option<Open>,
}

enum Open {
    Result { status: TestStatus, message: String, kind: String, text: String },
    Property { name: String, value: Option<String>, text: String },
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) => self.start(&element)?,
            Piece::Text(text) => {
                if let Some(Open::Result { text: kept, .. } | Open::Property { text: kept, .. }) =
                    self.open()
                {
                    keep(kept, text);
                }
            }
            Piece::End("testsuite" | "testsuites") if self.case.is_none() => self.end_suite(),
            Piece::End("testcase") => self.end_case(),
            Piece::End("failure" | "error" | "skipped" | "disabled" | "ignored" | "property") => {
                self.close();
            }
            Piece::End(_) => {}
        }
        Ok(())
    }

    fn start(&mut self, element: &Element<'_>) -> Result<()> {
        match (element.name(), &mut self.case) {
            ("testsuite" | "testsuites", None) => self.start_suite(element)?,
            ("testcase", None) => self.start_case(element)?,
            ("failure", Some(case)) => case.open(result(TestStatus::Failed, element)?),
            ("error", Some(case)) => case.open(result(TestStatus::Error, element)?),
            ("skipped" | "disabled" | "ignored", Some(case)) => {
                case.open(result(TestStatus::Skipped, element)?);
            }
            ("flakyFailure" | "flakyError" | "rerunFailure" | "rerunError", Some(case)) => {
                case.test.retries = case.test.retries.saturating_add(1);
            }
            ("property", Some(case)) => case.open(Open::Property {
                name: text(element, "name")?,
                value: element.attribute("value")?.map(Into::into),
                text: String::new(),
            }),
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self) -> Option<&mut Open> {
        self.case.as_mut()?.open.as_mut()
    }

    fn start_suite(&mut self, element: &Element<'_>) -> Result<()> {
        let name = text(element, "name")?;
        let name = self.sound(name, element.line());
        let claims = Claims::of(element)?;
        self.suites.push(Suite {
            name,
            file: file(element)?,
            claims,
            first: self.tests.cases.len(),
            ..Suite::default()
        });
        Ok(())
    }

    fn end_suite(&mut self) {
        let Some(mut suite) = self.suites.pop() else { return };
        if suite.inner.is_none() {
            self.join_attempts(&mut suite);
        }
        let inner = suite.inner.map(|inner| inner.plus(Claims::counted(suite.direct)));
        let claims = suite.claims.or(inner.unwrap_or_default());
        if let (0, Some(totals)) = (suite.known, claims.totals()) {
            suite.known = totals.tests;
            self.tests.unlisted = self.tests.unlisted + totals;
        }
        match self.suites.last_mut() {
            Some(parent) => {
                parent.known = parent.known.saturating_add(suite.known);
                parent.inner = Some(parent.inner.map_or(claims, |inner| inner.plus(claims)));
            }
            None => self.claims = claims,
        }
    }

    /// Joins repeated cases, if the suite counts them as one.
    fn join_attempts(&mut self, suite: &mut Suite) {
        if attempts::join(&mut self.tests.cases, suite.first, suite.claims.tests()) {
            let cases = &self.tests.cases[suite.first..];
            suite.known = cases.len() as u64;
        }
    }

    fn start_case(&mut self, element: &Element<'_>) -> Result<()> {
        let class = element.attribute("classname")?.or(element.attribute("class")?);
        let class = class.filter(|class| !class.is_empty() && class != EVERY_NODE_TEST);
        let suite = class.unwrap_or_else(|| self.around().into());
        let own = |status: &str| matches!(status, "notrun" | "disabled" | "skipped" | "suppressed");
        let skipped = own(&text(element, "status")?) || own(&text(element, "result")?);
        let file = file(element)?
            .or_else(|| self.suites.iter().rev().find_map(|suite| suite.file.clone()));
        let name = text(element, "name")?;
        let test = Test {
            suite: self.suite(suite, element.line()),
            name: self.sound(name, element.line()).into(),
            file,
            status: if skipped { TestStatus::Skipped } else { TestStatus::Passed },
            retries: 0,
            duration: element.attribute("time")?.and_then(|time| number(&time)).and_then(seconds),
            message: Box::default(),
            properties: Vec::new(),
        };
        if test.name.is_empty() {
            self.warnings.add("tests without a name", Some(element.line()), || {
                "a test has no name: counted".to_owned()
            });
        }
        self.case = Some(Case { line: element.line(), test, open: None });
        Ok(())
    }

    /// The suite of a test. Its text is shared with that of the test before, which is usually
    /// equal.
    fn suite(&mut self, suite: Cow<'_, str>, line: u64) -> Arc<str> {
        match self.tests.cases.last() {
            Some(before) if *before.suite == *suite => Arc::clone(&before.suite),
            _ => self.sound(suite.into_owned(), line).into(),
        }
    }

    /// The names of the suites around a test.
    fn around(&self) -> String {
        // If there are suites in the outermost element, it names the run and not a suite.
        let run = usize::from(self.suites.len() > 1);
        let names = self.suites[run..]
            .iter()
            .map(|suite| suite.name.as_str())
            .filter(|name| !name.is_empty());
        names.collect::<Vec<_>>().join(" > ")
    }

    /// Ends a result or property.
    fn close(&mut self) {
        let Some(Case { line, test, open }) = &mut self.case else { return };
        let line = *line;
        match open.take() {
            Some(Open::Result { status, message, kind, text }) => {
                let said = first_line(after_own_name(&text, test));
                let given = [message.as_str(), said, &kind]
                    .into_iter()
                    .find(|words| !words.trim().is_empty());
                let given = given.unwrap_or_default();
                if status > test.status || status == test.status && test.message.is_empty() {
                    test.status = status;
                    test.message = words(given);
                }
                if given.chars().any(is_illegal) {
                    self.warn_of_characters(given, line);
                }
            }
            Some(Open::Property { name, value, text }) => {
                let value = value.unwrap_or_else(|| text.trim().to_owned());
                let [name, value] = [name, value].map(|text| self.sound(text, line).into());
                if let Some(case) = &mut self.case {
                    case.test.properties.push((name, value));
                }
            }
            None => {}
        }
    }

    fn end_case(&mut self) {
        let Some(Case { test, .. }) = self.case.take() else { return };
        if let Some(suite) = self.suites.last_mut() {
            suite.known += 1;
            suite.direct = suite.direct + TestTotals::of(test.status);
        }
        self.tests.cases.push(test);
    }

    /// A name without characters that XML does not allow.
    fn sound(&mut self, text: String, line: u64) -> String {
        if !text.chars().any(is_illegal) {
            return text;
        }
        self.warn_of_characters(&text, line);
        text.replace(is_illegal, "\u{fffd}")
    }

    fn warn_of_characters(&mut self, text: &str, line: u64) {
        let message = || {
            format!(
                "`{}` has characters that XML does not allow: replaced",
                excerpt(text.as_bytes())
            )
        };
        self.warnings.add("texts with illegal characters", Some(line), message);
    }

    fn finish(mut self) -> Report {
        let mut report = Report { format: FORMAT.name, ..Report::default() };
        let unlisted = self.claims.skipped_beyond(self.tests.totals());
        self.tests.unlisted = self.tests.unlisted + unlisted;
        let counted = self.tests.totals();
        if counted.tests == 0 {
            self.warnings.add("empty reports", None, || "the report lists no test".to_owned());
        }
        report.stated.tests = self.claims.beside(counted);
        report.tests = Some(self.tests);
        declared_totals::checked(report, self.warnings)
    }
}

/// The `classname` that Node writes for every test.
const EVERY_NODE_TEST: &str = "test";

/// The text without a first line that only repeats the name of the test, as in `PHPUnit`.
fn after_own_name<'a>(words: &'a str, test: &Test) -> &'a str {
    let name = || words.strip_prefix(&*test.suite)?.strip_prefix("::")?.strip_prefix(&*test.name);
    if name().is_some() { words.split_once('\n').map_or("", |(_, rest)| rest) } else { words }
}

fn is_illegal(char: char) -> bool {
    char == '\u{fffd}' || char.is_control() && !matches!(char, '\t' | '\n' | '\r')
}

fn text(element: &Element<'_>, name: &str) -> Result<String> {
    Ok(element.attribute(name)?.unwrap_or_default().into_owned())
}

fn file(element: &Element<'_>) -> Result<Option<Arc<str>>> {
    let file = element.attribute("file")?.or(element.attribute("filepath")?);
    Ok(file.filter(|file| !file.is_empty()).map(Into::into))
}

fn result(status: TestStatus, element: &Element<'_>) -> Result<Open> {
    let [message, kind] = [text(element, "message")?, text(element, "type")?];
    Ok(Open::Result { status, message, kind, text: String::new() })
}

impl Case {
    fn open(&mut self, open: Open) {
        self.open = Some(open);
    }
}
