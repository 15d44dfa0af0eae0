//! Reads Codecov's custom coverage JSON as written by `cargo llvm-cov --codecov` and uploaders of
//! many languages: lines, and branches of lines that are given in parts.
//!
//! The input is `{"coverage": {path: lines}}`, where `lines` is an array (whose element 0 is
//! unused), an object by line number, or `{"lines": array}` (whose element 0 is line 1). The rules
//! are Codecov's own:
//! * A number, or a text that contains one, is a hit count. Null, -1 and false mean that the line
//!   is not coverable.
//! * `"1/2"` is a line of which one of two parts ran. Codecov calls this line partial and does not
//!   count it as covered. Here it ran and has two branches, of which one was taken. Since a line
//!   that ran counts as covered everywhere else, the file's own total of lines is kept as a
//!   summary. True means partial, without a count.
//! * A line with one part, `"1/1"`, has no branches, since there is nothing to decide. Parts are
//!   usually branches, but in `cargo llvm-cov` they are regions.

use std::io::BufRead;

use serde::de::MapAccess;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::merge::GatheredFiles;
use crate::report::reading::branch_counts::BranchCounts;
use crate::report::reading::json::{self, Entries, Object};
use crate::report::reading::number::Count;
use crate::report::reading::per_line::{Cell, Cells};
use crate::report::reading::warnings::Warnings;
use crate::report::{Dimension, FileCoverage, Hits, Line, Report, Tallies, Tally};
use crate::{Error, Result, path};

/// Codecov's custom coverage JSON.
pub const FORMAT: Format = Format {
    name: "codecov",
    title: "Codecov JSON",
    kind: Kind::Coverage,
    tools: &["cargo-llvm-cov (`--codecov`)", "Devel::Cover", "custom uploaders"],
    sign: "is a JSON object whose first field is `coverage`, an object, or `messages`",
    quirks: &[
        Quirk {
            rule: "A partial line (`\"1/2\"`, true) is shown as run, with a branch that was not \
                   taken. The file's total does not count it as covered.",
            source: "codecov/shared, shared/utils/merge.py (`line_type`, `branch_type`)",
        },
        Quirk {
            rule: "Element 0 of an array is unused. Null, false and -1 are lines that are not \
                   coverable.",
            source: "Codecov's documentation of its custom format; codecov/worker, \
                     services/report/languages/v1.py",
        },
        Quirk {
            rule: "A part of cargo-llvm-cov is a region, shown as a branch if the line has \
                   several.",
            source: "cargo-llvm-cov, src/json.rs (`CodeCovJsonExport`)",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let starts = |text: &[u8], with: &str| {
        text.trim_ascii_start().strip_prefix(with.as_bytes()).map(<[u8]>::to_vec)
    };
    let field = |name: &str| {
        ["{", name, ":", "{"].iter().try_fold(head.to_vec(), |text, next| starts(&text, next))
    };
    (field("\"coverage\"").is_some()
        || field("\"messages\"").is_some() && holds(head, "\"coverage\""))
        && !holds(head, "simplecov")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read(input, "the Codecov JSON report", &mut reader)?;
    reader.finish()
}

#[derive(Default)]
struct Reader {
    files: GatheredFiles,
    found: bool,
    arms: BranchCounts,
    warnings: Warnings,
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "an object with the `coverage` of files";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        if name != "coverage" {
            return Ok(false);
        }
        self.found = true;
        map.next_value_seed(Entries::new("an object of files", |path, cells| {
            self.file(&path, cells);
        }))?;
        Ok(true)
    }
}

impl Reader {
    fn file(&mut self, name: &str, cells: Cells) {
        let path = path::from_bytes(name.as_bytes());
        if cells.strange > 0 {
            let message =
                || format!("{} keys of `{path}` are no line numbers: skipped", cells.strange);
            self.warnings.add("files with keys that are no line numbers", None, message);
        }
        let mut coverage = FileCoverage::default();
        let mut partial = Vec::new();
        for (number, cell) in cells.list.into_iter().filter(|(number, _)| *number > 0) {
            if let Some(hits) = self.hits(&path, number, cell) {
                coverage.lines.push(Line { number, hits });
            }
            match cell {
                Cell::Flag(true) => partial.push(number),
                Cell::Part(covered, total) => {
                    if total > 1 && !self.arms.add(&mut coverage.branches, number, covered, total) {
                        self.odd(&path, number);
                    }
                    partial.extend((covered > 0 && covered < total).then_some(number));
                }
                _ => {}
            }
        }
        coverage.tidy();
        summarise(&mut coverage, partial);
        self.files.absorb(path, &mut coverage);
    }

    fn hits(&mut self, path: &str, number: u32, cell: Cell) -> Option<Hits> {
        match cell {
            Cell::Count(Count::Hits(hits)) => Some(hits),
            Cell::Count(Count::Negative) => {
                let message =
                    || format!("line {number} of `{path}` has a negative count, taken as 0");
                self.warnings.add("negative counts", None, message);
                Some(Hits::ZERO)
            }
            Cell::Part(0, 1..) => Some(Hits::ZERO),
            Cell::Part(..) | Cell::Flag(true) => Some(Hits::at_least(1)),
            Cell::Flag(false) | Cell::Nothing => None,
            Cell::Odd => {
                self.odd(path, number);
                None
            }
        }
    }

    fn odd(&mut self, path: &str, number: u32) {
        let message =
            || format!("what is said of line {number} of `{path}` is no coverage: skipped");
        self.warnings.add("malformed lines", None, message);
    }

    fn finish(mut self) -> Result<Report> {
        if !self.found {
            return Err(Error::new("cannot read the Codecov JSON report: it has no `coverage`"));
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

/// Keeps the file's total as Codecov counts it: partial lines are not covered.
fn summarise(coverage: &mut FileCoverage, mut partial: Vec<u32>) {
    partial.sort_unstable();
    partial.dedup();
    let ran = Tally::of(&coverage.lines, |line| line.hits.is_hit());
    let mut stated = Tallies::default();
    stated.set(
        Dimension::Lines,
        Tally { covered: ran.covered.saturating_sub(partial.len() as u64), ..ran },
    );
    coverage.summarise(&stated);
}
