//! Writes covatlas' own JSON, `covatlas/export/1`, which contains everything.
//!
//! It is `{"schema", "exact", "files": {path: …}, "totals", "warnings"}`. `exact` is true if all
//! hit counts are exact, and false if some are lower bounds. A file has those of the following
//! lists that are not empty:
//! * `lines`: `[line, hits]`
//! * `branches`: `[line, block, arm, hits]`, where an arm is a number, `{"jump": line}`, or text
//! * `functions`: `{"name", "start", "end", "hits"}`; an unknown start is 0, an unknown end is
//!   absent
//! * `statements`: `[first line, column, last line, column, statements, hits]`
//! * `regions`: `[line, column, hits]`
//! * `conditions`: `[line, decision, index, sense, words, hits]`
//! * `instructions`: `[line, covered, total]`
//! * `mutants`: `{"start", "end", "mutator", "replacement", "status", "killed_by"}`
//! * `excluded`: lines
//!
//! It also has a `summary`, the tool's own totals, if the records do not give them.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::report::export::{Export, Files, exact};
use crate::report::{Arm, Branch, Condition, FileCoverage, Function, Mutant, Tallies};

/// covatlas' own JSON.
pub const EXPORT: Export = Export { name: "json", title: "covatlas JSON", whole: true, write };

fn write(files: &Files, out: &mut dyn Write) -> io::Result<()> {
    let totals = files.values().map(FileCoverage::tallies).sum();
    let all = Shown {
        schema: "covatlas/export/1",
        exact: exact(files),
        files: Entries(files),
        totals,
        warnings: [],
    };
    serde_json::to_writer(&mut *out, &all)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Shown<'a> {
    schema: &'static str,
    exact: bool,
    files: Entries<'a>,
    totals: Tallies,
    warnings: [(); 0],
}

struct Entries<'a>(&'a Files);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(path, file)| (path, File::of(file))))
    }
}

/// A file, without the lists that are empty.
#[derive(Serialize)]
struct File<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<(u32, u64)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    branches: Vec<(u32, u32, Way<'a>, u64)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    functions: Vec<Routine<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statements: Vec<[u64; 6]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regions: Vec<[u64; 3]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<Decided<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    instructions: Vec<[u64; 3]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mutants: Vec<Mutation<'a>>,
    #[serde(skip_serializing_if = "<[u32]>::is_empty")]
    excluded: &'a [u32],
    #[serde(skip_serializing_if = "Tallies::is_empty")]
    summary: &'a Tallies,
}

impl<'a> File<'a> {
    fn of(file: &'a FileCoverage) -> Self {
        let place = |(line, column): (u32, u32)| [u64::from(line), u64::from(column)];
        let blocks = file.blocks.iter().map(|block| {
            let ([first, from], [last, to]) = (place(block.start), place(block.end));
            [first, from, last, to, block.statements.into(), block.hits.count()]
        });
        let regions = file.regions.iter().map(|region| {
            let [line, column] = place(region.start);
            [line, column, region.hits.count()]
        });
        let conditions = file.conditions.iter().map(|condition| {
            let Condition { line, decision, index, sense, words, hits } = condition;
            (*line, *decision, *index, *sense, &**words, hits.count())
        });
        let instructions =
            file.instructions.iter().map(|at| [at.line, at.covered, at.total].map(u64::from));
        Self {
            lines: file.lines.iter().map(|line| (line.number, line.hits.count())).collect(),
            branches: file.branches.iter().map(branch).collect(),
            functions: file.functions.iter().map(Routine::of).collect(),
            statements: blocks.collect(),
            regions: regions.collect(),
            conditions: conditions.collect(),
            instructions: instructions.collect(),
            mutants: file.mutants.iter().map(Mutation::of).collect(),
            excluded: &file.excluded,
            summary: &file.summary.tallies,
        }
    }
}

/// A condition: its line, decision, index, sense, words and hits.
type Decided<'a> = (u32, u32, u32, Option<bool>, &'a str, u64);

/// Distinguishes the branches of a line.
#[derive(Serialize)]
#[serde(untagged)]
enum Way<'a> {
    Index(u32),
    Jump { jump: u32 },
    Words(&'a str),
}

fn branch(branch: &Branch) -> (u32, u32, Way<'_>, u64) {
    let way = match &branch.arm {
        Arm::Index(index) => Way::Index(*index),
        Arm::Jump(jump) => Way::Jump { jump: *jump },
        Arm::Text(words) => Way::Words(words),
    };
    (branch.line, branch.block, way, branch.hits.count())
}

#[derive(Serialize)]
struct Routine<'a> {
    name: &'a str,
    start: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<u32>,
    hits: u64,
}

impl<'a> Routine<'a> {
    fn of(function: &'a Function) -> Self {
        let Function { start, name, end, hits } = function;
        Self { name, start: *start, end: *end, hits: hits.count() }
    }
}

#[derive(Serialize)]
struct Mutation<'a> {
    start: (u32, u32),
    end: (u32, u32),
    mutator: &'a str,
    replacement: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    killed_by: &'a str,
}

impl<'a> Mutation<'a> {
    fn of(mutant: &'a Mutant) -> Self {
        let Mutant { start, end, mutator, replacement, ordinal: _, status, killed_by } = mutant;
        Self { start: *start, end: *end, mutator, replacement, status: status.name(), killed_by }
    }
}
