//! Reads the data branch of python-coverage-comment-action. The commits of
//! `python-coverage-comment-action-data` are the trend, and each has a `data.json`.
//!
//! The input is `{"coverage": 85.7, "raw_data": <coverage.py's JSON report>, "coverage_path":
//! "."}`. The result is that report, file by file.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::report::formats::{self, NoSources, Quirk};
use crate::report::histories::{Document, History, Measured, first_field, json};
use crate::{Error, Result};

/// python-coverage-comment-action's data branch.
pub const HISTORY: History = History {
    name: "python-coverage-comment",
    title: "python-coverage-comment-action",
    kept: "`data.json` on the branch `python-coverage-comment-action-data`, commit by commit",
    quirks: &[
        Quirk {
            rule: "No commit is named. The time is that of the coverage.py report, in UTC since it \
                   has no zone, if it is at most a day before the data was committed; otherwise it \
                   is the time of that commit.",
            source: "python-coverage-comment-action, coverage_comment/files.py \
                     (`compute_datafile`)",
        },
        Quirk {
            rule: "Old commits have only a percentage without counts, and are left out.",
            source: "python-coverage-comment-action, coverage_comment/files.py (`parse_datafile`)",
        },
        Quirk {
            rule: "Paths are relative to `coverage_path`, the folder that the report was made in.",
            source: "python-coverage-comment-action, coverage_comment/coverage.py (`extract_info`)",
        },
    ],
    sniff,
    read,
};

const DAY: i64 = 24 * 3600;

#[derive(Deserialize)]
struct Data<'t> {
    #[serde(borrow)]
    raw_data: Option<&'t RawValue>,
    coverage_path: Option<String>,
}

#[derive(Deserialize)]
struct Raw {
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    timestamp: Option<String>,
}

fn sniff(head: &[u8]) -> bool {
    first_field(head, "coverage").is_some_and(|value| value.first().is_some_and(u8::is_ascii_digit))
}

fn read(document: &Document<'_>) -> Result<Vec<Measured>> {
    let data: Data<'_> = json(document)?;
    let raw = data
        .raw_data
        .ok_or_else(|| Error::new("the report has only a percentage, without counts"))?;
    let mut report = formats::read(&mut raw.get().as_bytes(), Some("coveragepy"), &NoSources)?;
    let folder = data.coverage_path.unwrap_or_default();
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    if !matches!(folder, "" | ".") {
        let files = std::mem::take(&mut report.files).into_iter();
        report.files =
            files.map(|(path, coverage)| (format!("{folder}/{path}"), coverage)).collect();
    }
    let stated =
        serde_json::from_str::<Raw>(raw.get()).ok().and_then(|raw| time(&raw.meta.timestamp?));
    let plausible = |stated: &i64| {
        document.time.is_none_or(|committed| (0..=DAY).contains(&(committed - stated)))
    };
    Ok(vec![Measured {
        time: stated.filter(plausible).or(document.time),
        report,
        ..Measured::default()
    }])
}

/// Parses `2026-08-03T15:22:41.042832`.
fn time(written: &str) -> Option<i64> {
    let time: DateTime = written.parse().ok()?;
    Some(Offset::UTC.to_timestamp(time).ok()?.as_second())
}
