//! Reads the mutation testing report schema of the Stryker team, which `StrykerJS`, Stryker.NET,
//! Stryker4s, Infection, Mull and others write (`mutation-testing-report-schema`, versions 1 and
//! 2): mutants by file, and the tests that ran each mutated line.
//!
//! The input is `{"files": {path: {"mutants": […]}}, "testFiles": {path: {"tests": […]}}, …}`. The
//! embedded sources are skipped. The rules (`calculateMetrics`):
//! * Killed and timed out mutants are detected; mutants that survived or that no test ran are
//!   undetected. No metric counts mutants that do not compile, fail to run, are ignored or are
//!   pending.
//! * Stryker.NET's older `BuildError` and `Skipped` are `CompileError` and `Ignored`. No metric
//!   counts a mutant with an unknown status, and there is a warning.
//! * `coveredBy` is recorded only for the first line, since a mutant of a whole block is not known
//!   to run more than that.
//! * A mutant without a location counts, but has no line. Ids may be numbers, and fields may be
//!   null.
//! * `killedBy` and `coveredBy` refer to the ids of `testFiles`, which may be anywhere in the
//!   document. Without `testFiles` the ids are used as names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::BufRead;

use serde::de::{DeserializeSeed, MapAccess};
use serde::{Deserialize, Deserializer};

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::model::line_sets::{Set, Sets};
use crate::report::model::mutants;
use crate::report::reading::json::coerce::{Loose, OrNull, Text, Texts};
use crate::report::reading::json::{self, Elements, Fields, Number, Object};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{FileCoverage, Mutant, MutantStatus, Report, TestId};
use crate::{Error, Result, path};

/// The Stryker schema.
pub const FORMAT: Format = Format {
    name: "stryker",
    title: "Mutation testing report (Stryker schema)",
    kind: Kind::Mutation,
    tools: &["StrykerJS", "Stryker.NET", "Stryker4s", "Infection", "Mull"],
    sign: "is a JSON object with `files` of `mutants`, or with a `schemaVersion` and `thresholds`",
    quirks: &[
        Quirk {
            rule: "The score is detected mutants (killed or timed out) of valid ones (these, and \
                   those that survived or were not covered).",
            source: "mutation-testing-metrics, calculateMetrics",
        },
        Quirk {
            rule: "Stryker.NET's older statuses `BuildError` and `Skipped` mean `CompileError` and \
                   `Ignored`.",
            source: "a report of Stryker.NET",
        },
        Quirk {
            rule: "The tests of `coveredBy` are recorded only for a mutant's first line, because a \
                   mutant may be a whole block.",
            source: "mutation-testing-report-schema, `coveredBy`",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let schema = holds(head, "\"schemaVersion\"")
        && (holds(head, "\"thresholds\"") || holds(head, "\"mutants\""));
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
    /// The ids of tests. `testFiles` may give them names later.
    tests: Vec<Box<str>>,
    known: HashMap<Box<str>, u32>,
    /// The tests that ran each line of each file.
    sets: Sets,
    covered: BTreeMap<String, Vec<(u32, Set)>>,
    names: HashMap<String, String>,
    warnings: Warnings,
}

/// Reads `files` mutant by mutant, because each may name thousands of tests.
struct Files<'a>(&'a mut Reader);

struct File<'a> {
    reader: &'a mut Reader,
    path: String,
    mutants: Vec<Mutant>,
}

/// A mutant as it is read. Writers leave fields out or null, and write numbers for ids.
#[derive(Default)]
struct Written {
    mutator: Text,
    replacement: Text,
    description: Text,
    location: Location,
    status: Text,
    killed_by: Texts,
    covered_by: Texts,
}

#[derive(Default)]
struct Location {
    start: Position,
    end: Position,
}

#[derive(Clone, Copy, Default)]
struct Position {
    line: u32,
    column: u32,
}

impl Location {
    /// The start and the end, or `None` without a line.
    fn ends(&self) -> Option<((u32, u32), (u32, u32))> {
        let [start, end] =
            [self.start, self.end].map(|at| (at.line > 0).then_some((at.line, at.column)));
        start.map(|start| (start, end.unwrap_or(start)))
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        let mut written = Self::default();
        Loose(&mut written).deserialize(json)?;
        Ok(written)
    }
}

impl<'de> Object<'de> for Written {
    const EXPECTED: &'static str = "a mutant";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "mutatorName" => self.mutator = map.next_value()?,
            "replacement" => self.replacement = map.next_value()?,
            "description" => self.description = map.next_value()?,
            "location" => map.next_value_seed(Loose(&mut self.location))?,
            "status" => self.status = map.next_value()?,
            "killedBy" => self.killed_by = map.next_value()?,
            "coveredBy" => self.covered_by = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'de> Object<'de> for Location {
    const EXPECTED: &'static str = "a location";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        let end = match name {
            "start" => &mut self.start,
            "end" => &mut self.end,
            _ => return Ok(false),
        };
        map.next_value_seed(Loose(end))?;
        Ok(true)
    }
}

impl<'de> Object<'de> for Position {
    const EXPECTED: &'static str = "a position";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        let field = match name {
            "line" => &mut self.line,
            "column" => &mut self.column,
            _ => return Ok(false),
        };
        *field = map.next_value::<Number>()?.place().unwrap_or_default();
        Ok(true)
    }
}

#[derive(Deserialize)]
struct TestFile {
    tests: Option<Vec<Test>>,
}

#[derive(Deserialize)]
struct Test {
    #[serde(default)]
    id: Text,
    #[serde(default)]
    name: Text,
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "a mutation testing report";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "files" => {
                self.found = true;
                map.next_value_seed(Fields(&mut Files(self)))?;
            }
            "testFiles" => {
                let files: Option<BTreeMap<String, Option<TestFile>>> = map.next_value()?;
                let tests = files
                    .into_iter()
                    .flat_map(BTreeMap::into_values)
                    .flatten()
                    .filter_map(|file| file.tests);
                let named = tests.flatten().filter_map(|test| Some((test.id.0?, test.name.0?)));
                self.names.extend(named.filter(|(_, name)| !name.is_empty()));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'de> Object<'de> for Files<'_> {
    const EXPECTED: &'static str = "an object of files";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        let path = path::from_bytes(name.as_bytes());
        let mut file = File { reader: self.0, path, mutants: Vec::new() };
        map.next_value_seed(OrNull(Fields(&mut file)))?;
        let File { reader, path, mut mutants } = file;
        mutants::number(&mut mutants);
        reader
            .files
            .entry(path)
            .or_default()
            .merge(FileCoverage { mutants, ..FileCoverage::default() });
        Ok(true)
    }
}

impl<'de> Object<'de> for File<'_> {
    const EXPECTED: &'static str = "an object with `mutants`";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        if name != "mutants" {
            return Ok(false);
        }
        let each = |written| self.mutants.push(self.reader.mutant(&self.path, written));
        map.next_value_seed(OrNull(Elements::new("an array of mutants", each)))?;
        Ok(true)
    }
}

impl Reader {
    fn mutant(&mut self, path: &str, written: Written) -> Mutant {
        let ends = written.location.ends();
        if let Some(((line, _), _)) = ends {
            self.cover(path, line, &written.covered_by.0);
        } else {
            let message = || {
                format!(
                    "a mutant of `{}` has no location: it counts, and lies at no line",
                    excerpt(path.as_bytes())
                )
            };
            self.warnings.add("mutants without a location", None, message);
        }
        let (start, end) = ends.unwrap_or_default();
        let replacement = written.replacement.0.or(written.description.0);
        Mutant {
            start,
            end,
            mutator: written.mutator.0.unwrap_or_default().into(),
            replacement: replacement.unwrap_or_default().into(),
            ordinal: 0,
            status: self.status(written.status.0.as_deref().unwrap_or_default()),
            killed_by: written.killed_by.0.into_iter().next().unwrap_or_default().into(),
        }
    }

    /// Records that the tests with these ids ran a line.
    fn cover(&mut self, path: &str, line: u32, tests: &[String]) {
        if tests.is_empty() {
            return;
        }
        let tests: BTreeSet<u32> = tests.iter().map(|id| self.test(id)).collect();
        let set = self.sets.of(tests);
        if !self.covered.contains_key(path) {
            self.covered.insert(path.to_owned(), Vec::new());
        }
        self.covered.get_mut(path).expect("inserted above").push((line, set));
    }

    fn test(&mut self, id: &str) -> u32 {
        if let Some(&at) = self.known.get(id) {
            return at;
        }
        let at = self.tests.len() as u32;
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
                let message = || {
                    format!("unknown status `{}`: counted in no metric", excerpt(other.as_bytes()))
                };
                self.warnings.add("unknown statuses", None, message);
                MutantStatus::Invalid
            }
        }
    }

    fn finish(self) -> Result<Report> {
        let Self { mut files, found, tests, sets, covered, names, mut warnings, .. } = self;
        if !found {
            return Err(Error::new("cannot read the mutation testing report: it has no `files`"));
        }
        if files.values().all(FileCoverage::is_empty) {
            warnings.add("reports of nothing", None, || "the report holds no mutant".to_owned());
        }
        let mut report = Report { format: FORMAT.name, ..Report::default() };
        let name = |id: &str| names.get(id).map_or_else(|| id.to_owned(), Clone::clone);
        for mutant in files
            .values_mut()
            .flat_map(|file| &mut file.mutants)
            .filter(|mutant| !mutant.killed_by.is_empty())
        {
            mutant.killed_by = name(&mutant.killed_by).into();
        }
        let tests: Vec<TestId> = tests.iter().map(|id| report.contexts.test(&name(id))).collect();
        for (path, lines) in covered {
            for (line, set) in lines {
                let ran: Vec<TestId> = sets.numbers(set).map(|at| tests[at as usize]).collect();
                report.contexts.add(&path, line, &ran);
            }
        }
        Ok(Report { files, warnings: warnings.finish(), ..report })
    }
}
