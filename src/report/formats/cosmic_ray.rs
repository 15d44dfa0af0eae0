//! Reads cosmic-ray's dump: mutants by module. It consists of JSON lines, each an array of a work
//! item and its result.
//!
//! The input is `[{"mutations": [{"module_path", "operator_name", "start_pos", …}]},
//! {"worker_outcome", "test_outcome", …}]`, where a null result is a job that has not run yet. The
//! rules (`cosmic_ray/work_item.py`):
//! * Every result except `survived` counts as killed, even that of an incompetent mutant or of a
//!   failed worker, as in `cr-rate` and `cr-report`. These also count jobs that ran no test as
//!   killed, but here they are left out: a job that a filter skipped is ignored, and a job without
//!   anything to change is invalid. A warning gives the number that the tools print.
//! * An output of `timeout` is a timeout.
//! * A row contains everything that the tests wrote, and may be long. It is read as a stream, up to
//!   16 MiB.
//! * Lines count from 1, columns from 0.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use serde::Deserialize;

use crate::error::Context;
use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::model::mutants;
use crate::report::reading::warnings::Warnings;
use crate::report::{FileCoverage, Mutant, MutantStatus, Report};
use crate::{Error, Result, path};

/// cosmic-ray.
pub const FORMAT: Format = Format {
    name: "cosmic-ray",
    title: "cosmic-ray dump",
    kind: Kind::Mutation,
    tools: &["cosmic-ray (`cosmic-ray dump`)"],
    sign: "has rows that are JSON arrays of a work item with a `job_id` and its result",
    quirks: &[
        Quirk {
            rule: "Incompetent mutants, which raise an error of their own, and worker failures \
                   count as killed.",
            source: "cosmic_ray/work_item.py, is_killed",
        },
        Quirk {
            rule: "Jobs that ran no test (`skipped`, `no-test`) are counted by no metric, although \
                   `cr-rate` counts them as killed. A warning gives their number.",
            source: "cosmic_ray/tools/survival_rate.py, kills_count",
        },
        Quirk {
            rule: "A job without a result is pending, and is counted by no metric.",
            source: "a run of cosmic-ray 8",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"[{")
        && holds(head, "\"job_id\"")
        && holds(head, "\"mutations\"")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    let mut number = 0;
    let ends = |input: &mut dyn BufRead| input.fill_buf().map(<[u8]>::is_empty);
    while !ends(input).during(|| format!("cannot read the report after line {number}"))? {
        number += 1;
        let mut row = Row { input, left: LONGEST, ended: false, blank: true };
        let job = serde_json::from_reader(BufReader::new(&mut row));
        let (blank, too_long) = (row.blank, row.left == 0);
        row.skip().during(|| format!("cannot read the report at line {number}"))?;
        match job {
            Ok(job) => reader.job(job),
            Err(_) if blank => {}
            Err(_) => reader.unread(number, too_long),
        }
    }
    reader.finish()
}

/// The longest row that is read. It limits the memory that one row takes.
const LONGEST: usize = 16 << 20;

/// A row of the dump, as a stream that ends with the row.
struct Row<'a> {
    input: &'a mut dyn BufRead,
    /// The number of bytes that may still be read.
    left: usize,
    ended: bool,
    /// Whether everything read so far is blank.
    blank: bool,
}

impl Row<'_> {
    /// Skips to the next row.
    fn skip(self) -> io::Result<()> {
        if !self.ended {
            self.input.skip_until(b'\n')?;
        }
        Ok(())
    }
}

impl Read for Row<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(self.left);
        if self.ended || most == 0 {
            return Ok(0);
        }
        let buffer = self.input.fill_buf()?;
        let part = &buffer[..buffer.len().min(most)];
        let end = memchr::memchr(b'\n', part);
        self.ended = end.is_some() || buffer.is_empty();
        let part = &part[..end.unwrap_or(part.len())];
        into[..part.len()].copy_from_slice(part);
        // The blanks of JSON, without the newline.
        self.blank &= part.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
        let size = part.len();
        self.input.consume(size + usize::from(end.is_some()));
        self.left -= size;
        Ok(size)
    }
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, FileCoverage>,
    /// The number of jobs with a result, and of those that survived, as `cr-rate` counts them.
    results: u64,
    survivors: u64,
    warnings: Warnings,
}

/// The content of a row.
#[derive(Deserialize)]
struct Job(Item, Option<Outcome>);

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
struct Outcome {
    #[serde(rename = "worker_outcome")]
    worker: Option<String>,
    #[serde(rename = "test_outcome")]
    tests: Option<String>,
    output: Option<String>,
}

impl Reader {
    fn job(&mut self, Job(item, outcome): Job) {
        let status = outcome.as_ref().map_or(MutantStatus::Pending, Outcome::status);
        self.results += u64::from(outcome.is_some());
        self.survivors += u64::from(status == MutantStatus::Survived);
        // A mutant with several changes is at the position of the first.
        if let Some(mutation) = item.mutations.into_iter().next() {
            let path = path::from_bytes(mutation.module_path.as_bytes());
            self.files.entry(path).or_default().mutants.push(mutation.mutant(status));
        }
    }

    fn unread(&mut self, number: u64, too_long: bool) {
        if too_long {
            let message =
                || format!("the row is longer than {} MiB: its mutant is left out", LONGEST >> 20);
            self.warnings.add("overlong rows", Some(number), message);
        } else {
            let message = || "the row is no work item with its result: left out".to_owned();
            self.warnings.add("malformed rows", Some(number), message);
        }
    }

    fn finish(mut self) -> Result<Report> {
        if self.files.is_empty() {
            return Err(Error::new(
                "no row is a work item with its result: this is not a dump of cosmic-ray",
            ));
        }
        for file in self.files.values_mut() {
            mutants::number(&mut file.mutants);
            file.tidy();
        }
        let mut report = Report { format: FORMAT.name, files: self.files, ..Report::default() };
        let counted = report.mutation().unwrap_or_default();
        let untested = counted.of(MutantStatus::Ignored) + counted.of(MutantStatus::Invalid);
        if untested > 0 {
            let (results, survivors) = (self.results, self.survivors);
            self.warnings.add("jobs without a test", None, || {
                format!(
                    "jobs that ran no test, and so count in no metric: {untested}; `cr-rate` \
                     counts them as killed, and sees {survivors} of {results} survive"
                )
            });
        }
        report.warnings = self.warnings.finish();
        Ok(report)
    }
}

impl Outcome {
    fn status(&self) -> MutantStatus {
        match (self.worker.as_deref(), self.tests.as_deref()) {
            (Some("skipped"), None) => MutantStatus::Ignored,
            (Some("no-test"), None) => MutantStatus::Invalid,
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
