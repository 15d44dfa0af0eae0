//! Reads Istanbul's summary (`coverage-summary.json` of the reporter `json-summary`): totals by
//! file, without lines.
//!
//! The input is `{"total": {…}, path: {lines, statements, functions, branches}}`, each with `total`
//! and `covered`. The result has files with only a [`Summary`](super::super::Summary), and `total`
//! is the declared total. `branchesTrue` is left out: it counts truthy values of logical
//! expressions, which are branches already.

use std::io::BufRead;

use serde::Deserialize;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::declared_totals;
use crate::report::reading::json::{self, Entries, Number};
use crate::report::reading::warnings::Warnings;
use crate::report::{Dimension, FileCoverage, Report, Tallies};
use crate::{Result, path};

/// Istanbul's summary.
pub const FORMAT: Format = Format {
    name: "istanbul-summary",
    title: "Istanbul JSON summary",
    kind: Kind::Coverage,
    tools: &["nyc", "Jest", "Vitest", "c8", "Istanbul (reporter `json-summary`)"],
    sign: "is a JSON object of files with `lines`, `statements` and `functions` that have a `pct`",
    quirks: &[Quirk {
        rule: "A summary has no lines. Its totals are shown, but there are no source pages, and \
               patch coverage is unknown.",
        source: "istanbul-reports/lib/json-summary/index.js",
    }],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let signs = ["\"pct\"", "\"statements\"", "\"functions\"", "\"covered\""];
    head.trim_ascii_start().starts_with(b"{") && signs.iter().all(|sign| holds(head, sign))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut report = Report { format: FORMAT.name, ..Report::default() };
    let mut warnings = Warnings::default();
    let each = |name: String, file: File| {
        if name == "total" {
            report.stated.dimensions = file.tallies(&name, &mut warnings);
        } else {
            add(&mut report, &mut warnings, &name, &file);
        }
    };
    json::read_seed(input, "the Istanbul JSON summary", Entries::new("an object of files", each))?;
    if report.files.is_empty() {
        let message = if report.stated.dimensions.is_empty() {
            "the report is empty: the tool found nothing to report"
        } else {
            "the summary names no file, so that its total cannot count"
        };
        warnings.add("empty reports", None, || message.to_owned());
        return Ok(Report { warnings: warnings.finish(), ..report });
    }
    Ok(declared_totals::checked(report, warnings))
}

fn add(report: &mut Report, warnings: &mut Warnings, name: &str, file: &File) {
    let mut coverage = FileCoverage::default();
    coverage.summarise(&file.tallies(name, warnings));
    let path = path::from_bytes(name.as_bytes());
    if report.files.insert(path, coverage).is_some() {
        warnings.add("files that stand twice", None, || {
            format!("`{name}` stands twice: the last counts")
        });
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    lines: Counts,
    branches: Counts,
    functions: Counts,
    statements: Counts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Counts {
    total: Number,
    covered: Number,
}

impl File {
    fn tallies(&self, name: &str, warnings: &mut Warnings) -> Tallies {
        let all = [
            (Dimension::Lines, &self.lines),
            (Dimension::Branches, &self.branches),
            (Dimension::Functions, &self.functions),
            (Dimension::Statements, &self.statements),
        ];
        let mut tallies = Tallies::default();
        for (dimension, counts) in all {
            if let Some(tally) = json::tally(counts.covered, counts.total) {
                if tally.total > 0 {
                    tallies.set(dimension, tally);
                }
            } else {
                let message = || format!("`{name}` has no sound total of {dimension}");
                warnings.add("totals that are not sound", None, message);
            }
        }
        tallies
    }
}
