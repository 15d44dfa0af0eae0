//! Reads llvm-cov's JSON export (`llvm-cov export`, versions 2 and 3), also as written by
//! cargo-llvm-cov and swift: lines, regions, branches, conditions and functions by file.
//!
//! The input is `{"data": [{"files", "functions", "totals"}], "type":
//! "llvm.coverage.json.export"}`, complete, without functions, or as a summary. The rules
//! (`llvm/tools/llvm-cov/CoverageExporterJson.cpp` and `CoverageSummaryInfo.cpp`):
//! * Lines come from `segments`, each of which gives a count that applies until the next segment
//!   (`segments.rs`).
//! * A branch record is two branches: the condition being true and being false. Branches within a
//!   macro are in `expansions`, at positions of the macro's definition; here they belong to the
//!   line that uses the macro. Without expansions (`-skip-expansions`), only the summary counts
//!   them.
//! * Functions with the same position are instances of one function (of a template). A function is
//!   in the file of its first region.
//! * A condition (MC/DC) counts once. It is identified by its index in the decision's list, and is
//!   covered if it is true in any instance.
//! * A file's `summary` is the headline. llvm-cov counts it function by function: lines and regions
//!   of a macro are left out, those of a lambda count twice, and of several instances the best
//!   counts. The summary is used if the records add up to other numbers. Dimensions of which it
//!   says that there are none are left out (a header with only macros).
//! * `instantiations` are not counted.

mod row;
mod segments;

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::de::MapAccess;
use serde::{Deserialize, Deserializer};

use crate::report::formats::llvm_cov::row::Row;
use crate::report::formats::llvm_cov::segments::{Run, Sweep};
use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::declared_totals;
use crate::report::reading::json::{self, Elements, Fields, Object};
use crate::report::reading::limits::Allowance;
use crate::report::reading::number::Count;
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{
    Arm, Branch, Condition, Dimension, FileCoverage, Function, Hits, Report, Tallies, Tally,
};
use crate::{Error, Result, path};

/// llvm-cov's JSON export.
pub const FORMAT: Format = Format {
    name: "llvm-cov",
    title: "llvm-cov JSON export",
    kind: Kind::Coverage,
    tools: &[
        "llvm-cov (`llvm-cov export`)",
        "cargo-llvm-cov (`--json`)",
        "Swift (`swift test --enable-code-coverage`)",
    ],
    sign: "names `llvm.coverage.json.export`, or is a JSON object of `data` with `files` first",
    quirks: &[
        Quirk {
            rule: "A file's totals are those of its summary: llvm-cov counts function by function, \
                   so that the lines of macros are left out and those of a lambda count twice.",
            source: "llvm/tools/llvm-cov/CoverageReport.cpp, prepareSingleFileReport; a run of \
                     llvm-cov 19",
        },
        Quirk {
            rule: "A branch record counts as two branches, true and false. Those of a macro belong \
                   to the line that uses the macro. If the export has no expansions, only the \
                   totals count them.",
            source: "llvm/tools/llvm-cov/CoverageSummaryInfo.cpp, sumBranches and \
                     sumBranchExpansions",
        },
        Quirk {
            rule: "Functions that start at one place are instances of one function, with the sum \
                   of their counts.",
            source: "llvm/lib/ProfileData/Coverage/CoverageMapping.cpp, \
                     FunctionInstantiationSetCollector",
        },
        Quirk {
            rule: "A condition counts once, when it was shown to decide the outcome; LCOV counts \
                   its two senses.",
            source: "llvm/tools/llvm-cov/CoverageSummaryInfo.cpp, sumMCDCPairs",
        },
    ],
    sniff,
    read,
};

/// In most versions the type comes last, far beyond the head.
fn sniff(head: &[u8]) -> bool {
    let start: Vec<u8> =
        head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(64).collect();
    start.starts_with(b"{")
        && (holds(head, TYPE) || STARTS.iter().any(|known| start.starts_with(known)))
}

const TYPE: &str = "\"llvm.coverage.json.export\"";
const STARTS: [&[u8]; 2] = [b"{\"data\":[{\"files\":[", b"{\"data\":[{\"functions\":["];

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read(input, "the llvm-cov export", &mut reader)?;
    reader.finish()
}

/// Reads the outermost object.
#[derive(Default)]
struct Reader {
    report: Report,
    found: bool,
    allowance: Allowance,
    warnings: Warnings,
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "the object that `llvm-cov export` writes";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "data" => map.next_value_seed(Elements::new("an array of exports", |export| {
                self.export(export);
            }))?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Reader {
    fn export(&mut self, export: Export) {
        let Export { files, functions, totals, found } = export;
        self.found |= found;
        self.report.stated.dimensions.add_all(&totals.tallies());
        let mut functions = Groups::of(functions);
        for File { path, mut coverage, runs, summary, odd, .. } in files {
            coverage.functions = functions.take(&path);
            let spanned = runs.iter().map(Run::len).fold(0, u64::saturating_add);
            if !self.allowance.grants(spanned, runs.len() as u64) {
                let message = || {
                    format!(
                        "`{}`: its segments span {spanned} lines: skipped",
                        excerpt(path.as_bytes())
                    )
                };
                self.warnings.add("files that are too long", None, message);
                continue;
            }
            coverage.lines.extend(runs.iter().flat_map(Run::lines));
            coverage.tidy();
            summary.apply(&mut coverage);
            let path = path::from_bytes(path.as_bytes());
            if odd > 0 {
                let message = || {
                    format!(
                        "`{}`: {odd} records without a place: skipped",
                        excerpt(path.as_bytes())
                    )
                };
                self.warnings.add("records without a place", None, message);
            }
            self.report.files.entry(path).or_default().merge(coverage);
        }
    }

    fn finish(self) -> Result<Report> {
        let Self { mut report, found, mut warnings, .. } = self;
        if !found {
            return Err(Error::new(
                "cannot read the llvm-cov export: it has no `data` with `files`",
            ));
        }
        if report.files.is_empty() {
            warnings.add("empty reports", None, || "it names no file".to_owned());
        }
        report.format = FORMAT.name;
        Ok(declared_totals::checked(report, warnings))
    }
}

/// The export of one program.
#[derive(Default)]
struct Export {
    files: Vec<File>,
    functions: Vec<FunctionRecord>,
    totals: Totals,
    found: bool,
}

impl<'de> Deserialize<'de> for Export {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        let mut export = Self::default();
        json.deserialize_map(Fields(&mut export))?;
        Ok(export)
    }
}

impl<'de> Object<'de> for Export {
    const EXPECTED: &'static str = "an export";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "files" => {
                self.found = true;
                map.next_value_seed(Elements::new("an array of files", |file| {
                    self.files.push(file);
                }))?;
            }
            "functions" => {
                let each = |function| self.functions.push(function);
                map.next_value_seed(Elements::new("an array of functions", each))?;
            }
            "totals" => self.totals = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Default)]
struct File {
    path: String,
    coverage: FileCoverage,
    /// Its lines. They are expanded only after the program's size has been checked.
    runs: Vec<Run>,
    decisions: BTreeMap<(u32, Extent), Vec<bool>>,
    summary: Totals,
    odd: u64,
}

/// Where something starts on its line, and where it ends: column, line, column.
type Extent = (u32, u32, u32);

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        let mut file = Self::default();
        json.deserialize_map(Fields(&mut file))?;
        file.coverage.conditions = conditions(std::mem::take(&mut file.decisions));
        Ok(file)
    }
}

impl<'de> Object<'de> for File {
    const EXPECTED: &'static str = "a file";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "filename" => self.path = map.next_value()?,
            "segments" => {
                let mut sweep = Sweep::default();
                map.next_value_seed(Elements::new("an array of segments", |row| {
                    sweep.segment(&row);
                }))?;
                sweep.close();
                self.odd += sweep.odd;
                self.coverage.regions = sweep.regions;
                self.runs = sweep.runs;
            }
            "branches" => {
                map.next_value_seed(Elements::new("an array of branches", |row| {
                    self.branch(&row);
                }))?;
            }
            "mcdc_records" => {
                map.next_value_seed(Elements::new("an array of decisions", |row| {
                    self.decision(row);
                }))?;
            }
            "expansions" => map.next_value_seed(Elements::new("an array of expansions", |of| {
                self.expansion(&of);
            }))?,
            "summary" => self.summary = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl File {
    /// `[line, column, end line, end column, true, false, …]`
    fn branch(&mut self, row: &Row) {
        match row.place() {
            Some(place) => self.senses(place, 0, row),
            None => self.odd += 1,
        }
    }

    /// Adds two branches at a position: the n-th condition there, true and false.
    fn senses(&mut self, (line, block): (u32, u32), nth: u32, row: &Row) {
        for (sense, hits) in (0..).zip([row.hits(4), row.hits(5)]) {
            let arm = Arm::Index(nth.saturating_mul(2).saturating_add(sense));
            self.coverage.branches.push(Branch { line, block, arm, hits });
        }
    }

    fn expansion(&mut self, expansion: &Expansion) {
        let branches = expansion.branches.iter().flatten();
        match expansion.source_region.as_ref().and_then(Row::place) {
            Some(place) => (0..).zip(branches).for_each(|(nth, row)| self.senses(place, nth, row)),
            None => self.odd += 1,
        }
    }

    /// `[line, column, end line, end column, …, [whether each condition was shown]]`
    fn decision(&mut self, row: Row) {
        let end = (row.small(2), row.small(3));
        let (Some((line, column)), (Some(end_line), Some(end_column))) = (row.place(), end) else {
            self.odd += 1;
            return;
        };
        let shown = self.decisions.entry((line, (column, end_line, end_column))).or_default();
        if shown.len() < row.flags.len() {
            shown.resize(row.flags.len(), false);
        }
        shown.iter_mut().zip(row.flags).for_each(|(shown, again)| *shown |= again);
    }
}

fn conditions(decisions: BTreeMap<(u32, Extent), Vec<bool>>) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let (mut last, mut decision) = (0, 0);
    for ((line, _), shown) in decisions {
        decision = if line == last { decision + 1 } else { 0 };
        last = line;
        conditions.extend((0..).zip(shown).map(|(index, shown)| {
            let hits = if shown { Hits::at_least(1) } else { Hits::ZERO };
            Condition { line, decision, index, sense: None, words: Box::default(), hits }
        }));
    }
    conditions
}

/// The use of a macro.
#[derive(Deserialize)]
struct Expansion {
    source_region: Option<Row>,
    branches: Option<Vec<Row>>,
}

/// A function, or an instance of one.
#[derive(Deserialize)]
struct FunctionRecord {
    name: Option<String>,
    count: Option<Count>,
    filenames: Option<Vec<String>>,
    #[serde(default)]
    regions: row::First,
}

/// Functions by file, and by the line and column of their start.
#[derive(Default)]
struct Groups(BTreeMap<String, BTreeMap<(u32, u32), Function>>);

impl Groups {
    fn of(records: Vec<FunctionRecord>) -> Self {
        let mut groups = Self::default();
        for record in records {
            groups.add(record);
        }
        groups
    }

    fn add(&mut self, record: FunctionRecord) {
        let FunctionRecord { name, count, filenames, regions: row::First(region) } = record;
        let mut filenames = filenames.unwrap_or_default();
        let own = region.as_ref().and_then(|region| region.small(5)).unwrap_or(0) as usize;
        if filenames.is_empty() {
            return;
        }
        let path = filenames.swap_remove(if own < filenames.len() { own } else { 0 });
        let place = region.as_ref().and_then(Row::place).unwrap_or_default();
        let name: Box<str> = name.unwrap_or_default().into();
        let hits = count.map_or(Hits::ZERO, Count::hits);
        let end = region.as_ref().and_then(|region| region.small(2)).filter(|&end| end >= place.0);
        let new = || Function { start: place.0, name: name.clone(), end, hits: Hits::ZERO };
        let group = self.0.entry(path).or_default().entry(place).or_insert_with(new);
        group.hits = group.hits.plus(hits);
        group.end = group.end.max(end);
        if name < group.name {
            group.name = name;
        }
    }

    fn take(&mut self, path: &str) -> Vec<Function> {
        self.0.remove(path).unwrap_or_default().into_values().collect()
    }
}

/// A summary.
#[derive(Default, Deserialize)]
struct Totals {
    lines: Option<Total>,
    regions: Option<Total>,
    branches: Option<Total>,
    functions: Option<Total>,
    mcdc: Option<Total>,
}

#[derive(Clone, Copy, Deserialize)]
struct Total {
    count: Option<Count>,
    covered: Option<Count>,
}

impl Totals {
    fn claims(&self) -> impl Iterator<Item = (Dimension, Tally)> {
        let all = [
            (Dimension::Lines, self.lines),
            (Dimension::Branches, self.branches),
            (Dimension::Functions, self.functions),
            (Dimension::Regions, self.regions),
            (Dimension::Conditions, self.mcdc),
        ];
        let number = |count: Option<Count>| count.map(|count| count.hits().count());
        all.into_iter().filter_map(move |(dimension, total)| {
            let tally = Tally { covered: number(total?.covered)?, total: number(total?.count)? };
            (tally.covered <= tally.total).then_some((dimension, tally))
        })
    }

    /// The totals, without those that are 0 of 0.
    fn tallies(&self) -> Tallies {
        let mut tallies = Tallies::default();
        let claims = self.claims().filter(|(_, tally)| tally.total > 0);
        claims.for_each(|(dimension, tally)| tallies.set(dimension, tally));
        tallies
    }

    /// Makes the summary's totals those of a file.
    fn apply(&self, coverage: &mut FileCoverage) {
        for (dimension, _) in self.claims().filter(|(_, tally)| tally.total == 0) {
            match dimension {
                Dimension::Lines => coverage.lines.clear(),
                Dimension::Branches => coverage.branches.clear(),
                Dimension::Functions => coverage.functions.clear(),
                Dimension::Regions => coverage.regions.clear(),
                _ => coverage.conditions.clear(),
            }
        }
        coverage.summarise(&self.tallies());
    }
}
