//! cargo-mutants' `outcomes.json`.
//!
//! In: `{"outcomes": [{"scenario", "summary", …}], "caught", "missed", …}`. Out: mutants by source file. The rules:
//! * The baseline (`"scenario": "Baseline"`) is an outcome but no mutant.
//! * A mutant that does not build is unviable: no metric counts it. One that times out is detected, though told apart.
//! * Its own counts (`caught`, `missed`, `timeout`, `unviable`) are compared with the outcomes.

use std::{collections::BTreeMap, io::BufRead};

use serde::{Deserialize, de::MapAccess};

use super::{
    super::{
        FileCoverage, Mutant, MutantStatus, MutationTotals, Report,
        json::{self, Elements, Object},
        mutants, path, stated,
        warnings::{Warnings, excerpt},
    },
    Format, Kind, Quirk, Sources, holds,
};
use crate::{Error, Result};

/// cargo-mutants.
pub const FORMAT: Format = Format {
    name: "cargo-mutants",
    title: "cargo-mutants outcomes",
    kind: Kind::Mutation,
    tools: &["cargo-mutants (`mutants.out/outcomes.json`)"],
    sign: "is a JSON object with `outcomes` of scenarios",
    quirks: &[
        Quirk {
            rule: "Unviable mutants, which do not build, count in no metric; timeouts count as detected.",
            source: "cargo-mutants' book, chapter on results",
        },
        Quirk { rule: "The baseline run is an outcome but no mutant.", source: "a run of cargo-mutants 27" },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"{") && holds(head, "\"outcomes\"") && holds(head, "\"scenario\"")
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

#[derive(Deserialize)]
struct Outcome {
    scenario: Scenario,
    #[serde(default)]
    summary: String,
}

#[derive(Deserialize)]
enum Scenario {
    Baseline,
    Mutant(Change),
}

#[derive(Deserialize)]
struct Change {
    file: String,
    #[serde(default)]
    span: Option<Span>,
    #[serde(default)]
    line: Option<u32>,
    #[serde(default)]
    replacement: String,
    #[serde(default)]
    genre: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Span {
    start: Position,
    end: Position,
}

#[derive(Deserialize)]
struct Position {
    line: u32,
    column: u32,
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "the object that cargo-mutants writes";

    fn field<M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> std::result::Result<bool, M::Error> {
        let status = match name {
            "outcomes" => {
                self.found = true;
                map.next_value_seed(Elements::new("an array of outcomes", |outcome| self.outcome(outcome)))?;
                return Ok(true);
            }
            "caught" => MutantStatus::Killed,
            "missed" => MutantStatus::Survived,
            "timeout" => MutantStatus::Timeout,
            "unviable" => MutantStatus::Invalid,
            _ => return Ok(false),
        };
        let count: Option<u64> = map.next_value()?;
        self.claims.extend(count.map(|count| (status, count)));
        Ok(true)
    }
}

impl Reader {
    fn outcome(&mut self, outcome: Outcome) {
        let Scenario::Mutant(change) = outcome.scenario else { return };
        let status = match outcome.summary.as_str() {
            "CaughtMutant" => MutantStatus::Killed,
            "MissedMutant" => MutantStatus::Survived,
            "Timeout" => MutantStatus::Timeout,
            "Unviable" | "Failure" => MutantStatus::Invalid,
            "Success" => MutantStatus::Pending, // `--check` builds the mutants and tests nothing
            other => {
                let message = || format!("unknown outcome `{}`: counted in no metric", excerpt(other.as_bytes()));
                self.warnings.add("unknown outcomes", None, message);
                MutantStatus::Invalid
            }
        };
        let line = change.line.unwrap_or_default();
        let extent = |span: &Span| ((span.start.line, span.start.column), (span.end.line, span.end.column));
        let (start, end) = change.span.as_ref().map_or(((line, 0), (line, 0)), extent);
        let replacement = if change.replacement.is_empty() { change.name } else { change.replacement };
        let mutant = Mutant {
            start,
            end,
            mutator: change.genre.into(),
            replacement: replacement.into(),
            ordinal: 0,
            status,
            killed_by: "".into(),
        };
        self.files.entry(path::from_bytes(change.file.as_bytes())).or_default().mutants.push(mutant);
    }

    fn finish(mut self) -> Result<Report> {
        if !self.found {
            return Err(Error::new("cannot read the outcomes of cargo-mutants: it has no `outcomes`"));
        }
        if self.files.is_empty() {
            return Err(
                Error::new("the report holds no mutant").hint("cargo-mutants stopped at its baseline: see its log")
            );
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
        Ok(stated::checked(report, self.warnings))
    }
}
