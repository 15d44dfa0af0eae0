//! Reads the events of `go test -json`, one per line (cmd/test2json), mixed with anything else that
//! the tools print: the tests by package, in the order in which they ended.
//!
//! The input is `{"Action": …, "Package": …, "Test": …, "Elapsed": …, "Output": …}` line by line.
//! The rules:
//! * A `pass`, `fail` or `skip` with a test is the result of that test. Parents and subtests are
//!   both tests. Without a test it is the result of the package, which is not a test.
//! * Lines that are not events are skipped: compilers and programs write to the same stream.
//! * A test that begins and never ends (because of a crash, `os.Exit`, a time limit, or an
//!   incomplete report) is an error. But if its package passed, only its last line was lost among
//!   its output, which happens with go before 1.20.
//! * A package that fails although none of its tests does, and one that cannot be built, are
//!   warnings, since their tests are unknown.
//! * The message is the output of the test, without the marks of the runner.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use serde::Deserialize;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::model::tests::{seconds, start, words};
use crate::report::reading::declared_totals;
use crate::report::reading::rows::{self, End, Row};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{Report, Test, TestStatus, Tests};
use crate::{Error, Result};

/// The events of `go test -json`.
pub const FORMAT: Format = Format {
    name: "go-test",
    title: "go test -json",
    kind: Kind::Tests,
    tools: &["go test -json", "gotestsum --jsonfile", "go tool test2json"],
    sign: "has lines of JSON with an `Action` and a `Package`, `Test` or `ImportPath`",
    quirks: &[
        Quirk {
            rule: "Parents and subtests are both tests; the end of a package is not a test.",
            source: "Go, src/cmd/test2json/main.go, \"Output Format\"",
        },
        Quirk {
            rule: "A test that begins but never ends is an error, unless its package passed.",
            source: "Go, src/cmd/internal/test2json/test2json.go: no event is made for a test \
                     without a `---` line",
        },
        Quirk {
            rule: "A package that could not be built, or that failed although none of its tests \
                   did, is a warning.",
            source: "Go, src/cmd/go/internal/help/helpdoc.go, \"go help buildjson\"",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let subjects = ["\"Package\":\"", "\"Test\":\"", "\"ImportPath\":\""];
    let event = |line: &[u8]| {
        line.starts_with(b"{")
            && holds(line, "\"Action\":\"")
            && (subjects.iter().any(|subject| holds(line, subject))
                || holds(line, "{\"Action\":\"start\"}"))
    };
    head.split(|&byte| byte == b'\n').any(|line| event(line.trim_ascii()))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    rows::each(input, |row| reader.row(row))?;
    reader.finish()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'a> {
    #[serde(borrow, default)]
    action: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    package: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    import_path: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    test: Option<Cow<'a, str>>,
    #[serde(default)]
    elapsed: Option<f64>,
    #[serde(borrow, default)]
    output: Option<Cow<'a, str>>,
}

#[derive(Default)]
struct Reader {
    tests: Tests,
    /// The tests that have begun, by package and name, with their output.
    open: HashMap<(String, String), String>,
    packages: BTreeMap<String, Package>,
    events: u64,
    warnings: Warnings,
}

#[derive(Default)]
struct Package {
    /// The result.
    end: Option<TestStatus>,
    /// Whether one of its tests failed.
    failed: bool,
    /// Whether its failure has been reported.
    said: bool,
}

impl Reader {
    fn row(&mut self, row: Row<'_>) {
        if !row.bytes.trim_ascii_start().starts_with(b"{") {
            return self.plain(row.bytes);
        }
        match serde_json::from_slice::<Event<'_>>(row.bytes) {
            Ok(event) if event.action.is_some() => self.event(&event),
            Err(_) if holds(row.bytes, "\"Action\"") => {
                let cut = if row.end == End::File {
                    "the report ends in an event"
                } else {
                    "this is no whole event"
                };
                let message = || format!("{cut}, skipped: {}", excerpt(row.bytes));
                self.warnings.add("broken events", Some(row.number), message);
            }
            Ok(_) | Err(_) => {} // output of a program under test, JSON or not
        }
    }

    /// Reads a line that is not an event. Before Go 1.24, a package that could not be built has
    /// only this.
    fn plain(&mut self, row: &[u8]) {
        let package = |row: &[u8]| {
            let name =
                row.strip_prefix(b"FAIL\t")?.trim_ascii_end().strip_suffix(b" [build failed]")?;
            Some(String::from_utf8_lossy(name).into_owned())
        };
        if let Some(package) = package(row) {
            self.not_built(&package);
        }
    }

    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        let action = event.action.as_deref().unwrap_or_default();
        let package = event.package.as_deref().or(event.import_path.as_deref()).unwrap_or_default();
        let status = match action {
            "pass" | "bench" => Some(TestStatus::Passed),
            "fail" => Some(TestStatus::Failed),
            "skip" => Some(TestStatus::Skipped),
            _ => None,
        };
        match (event.test.as_deref(), status) {
            (Some(test), Some(status)) => {
                let printed = self.open.remove(&(package.to_owned(), test.to_owned()));
                if action == "bench" && printed.is_none() {
                    return; // the output of a benchmark, after its end
                }
                self.end(package, test, status, event.elapsed, &printed.unwrap_or_default());
            }
            (Some(test), None) => self.progress(package, test, action, event.output.as_deref()),
            (None, Some(status)) => self.package(package).end = Some(status),
            (None, None) if action == "build-fail" => self.not_built(package),
            (None, None) => {}
        }
    }

    fn package(&mut self, name: &str) -> &mut Package {
        if !self.packages.contains_key(name) {
            self.packages.insert(name.to_owned(), Package::default());
        }
        self.packages.get_mut(name).expect("inserted above")
    }

    /// Begins a test, or adds its output.
    fn progress(&mut self, package: &str, test: &str, action: &str, output: Option<&str>) {
        let key = (package.to_owned(), test.to_owned());
        if action == "run" {
            self.open.insert(key, String::new());
        } else if let Some(output) = output
            && let Some(printed) = self.open.get_mut(&key)
        {
            keep(printed, output);
        }
    }

    fn end(
        &mut self,
        package: &str,
        name: &str,
        status: TestStatus,
        elapsed: Option<f64>,
        printed: &str,
    ) {
        let bad = matches!(status, TestStatus::Failed | TestStatus::Error);
        if bad {
            self.package(package).failed = true;
        }
        let message = if status == TestStatus::Passed { Box::default() } else { words(printed) };
        self.tests.cases.push(Test {
            suite: package.into(),
            name: name.into(),
            file: None,
            status,
            retries: 0,
            duration: elapsed.and_then(seconds),
            message,
            properties: Vec::new(),
        });
    }

    fn not_built(&mut self, package: &str) {
        // In `m/p [m/p.test]`, the second part marks the package as built for its own tests.
        let name = package.split(' ').next().unwrap_or_default().to_owned();
        self.package(&name).said = true;
        let message = || {
            format!(
                "the package `{}` could not be built: its tests are not known",
                excerpt(name.as_bytes())
            )
        };
        self.warnings.add("packages that were not built", None, message);
    }

    fn finish(mut self) -> Result<Report> {
        if self.events == 0 {
            return Err(Error::new("no line of the report is an event of `go test -json`"));
        }
        self.end_all();
        let outside = self.packages.iter().filter(|(_, package)| {
            package.end == Some(TestStatus::Failed) && !package.failed && !package.said
        });
        for (name, _) in outside {
            let name = excerpt(name.as_bytes());
            let message = || format!("the package `{name}` failed, but none of its tests did");
            self.warnings.add("packages that failed outside of their tests", None, message);
        }
        if self.tests.cases.is_empty() {
            self.warnings.add("empty reports", None, || "the report lists no test".to_owned());
        }
        let report = Report { format: FORMAT.name, tests: Some(self.tests), ..Report::default() };
        Ok(declared_totals::checked(report, self.warnings))
    }

    /// Ends the tests that never did.
    fn end_all(&mut self) {
        let mut open: Vec<_> = std::mem::take(&mut self.open).into_iter().collect();
        open.sort();
        for ((package, test), printed) in open {
            if self.package(&package).end == Some(TestStatus::Passed) {
                self.end(&package, &test, TestStatus::Passed, None, "");
                continue;
            }
            if self.package(&package).end.is_none() {
                let message = || {
                    format!(
                        "the test `{}` never ends: is the report whole?",
                        excerpt(test.as_bytes())
                    )
                };
                self.warnings.add("tests that never end", None, message);
            }
            self.end(&package, &test, TestStatus::Error, None, &printed);
        }
    }
}

/// Keeps the output of a test without the runner's own marks, up to the length that [`words`]
/// keeps.
fn keep(printed: &mut String, output: &str) {
    const MARKS: [&str; 7] =
        ["=== RUN", "=== PAUSE", "=== CONT", "=== NAME", "--- FAIL", "--- SKIP", "--- PASS"];
    const MAX_OUTPUT: usize = 8 << 10;
    let text = output.trim_start();
    if !MARKS.iter().any(|mark| text.starts_with(mark)) {
        printed.push_str(start(output, MAX_OUTPUT.saturating_sub(printed.len())));
    }
}
