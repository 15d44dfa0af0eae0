//! Reads Coveralls' JSON as sent by its uploaders and written by gcovr and grcov: lines, branches
//! and functions.
//!
//! The input is `{"source_files": [{"name", "coverage", "branches", …}]}`. The sources and the
//! job's secrets, which may be there too, are skipped. The rules:
//! * Element 0 of `coverage` is line 1. Null and -1 are lines that are not coverable. The array may
//!   be inside a string.
//! * `branches` is a flat array of line, block, branch and hits.
//! * `functions` (grcov's `coveralls+`) says whether each function ran, not how often.
//! * A file that occurs several times is merged.

use std::io::BufRead;

use serde::Deserialize;
use serde::de::MapAccess;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::merge::GatheredFiles;
use crate::report::reading::json::{self, Elements, Object};
use crate::report::reading::number::Count;
use crate::report::reading::per_line::{Cell, Cells, lines};
use crate::report::reading::warnings::Warnings;
use crate::report::{Arm, Branch, FileCoverage, Function, Hits, Report};
use crate::{Error, Result, path};

/// Coveralls' JSON.
pub const FORMAT: Format = Format {
    name: "coveralls",
    title: "Coveralls JSON",
    kind: Kind::Coverage,
    tools: &[
        "gcovr (`--coveralls`)",
        "grcov",
        "cargo-tarpaulin",
        "php-coveralls",
        "coveralls-python",
        "slather",
    ],
    sign: "is a JSON object with `source_files`, or with the `repo_token` or `service_job_id` of a \
           job",
    quirks: &[
        Quirk {
            rule: "Element 0 of `coverage` is line 1, and null is a line that is not coverable. \
                   The array may be inside a string.",
            source: "Coveralls' documentation of its jobs endpoint; codecov/worker, \
                     services/report/languages/coveralls.py",
        },
        Quirk {
            rule: "`branches` is a flat list of line, block, branch and hits. grcov writes 1 for \
                   any number of hits.",
            source: "Coveralls' documentation of its jobs endpoint; grcov, src/output.rs \
                     (`output_coveralls`)",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let signs = ["\"source_files\"", "\"repo_token\"", "\"service_job_id\""];
    head.trim_ascii_start().starts_with(b"{") && signs.iter().any(|sign| holds(head, sign))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read(input, "the Coveralls JSON report", &mut reader)?;
    reader.finish()
}

#[derive(Default)]
struct Reader {
    files: GatheredFiles,
    found: bool,
    warnings: Warnings,
}

/// A file of one job.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SourceFile {
    name: Option<String>,
    coverage: Cells,
    branches: Option<Vec<Cell>>,
    functions: Option<Vec<Routine>>,
}

/// A function.
#[derive(Deserialize)]
struct Routine {
    name: String,
    start: Cell,
    exec: Cell,
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "an object with `source_files`";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        if name != "source_files" {
            return Ok(false);
        }
        self.found = true;
        map.next_value_seed(Elements::new("an array of files", |file| self.file(file)))?;
        Ok(true)
    }
}

impl Reader {
    fn file(&mut self, file: SourceFile) {
        let Some(name) = file.name.filter(|name| !name.is_empty()) else {
            let message = || "an element of `source_files` has no name: skipped".to_owned();
            return self.warnings.add("files without a name", None, message);
        };
        let path = path::from_bytes(name.as_bytes());
        let lines = lines(&path, file.coverage, &mut self.warnings);
        let branches = self.branches(&path, &file.branches.unwrap_or_default());
        let functions =
            file.functions.unwrap_or_default().into_iter().map(Routine::function).collect();
        let mut coverage = FileCoverage { lines, branches, functions, ..FileCoverage::default() };
        self.files.absorb(path, &mut coverage);
    }

    fn branches(&mut self, path: &str, flat: &[Cell]) -> Vec<Branch> {
        let mut branches = Vec::with_capacity(flat.len() / 4);
        for quad in flat.chunks(4) {
            if let Some(branch) = branch(quad) {
                branches.push(branch);
            } else {
                let message =
                    || format!("a branch of `{path}` is not line, block, branch and hits: skipped");
                self.warnings.add("malformed branches", None, message);
            }
        }
        branches
    }

    fn finish(mut self) -> Result<Report> {
        if !self.found {
            return Err(Error::new(
                "cannot read the Coveralls JSON report: it has no `source_files`",
            ));
        }
        if self.files.is_empty() {
            self.warnings.add("reports of no file", None, || "the report names no file".to_owned());
        }
        let files = self.files.finish();
        Ok(Report {
            format: FORMAT.name,
            files,
            warnings: self.warnings.finish(),
            ..Report::default()
        })
    }
}

fn branch(quad: &[Cell]) -> Option<Branch> {
    let [line, block, index, hits] = quad else { return None };
    let hits = match hits {
        Cell::Count(Count::Hits(hits)) => *hits,
        Cell::Flag(true) => Hits::at_least(1),
        Cell::Count(Count::Negative) | Cell::Flag(false) | Cell::Nothing => Hits::ZERO,
        Cell::Part(..) | Cell::Odd => return None,
    };
    let line = line.index().filter(|&line| line > 0)?;
    Some(Branch { line, block: block.index()?, arm: Arm::Index(index.index()?), hits })
}

impl Routine {
    fn function(self) -> Function {
        let ran = matches!(self.exec, Cell::Flag(true))
            || self.exec.index().is_some_and(|count| count > 0);
        let hits = if ran { Hits::at_least(1) } else { Hits::ZERO };
        Function {
            start: self.start.index().unwrap_or_default(),
            name: self.name.into(),
            end: None,
            hits,
        }
    }
}
