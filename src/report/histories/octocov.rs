//! Reads octocov's reports: a `report.json` in a datastore. A datastore in git keeps those of all
//! commits.
//!
//! The input is `{"repository", "ref", "commit", "coverage": {"type", "total", "covered", "files":
//! [{"file", "total", "covered", "blocks"}]}, "timestamp"}`. The result has the files with their
//! lines, with Go's blocks of statements, or with their totals only.

use std::fmt::Write as _;

use serde::Deserialize;

use crate::report::formats::{self, NoSources, Quirk};
use crate::report::histories::{Document, History, Measured, first_field, holds, json, totals};
use crate::report::{DeclaredTotals, Dimension, FileCoverage, Hits, Line, Report, Summary};
use crate::{Error, Result};

/// octocov's reports.
pub const HISTORY: History = History {
    name: "octocov",
    title: "octocov",
    kept: "`report.json` below the path of a `github://` or `local://` datastore, commit by commit",
    quirks: &[
        Quirk {
            rule: "`loc` counts lines, and `statement` counts statements. In a `merged` report \
                   each file has its own type, and the totals of the two are kept separate.",
            source: "octocov, coverage/coverage.go (`Type`)",
        },
        Quirk {
            rule: "The blocks of statements are those of Go's cover profile, and are read by the \
                   same rules. Other files with statements (Clover) have only totals.",
            source: "octocov, coverage/gocover.go and coverage/clover.go",
        },
        Quirk {
            rule: "`normalized_path`, the path in the repository, is used if present; older \
                   reports have only `file`.",
            source: "octocov, coverage/coverage.go (`EffectivePath`)",
        },
    ],
    sniff,
    read,
};

#[derive(Deserialize)]
struct Stored {
    #[serde(rename = "ref", default)]
    reference: String,
    #[serde(default)]
    commit: String,
    coverage: Option<Coverage>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Coverage {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    total: u64,
    #[serde(default)]
    covered: u64,
    files: Option<Vec<File>>,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(rename = "file")]
    path: String,
    #[serde(default)]
    normalized_path: String,
    #[serde(default)]
    total: u64,
    #[serde(default)]
    covered: u64,
    blocks: Option<Vec<Block>>,
}

#[derive(Deserialize)]
struct Block {
    start_line: Option<u32>,
    start_col: Option<u32>,
    end_line: Option<u32>,
    end_col: Option<u32>,
    num_stmt: Option<u32>,
    count: Option<u64>,
}

fn sniff(head: &[u8]) -> bool {
    first_field(head, "repository").is_some() && holds(head, "\"ref\"") && holds(head, "\"commit\"")
}

fn read(document: &Document<'_>) -> Result<Vec<Measured>> {
    let Stored { reference, commit, coverage, timestamp } = json(document)?;
    let coverage = coverage.ok_or_else(|| Error::new("the report has no coverage"))?;
    let dimensions = totals([(dimension(&coverage.kind), coverage.covered, coverage.total)]);
    let stated = DeclaredTotals { dimensions, ..DeclaredTotals::default() };
    let mut report = Report { stated, ..Report::default() };
    for file in coverage.files.into_iter().flatten() {
        let path = if file.normalized_path.is_empty() { &file.path } else { &file.normalized_path };
        let (path, own) =
            (path.clone(), crate::report::histories::octocov::file(&file, &coverage.kind)?);
        report.files.insert(path, own);
    }
    let time = timestamp
        .and_then(|time| time.parse::<jiff::Timestamp>().ok())
        .map(jiff::Timestamp::as_second);
    let branch = reference.strip_prefix("refs/heads/").map(str::to_owned);
    Ok(vec![Measured { commit: Some(commit), time: time.or(document.time), branch, report }])
}

/// The dimension of a kind. `merged` is a mixture whose files have kinds of their own.
fn dimension(kind: &str) -> Dimension {
    if kind == "statement" { Dimension::Statements } else { Dimension::Lines }
}

fn file(file: &File, kind: &str) -> Result<FileCoverage> {
    let dimension = dimension(if file.kind.is_empty() { kind } else { &file.kind });
    let blocks = file.blocks.as_deref().unwrap_or_default();
    let tallies = totals([(dimension, file.covered, file.total)]);
    let mut coverage = match dimension {
        Dimension::Lines => FileCoverage { lines: lines(blocks), ..FileCoverage::default() },
        _ => statements(blocks)?,
    };
    // Keeps the declared total if the records give another total, or none.
    if coverage.tallies().get(&dimension) != tallies.get(&dimension) {
        coverage.summary = Summary { tallies, merged: false };
    }
    Ok(coverage)
}

fn lines(blocks: &[Block]) -> Vec<Line> {
    let line = |block: &Block| {
        Some(Line { number: block.start_line?, hits: Hits::exactly(block.count?.min(Hits::MAX)) })
    };
    let mut coverage = FileCoverage {
        lines: blocks.iter().filter_map(line).filter(|line| line.number > 0).collect(),
        ..Default::default()
    };
    coverage.tidy();
    coverage.lines
}

/// Reads Go's blocks by turning them back into a cover profile.
fn statements(blocks: &[Block]) -> Result<FileCoverage> {
    let mut profile = "mode: count\n".to_owned();
    for block in blocks {
        let Block { start_line: Some(line), start_col: Some(column), end_line: Some(end), .. } =
            *block
        else {
            continue;
        };
        let (Some(end_column), Some(count)) = (block.end_col, block.count) else { continue };
        let statements = block.num_stmt.unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(profile, "f:{line}.{column},{end}.{end_column} {statements} {count}");
    }
    let mut report = formats::read(&mut profile.as_bytes(), Some("gocover"), &NoSources)?;
    Ok(report.files.remove("f").unwrap_or_default())
}
