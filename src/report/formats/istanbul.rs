//! Reads Istanbul's JSON (`coverage-final.json`, `coverage.json`, `.nyc_output/*.json`) as written
//! by Istanbul, nyc, Jest, Vitest, c8 and Cypress, from Istanbul 0.x to today: lines, branches,
//! functions and statements.
//!
//! The input is `{path: {path, statementMap, s, fnMap, f, branchMap, b}}`, read one file at a time.
//! The rules:
//! * A line is a line on which a statement starts, with the hits of the statement that ran most.
//! * A statement is a [`Block`] of one statement. An end that is null (`Infinity`) becomes column
//!   0, which means unknown.
//! * A branch is on the line where its decision starts. Its block is its key and its arm the index,
//!   as in Istanbul's LCOV report. c8 has no decisions but blocks of code that ran equally often,
//!   which differ from run to run. Such a branch is identified by its extent, so that runs can be
//!   merged.
//! * A function starts at its declaration, if known, as in the LCOV report.
//! * The tools count the [`Object.keys`][file-coverage] of `s` and `f`. If two keys have the same
//!   position, there is only one record, but the file's totals count both.
//! * Istanbul 0.x counts code marked with `skip` as covered in its totals, even if it never ran. So
//!   do the file's totals here. There is no record of it, since nothing is known about it.
//! * A file with `all: true` was never loaded. It is a placeholder, which any run that loaded the
//!   file replaces (`merge` in istanbul-lib-coverage/lib/file-coverage.js). c8 adds an artificial
//!   function and branch to it, which count in the file's totals, as in c8.
//!
//! [file-coverage]:
//! https://github.com/istanbuljs/istanbuljs/blob/master/packages/istanbul-lib-coverage/lib/file-coverage.js

use std::fmt;
use std::io::BufRead;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::json::{self, Entries, Number};
use crate::report::reading::warnings::Warnings;
use crate::report::{
    Arm, Block, Branch, Dimension, FileCoverage, Function, Hits, Line, Report, Tally,
};
use crate::{Result, path};

/// Istanbul's JSON.
pub const FORMAT: Format = Format {
    name: "istanbul",
    title: "Istanbul JSON",
    kind: Kind::Coverage,
    tools: &["nyc", "Jest", "Vitest", "c8", "Cypress", "Karma", "Istanbul"],
    sign: "is a JSON object of files with a `statementMap`, `fnMap` or `branchMap`",
    quirks: &[
        Quirk {
            rule: "A line is a line on which a statement starts, with the hits of the statement \
                   that ran most.",
            source: "istanbul-lib-coverage/lib/file-coverage.js, getLineCoverage",
        },
        Quirk {
            rule: "c8 counts every physical line, comments included, and one branch for every \
                   block of code, so its totals differ from those of nyc for the same tests.",
            source: "v8-to-istanbul/lib/v8-to-istanbul.js",
        },
        Quirk {
            rule: "A file that no test loaded (`all: true`, or the function `(empty-report)` in \
                   the other formats of c8) is a placeholder, which any run that loaded the file \
                   replaces.",
            source: "istanbul-lib-coverage/lib/file-coverage.js, merge",
        },
        Quirk {
            rule: "Code that Istanbul 0.x was told to skip counts as covered, as in its own \
                   summary.",
            source: "istanbul 0.4 lib/object-utils.js, computeSimpleTotals",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let maps = ["\"statementMap\"", "\"fnMap\"", "\"branchMap\""];
    // Istanbul 0.x writes the counts first.
    let old = || holds(head, "\"path\"") && holds(head, "\"s\":{\"");
    head.trim_ascii_start().starts_with(b"{") && (maps.iter().any(|map| holds(head, map)) || old())
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut report = Report { format: FORMAT.name, ..Report::default() };
    let mut warnings = Warnings::default();
    let each = |key: String, file| add(&mut report, &mut warnings, &key, file);
    json::read_seed(input, "the Istanbul JSON report", Entries::new("an object of files", each))?;
    if report.files.is_empty() {
        warnings.add("empty reports", None, || "the report holds no file".to_owned());
    }
    Ok(Report { warnings: warnings.finish(), ..report })
}

fn add(report: &mut Report, warnings: &mut Warnings, key: &str, file: File) {
    let file = file.data.map_or_else(|| File { data: None, ..file }, |inner| *inner);
    let name = file.path.as_deref().filter(|path| !path.is_empty()).unwrap_or(key);
    let path = path::from_bytes(name.as_bytes());
    if file.s.0.is_empty() && file.f.0.is_empty() && file.b.0.is_empty() && !file.is_whole() {
        warnings.add("entries without counts", None, || format!("`{path}` has no counts: skipped"));
        return;
    }
    let coverage = file.coverage(&path, warnings);
    if let Some(twice) = report.files.get_mut(&path) {
        twice.merge(coverage);
        warnings.add("files that stand twice", None, || format!("`{path}` stands twice: merged"));
    } else {
        report.files.insert(path, coverage);
    }
}

/// Whether the only function is the artificial one of c8, Jest and Vitest for a file that no test
/// loaded.
pub(super) fn is_empty_report(functions: &[Function]) -> bool {
    let made_up = |function: &Function| &*function.name == EMPTY_REPORT && !function.hits.is_hit();
    !functions.is_empty() && functions.iter().all(made_up)
}

const EMPTY_REPORT: &str = "(empty-report)";

/// The coverage of a file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    path: Option<String>,
    all: Option<bool>,
    #[serde(rename = "statementMap")]
    statements: Keyed<Span>,
    s: Keyed<Number>,
    #[serde(rename = "fnMap")]
    functions: Keyed<Declaration>,
    f: Keyed<Number>,
    #[serde(rename = "branchMap")]
    branches: Keyed<Decision>,
    b: Keyed<Option<Vec<Number>>>,
    /// A second copy of everything, if istanbul-lib-coverage 1 was serialised as it is in memory.
    data: Option<Box<Self>>,
}

/// Entries by their keys, which are whole numbers as text. Sorted, with each key once.
struct Keyed<V>(Vec<(u32, V)>);

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Point {
    line: Number,
    column: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Span {
    start: Option<Point>,
    end: Option<Point>,
    skip: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Declaration {
    name: Option<String>,
    line: Number,
    decl: Option<Span>,
    loc: Option<Span>,
    skip: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Decision {
    line: Number,
    #[serde(rename = "type")]
    kind: Option<String>,
    loc: Option<Span>,
    locations: Option<Vec<Option<Span>>>,
}

impl File {
    /// Whether the tools would take it for a file. A file with only types has no statements or
    /// anything else.
    fn is_whole(&self) -> bool {
        self.path.is_some()
    }

    /// Whether it is the placeholder that c8 writes for a file that was not loaded.
    fn is_made_up(&self) -> bool {
        let made_up = |function: &Declaration| function.name.as_deref() == Some(EMPTY_REPORT);
        self.all == Some(true)
            && !self.functions.0.is_empty()
            && self.functions.0.iter().all(|(_, function)| made_up(function))
    }

    fn coverage(self, path: &str, warnings: &mut Warnings) -> FileCoverage {
        let mut coverage = FileCoverage::default();
        let mut odd = 0u64;
        let statements = self.take_statements(&mut coverage, &mut odd);
        let functions = self.take_functions(&mut coverage, &mut odd);
        let branches = self.take_branches(&mut coverage, &mut odd);
        if self.is_made_up() {
            coverage.functions.clear();
            coverage.branches.clear();
        }
        coverage.placeholder = self.all == Some(true);
        coverage.tidy();
        let lines = self.lines(&mut coverage);
        let totals = [
            (Dimension::Lines, lines),
            (Dimension::Branches, branches),
            (Dimension::Functions, functions),
            (Dimension::Statements, statements),
        ];
        coverage.summarise(&totals.into_iter().collect());
        if odd > 0 {
            let message = || {
                format!(
                    "`{path}`: {odd} counts belong to no place, so that only its totals have them"
                )
            };
            warnings.add("counts without a place", None, message);
        }
        coverage
    }

    /// Adds the statements and returns their total.
    fn take_statements(&self, coverage: &mut FileCoverage, odd: &mut u64) -> Tally {
        let mut total = Tally::default();
        for (key, count) in &self.s.0 {
            let hits = count.hits().unwrap_or_default();
            let span = self.statements.get(*key);
            let skipped = span.is_some_and(|span| span.skip == Some(true)) && !hits.is_hit();
            total = total + one(hits.is_hit() || skipped);
            match span.and_then(Span::extent) {
                _ if skipped => {}
                Some((start, end)) => {
                    coverage.blocks.push(Block { start, end, statements: 1, hits });
                }
                None => *odd += 1,
            }
        }
        total
    }

    /// Adds the lines on which statements start and returns their total.
    fn lines(&self, coverage: &mut FileCoverage) -> Tally {
        let skip = |key: u32| self.statements.get(key).filter(|span| span.skip == Some(true));
        let mut starts: Vec<(u32, bool, Hits)> = Vec::with_capacity(self.s.0.len());
        for (key, count) in &self.s.0 {
            let hits = count.hits().unwrap_or_default();
            let skipped = skip(*key).is_some() && !hits.is_hit();
            if let Some(((line, _), _)) = self.statements.get(*key).and_then(Span::extent) {
                starts.push((line, skipped, hits));
            }
        }
        starts.sort_unstable();
        let mut total = Tally::default();
        for here in starts.chunk_by(|one, next| one.0 == next.0) {
            let number = here[0].0;
            let hits = here.iter().map(|&(_, _, hits)| hits).max().unwrap_or_default();
            let skipped = here.iter().any(|&(_, skipped, _)| skipped);
            total = total + one(hits.is_hit() || skipped);
            if hits.is_hit() || !skipped {
                coverage.lines.push(Line { number, hits });
            } else {
                coverage.excluded.push(number);
            }
        }
        total
    }

    /// Adds the functions and returns their total.
    fn take_functions(&self, coverage: &mut FileCoverage, odd: &mut u64) -> Tally {
        let mut total = Tally::default();
        for (key, count) in &self.f.0 {
            let hits = count.hits().unwrap_or_default();
            let declaration = self.functions.get(*key);
            let skipped =
                declaration.is_some_and(|function| function.skip == Some(true)) && !hits.is_hit();
            total = total + one(hits.is_hit() || skipped);
            match declaration {
                _ if skipped => {}
                Some(declaration) => coverage.functions.push(declaration.function(hits)),
                None => *odd += 1,
            }
        }
        total
    }

    /// Adds the branches and returns their total.
    fn take_branches(&self, coverage: &mut FileCoverage, odd: &mut u64) -> Tally {
        let mut total = Tally::default();
        for (key, counts) in &self.b.0 {
            let decision = self.branches.get(*key);
            for (index, count) in (0..).zip(counts.iter().flatten()) {
                let hits = count.hits().unwrap_or_default();
                let skipped =
                    decision.is_some_and(|decision| decision.skips(index)) && !hits.is_hit();
                total = total + one(hits.is_hit() || skipped);
                match decision.and_then(|decision| decision.branch(*key, index, hits)) {
                    _ if skipped => {}
                    Some(branch) => coverage.branches.push(branch),
                    None => *odd += 1,
                }
            }
        }
        total
    }
}

fn one(covered: bool) -> Tally {
    Tally { covered: u64::from(covered), total: 1 }
}

impl Point {
    /// The line, and the column from 1, or 0 for an unknown column.
    fn place(self) -> Option<(u32, u32)> {
        let line = self.line.place().filter(|&line| line > 0)?;
        Some((line, self.column.place().map_or(0, |column| column.saturating_add(1))))
    }
}

impl Span {
    fn extent(&self) -> Option<((u32, u32), (u32, u32))> {
        let start = self.start?.place()?;
        let end = self.end.and_then(Point::place).filter(|end| end.0 >= start.0);
        Some((start, end.unwrap_or((start.0, 0))))
    }
}

impl Declaration {
    fn function(&self, hits: Hits) -> Function {
        let place = |span: &Option<Span>| span.as_ref().and_then(Span::extent);
        let first = place(&self.decl).or(place(&self.loc)).map(|((line, _), _)| line);
        let start = first.or_else(|| self.line.place()).unwrap_or(0);
        // Without a `decl` (0.x), `loc` is only the head of the function.
        let last = self.decl.as_ref().and(place(&self.loc)).map(|(_, (line, _))| line);
        Function { start, name: self.name.as_deref().unwrap_or_default().into(), end: last, hits }
    }
}

impl Decision {
    fn location(&self, index: u32) -> Option<&Span> {
        self.locations.as_ref()?.get(index as usize)?.as_ref()
    }

    fn skips(&self, index: u32) -> bool {
        self.location(index).is_some_and(|span| span.skip == Some(true))
    }

    fn branch(&self, key: u32, index: u32, hits: Hits) -> Option<Branch> {
        let extent = self.loc.as_ref().and_then(Span::extent);
        if let (Some("branch"), Some((start, end))) = (self.kind.as_deref(), extent) {
            return Some(Branch { line: start.0, block: 0, arm: extent_arm(start, end), hits });
        }
        let first = || {
            self.locations
                .iter()
                .flatten()
                .flatten()
                .find_map(Span::extent)
                .map(|((line, _), _)| line)
        };
        let line = extent
            .map(|((line, _), _)| line)
            .or_else(|| self.line.place().filter(|&line| line > 0));
        Some(Branch { line: line.or_else(first)?, block: key, arm: Arm::Index(index), hits })
    }
}

/// The arm of a branch that is a block of code.
pub(super) fn extent_arm(start: (u32, u32), end: (u32, u32)) -> Arm {
    Arm::Text(format!("{}:{} to {}:{}", start.0, start.1, end.0, end.1).into())
}

impl<V> Default for Keyed<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Keyed<V> {
    fn get(&self, key: u32) -> Option<&V> {
        self.0.binary_search_by_key(&key, |(key, _)| *key).ok().map(|at| &self.0[at].1)
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Keyed<V> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        struct AnyEntries<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for AnyEntries<V> {
            type Value = Keyed<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a number for every key")
            }

            fn visit_unit<E>(self) -> std::result::Result<Keyed<V>, E> {
                Ok(Keyed::default())
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Keyed<V>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                // As in JavaScript, the last of equal keys wins.
                entries.sort_by_key(|(key, _): &(u32, V)| *key);
                entries.reverse();
                entries.dedup_by_key(|(key, _)| *key);
                entries.reverse();
                Ok(Keyed(entries))
            }
        }

        json.deserialize_any(AnyEntries(PhantomData))
    }
}
