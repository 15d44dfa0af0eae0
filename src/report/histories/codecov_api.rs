//! Reads responses of Codecov's API: the list of a repository's commits, one commit, or the report
//! or totals of one.
//!
//! The input is `{"results": [{"commitid", "timestamp", "branch", "totals"}, …]}`, one such commit
//! with its `report`, a list of these, or `{"totals", "files", "commit_file_url"}`. Files get their
//! lines if there is a report, and totals otherwise.

use serde::Deserialize;
use serde_json::Value;

use crate::report::formats::Quirk;
use crate::report::histories::{Document, History, Measured, holds, json, totals};
use crate::report::{DeclaredTotals, Dimension, FileCoverage, Hits, Line, Report, Summary};
use crate::{Error, Result};

/// A response of Codecov's API.
pub const HISTORY: History = History {
    name: "codecov-api",
    title: "Codecov API",
    kept: "responses of `/api/v2/<service>/<owner>/repos/<name>/commits`, `…/commits/<id>` or \
           `…/report?sha=<id>`, saved to files",
    quirks: &[
        Quirk {
            rule: "A partial line (state 2) is not a hit: the file's total does not count it as \
                   covered, while the line itself is shown as run.",
            source: "docs.codecov.com, Commit coverage report: hit=0/miss=1/partial=2",
        },
        Quirk {
            rule: "`branches` and `methods` have no covered counts, so they are left out.",
            source: "codecov-api, api/shared/commit/serializers.py (`CommitTotalsSerializer`)",
        },
        Quirk {
            rule: "A report names its commit only in `commit_file_url`. The list is split into \
                   pages: save all of them (`?page_size=1000`).",
            source: "codecov-api, api/public/v2/report/serializers.py (`CoverageReportSerializer`)",
        },
    ],
    sniff,
    read,
};

#[derive(Deserialize)]
struct Commit {
    commitid: String,
    timestamp: Option<String>,
    branch: Option<String>,
    totals: Option<Totals>,
    report: Option<Files>,
}

#[derive(Deserialize)]
struct Files {
    totals: Option<Totals>,
    files: Option<Vec<File>>,
}

#[derive(Clone, Copy, Deserialize)]
struct Totals {
    lines: Option<u64>,
    hits: Option<u64>,
}

#[derive(Deserialize)]
struct File {
    name: String,
    totals: Option<Totals>,
    #[serde(default)]
    line_coverage: Vec<(u32, u8)>,
}

fn sniff(head: &[u8]) -> bool {
    let of_report = ["\"line_coverage\"", "\"commit_file_url\"", "\"partials\""];
    matches!(head.trim_ascii_start().first(), Some(b'{' | b'['))
        && (holds(head, "\"commitid\"")
            || holds(head, "\"totals\"") && of_report.iter().any(|name| holds(head, name)))
}

fn read(document: &Document<'_>) -> Result<Vec<Measured>> {
    let answer: Value = json(document)?;
    let commits = match answer {
        Value::Array(commits) => commits,
        Value::Object(mut answer) => match answer.remove("results") {
            Some(Value::Array(commits)) => commits,
            _ if answer.contains_key("commitid") => vec![Value::Object(answer)],
            _ => return Ok(vec![report(Value::Object(answer))?]),
        },
        _ => return Err(Error::new("this is neither an object nor a list")),
    };
    commits
        .into_iter()
        .filter(|commit| commit["totals"].is_object() || commit["report"].is_object())
        .map(commit)
        .collect()
}

fn typed<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value)
        .map_err(|cause| Error::new("this is not a response of Codecov's API").because(cause))
}

fn commit(value: Value) -> Result<Measured> {
    let Commit { commitid, timestamp, branch, totals, report } = typed(value)?;
    let report = report.unwrap_or(Files { totals: None, files: None });
    let report = Files { totals: report.totals.or(totals), ..report };
    Ok(Measured {
        commit: Some(commitid),
        time: timestamp.as_deref().and_then(time),
        branch,
        report: files(report),
    })
}

/// A report without its commit.
fn report(value: Value) -> Result<Measured> {
    let commit = value["commit_file_url"]
        .as_str()
        .and_then(|url| url.split('/').find(|part| is_id(part)).map(str::to_owned));
    if commit.is_none() {
        return Err(Error::new("the report names no commit")
            .hint("save the response of `…/commits/<id>` instead"));
    }
    Ok(Measured { commit, time: None, branch: None, report: files(typed(value)?) })
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Parses `2024-02-29T12:00:00Z`. A time without a zone is in UTC, like Codecov's servers.
fn time(written: &str) -> Option<i64> {
    let zoned = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    zoned(written).or_else(|| zoned(&format!("{written}Z")))
}

fn files(Files { totals, files }: Files) -> Report {
    let dimensions = totals.map(lines).unwrap_or_default();
    let stated = DeclaredTotals { dimensions, ..DeclaredTotals::default() };
    let files =
        files.into_iter().flatten().map(|file| (file.name.clone(), coverage(file))).collect();
    Report { files, stated, ..Report::default() }
}

fn lines(Totals { lines, hits }: Totals) -> crate::report::histories::Tallies {
    totals([(Dimension::Lines, hits.unwrap_or_default(), lines.unwrap_or_default())])
}

fn coverage(file: File) -> FileCoverage {
    let hits = |state| if state == 1 { Hits::ZERO } else { Hits::at_least(1) };
    let known = file.line_coverage.into_iter().filter(|(number, state)| *number > 0 && *state <= 2);
    let lines: Vec<Line> =
        known.map(|(number, state)| Line { number, hits: hits(state) }).collect();
    let mut coverage = FileCoverage { lines, ..FileCoverage::default() };
    coverage.tidy();
    let stated = file.totals.map(crate::report::histories::codecov_api::lines).unwrap_or_default();
    if coverage.tallies().get(&Dimension::Lines) != stated.get(&Dimension::Lines) {
        coverage.summary = Summary { tallies: stated, merged: false };
    }
    coverage
}
