//! Reads cargo-mutants' `outcomes.json`: mutants by source file.
//!
//! The input is `{"outcomes": [{"scenario", "summary", …}], "caught", "missed", …}`. The rules:
//! * The baseline (`"scenario": "Baseline"`, before 1.0 also `"SourceTree"`) is an outcome but not
//!   a mutant. A scenario with another name is left out with a warning.
//! * A mutant that does not build is unviable, and no metric counts it. One that times out is
//!   detected, with a status of its own.
//! * If an outcome has no `summary`, as in the first versions, its phases decide: if a build
//!   failed, the mutant is unviable; otherwise the result of the tests counts.
//! * The report's own counts (`caught`, `missed`, `timeout`, `unviable`) are compared with the
//!   outcomes.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;
use serde::de::MapAccess;
use serde_json::Value;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::model::mutants;
use crate::report::reading::declared_totals;
use crate::report::reading::json::coerce::{elements, place, text, text_or_empty};
use crate::report::reading::json::{self, Elements, Number, Object};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{FileCoverage, Mutant, MutantStatus, MutationTotals, Report};
use crate::{Error, Result, path};

/// cargo-mutants.
pub const FORMAT: Format = Format {
    name: "cargo-mutants",
    title: "cargo-mutants outcomes",
    kind: Kind::Mutation,
    tools: &["cargo-mutants (`mutants.out/outcomes.json`)"],
    sign: "is a JSON object with `outcomes` of scenarios",
    quirks: &[
        Quirk {
            rule: "Unviable mutants, which do not build, are counted by no metric. Timeouts count \
                   as detected.",
            source: "cargo-mutants' book, chapter on results",
        },
        Quirk {
            rule: "The baseline run is an outcome but not a mutant.",
            source: "a run of cargo-mutants 27",
        },
        Quirk {
            rule: "Reports of versions before 1.0 may call the baseline `SourceTree`, and may have \
                   lines instead of spans and no `summary`. The last phase then decides.",
            source: "cargo-mutants 0.2, src/outcome.rs",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"{")
        && holds(head, "\"outcomes\"")
        && holds(head, "\"scenario\"")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read(input, "the outcomes of cargo-mutants", &mut reader)?;
    reader.finish()
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, FileCoverage>,
    claims: BTreeMap<MutantStatus, u64>,
    found: bool,
    warnings: Warnings,
}

/// An outcome as it is read. The fields differ between versions.
#[derive(Deserialize)]
#[serde(from = "Value")]
struct Outcome {
    scenario: Scenario,
    fate: Fate,
}

enum Scenario {
    Baseline,
    Mutant(Box<Change>),
    /// Any other name.
    Unknown(String),
}

/// The result of a mutant.
enum Fate {
    Known(MutantStatus),
    /// Any other word.
    Unknown(String),
}

struct Change {
    file: String,
    start: (u32, u32),
    end: (u32, u32),
    replacement: String,
    genre: String,
}

impl From<Value> for Outcome {
    fn from(value: Value) -> Self {
        let scenario = Scenario::of(&value["scenario"]);
        let fate = match &value["summary"] {
            Value::Null => Fate::of_phases(elements(&value["phase_results"])),
            summary => Fate::of_summary(&text_or_empty(summary)),
        };
        Self { scenario, fate }
    }
}

impl Scenario {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(name) if name == "Baseline" || name == "SourceTree" => Self::Baseline,
            Value::String(name) => Self::Unknown(name.clone()),
            value => match value.get("Mutant").map(Change::of) {
                Some(Some(change)) => Self::Mutant(Box::new(change)),
                Some(None) => Self::Unknown("Mutant without a file".to_owned()),
                None => Self::Unknown(value.to_string()),
            },
        }
    }
}

impl Change {
    /// Returns `None` if it names no file.
    fn of(mutant: &Value) -> Option<Self> {
        let file = text(&mutant["file"])?;
        // Used before spans were written.
        let line = place(&mutant["line"]).unwrap_or_default();
        let at = |end: &str| {
            let position = &mutant["span"][end];
            (
                place(&position["line"]).unwrap_or(line),
                place(&position["column"]).unwrap_or_default(),
            )
        };
        let words = ["replacement", "name"].iter().map(|field| text_or_empty(&mutant[*field]));
        let replacement = words.into_iter().find(|words| !words.is_empty()).unwrap_or_default();
        Some(Self {
            file,
            start: at("start"),
            end: at("end"),
            replacement,
            genre: text_or_empty(&mutant["genre"]),
        })
    }
}

impl Fate {
    fn of_summary(summary: &str) -> Self {
        Self::Known(match summary {
            "CaughtMutant" => MutantStatus::Killed,
            "MissedMutant" => MutantStatus::Survived,
            "Timeout" => MutantStatus::Timeout,
            "Unviable" | "Failure" => MutantStatus::Invalid,
            "Success" => MutantStatus::Pending, // `--check` builds the mutants but tests none
            other => return Self::Unknown(other.to_owned()),
        })
    }

    /// Follows `ScenarioOutcome::summary` in cargo-mutants' `outcome.rs`.
    fn of_phases(phases: &[Value]) -> Self {
        let tests = |phase: &Value| phase["phase"] == "Test";
        let result = |phase: &Value| {
            let result =
                ["process_status", "cargo_result"].into_iter().find_map(|field| phase.get(field));
            match result {
                // For example {"Failure": 101}.
                Some(Value::Object(of)) => of.keys().next().cloned().unwrap_or_default(),
                result => result.map(text_or_empty).unwrap_or_default(),
            }
        };
        let failed = |phase: &Value| result(phase) == "Failure";
        let Some(last) = phases.last() else { return Self::Unknown("no phase".to_owned()) };
        Self::Known(match &*result(last) {
            _ if phases.iter().any(|phase| !tests(phase) && failed(phase)) => MutantStatus::Invalid,
            _ if phases.iter().any(|phase| result(phase) == "Timeout") => MutantStatus::Timeout,
            "Success" if tests(last) => MutantStatus::Survived,
            "Success" => MutantStatus::Pending,
            "Failure" => MutantStatus::Killed,
            "Signalled" | "Other" => MutantStatus::Invalid,
            other => return Self::Unknown(other.to_owned()),
        })
    }
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "the object that cargo-mutants writes";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        let status = match name {
            "outcomes" => {
                self.found = true;
                map.next_value_seed(Elements::new("an array of outcomes", |outcome| {
                    self.outcome(outcome);
                }))?;
                return Ok(true);
            }
            "caught" => MutantStatus::Killed,
            "missed" => MutantStatus::Survived,
            "timeout" => MutantStatus::Timeout,
            "unviable" => MutantStatus::Invalid,
            _ => return Ok(false),
        };
        let count: Number = map.next_value()?;
        self.claims.extend(count.whole().map(|count| (status, count)));
        Ok(true)
    }
}

impl Reader {
    fn outcome(&mut self, outcome: Outcome) {
        let change = match outcome.scenario {
            Scenario::Baseline => return,
            Scenario::Mutant(change) => *change,
            Scenario::Unknown(name) => {
                let message =
                    || format!("unknown scenario `{}`: left out", excerpt(name.as_bytes()));
                return self.warnings.add("unknown scenarios", None, message);
            }
        };
        let status = match outcome.fate {
            Fate::Known(status) => status,
            Fate::Unknown(words) => {
                let message = || {
                    format!("unknown outcome `{}`: counted in no metric", excerpt(words.as_bytes()))
                };
                self.warnings.add("unknown outcomes", None, message);
                MutantStatus::Invalid
            }
        };
        let mutant = Mutant {
            start: change.start,
            end: change.end,
            mutator: change.genre.into(),
            replacement: change.replacement.into(),
            ordinal: 0,
            status,
            killed_by: "".into(),
        };
        self.files
            .entry(path::from_bytes(change.file.as_bytes()))
            .or_default()
            .mutants
            .push(mutant);
    }

    fn finish(mut self) -> Result<Report> {
        if !self.found {
            return Err(Error::new(
                "cannot read the outcomes of cargo-mutants: it has no `outcomes`",
            ));
        }
        if self.files.is_empty() {
            return Err(Error::new("the report has no mutants")
                .hint("cargo-mutants stopped at its baseline; see its log"));
        }
        for file in self.files.values_mut() {
            mutants::number(&mut file.mutants);
            file.tidy();
        }
        let mut report = Report { format: FORMAT.name, files: self.files, ..Report::default() };
        if !self.claims.is_empty() {
            let mut totals = MutationTotals::default();
            self.claims.into_iter().for_each(|(status, count)| totals.set(status, count));
            report.stated.mutation = Some(totals);
        }
        Ok(declared_totals::checked(report, self.warnings))
    }
}
