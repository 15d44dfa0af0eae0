//! The answer of all rules as JSON has it.

use serde::Serialize;

use crate::check::{Checked, Finding, Place, Severity, Verdict};
use crate::git::Id;
use crate::report::Tally;

/// The JSON of `covatlas check`, schema `covatlas/check/1`.
#[derive(Debug, Serialize)]
pub struct View<'a> {
    schema: &'static str,
    result: &'static str,
    commit: Id,
    time: String,
    branch: &'a str,
    newer_commits: usize,
    rules: &'a [&'static str],
    findings: Vec<Row<'a>>,
    warnings: &'a [String],
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    rule: &'static str,
    severity: Severity,
    place: &'a Place,
    message: &'a str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    measure: Option<Measure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Measure {
    measured: Tally,
    /// In percent.
    target: f64,
    short: Short,
}

/// By how much a target is missed.
#[derive(Debug, Serialize)]
struct Short {
    points: f64,
    units: u64,
}

impl<'a> View<'a> {
    /// The view of an answer.
    pub fn new(checked: &'a Checked) -> Self {
        Self {
            schema: "covatlas/check/1",
            result: result(checked.verdict()),
            commit: checked.commit.id,
            time: time(checked.commit.time),
            branch: &checked.branch,
            newer_commits: checked.newer_commits,
            rules: &checked.rules,
            findings: checked.findings.iter().map(row).collect(),
            warnings: &checked.warnings,
        }
    }
}

fn result(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NothingToCheck => "nothing-to-check",
        Verdict::Passed => "passed",
        Verdict::Pending => "pending",
        Verdict::Failed => "failed",
    }
}

fn row(finding: &Finding) -> Row<'_> {
    let measure = finding.target.map(|target| Measure {
        measured: target.measured,
        target: target.percent,
        short: Short { points: target.points_short(), units: target.units_short() },
    });
    Row {
        rule: finding.rule,
        severity: finding.severity,
        place: &finding.place,
        message: &finding.message,
        measure,
        advice: finding.advice.as_deref(),
    }
}

/// Seconds since 1970 as RFC 3339 UTC.
fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}
