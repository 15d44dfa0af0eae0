//! Reads the JSON of SimpleCov's formatters (`coverage.json`): `simplecov_json_formatter`, the
//! formatter in SimpleCov 1, and the older gem simplecov-json.
//!
//! The input is `{"meta", "total", "coverage": {path: {lines, branches, methods}}}`, or
//! simplecov-json's `{"files": [{filename, coverage}], "metrics"}`. The result has lines, branches
//! and methods; `total` and `metrics` are declared totals. The rules:
//! * The array has a count for every physical line. Null is not code, and `"ignored"` is code that
//!   a comment excludes.
//! * A branch is on its `report_line`, the line of the condition or the one before the branch. Its
//!   block is its ordinal on that line, since nothing else identifies it.

use std::collections::HashMap;
use std::io::BufRead;

use serde::Deserialize;
use serde::de::MapAccess;

use crate::report::formats::simplecov::lines;
use crate::report::formats::{Format, Kind, Quirk, Sources, holds, simplecov};
use crate::report::reading::declared_totals;
use crate::report::reading::json::{self, Elements, Entries, Number, Object};
use crate::report::reading::warnings::Warnings;
use crate::report::{Arm, Branch, Dimension, FileCoverage, Function, Report};
use crate::{Result, path};

/// SimpleCov's formatted JSON.
pub const FORMAT: Format = Format {
    name: "simplecov-json",
    title: "SimpleCov JSON",
    kind: Kind::Coverage,
    tools: &["SimpleCov (JSON formatter)", "simplecov_json_formatter", "simplecov-json"],
    sign: "is a JSON object with `simplecov_version`, or with `files` and `metrics` that have a \
           `covered_percent`",
    quirks: &[Quirk {
        rule: "Lines, branches and methods that a comment excludes (`\"ignored\"`) are not \
               coverable.",
        source: "simplecov/lib/simplecov/formatter/json_formatter/source_file_formatter.rb",
    }],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let old = || {
        holds(head, "\"files\"")
            && holds(head, "\"filename\"")
            && holds(head, "\"covered_percent\"")
    };
    let new = || holds(head, "\"meta\"") && holds(head, "\"simplecov_version\"");
    head.trim_ascii_start().starts_with(b"{") && (new() || old())
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read(input, "the SimpleCov JSON report", &mut reader)?;
    let Reader { report, mut warnings } = reader;
    if report.files.is_empty() {
        warnings.add("empty reports", None, || "the report holds no file".to_owned());
    }
    Ok(declared_totals::checked(Report { format: FORMAT.name, ..report }, warnings))
}

#[derive(Default)]
struct Reader {
    report: Report,
    warnings: Warnings,
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "the object that SimpleCov's formatter writes";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "coverage" => map.next_value_seed(Entries::new(
                "an object of files",
                |path: String, file: File| {
                    self.file(&path, file.coverage());
                },
            ))?,
            "files" => {
                map.next_value_seed(Elements::new("an array of files", |file: OldFile| {
                    let coverage = FileCoverage {
                        lines: lines(&file.coverage.lines),
                        ..FileCoverage::default()
                    };
                    self.file(file.filename.as_deref().unwrap_or_default(), coverage);
                }))?;
            }
            "total" => self.total(&map.next_value()?),
            "metrics" => self.metrics(&map.next_value()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Reader {
    fn file(&mut self, name: &str, mut coverage: FileCoverage) {
        coverage.tidy();
        coverage.placeholder = simplecov::is_unloaded(&coverage);
        let path = path::from_bytes(name.as_bytes());
        if path.is_empty() {
            self.warnings
                .add("files without a name", None, || "a file has no name: skipped".to_owned());
        } else if let Some(twice) = self.report.files.get_mut(&path) {
            twice.merge(coverage);
            self.warnings
                .add("files that stand twice", None, || format!("`{path}` stands twice: merged"));
        } else {
            self.report.files.insert(path, coverage);
        }
    }

    fn total(&mut self, total: &Total) {
        let all = [
            (Dimension::Lines, &total.lines),
            (Dimension::Branches, &total.branches),
            (Dimension::Functions, &total.methods),
        ];
        for (dimension, stated) in all {
            self.claim(dimension, stated.covered, stated.total);
        }
    }

    fn metrics(&mut self, metrics: &Metrics) {
        self.claim(Dimension::Lines, metrics.covered, metrics.total);
    }

    /// Adds a declared total. A total of 0 means that the dimension was not measured.
    fn claim(&mut self, dimension: Dimension, covered: Number, total: Number) {
        self.report.stated.claim(
            dimension,
            covered.whole(),
            total.whole().filter(|&total| total > 0),
        );
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Total {
    lines: Counts,
    branches: Counts,
    methods: Counts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Counts {
    covered: Number,
    total: Number,
}

/// The totals of simplecov-json.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Metrics {
    #[serde(rename = "covered_lines")]
    covered: Number,
    #[serde(rename = "total_lines")]
    total: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    lines: Option<Vec<Number>>,
    branches: Option<Vec<Way>>,
    methods: Option<Vec<Method>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Way {
    #[serde(rename = "type")]
    kind: Option<String>,
    start_line: Number,
    report_line: Number,
    coverage: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Method {
    name: Option<String>,
    start_line: Number,
    end_line: Number,
    coverage: Number,
}

impl File {
    fn coverage(self) -> FileCoverage {
        let counts = self.lines.unwrap_or_default();
        let ignored = (1..).zip(&counts).filter(|(_, count)| **count == Number::Words);
        let excluded = ignored.map(|(number, _)| number).collect();
        let mut ordinals = HashMap::new();
        let branches =
            self.branches.iter().flatten().filter_map(|way| way.branch(&mut ordinals)).collect();
        let functions = self.methods.iter().flatten().filter_map(Method::function).collect();
        FileCoverage {
            lines: lines(&counts),
            branches,
            functions,
            excluded,
            ..FileCoverage::default()
        }
    }
}

impl Way {
    fn branch(&self, ordinals: &mut HashMap<u32, u32>) -> Option<Branch> {
        let line = self.report_line.place().or(self.start_line.place()).filter(|&line| line > 0)?;
        let ordinal = ordinals.entry(line).or_insert(0);
        *ordinal += 1;
        let arm = Arm::Text(self.kind.as_deref().unwrap_or("branch").into());
        Some(Branch { line, block: *ordinal - 1, arm, hits: self.coverage.hits()? })
    }
}

impl Method {
    fn function(&self) -> Option<Function> {
        let start = self.start_line.place().unwrap_or(0);
        let name = self.name.as_deref().unwrap_or_default().into();
        Some(Function { start, name, end: self.end_line.place(), hits: self.coverage.hits()? })
    }
}

/// A file of simplecov-json. Its `coverage` is the array, or since SimpleCov 0.18 an object that
/// contains it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OldFile {
    filename: Option<String>,
    coverage: simplecov::File,
}
