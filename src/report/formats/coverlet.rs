//! Reads coverlet's own JSON (`--format json`, the default).
//!
//! `{module: {document: {class: {method: {"Lines": {"10": 1}, "Branches": [{"Line", "Offset",
//! "Path", "Hits"}]}}}}}`. A branch's block is its offset in the method and its arm is its path, as
//! in coverlet's LCOV reports (`src/coverlet.core/Reporters/LcovReporter.cs`), so that both can be
//! merged.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;
use serde::de::MapAccess;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::merge::GatheredFiles;
use crate::report::reading::json::{self, Entries, Number, Object};
use crate::report::reading::warnings::Warnings;
use crate::report::{Arm, Branch, FileCoverage, Function, Hits, Line, Report};
use crate::{Result, path};

/// coverlet's JSON.
pub const FORMAT: Format = Format {
    name: "coverlet",
    title: "coverlet JSON",
    kind: Kind::Coverage,
    tools: &["coverlet (`coverage.json`)"],
    sign: "is a JSON object of modules, documents, classes and methods with `Lines` and `Branches`",
    quirks: &[Quirk {
        rule: "A method begins at the first of its lines, and was called as often as its first \
               line that ran. coverlet counts a method as covered if any of its lines ran.",
        source: "coverlet, src/coverlet.core/CoverageSummary.cs, CalculateMethodCoverage",
    }],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"{")
        && holds(head, "\"Lines\"")
        && holds(head, "\"Branches\"")
        && holds(head, "::")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read(input, "the coverlet report", &mut reader)?;
    let mut warnings = Warnings::default();
    if reader.files.is_empty() {
        warnings.add("empty reports", None, || "the report names no file".to_owned());
    }
    let files = reader.files.finish();
    Ok(Report { format: FORMAT.name, files, warnings: warnings.finish(), ..Report::default() })
}

#[derive(Default)]
struct Reader {
    files: GatheredFiles,
}

/// The methods of a document, by class and name.
type Classes = BTreeMap<String, BTreeMap<String, Method>>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Method {
    #[serde(rename = "Lines")]
    lines: BTreeMap<String, Number>,
    #[serde(rename = "Branches")]
    branches: Vec<Way>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Way {
    line: Number,
    offset: Number,
    path: Number,
    hits: Number,
}

/// Reads the document: modules by name.
impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "an object of modules";

    fn field<M: MapAccess<'de>>(
        &mut self,
        _: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        let each = |document: String, classes: Classes| self.document(&document, classes);
        map.next_value_seed(Entries::new("an object of documents", each))?;
        Ok(true)
    }
}

impl Reader {
    fn document(&mut self, name: &str, classes: Classes) {
        let mut coverage = FileCoverage::default();
        for (name, method) in classes.into_values().flatten() {
            let mut lines: Vec<Line> = method.lines.iter().filter_map(line).collect();
            lines.sort_unstable();
            if let Some(first) = lines.first() {
                let end = lines.last().map(|last| last.number);
                let hits = lines
                    .iter()
                    .map(|line| line.hits)
                    .find(|hits| hits.is_hit())
                    .unwrap_or(Hits::ZERO);
                coverage.functions.push(Function {
                    start: first.number,
                    name: name.into(),
                    end,
                    hits,
                });
            }
            coverage.lines.extend(lines);
            coverage.branches.extend(method.branches.iter().filter_map(Way::branch));
        }
        self.files.absorb(path::from_bytes(name.as_bytes()), &mut coverage);
    }
}

fn line((number, hits): (&String, &Number)) -> Option<Line> {
    let number = number.parse().ok().filter(|&number| number > 0)?;
    Some(Line { number, hits: hits.hits().unwrap_or(Hits::ZERO) })
}

impl Way {
    fn branch(&self) -> Option<Branch> {
        let line = self.line.place().filter(|&line| line > 0)?;
        Some(Branch {
            line,
            block: self.offset.place()?,
            arm: Arm::Index(self.path.place()?),
            hits: self.hits.hits()?,
        })
    }
}
