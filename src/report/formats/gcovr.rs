//! Reads gcovr's JSON reports (`gcovr --json`), format versions 0.1 to 0.15, and its summaries
//! (`--json-summary`): lines, branches, functions and conditions.
//!
//! The input is `{"gcovr/format_version", "files": [{"file", "lines", "functions"}]}`, gcov's
//! records with fields of gcovr's own. The rules (`gcovr/data_model/coverage.py`):
//! * A line occurs once for each function that has code on it (instances of a template), and
//!   gcovr's headline counts it that often unless `--merge-lines` is given. Here it is one line
//!   with the sum of the hits. If the headline differs, it is kept as the file's summary.
//! * `gcovr/excluded` lines, branches, functions and conditions do not count, and neither does
//!   anything on an excluded line. A line is excluded if it is excluded in all its functions.
//!   `gcovr/noncode` (before 6.0) is not coverable.
//! * A branch is identified by `source_block_id` and `branchno`, or by `destination_block_id`. In
//!   older versions, which have neither, its position in the list identifies it.
//! * `conditions` are counted in both senses. The report lists those that were not shown.
//!   `gcovr/decision` is not a dimension here.
//! * A function is identified by its demangled name, if it has one, and its line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use serde::de::MapAccess;
use serde::{Deserialize, Deserializer};

use crate::report::formats::gcov::{BranchRecord, LineRecord, Odd};
use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::declared_totals;
use crate::report::reading::json::{self, Elements, Fields, Object};
use crate::report::reading::number::Count;
use crate::report::reading::warnings::Warnings;
use crate::report::{Arm, Branch, Dimension, FileCoverage, Function, Report, Tallies, Tally};
use crate::{Error, Result, path};

/// gcovr's JSON report.
pub const FORMAT: Format = Format {
    name: "gcovr",
    title: "gcovr JSON",
    kind: Kind::Coverage,
    tools: &["gcovr (`gcovr --json`, `gcovr --json-summary`)"],
    sign: "is a JSON object with `gcovr/` keys, with lines like gcov's, or with files that have a \
           `line_percent`",
    quirks: &[
        Quirk {
            rule: "A line that occurs once for each instance of a template is one line with the \
                   sum of the hits. The totals count it as often as it occurs, as gcovr's own do \
                   without --merge-lines.",
            source: "gcovr/data_model/coverage.py, FileCoverage.line_coverage; a run of gcovr 8.8",
        },
        Quirk {
            rule: "Code excluded by a marker or an option does not count, and neither do branches \
                   on an excluded line.",
            source: "gcovr's manual, JSON format reference, `gcovr/excluded`",
        },
        Quirk {
            rule: "A condition counts twice, for being true and for being false, as in gcovr.",
            source: "gcovr/data_model/coverage.py, LineCoverage.condition_coverage",
        },
        Quirk {
            rule: "Decisions are not counted, because gcovr derives them from the source text.",
            source: "gcovr's manual, option --decisions",
        },
    ],
    sniff,
    read,
};

/// Before 8.5 the keys are in alphabetical order, so the version may be beyond the head.
fn sniff(head: &[u8]) -> bool {
    let has = |words: &[&str]| words.iter().all(|word| holds(head, word));
    let lines =
        || has(&["\"line_number\"", "\"branches\""]) || has(&["\"lineno\"", "\"execution_count\""]);
    let summary = || has(&["\"line_percent\"", "\"branch_percent\""]);
    let gcov = || holds(head, "\"gcc_version\"") || holds(head, "\"unexecuted_block\"");
    let is_object = head.trim_ascii_start().starts_with(b"{");
    is_object && (holds(head, "\"gcovr/") || ((lines() || summary()) && !gcov()))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read(input, "the gcovr JSON report", &mut reader)?;
    reader.finish()
}

/// Reads the outermost object.
#[derive(Default)]
struct Reader {
    report: Report,
    claims: Claims,
    found: bool,
    warnings: Warnings,
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "the object that `gcovr --json` writes";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        if name == "files" {
            self.found = true;
            map.next_value_seed(Elements::new("an array of files", |file| self.file(file)))?;
            return Ok(true);
        }
        self.claims.field(name, map)
    }
}

impl Reader {
    fn file(&mut self, file: File) {
        let path = path::from_bytes(file.path.as_bytes());
        file.odd.warn(&path, &mut self.warnings);
        let coverage = file.coverage();
        if let Some(twice) = self.report.files.get_mut(&path) {
            twice.merge(coverage);
            self.warnings
                .add("files that stand twice", None, || format!("`{path}` stands twice: merged"));
        } else {
            self.report.files.insert(path, coverage);
        }
    }

    fn finish(self) -> Result<Report> {
        let Self { mut report, claims, found, mut warnings } = self;
        if !found {
            return Err(Error::new("cannot read the gcovr JSON report: it has no `files`"));
        }
        if report.files.is_empty() {
            warnings.add("empty reports", None, || "it names no file".to_owned());
        }
        report.format = FORMAT.name;
        report.stated.dimensions = claims.tallies();
        Ok(declared_totals::checked(report, warnings))
    }
}

/// The totals of a summary: `line_total`, `line_covered` and so on.
#[derive(Default)]
struct Claims(BTreeMap<Dimension, Tally>);

impl Claims {
    fn field<'de, M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        let Some((unit, side)) =
            name.rsplit_once('_').filter(|(_, side)| ["total", "covered"].contains(side))
        else {
            return Ok(false);
        };
        let dimension = match unit {
            "line" => Dimension::Lines,
            "branch" => Dimension::Branches,
            "function" => Dimension::Functions,
            "condition" => Dimension::Conditions,
            _ => return Ok(false),
        };
        let number = map.next_value::<Option<Count>>()?.map_or(0, |count| count.hits().count());
        let tally = self.0.entry(dimension).or_default();
        *(if side == "total" { &mut tally.total } else { &mut tally.covered }) = number;
        Ok(true)
    }

    fn tallies(self) -> Tallies {
        let mut tallies = Tallies::default();
        for (dimension, tally) in self.0 {
            if tally.total > 0 && tally.covered <= tally.total {
                tallies.set(dimension, tally);
            }
        }
        tallies
    }
}

#[derive(Default)]
struct File {
    path: String,
    coverage: FileCoverage,
    claims: Claims,
    headline: Headline,
    odd: Odd,
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        let mut file = Self::default();
        json.deserialize_map(Fields(&mut file))?;
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
            "file" | "filename" => self.path = map.next_value()?,
            "lines" => {
                map.next_value_seed(Elements::new("an array of lines", |line| self.line(line)))?;
            }
            "functions" => {
                map.next_value_seed(Elements::new("an array of functions", |function| {
                    self.function(function);
                }))?;
            }
            _ => return self.claims.field(name, map),
        }
        Ok(true)
    }
}

impl File {
    fn line(&mut self, record: LineRecord) {
        if record.noncode == Some(true) {
            return;
        }
        let Some(line) = self.odd.line(&record) else { return };
        if record.excluded == Some(true) {
            return self.coverage.excluded.push(line.number);
        }
        self.coverage.lines.push(line);
        let (branches, conditions) = (self.coverage.branches.len(), self.coverage.conditions.len());
        for (place, branch) in (0..).zip(record.branches.unwrap_or_default()) {
            if branch.excluded != Some(true) {
                let hits = self.odd.hits(branch.count);
                let (block, arm) = branch.place(place);
                self.coverage.branches.push(Branch { line: line.number, block, arm, hits });
            }
        }
        for (place, of_decision) in (0..).zip(record.conditions.unwrap_or_default()) {
            if of_decision.excluded != Some(true) {
                let decision = of_decision.conditionno.and_then(Count::small).unwrap_or(place);
                self.coverage.conditions.extend(self.odd.conditions(
                    line.number,
                    decision,
                    &of_decision,
                ));
            }
        }
        let headline = &mut self.headline;
        headline.start(line.number, record.function_name);
        headline.add(Dimension::Lines, Tally { covered: line.hits.is_hit().into(), total: 1 });
        headline.add(
            Dimension::Branches,
            Tally::of(&self.coverage.branches[branches..], |one| one.hits.is_hit()),
        );
        headline.add(
            Dimension::Conditions,
            Tally::of(&self.coverage.conditions[conditions..], |one| one.hits.is_hit()),
        );
    }

    fn function(&mut self, record: FunctionRecord) {
        if record.excluded == Some(true) {
            return;
        }
        let end = record.pos.as_deref().and_then(|pos| pos.get(1)?.split(':').next()?.parse().ok());
        let function = Function {
            start: record.lineno.and_then(Count::small).unwrap_or(0),
            name: record.demangled_name.or(record.name).unwrap_or_default().into(),
            end,
            hits: self.odd.hits(record.execution_count),
        };
        self.coverage.functions.push(function);
    }

    fn coverage(self) -> FileCoverage {
        let Self { mut coverage, claims, headline, .. } = self;
        coverage.tidy();
        let lines: BTreeSet<u32> = coverage.lines.iter().map(|line| line.number).collect();
        coverage.excluded.retain(|line| !lines.contains(line));
        coverage.summarise(&claims.tallies());
        if headline.sound() {
            coverage.summarise(&headline.tallies);
        }
        coverage
    }
}

impl BranchRecord {
    /// What identifies the branch on its line, where it is the n-th in the list.
    fn place(&self, nth: u32) -> (u32, Arm) {
        let block = self.source_block_id.and_then(Count::small).unwrap_or(0);
        let index = self.branchno.or(self.destination_block_id).and_then(Count::small);
        (block, Arm::Index(index.unwrap_or(nth)))
    }
}

#[derive(Deserialize)]
struct FunctionRecord {
    name: Option<String>,
    demangled_name: Option<String>,
    lineno: Option<Count>,
    execution_count: Option<Count>,
    /// `["8:6", "18:1"]`: start and end, each with line and column.
    pos: Option<Vec<String>>,
    #[serde(rename = "gcovr/excluded")]
    excluded: Option<bool>,
}

/// gcovr's own totals of a file, in which each line counts once per function. The records of a line
/// follow each other.
#[derive(Default)]
struct Headline {
    tallies: Tallies,
    line: u32,
    /// The functions on that line.
    functions: BTreeSet<Option<String>>,
    /// Whether a line occurs twice in one function. gcovr then merges the two, so these sums are
    /// wrong.
    twice: bool,
}

impl Headline {
    fn start(&mut self, line: u32, function: Option<String>) {
        if self.line != line {
            self.twice |= line < self.line;
            self.line = line;
            self.functions.clear();
        }
        self.twice |= !self.functions.insert(function);
    }

    fn add(&mut self, dimension: Dimension, tally: Tally) {
        self.tallies.add(dimension, tally);
    }

    fn sound(&self) -> bool {
        !self.twice
    }
}
