//! cosmic-ray's dump: JSON lines, each an array of a work item and its result.
//!
//! In: `[{"mutations": [{"module_path", "operator_name", "start_pos", …}]}, {"worker_outcome", "test_outcome", …}]`, where a
//! result of null is a job that did not run yet. Out: mutants by module. The rules (`cosmic_ray/work_item.py`):
//! * Every outcome of the tests but `survived` counts as killed, `incompetent` ones too, as in `cr-report`.
//! * A worker that skipped the job ran nothing: ignored. One that failed itself proves nothing: invalid.
//! * An output of `timeout` is a timeout.
//! * Lines count from 1, columns from 0.

use std::{collections::BTreeMap, io::BufRead};

use serde::Deserialize;

use super::{
    super::{
        FileCoverage, Mutant, MutantStatus, Report, mutants, path,
        rows::{self, End, Row},
        warnings::{Warnings, excerpt},
    },
    Format, Kind, Quirk, Sources, holds,
};
use crate::{Error, Result};

/// cosmic-ray.
pub const FORMAT: Format = Format {
    name: "cosmic-ray",
    title: "cosmic-ray dump",
    kind: Kind::Mutation,
    tools: &["cosmic-ray (`cosmic-ray dump`)"],
    sign: "has rows that are JSON arrays of a work item with a `job_id` and its result",
    quirks: &[
        Quirk {
            rule: "Incompetent mutants, which raise an error of their own, count as killed.",
            source: "cosmic_ray/work_item.py, is_killed",
        },
        Quirk { rule: "A job without a result is pending and counts in no metric.", source: "a run of cosmic-ray 8" },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"[{") && holds(head, "\"job_id\"") && holds(head, "\"mutations\"")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    rows::each(input, |row| reader.row(row))?;
    reader.finish()
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, FileCoverage>,
    warnings: Warnings,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    mutations: Vec<Mutation>,
}

#[derive(Deserialize)]
struct Mutation {
    module_path: String,
    #[serde(default)]
    operator_name: String,
    #[serde(default)]
    occurrence: u32,
    start_pos: (u32, u32),
    end_pos: Option<(u32, u32)>,
}

#[derive(Deserialize)]
struct Outcome<'a> {
    #[serde(rename = "worker_outcome")]
    worker: Option<&'a str>,
    #[serde(rename = "test_outcome")]
    tests: Option<&'a str>,
    #[serde(default)]
    output: Option<String>,
}

impl Reader {
    fn row(&mut self, row: Row<'_>) {
        if row.bytes.trim_ascii().is_empty() {
            return;
        }
        if row.end == End::TooLong {
            let message = || "the row is longer than 1 MiB: skipped".to_owned();
            return self.warnings.add("overlong rows", Some(row.number), message);
        }
        let Ok((item, outcome)) = serde_json::from_slice::<(Item, Option<Outcome<'_>>)>(row.bytes) else {
            let message = || format!("`{}` is no work item with its result: skipped", excerpt(row.bytes));
            return self.warnings.add("malformed rows", Some(row.number), message);
        };
        let status = outcome.map_or(MutantStatus::Pending, |outcome| outcome.status());
        // A mutant of several changes stands where the first of them is.
        if let Some(mutation) = item.mutations.into_iter().next() {
            let path = path::from_bytes(mutation.module_path.as_bytes());
            self.files.entry(path).or_default().mutants.push(mutation.mutant(status));
        }
    }

    fn finish(mut self) -> Result<Report> {
        if self.files.is_empty() {
            return Err(Error::new(
                "none of its rows is a work item with its result: this is not a dump of cosmic-ray",
            ));
        }
        for file in self.files.values_mut() {
            mutants::number(&mut file.mutants);
            file.tidy();
        }
        Ok(Report { format: FORMAT.name, files: self.files, warnings: self.warnings.finish(), ..Report::default() })
    }
}

impl Outcome<'_> {
    fn status(&self) -> MutantStatus {
        match (self.worker, self.tests) {
            (Some("skipped"), _) => MutantStatus::Ignored,
            (Some("no-test"), _) => MutantStatus::NoCoverage,
            (Some("exception" | "abnormal"), _) | (_, None) => MutantStatus::Invalid,
            (_, Some("survived")) => MutantStatus::Survived,
            _ if self.output.as_deref() == Some("timeout") => MutantStatus::Timeout,
            _ => MutantStatus::Killed,
        }
    }
}

impl Mutation {
    fn mutant(self, status: MutantStatus) -> Mutant {
        let position = |(line, column): (u32, u32)| (line, column.saturating_add(1));
        let start = position(self.start_pos);
        Mutant {
            start,
            end: self.end_pos.map_or(start, position),
            mutator: self.operator_name.into(),
            replacement: "".into(),
            ordinal: self.occurrence,
            status,
            killed_by: "".into(),
        }
    }
}
