//! Reads Xcode's coverage as written by `xcrun xccov view --json`: the report with totals, and the
//! archive with lines.
//!
//! The input is `{"targets": [{name, files: [{path, functions}]}]}`, an array of such targets
//! (`--files-for-target`) or of targets without files (`--only-targets`), or an archive's `{path:
//! [{line, isExecutable, executionCount}]}` (`--archive`). A report gives functions, and the tool's
//! totals of lines by file, since it has no lines. An archive gives lines. The rules:
//! * Targets of tests (`.xctest`) are left out with a warning, because they cover themselves.
//! * A file that is compiled into several targets counts once, with the larger of its totals. The
//!   calls of a function are summed.
//! * The declared totals are those of the whole report, or of the remaining targets.

use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::declared_totals;
use crate::report::reading::json::{self, Elements, Fields, Number, Object};
use crate::report::reading::warnings::Warnings;
use crate::report::{Dimension, FileCoverage, Function, Line, Report, Tally};
use crate::{Result, path};

/// Xcode's coverage.
pub const FORMAT: Format = Format {
    name: "xccov",
    title: "Xcode coverage (xccov)",
    kind: Kind::Coverage,
    tools: &["`xcrun xccov view --report --json`", "`xcrun xccov view --archive --json`"],
    sign: "is JSON with `executableLines` and `coveredLines`, or with `isExecutable` for each line",
    quirks: &[
        Quirk {
            rule: "A report says how many lines of a file ran, not which. Source pages need the \
                   archive.",
            source: "man xccov, `--report` and `--archive`",
        },
        Quirk {
            rule: "Targets of tests (`.xctest`) are left out. Nearly all of a test runs, which \
                   says nothing about the code.",
            source: "a `.xctest` bundle is the product of a unit test target (Xcode's manual)",
        },
        Quirk {
            rule: "A file in several targets counts once, with the larger of its totals; xccov's \
                   own total adds them up.",
            source: "man xccov: totals are by target",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let report = holds(head, "\"executableLines\"") && holds(head, "\"coveredLines\"");
    let archive = holds(head, "\"isExecutable\"") && holds(head, "\"line\"");
    head.trim_ascii_start().starts_with(b"{") && (report || archive)
        || head.trim_ascii_start().starts_with(b"[") && report
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read_seed(input, "the xccov report", Root(&mut reader))?;
    Ok(reader.finish())
}

#[derive(Default)]
struct Reader {
    report: Report,
    warnings: Warnings,
    covered: Number,
    executable: Number,
    targets: Tally,
    /// The number of test targets that were left out.
    tests: u64,
}

/// Reads the document: the report, an archive or an array of targets.
struct Root<'a>(&'a mut Reader);

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> std::result::Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Reader::EXPECTED)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<(), A::Error> {
        while let Some(target) = list.next_element()? {
            self.0.target(target);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<(), A::Error> {
        Fields(self.0).visit_map(map)
    }
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "the output of `xccov view --json`";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "targets" => map.next_value_seed(Elements::new("an array of targets", |target| {
                self.target(target);
            }))?,
            "coveredLines" => self.covered = map.next_value()?,
            "executableLines" => self.executable = map.next_value()?,
            path if path.contains('/') => {
                let mut coverage = FileCoverage::default();
                let each = |line: ArchiveLine| coverage.lines.extend(line.line());
                map.next_value_seed(Elements::new("an array of lines", each))?;
                coverage.tidy();
                self.file(path, coverage);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Reader {
    fn target(&mut self, target: Target) {
        if target.is_test() {
            self.tests += 1;
            let message = || {
                format!("the target `{}` holds tests: left out", target.name.unwrap_or_default())
            };
            self.warnings.add("targets of tests", None, message);
            return;
        }
        self.targets =
            self.targets + json::tally(target.covered, target.executable).unwrap_or_default();
        for (path, coverage) in target.files {
            self.file(&path, coverage);
        }
    }

    fn file(&mut self, name: &str, coverage: FileCoverage) {
        self.report.files.entry(path::from_bytes(name.as_bytes())).or_default().merge(coverage);
    }

    fn finish(mut self) -> Report {
        let whole = json::tally(self.covered, self.executable).filter(|_| self.tests == 0);
        let Tally { covered, total } = whole.unwrap_or(self.targets);
        let mut report = Report { format: FORMAT.name, ..self.report };
        report.stated.claim(
            Dimension::Lines,
            Some(covered),
            Some(total).filter(|&total| total > 0),
        );
        if report.files.is_empty() {
            let message = || "the report names no file, so that its totals cannot count".to_owned();
            self.warnings.add("empty reports", None, message);
            report.warnings = self.warnings.finish();
            return report;
        }
        declared_totals::checked(report, self.warnings)
    }
}

/// A target with its files.
#[derive(Default)]
struct Target {
    name: Option<String>,
    product: Option<String>,
    covered: Number,
    executable: Number,
    files: Vec<(String, FileCoverage)>,
}

impl Target {
    fn is_test(&self) -> bool {
        let bundle = |product: &String| product.contains(".xctest/");
        self.name.as_ref().is_some_and(|name| name.ends_with(".xctest"))
            || self.product.as_ref().is_some_and(bundle)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        let mut target = Self::default();
        Fields(&mut target).deserialize(json)?;
        Ok(target)
    }
}

impl<'de> Object<'de> for Target {
    const EXPECTED: &'static str = "a target";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "name" => self.name = map.next_value()?,
            "buildProductPath" => self.product = map.next_value()?,
            "coveredLines" => self.covered = map.next_value()?,
            "executableLines" => self.executable = map.next_value()?,
            "files" => {
                let each = |file: File| self.files.extend(file.coverage());
                map.next_value_seed(Elements::new("an array of files", each))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    path: Option<String>,
    name: Option<String>,
    #[serde(rename = "coveredLines")]
    covered: Number,
    #[serde(rename = "executableLines")]
    executable: Number,
    functions: Option<Vec<Called>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Called {
    name: Option<String>,
    #[serde(rename = "lineNumber")]
    line: Number,
    #[serde(rename = "executionCount")]
    count: Number,
}

impl File {
    /// The path and the coverage, or `None` if it has neither path nor name.
    fn coverage(self) -> Option<(String, FileCoverage)> {
        let path = self
            .path
            .filter(|path| !path.is_empty())
            .or(self.name)
            .filter(|path| !path.is_empty())?;
        let functions: Vec<Function> =
            self.functions.into_iter().flatten().map(Called::function).collect();
        let called = Tally::of(&functions, |function| function.hits.is_hit());
        let mut coverage = FileCoverage { functions, ..FileCoverage::default() };
        coverage.tidy();
        // Functions with the same name on one line are one record, but xccov lists each of them.
        let lines =
            json::tally(self.covered, self.executable).map(|tally| (Dimension::Lines, tally));
        coverage.summarise(&lines.into_iter().chain([(Dimension::Functions, called)]).collect());
        Some((path, coverage))
    }
}

impl Called {
    fn function(self) -> Function {
        let start = self.line.place().unwrap_or(0);
        let name = self.name.unwrap_or_default().into();
        Function { start, name, end: None, hits: self.count.hits().unwrap_or_default() }
    }
}

/// A line of an archive.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ArchiveLine {
    line: Number,
    #[serde(rename = "isExecutable")]
    executable: Option<bool>,
    #[serde(rename = "executionCount")]
    count: Number,
}

impl ArchiveLine {
    fn line(self) -> Option<Line> {
        let number = self.line.place().filter(|&line| line > 0 && self.executable == Some(true))?;
        Some(Line { number, hits: self.count.hits().unwrap_or_default() })
    }
}
