//! Reads tarpaulin's JSON (`cargo tarpaulin --out Json`).
//!
//! `{"files": [{"path": ["/", "w", "src", "lib.rs"], "traces": [{"line", "stats": {"Line": 3}}],
//! "covered", "coverable"}]}`, as written by `src/report/mod.rs` and `src/traces.rs` of tarpaulin.
//! The sources in it are skipped.

use std::io::BufRead;

use serde::Deserialize;
use serde::de::MapAccess;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::declared_totals;
use crate::report::reading::json::{self, Elements, Number, Object};
use crate::report::reading::warnings::Warnings;
use crate::report::{Dimension, Hits, Line, Report};
use crate::{Error, Result, path};

/// tarpaulin's JSON.
pub const FORMAT: Format = Format {
    name: "tarpaulin",
    title: "tarpaulin JSON",
    kind: Kind::Coverage,
    tools: &["cargo-tarpaulin (`--out Json`)"],
    sign: "is a JSON object whose `files` have a list as `path`, and `content` or `traces`",
    quirks: &[Quirk {
        rule: "A trace counts if its `stats` are those of a line. Those of branches and \
               conditions, which no release writes, do not count.",
        source: "tarpaulin, src/traces.rs, CoverageStat",
    }],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let start: Vec<u8> =
        head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(64).collect();
    start.starts_with(b"{\"files\":[{\"path\":[")
        && (holds(head, "\"content\"") || holds(head, "\"traces\""))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read(input, "the tarpaulin report", &mut reader)?;
    if !reader.found {
        return Err(Error::new("cannot read the tarpaulin report: it has no `files`"));
    }
    Ok(declared_totals::checked(
        Report { format: FORMAT.name, ..reader.report },
        Warnings::default(),
    ))
}

#[derive(Default)]
struct Reader {
    report: Report,
    found: bool,
    covered: Number,
}

impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "the object that tarpaulin writes";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "files" => {
                self.found = true;
                map.next_value_seed(Elements::new("an array of files", |file: File| {
                    self.file(&file);
                }))?;
            }
            "covered" => self.covered = map.next_value()?,
            "coverable" => {
                let coverable: Number = map.next_value()?;
                self.report.stated.claim(Dimension::Lines, self.covered.whole(), coverable.whole());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    path: Vec<String>,
    traces: Vec<Trace>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Trace {
    line: Number,
    stats: Stats,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stats {
    #[serde(rename = "Line")]
    line: Number,
}

impl Reader {
    fn file(&mut self, file: &File) {
        let coverage =
            self.report.files.entry(path::from_bytes(joined(&file.path).as_bytes())).or_default();
        let line = |trace: &Trace| -> Option<Line> {
            let hits: Hits = trace.stats.line.hits()?;
            Some(Line { number: trace.line.place().filter(|&line| line > 0)?, hits })
        };
        coverage.lines.extend(file.traces.iter().filter_map(line));
        coverage.tidy();
    }
}

/// Joins the components of a path. One of them is the root: `/`, or a backslash after a drive.
fn joined(components: &[String]) -> String {
    let names: Vec<&str> =
        components.iter().map(String::as_str).filter(|name| !["/", "\\"].contains(name)).collect();
    let root = if components.first().is_some_and(|first| first == "/") { "/" } else { "" };
    format!("{root}{}", names.join("/"))
}
