//! Reads covdir, grcov's JSON of a tree of folders: lines by path, where the path is made of the
//! keys of `children`.
//!
//! The input is nested objects: folders with `children` and files with `coverage`, each with its
//! totals. The root's totals are compared with the lines. The rules:
//! * Element 0 of `coverage` is line 1; -1 is a line that is not coverable.
//! * The child `/` of the root contains the absolute paths.
//! * A file without `coverage` has only its totals.

use std::io::BufRead;

use serde::de::MapAccess;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::declared_totals;
use crate::report::reading::json::{self, Fields, Object};
use crate::report::reading::per_line::{Cell, Cells, lines};
use crate::report::reading::warnings::Warnings;
use crate::report::{DeclaredTotals, Dimension, FileCoverage, Report, Tallies, Tally};
use crate::{Error, Result, path};

/// grcov's covdir.
pub const FORMAT: Format = Format {
    name: "covdir",
    title: "covdir JSON",
    kind: Kind::Coverage,
    tools: &["grcov (`-t covdir`)"],
    sign: "is a JSON object that starts with `children`, or has `coveragePercent` and `linesTotal`",
    quirks: &[
        Quirk {
            rule: "Element 0 of `coverage` is line 1, and -1 is a line that is not coverable.",
            source: "grcov, src/covdir.rs (`CDFileStats::get_coverage`)",
        },
        Quirk {
            rule: "A child named `/` contains the files with absolute paths.",
            source: "grcov, src/output.rs (`output_covdir`)",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let Some(inside) = head.trim_ascii_start().strip_prefix(b"{") else { return false };
    let first = inside.trim_ascii_start().starts_with(b"\"children\"") && holds(head, "\"coverage");
    first || holds(head, "\"coveragePercent\"") && holds(head, "\"linesTotal\"")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    let mut root = Node::new(&mut reader, String::new());
    json::read(input, "the covdir report", &mut root)?;
    let totals = root.totals;
    if !root.known {
        return Err(Error::new("cannot read the covdir report: it has no `children`"));
    }
    let mut stated = DeclaredTotals::default();
    stated.claim(Dimension::Lines, totals.covered(), totals.total.index().map(u64::from));
    Ok(reader.finish(stated))
}

#[derive(Default)]
struct Reader {
    report: Report,
    warnings: Warnings,
}

impl Reader {
    fn finish(mut self, stated: DeclaredTotals) -> Report {
        if self.report.files.is_empty() {
            self.warnings.add("reports of no file", None, || "the report names no file".to_owned());
        }
        declared_totals::checked(
            Report { format: FORMAT.name, stated, ..self.report },
            self.warnings,
        )
    }
}

/// A folder or a file.
struct Node<'a> {
    reader: &'a mut Reader,
    path: String,
    /// Whether it is known to be a folder, or has been added to the files.
    known: bool,
    totals: Totals,
}

/// Its declared totals.
#[derive(Clone, Copy)]
struct Totals {
    covered: Cell,
    total: Cell,
}

impl Totals {
    fn covered(self) -> Option<u64> {
        self.covered.index().map(u64::from)
    }

    fn tally(self) -> Option<Tally> {
        let tally = Tally { covered: self.covered()?, total: self.total.index()?.into() };
        (tally.covered <= tally.total).then_some(tally)
    }
}

impl<'a> Node<'a> {
    fn new(reader: &'a mut Reader, path: String) -> Self {
        Self {
            reader,
            path,
            known: false,
            totals: Totals { covered: Cell::Nothing, total: Cell::Nothing },
        }
    }

    fn child(&mut self, name: &str) -> Node<'_> {
        let name = path::from_bytes(name.as_bytes());
        let between = if self.path.is_empty() || self.path.ends_with('/') { "" } else { "/" };
        let path = format!("{}{between}{name}", self.path);
        Node::new(self.reader, path)
    }

    fn coverage(&mut self, cells: Cells) {
        if self.path.is_empty() {
            return; // the root cannot be a file
        }
        self.known = true;
        let lines = lines(&self.path, cells, &mut self.reader.warnings);
        self.file(FileCoverage { lines, ..FileCoverage::default() });
    }

    /// Adds a file of which only the totals are known.
    fn totals_alone(&mut self) {
        let Some(tally) = self.totals.tally().filter(|_| !self.known && !self.path.is_empty())
        else {
            return;
        };
        let mut stated = Tallies::default();
        stated.set(Dimension::Lines, tally);
        let mut coverage = FileCoverage::default();
        coverage.summarise(&stated);
        self.file(coverage);
    }

    fn file(&mut self, mut coverage: FileCoverage) {
        coverage.tidy();
        self.reader.report.files.entry(self.path.clone()).or_default().merge(coverage);
    }
}

impl<'de> Object<'de> for Node<'_> {
    const EXPECTED: &'static str = "a folder with `children`, or a file with `coverage`";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "children" => {
                self.known = true;
                map.next_value_seed(Fields(&mut Children(self)))?;
            }
            "coverage" => {
                let cells = map.next_value()?;
                self.coverage(cells);
            }
            "linesCovered" => self.totals.covered = map.next_value()?,
            "linesTotal" => self.totals.total = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The children of a folder, by name.
struct Children<'a, 'b>(&'a mut Node<'b>);

impl<'de> Object<'de> for Children<'_, '_> {
    const EXPECTED: &'static str = "an object of folders and files";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        let mut child = self.0.child(name);
        map.next_value_seed(Fields(&mut child))?;
        child.totals_alone();
        Ok(true)
    }
}
