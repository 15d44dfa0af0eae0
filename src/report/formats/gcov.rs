//! Reads gcov's JSON reports (`gcov --json-format`, gcc 9 and newer), versions 1 and 2: lines,
//! branches, functions and conditions.
//!
//! The input is `{"files": [{"file", "lines", "functions"}], "current_working_directory", …}`, with
//! one object per translation unit. Several may follow each other (`--stdout`, `cat`). The rules
//! (gcc/gcov.cc):
//! * A line occurs once for each function that has code on it (instances of a template), and the
//!   hits are summed. So are those of a header's lines over all translation units.
//! * The n-th branch in each list of a line is the same branch. Fall-through, exception and call
//!   branches count, as in gcov's "Taken at least once".
//! * `conditions` (gcc 14, `-fcondition-coverage`) are counted in both senses. The report lists
//!   those that were not shown.
//! * Functions that share a demangled name and a line (such as the variants of a destructor) are
//!   separate functions if their mangled names differ. The mangled names are then added to the
//!   shared name.
//! * A relative name is relative to `current_working_directory`.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::de::MapAccess;
use serde::{Deserialize, Deserializer};

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::merge::Gathered;
use crate::report::reading::json::{self, Elements, Fields, Object};
use crate::report::reading::number::Count;
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{Arm, Branch, Condition, FileCoverage, Function, Hits, Line, Report};
use crate::{Error, Result, path};

/// gcov's JSON report.
pub const FORMAT: Format = Format {
    name: "gcov",
    title: "gcov JSON",
    kind: Kind::Coverage,
    tools: &["gcov (`gcov --json-format`, gcc 9 and newer)"],
    sign: "is a JSON object with `gcc_version`, or with lines that have an `unexecuted_block`",
    quirks: &[
        Quirk {
            rule: "A line that occurs once for each instance of a template is one line, with the \
                   sum of the hits.",
            source: "gcc/gcov.cc, output_json_intermediate_file",
        },
        Quirk {
            rule: "A branch is covered if it was taken; a branch that was only evaluated is not.",
            source: "gcov's manual, option --branch-probabilities; a run of gcov 12",
        },
        Quirk {
            rule: "A condition counts twice, for being true and for being false, as in gcov.",
            source: "gcov's manual, section on the JSON format, `conditions`",
        },
        Quirk {
            rule: "Functions with one demangled name, such as the variants of a destructor, are \
                   distinguished by their mangled names.",
            source: "a run of gcov 12 and lcov 1.16, which counts them like this",
        },
        Quirk {
            rule: "A file's relative name is relative to the folder in which the compiler ran.",
            source: "gcov's manual, `current_working_directory`",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let is_object = head.trim_ascii_start().starts_with(b"{");
    is_object
        && !holds(head, "\"gcovr/")
        && (holds(head, "\"gcc_version\"") || holds(head, "\"unexecuted_block\""))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read_all(input, "the gcov JSON report", Unit::default, |unit| reader.unit(unit))?;
    reader.finish()
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, (Gathered, Functions)>,
    found: bool,
    warnings: Warnings,
}

impl Reader {
    fn unit(&mut self, unit: Unit) {
        self.found |= unit.found;
        for mut file in unit.files {
            if file.coverage.is_empty() && file.functions.is_empty() {
                continue; // a header without code
            }
            let path = path::from_bytes(within(&unit.folder, &file.path).as_bytes());
            file.odd.warn(&path, &mut self.warnings);
            let (coverage, functions) = self.files.entry(path).or_default();
            coverage.absorb(&mut file.coverage);
            functions.add(file.functions);
        }
    }

    fn finish(mut self) -> Result<Report> {
        if !self.found {
            return Err(Error::new("cannot read the gcov JSON report: it has no `files`"));
        }
        if self.files.is_empty() {
            self.warnings
                .add("empty reports", None, || "no file in it has a line or a function".to_owned());
        }
        let files = self.files.into_iter().map(|(path, (coverage, functions))| {
            let mut coverage = coverage.finish();
            coverage.functions = functions.finish();
            coverage.tidy();
            (path, coverage)
        });
        let files = files.collect();
        Ok(Report {
            format: FORMAT.name,
            files,
            warnings: self.warnings.finish(),
            ..Report::default()
        })
    }
}

/// The functions of a file by line and mangled name.
#[derive(Default)]
struct Functions(BTreeMap<(u32, Box<str>), Function>);

impl Functions {
    fn add(&mut self, functions: Vec<(Box<str>, Function)>) {
        for (mangled, function) in functions {
            let known = self.0.entry((function.start, mangled));
            known
                .and_modify(|known| known.hits = known.hits.plus(function.hits))
                .or_insert(function);
        }
    }

    /// Adds the mangled names if functions of a line share the demangled one.
    fn finish(mut self) -> Vec<Function> {
        let mut sharing: BTreeMap<(u32, Box<str>), usize> = BTreeMap::new();
        for function in self.0.values() {
            *sharing.entry((function.start, function.name.clone())).or_default() += 1;
        }
        for ((start, mangled), function) in &mut self.0 {
            if sharing[&(*start, function.name.clone())] > 1 {
                function.name = format!("{} [{mangled}]", function.name).into();
            }
        }
        self.0.into_values().collect()
    }
}

/// The name of a file relative to the root, if the folder that it is relative to is known.
fn within(folder: &str, name: &str) -> String {
    let absolute = name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':');
    if absolute || folder.is_empty() {
        return name.to_owned();
    }
    let mut pieces: Vec<&str> = Vec::new();
    for piece in folder.split('/').chain(name.split('/')) {
        match (piece, pieces.last()) {
            (".", _) | ("" | "..", Some(&"")) | ("", Some(_)) => {}
            ("..", Some(&last)) if last != ".." => {
                pieces.pop();
            }
            _ => pieces.push(piece),
        }
    }
    pieces.join("/")
}

/// The coverage of one translation unit.
#[derive(Default)]
struct Unit {
    folder: String,
    files: Vec<File>,
    found: bool,
}

impl<'de> Object<'de> for Unit {
    const EXPECTED: &'static str = "the object that `gcov --json-format` writes";

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
            "current_working_directory" => {
                self.folder = map.next_value::<Option<_>>()?.unwrap_or_default();
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Default)]
struct File {
    path: String,
    coverage: FileCoverage,
    /// The functions with their mangled names.
    functions: Vec<(Box<str>, Function)>,
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
            "file" => self.path = map.next_value()?,
            "lines" => {
                map.next_value_seed(Elements::new("an array of lines", |line| self.line(line)))?;
            }
            "functions" => {
                map.next_value_seed(Elements::new("an array of functions", |function| {
                    self.function(function);
                }))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl File {
    fn line(&mut self, record: LineRecord) {
        let Some(line) = self.odd.line(&record) else { return };
        self.coverage.lines.push(line);
        for (index, branch) in (0..).zip(in_order(record.branches.unwrap_or_default())) {
            let hits = self.odd.hits(branch.count);
            self.coverage.branches.push(Branch {
                line: line.number,
                block: 0,
                arm: Arm::Index(index),
                hits,
            });
        }
        for (decision, conditions) in (0..).zip(record.conditions.unwrap_or_default()) {
            self.coverage.conditions.extend(self.odd.conditions(
                line.number,
                decision,
                &conditions,
            ));
        }
    }

    fn function(&mut self, record: FunctionRecord) {
        let FunctionRecord { name, demangled_name, start_line, end_line, execution_count } = record;
        let mangled: Box<str> = name.unwrap_or_default().into();
        let function = Function {
            start: start_line.and_then(Count::small).unwrap_or(0),
            name: demangled_name.map_or_else(|| mangled.clone(), Into::into),
            end: end_line.and_then(Count::line),
            hits: self.odd.hits(execution_count),
        };
        self.functions.push((mangled, function));
    }
}

/// Sorts the branches by the blocks that they lead from and to, if gcov names these (since version
/// 14), since gcov's own order differs between compilations of a header.
fn in_order(mut branches: Vec<BranchRecord>) -> Vec<BranchRecord> {
    let blocks = |branch: &BranchRecord| {
        let number = |block: &Option<Count>| block.as_ref().and_then(|block| block.small());
        number(&branch.source_block_id).zip(number(&branch.destination_block_id))
    };
    if branches.iter().all(|branch| blocks(branch).is_some()) {
        branches.sort_by_key(blocks);
    }
    branches
}

#[derive(Deserialize)]
struct FunctionRecord {
    name: Option<String>,
    demangled_name: Option<String>,
    start_line: Option<Count>,
    end_line: Option<Count>,
    execution_count: Option<Count>,
}

/// A line as written by gcov, or by gcovr with additional fields.
#[derive(Deserialize)]
pub(super) struct LineRecord {
    line_number: Option<Count>,
    count: Option<Count>,
    pub(super) function_name: Option<String>,
    pub(super) branches: Option<Vec<BranchRecord>>,
    pub(super) conditions: Option<Vec<ConditionsRecord>>,
    #[serde(rename = "gcovr/excluded")]
    pub(super) excluded: Option<bool>,
    #[serde(rename = "gcovr/noncode")]
    pub(super) noncode: Option<bool>,
}

/// A branch, likewise.
#[derive(Deserialize)]
pub(super) struct BranchRecord {
    pub(super) count: Option<Count>,
    pub(super) branchno: Option<Count>,
    pub(super) source_block_id: Option<Count>,
    pub(super) destination_block_id: Option<Count>,
    #[serde(rename = "gcovr/excluded")]
    pub(super) excluded: Option<bool>,
}

/// The conditions of a decision, likewise.
#[derive(Deserialize)]
pub(super) struct ConditionsRecord {
    count: Option<Count>,
    not_covered_true: Option<Vec<Count>>,
    not_covered_false: Option<Vec<Count>>,
    pub(super) conditionno: Option<Count>,
    #[serde(rename = "gcovr/excluded")]
    pub(super) excluded: Option<bool>,
}

/// The number of conditions of a decision that gcc can distinguish, one bit each
/// (gcc/tree-profile.cc).
const MAX_CONDITIONS: u32 = 64;

/// The number of unusual records in a file.
#[derive(Default)]
pub(super) struct Odd {
    negative: u64,
    nowhere: u64,
    conditions: u64,
}

impl Odd {
    /// The line of a record, or `None` if it has no number.
    pub(super) fn line(&mut self, record: &LineRecord) -> Option<Line> {
        let Some(number) = record.line_number.and_then(Count::line) else {
            self.nowhere += 1;
            return None;
        };
        Some(Line { number, hits: self.hits(record.count) })
    }

    /// The hits of a count.
    pub(super) fn hits(&mut self, count: Option<Count>) -> Hits {
        self.negative += u64::from(count == Some(Count::Negative));
        count.map_or(Hits::ZERO, Count::hits)
    }

    /// The conditions of a decision, each for true and for false.
    pub(super) fn conditions(
        &mut self,
        line: u32,
        decision: u32,
        record: &ConditionsRecord,
    ) -> impl Iterator<Item = Condition> + use<> {
        let count = record
            .count
            .and_then(Count::small)
            .filter(|&count| count % 2 == 0 && count / 2 <= MAX_CONDITIONS);
        self.conditions += u64::from(count.is_none());
        let missed = |list: &Option<Vec<Count>>| {
            let indexes = list
                .iter()
                .flatten()
                .filter_map(|index| index.small())
                .filter(|&index| index < u64::BITS);
            indexes.fold(0u64, |bits, index| bits | 1 << index)
        };
        let missed =
            [(true, missed(&record.not_covered_true)), (false, missed(&record.not_covered_false))];
        let senses = (0..count.unwrap_or(0) / 2)
            .flat_map(move |index| missed.map(|(sense, missed)| (index, sense, missed)));
        senses.map(move |(index, sense, missed)| {
            let hits = if missed >> index & 1 == 1 { Hits::ZERO } else { Hits::at_least(1) };
            Condition { line, decision, index, sense: Some(sense), words: Box::default(), hits }
        })
    }

    /// Adds a warning for each kind.
    pub(super) fn warn(&self, path: &str, warnings: &mut Warnings) {
        for (kind, number, what) in [
            ("negative counts", self.negative, "negative counts: taken as 0"),
            ("lines without a number", self.nowhere, "lines without a line number: skipped"),
            (
                "conditions that cannot be",
                self.conditions,
                "decisions of an impossible number of conditions: skipped",
            ),
        ] {
            if number > 0 {
                warnings
                    .add(kind, None, || format!("`{}`: {number} {what}", excerpt(path.as_bytes())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn names_within_folders() {
        for (folder, name, whole) in [
            ("/b/c", "a.c", "/b/c/a.c"),
            ("/b/c", "../src/./a.c", "/b/src/a.c"),
            ("/b", "../../a.c", "/a.c"),
            ("/b/c/", "/usr/a.h", "/usr/a.h"),
            (".", "d/a.c", "d/a.c"),
            ("..", "../a.c", "../../a.c"),
            ("C:\\b", "a.c", "C:\\b/a.c"),
            ("C:\\b", "D:\\a.c", "D:\\a.c"),
            ("", "./a.c", "./a.c"),
        ] {
            assert_eq!(within(folder, name), whole, "{folder} {name}");
        }
    }
}
