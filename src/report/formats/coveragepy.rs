//! coverage.py's JSON report (`coverage json`), formats 1 to 3.
//!
//! In: `{"meta", "files": {path: {executed_lines, missing_lines, …}}, "totals"}`. Out: lines, branches and functions,
//! file by file as they stream past; contexts, classes, summaries and totals are skipped. The rules:
//! * coverage.py counts no hits: what was executed has one.
//! * A branch is an arc `[from, to]`, an [`Arm::Jump`] to its target, as its LCOV report words it (`jump to line
//!   12`). A negative target leaves the code object: the LCOV report says how (`return from function 'f'`), the JSON
//!   where that object starts. Both list a line's exits in ascending order of target (coverage/lcovreport.py), so
//!   exits are numbered: `exit`, `exit 2`, …
//! * A region of `functions` with a name is a function, and was entered if any of its lines ran.
//! * `excluded_lines` are no lines.

use std::io::BufRead;

use serde::{Deserialize, de::MapAccess};

use super::{
    super::{
        Arm, Branch, FileCoverage, Function, Hits, Line, Report,
        json::{self, Entries, Object},
        path,
        warnings::Warnings,
    },
    Format, Kind, Sources, holds,
};
use crate::{Error, Result};

/// coverage.py's JSON report.
pub const FORMAT: Format = Format {
    name: "coveragepy",
    title: "coverage.py JSON",
    kind: Kind::Coverage,
    tools: &["coverage.py (`coverage json`)"],
    sign: "is a JSON object with `executed_lines`, or with a `meta` that says `show_contexts`",
    quirks: &[],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let meta = || holds(head, "\"meta\"") && holds(head, "\"show_contexts\"");
    head.trim_ascii_start().starts_with(b"{") && (holds(head, "\"executed_lines\"") || meta())
}

/// Whether the words of an LCOV branch are those of coverage.py for leaving a code object (coverage/parser.py,
/// `action_msg`).
pub(super) fn is_exit(words: &[u8]) -> bool {
    const EXITS: [&[u8]; 6] =
        [b"return from ", b"exit ", b"except from ", b"jump to the function exit", b"finish the ", b"leave the body "];
    EXITS.iter().any(|exit| words.starts_with(exit))
}

/// The n-th way out of the code object on a line.
pub(super) fn exit(ordinal: u32) -> Arm {
    Arm::Text(if ordinal == 1 { "exit".into() } else { format!("exit {ordinal}").into() })
}

/// Takes off the `@line` by which the LCOV report tells functions of one name apart; the JSON report does not.
pub(super) fn strip_line(function: &mut Function) {
    if let Some((name, line)) = function.name.rsplit_once('@')
        && !name.is_empty()
        && line.parse() == Ok(function.start)
    {
        function.name = name.into();
    }
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read(input, "the coverage.py JSON report", &mut reader)?;
    reader.finish()
}

/// The outermost object.
#[derive(Default)]
struct Reader {
    report: Report,
    found: bool,
    warnings: Warnings,
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "the object that `coverage json` writes";

    fn field<M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> std::result::Result<bool, M::Error> {
        match name {
            "files" => {
                self.found = true;
                map.next_value_seed(Entries::new("an object of files", |path, file| self.file(&path, file)))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Reader {
    fn file(&mut self, name: &str, file: File) {
        let mut coverage = file.coverage();
        coverage.tidy();
        let path = path::from_bytes(name.as_bytes());
        if let Some(twice) = self.report.files.get_mut(&path) {
            twice.merge(coverage);
            self.warnings.add("files that stand twice", None, || format!("`{path}` stands twice: merged"));
        } else {
            self.report.files.insert(path, coverage);
        }
    }

    fn finish(self) -> Result<Report> {
        let Self { report, found, warnings } = self;
        if !found {
            return Err(Error::new("cannot read the coverage.py JSON report: it has no `files`"));
        }
        Ok(Report { format: FORMAT.name, warnings: warnings.finish(), ..report })
    }
}

/// What the report says of a file.
#[derive(Deserialize)]
struct File {
    executed_lines: Vec<u32>,
    missing_lines: Vec<u32>,
    #[serde(default)]
    executed_branches: Vec<Arc>,
    #[serde(default)]
    missing_branches: Vec<Arc>,
    #[serde(default)]
    functions: std::collections::BTreeMap<String, Region>,
}

/// From a line, to a line; below zero, out of the code object that starts there.
type Arc = (u32, i64);

/// A function's own lines.
#[derive(Deserialize)]
struct Region {
    executed_lines: Vec<u32>,
    #[serde(default)]
    start_line: u32,
}

const ONCE: u64 = 1;

impl File {
    fn coverage(self) -> FileCoverage {
        let line = |hits| move |number| Line { number, hits };
        let executed = self.executed_lines.into_iter().map(line(Hits::exactly(ONCE)));
        let missing = self.missing_lines.into_iter().map(line(Hits::ZERO));
        let lines = executed.chain(missing).filter(|line| line.number > 0).collect();
        let functions = self.functions.into_iter().filter(|(name, _)| !name.is_empty());
        let functions = functions.map(|(name, region)| region.function(&name)).collect();
        let branches = branches(self.executed_branches, self.missing_branches);
        FileCoverage { lines, branches, functions, ..FileCoverage::default() }
    }
}

impl Region {
    fn function(self, name: &str) -> Function {
        let hits = Hits::exactly(if self.executed_lines.is_empty() { 0 } else { ONCE });
        Function { start: self.start_line, name: name.into(), end: None, hits }
    }
}

fn branches(executed: Vec<Arc>, missing: Vec<Arc>) -> Vec<Branch> {
    let executed = executed.into_iter().map(|arc| (arc, Hits::exactly(ONCE)));
    let mut arcs: Vec<(Arc, Hits)> = executed.chain(missing.into_iter().map(|arc| (arc, Hits::ZERO))).collect();
    arcs.sort_unstable();
    let mut exits = (0, 0);
    let mut last = None;
    let branches = arcs.into_iter().map(|((line, to), hits)| {
        let again = last.replace((line, to)) == Some((line, to));
        let arm = if let Ok(target) = u32::try_from(to) {
            Arm::Jump(target)
        } else {
            let ordinal = if exits.0 == line { exits.1 + u32::from(!again) } else { 1 };
            exits = (line, ordinal);
            exit(ordinal)
        };
        Branch { line, block: 0, arm, hits }
    });
    branches.filter(|branch| branch.line > 0).collect()
}
