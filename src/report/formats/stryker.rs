//! The mutation testing report schema of the Stryker team, which `StrykerJS`, Stryker.NET, Stryker4s, Infection, Mull and
//! others write (`mutation-testing-report-schema`, versions 1 and 2).
//!
//! In: `{"files": {path: {"mutants": […]}}, "testFiles": {path: {"tests": […]}}, …}`; the sources it embeds are skipped.
//! Out: mutants by file, and which test ran which mutated line. The rules (`calculateMetrics`):
//! * Detected are killed and timed out mutants, undetected those that survived or that no test ran; mutants that do not
//!   compile, fail to run, are ignored or pending count in no metric.
//! * Stryker.NET's older `BuildError` and `Skipped` are `CompileError` and `Ignored`. A status that no writer is known
//!   for counts in no metric, with a warning.
//! * `killedBy` and `coveredBy` refer to the ids of `testFiles`, which may stand anywhere; without them the ids are the
//!   names.

use std::{
    collections::{BTreeMap, HashMap},
    io::BufRead,
};

use serde::{Deserialize, de::MapAccess};

use super::{
    super::{
        FileCoverage, Mutant, MutantStatus, Report, TestId,
        json::{self, Entries, Object},
        mutants, path,
        warnings::{Warnings, excerpt},
    },
    Format, Kind, Quirk, Sources, holds,
};
use crate::{Error, Result};

/// The Stryker schema.
pub const FORMAT: Format = Format {
    name: "stryker",
    title: "Mutation testing report (Stryker schema)",
    kind: Kind::Mutation,
    tools: &["StrykerJS", "Stryker.NET", "Stryker4s", "Infection", "Mull"],
    sign: "is a JSON object with `files` of `mutants`, or with a `schemaVersion` and `thresholds`",
    quirks: &[
        Quirk {
            rule: "The score is detected of valid mutants: killed and timed out, of those and the survived and not covered ones.",
            source: "mutation-testing-metrics, calculateMetrics",
        },
        Quirk {
            rule: "Stryker.NET's older statuses `BuildError` and `Skipped` mean `CompileError` and `Ignored`.",
            source: "a report of Stryker.NET",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let schema = holds(head, "\"schemaVersion\"") && (holds(head, "\"thresholds\"") || holds(head, "\"mutants\""));
    let mutants = holds(head, "\"mutatorName\"") && holds(head, "\"mutants\"");
    head.trim_ascii_start().starts_with(b"{") && (schema || mutants)
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read(input, "the mutation testing report", &mut reader)?;
    reader.finish()
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, FileCoverage>,
    found: bool,
    /// The ids of tests, and for each mutant with tests its file, its lines and who ran it.
    tests: Vec<Box<str>>,
    known: HashMap<Box<str>, usize>,
    covered: Vec<(String, (u32, u32), Vec<usize>)>,
    names: HashMap<String, String>,
    warnings: Warnings,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    mutants: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    #[serde(default)]
    mutator_name: String,
    replacement: Option<String>,
    description: Option<String>,
    location: Location,
    status: String,
    killed_by: Option<Vec<String>>,
    covered_by: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Location {
    start: Position,
    end: Position,
}

#[derive(Deserialize)]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Deserialize)]
struct TestFile {
    #[serde(default)]
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    id: String,
    #[serde(default)]
    name: String,
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "a mutation testing report";

    fn field<M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> std::result::Result<bool, M::Error> {
        match name {
            "files" => {
                self.found = true;
                map.next_value_seed(Entries::new("an object of files", |path: String, file| self.file(&path, file)))?;
            }
            "testFiles" => map.next_value_seed(Entries::new("an object of test files", |_, file: TestFile| {
                let named = file.tests.into_iter().filter(|test| !test.name.is_empty());
                self.names.extend(named.map(|test| (test.id, test.name)));
            }))?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Reader {
    fn file(&mut self, name: &str, file: File) {
        let path = path::from_bytes(name.as_bytes());
        let mut mutants: Vec<Mutant> = file.mutants.into_iter().map(|written| self.mutant(&path, written)).collect();
        mutants::number(&mut mutants);
        self.files.entry(path).or_default().merge(FileCoverage { mutants, ..FileCoverage::default() });
    }

    fn mutant(&mut self, path: &str, written: Written) -> Mutant {
        let Location { start, end } = written.location;
        let ran: Vec<usize> = written.covered_by.unwrap_or_default().iter().map(|id| self.test(id)).collect();
        if !ran.is_empty() {
            self.covered.push((path.to_owned(), (start.line, end.line), ran));
        }
        let killer = written.killed_by.and_then(|tests| tests.into_iter().next());
        Mutant {
            start: (start.line, start.column),
            end: (end.line, end.column),
            mutator: written.mutator_name.into(),
            replacement: written.replacement.or(written.description).unwrap_or_default().into(),
            ordinal: 0,
            status: self.status(&written.status),
            killed_by: killer.unwrap_or_default().into(),
        }
    }

    fn test(&mut self, id: &str) -> usize {
        if let Some(&at) = self.known.get(id) {
            return at;
        }
        let at = self.tests.len();
        self.tests.push(id.into());
        self.known.insert(id.into(), at);
        at
    }

    fn status(&mut self, word: &str) -> MutantStatus {
        match word {
            "Killed" => MutantStatus::Killed,
            "Timeout" => MutantStatus::Timeout,
            "Survived" => MutantStatus::Survived,
            "NoCoverage" => MutantStatus::NoCoverage,
            "Ignored" | "Skipped" => MutantStatus::Ignored,
            "Pending" => MutantStatus::Pending,
            "CompileError" | "RuntimeError" | "BuildError" => MutantStatus::Invalid,
            other => {
                let message = || format!("unknown status `{}`: counted in no metric", excerpt(other.as_bytes()));
                self.warnings.add("unknown statuses", None, message);
                MutantStatus::Invalid
            }
        }
    }

    fn finish(self) -> Result<Report> {
        let Self { mut files, found, tests, covered, names, mut warnings, .. } = self;
        if !found {
            return Err(Error::new("cannot read the mutation testing report: it has no `files`"));
        }
        if files.values().all(FileCoverage::is_empty) {
            warnings.add("reports of nothing", None, || "the report holds no mutant".to_owned());
        }
        let mut report = Report { format: FORMAT.name, ..Report::default() };
        let name = |id: &str| names.get(id).map_or_else(|| id.to_owned(), Clone::clone);
        for mutant in
            files.values_mut().flat_map(|file| &mut file.mutants).filter(|mutant| !mutant.killed_by.is_empty())
        {
            mutant.killed_by = name(&mutant.killed_by).into();
        }
        let tests: Vec<TestId> = tests.iter().map(|id| report.contexts.test(&name(id))).collect();
        for (path, (first, last), ran) in covered {
            let ran: Vec<TestId> = ran.into_iter().map(|at| tests[at]).collect();
            // Of a mutant of a whole block only the first line is known to run.
            let last = if last.saturating_sub(first) > MOST_LINES { first } else { last };
            (first..=last).for_each(|line| report.contexts.add(&path, line, &ran));
        }
        Ok(Report { files, warnings: warnings.finish(), ..report })
    }
}

/// The most lines that one mutant is taken to cover.
const MOST_LINES: u32 = 100;
