//! Reads Infection's JSON log of mutants in PHP (`logs.json`), and its summary
//! (`logs.summaryJson`): mutants by source file.
//!
//! The input is `{"stats": {…}, "escaped": [{"mutator": {…}, "diff"}], "killed": […], …}`, with one
//! list per result. The rules (`Metrics/Calculator.php`):
//! * Errors and syntax errors are detected mutants, as in Infection's own score (MSI), and so are
//!   timeouts. Mutants found by static analysis are killed. No metric counts ignored ones.
//! * The replacement is the lines that a mutant adds in its diff, because its source field contains
//!   the whole file.
//! * The log's `stats` are compared with its lists. The summary has no lists, so its totals are
//!   shown but never counted.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;
use serde::de::MapAccess;
use serde_json::Value;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::model::mutants;
use crate::report::reading::declared_totals;
use crate::report::reading::json::coerce::{place, text, text_or_empty};
use crate::report::reading::json::{self, Elements, Number, Object};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{FileCoverage, Mutant, MutantStatus, MutationTotals, Report};
use crate::{Error, Result, path};

/// Infection.
pub const FORMAT: Format = Format {
    name: "infection",
    title: "Infection JSON",
    kind: Kind::Mutation,
    tools: &["Infection (`logs.json`, `logs.summaryJson`)"],
    sign: "is a JSON object with `stats` of a `totalMutantsCount`",
    quirks: &[
        Quirk {
            rule: "Errors and syntax errors count as killed, as in Infection's own score, and so \
                   do mutants that static analysis found.",
            source: "infection, src/Metrics/Calculator.php",
        },
        Quirk {
            rule: "If timeouts are configured to count as escaped, the log's score is lower than \
                   the one here, and a warning says so.",
            source: "infection, src/Metrics/Calculator.php, timeoutsAsEscaped",
        },
        Quirk {
            rule: "Skipped mutants are counted in `stats` but not listed. With `--only-covered`, \
                   mutants without coverage are neither counted nor listed.",
            source: "infection, src/Reporter/JsonReporter.php",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"{")
        && holds(head, "\"stats\"")
        && holds(head, "\"totalMutantsCount\"")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read(input, "the log of Infection", &mut reader)?;
    reader.finish()
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, FileCoverage>,
    /// Whether the report lists mutants.
    listed: bool,
    stats: Option<Stats>,
    warnings: Warnings,
}

/// The totals that the log declares.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Stats {
    killed_count: Number,
    killed_by_static_analysis_count: Number,
    not_covered_count: Number,
    escaped_count: Number,
    error_count: Number,
    syntax_error_count: Number,
    skipped_count: Number,
    ignored_count: Number,
    time_out_count: Number,
    /// The score in percent.
    msi: Value,
}

/// A mutant as it is read.
#[derive(Deserialize)]
#[serde(from = "Value")]
struct Written {
    mutator: String,
    path: Option<String>,
    line: u32,
    added: String,
}

impl From<Value> for Written {
    fn from(value: Value) -> Self {
        let mutator = &value["mutator"];
        Self {
            mutator: text_or_empty(&mutator["mutatorName"]),
            path: text(&mutator["originalFilePath"]).filter(|path| !path.is_empty()),
            line: place(&mutator["originalStartLine"]).unwrap_or_default(),
            added: added(&text_or_empty(&value["diff"])),
        }
    }
}

/// The lines that a diff adds, without their `+` marks.
fn added(diff: &str) -> String {
    let lines = diff.lines().skip_while(|line| !line.starts_with("@@")); // skips the head
    let added = lines.filter_map(|line| line.strip_prefix('+')).map(str::trim);
    added.collect::<Vec<_>>().join("\n")
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "the object that Infection writes";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        let status = match name {
            "stats" => {
                self.stats = map.next_value()?;
                return Ok(true);
            }
            "killed" | "killedByStaticAnalysis" | "errored" | "syntaxErrors" => {
                MutantStatus::Killed
            }
            "timeouted" => MutantStatus::Timeout,
            "escaped" => MutantStatus::Survived,
            "uncovered" => MutantStatus::NoCoverage,
            "ignored" => MutantStatus::Ignored,
            _ => return Ok(false),
        };
        self.listed = true;
        map.next_value_seed(Elements::new("an array of mutants", |written| {
            self.mutant(status, written);
        }))?;
        Ok(true)
    }
}

impl Reader {
    fn mutant(&mut self, status: MutantStatus, written: Written) {
        let Some(path) = written.path else {
            let message = || {
                format!(
                    "a mutant by `{}` has no file: left out",
                    excerpt(written.mutator.as_bytes())
                )
            };
            return self.warnings.add("mutants without a file", None, message);
        };
        let mutant = Mutant {
            start: (written.line, 0),
            end: (written.line, 0),
            mutator: written.mutator.into(),
            replacement: written.added.into(),
            ordinal: 0,
            status,
            killed_by: "".into(),
        };
        self.files.entry(path::from_bytes(path.as_bytes())).or_default().mutants.push(mutant);
    }

    fn finish(mut self) -> Result<Report> {
        if !self.listed && self.stats.is_none() {
            return Err(Error::new(
                "cannot read the log of Infection: it has neither `stats` nor lists of mutants",
            ));
        }
        for file in self.files.values_mut() {
            mutants::number(&mut file.mutants);
            file.tidy();
        }
        let mut report = Report { format: FORMAT.name, files: self.files, ..Report::default() };
        report.stated.mutation = self.stats.as_ref().map(Stats::totals);
        if report.files.is_empty() {
            let message = if self.listed {
                "the report holds no mutant"
            } else {
                "the summary names no file, so that its totals cannot count: have Infection write \
                 `logs.json`"
            };
            self.warnings.add("empty reports", None, || message.to_owned());
        }
        if let Some(stats) = &self.stats {
            stats.check_score(&mut self.warnings);
        }
        Ok(declared_totals::checked(report, self.warnings))
    }
}

impl Stats {
    fn totals(&self) -> MutationTotals {
        let sum = |counts: &[Number]| {
            counts
                .iter()
                .fold(0, |sum: u64, count| sum.saturating_add(count.whole().unwrap_or_default()))
        };
        let killed = [
            self.killed_count,
            self.killed_by_static_analysis_count,
            self.error_count,
            self.syntax_error_count,
        ];
        let mut totals = MutationTotals::default();
        totals.set(MutantStatus::Killed, sum(&killed));
        totals.set(MutantStatus::Timeout, sum(&[self.time_out_count]));
        totals.set(MutantStatus::Survived, sum(&[self.escaped_count]));
        totals.set(MutantStatus::NoCoverage, sum(&[self.not_covered_count]));
        totals.set(MutantStatus::Ignored, sum(&[self.ignored_count, self.skipped_count]));
        totals
    }

    /// Adds a warning if the declared score differs from that of the declared counts.
    fn check_score(&self, warnings: &mut Warnings) {
        /// The score is rounded to two decimals.
        const ROUNDING: f64 = 0.01;
        if let (Some(stated), Some(counted)) = (self.msi.as_f64(), self.totals().score())
            && (stated - counted).abs() > ROUNDING
        {
            let message = || {
                format!(
                    "the report states a score of {stated} %, its counts give {counted:.2} %, with \
                     timeouts as detected: these count"
                )
            };
            warnings.add("totals that differ", None, message);
        }
    }
}
