//! `record`: stores reports as a snapshot of the tested commit, and pushes it if requested.

mod context;
mod summary;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;

use crate::commands::record::summary::Summary;
use crate::commands::terminal::{self, Terminal};
use crate::error::Kind;
use crate::recording::RunContext;
use crate::recording::inputs::{self, Input};
use crate::report::Dimension;
use crate::store::Snapshot;
use crate::{Error, Monitor, Result, cli};

/// Reads, records and pushes, and prints what was done.
pub(crate) fn run(args: &cli::Record, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    let inputs = read(paths(args, monitor, terminal)?, args, terminal)?;
    let now = Timestamp::now();
    let context = context::of(args, monitor, now, terminal)?;
    let reports = reports(&inputs);
    let snapshot = snapshot(inputs, context, monitor, terminal)?;
    if let Some(lost) = replaced(&snapshot, monitor)? {
        terminal.warn(lost);
    }
    let put = if args.dry_run.is_set { None } else { Some(monitor.put(&snapshot, now)?) };
    if put.is_some() {
        crate::commands::push(args.push.remote.as_deref(), monitor, now)?;
    }
    let outcome = Summary { args, snapshot: &snapshot, put: put.as_ref() };
    if args.output.json {
        terminal.json(&outcome.json(&reports))
    } else {
        outcome.say(monitor, terminal)
    }
}

/// The report files: the named ones, or those found in the usual places, which are then printed.
fn paths(
    args: &cli::Record,
    monitor: &Monitor,
    terminal: &Terminal,
) -> Result<Vec<Result<PathBuf>>> {
    if !args.reports.is_empty() {
        return Ok(inputs::expand_all(&args.reports));
    }
    let root = monitor.repo().work_tree().unwrap_or_else(|| PathBuf::from("."));
    let here = Path::new("");
    let found =
        [inputs::find(here), inputs::find(&root)].into_iter().find(|found| !found.is_empty());
    let found = found.ok_or_else(|| {
        Error::new("no report was named, and there is none in the usual places")
            .hint(
                "name the file: `covatlas record path/to/coverage.xml`; a folder or a glob also \
                 works",
            )
            .hint("`covatlas formats` lists the supported formats")
    })?;
    for path in &found {
        terminal.progress_note(format_args!("found {}", terminal::path(path)));
    }
    Ok(found.into_iter().map(Ok).collect())
}

/// Reads the reports. One that cannot be read is an error, unless `--keep-going` is given.
fn read(
    paths: Vec<Result<PathBuf>>,
    args: &cli::Record,
    terminal: &Terminal,
) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    let (mut failed, mut empty) = (0, 0);
    let bar = terminal.progress("reading", Some(paths.len() as u64));
    let total = paths.len();
    for path in paths {
        match path.and_then(|path| inputs::read(&path, args.format.as_deref())) {
            Ok(input) => inputs.push(input),
            Err(error) if error.kind() == Kind::Empty && total > 1 => {
                empty += 1;
                bar.suspend(|| terminal::explain(&error));
            }
            Err(error) => {
                failed += 1;
                bar.suspend(|| terminal::explain(&error));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    failed += if inputs.is_empty() { empty } else { 0 };
    if failed > 0 && (!args.keep_going || inputs.is_empty()) {
        let of = terminal::count(total, "report");
        let error = Error::new(format!("nothing was recorded: {failed} of {of} could not be read"));
        return Err(if inputs.is_empty() {
            error
        } else {
            error.hint("`--keep-going` records the others")
        });
    }
    Ok(inputs)
}

fn snapshot(
    inputs: Vec<Input>,
    context: RunContext,
    monitor: &Monitor,
    terminal: &Terminal,
) -> Result<Snapshot> {
    let bar = terminal.progress("matching paths", None);
    let snapshot = monitor.snapshot(inputs, context);
    bar.finish_and_clear();
    snapshot
}

/// Warns if this recording replaces one with a dimension or tests that it does not have itself.
fn replaced(snapshot: &Snapshot, monitor: &Monitor) -> Result<Option<String>> {
    let (key, store) = (&snapshot.key, monitor.store()?);
    // A part that cannot be read may be replaced.
    let Ok(Some(stored)) = store.find(key) else { return Ok(None) };
    let Ok(earlier) = store.run(&stored) else { return Ok(None) };
    let gone = earlier.totals.iter().map(|(dimension, _)| dimension);
    let gone =
        gone.filter(|dimension| snapshot.run.totals.get(dimension).is_none()).map(Dimension::name);
    let tests = (earlier.tests.is_some() && snapshot.run.tests.is_none()).then_some("tests");
    let gone: Vec<&str> = gone.chain(tests).collect();
    Ok((!gone.is_empty()).then(|| {
        format!(
            "this takes the place of what was recorded as {key}, whose {} these reports do not \
             have: record all reports in one call, or name another --suite or --part",
            gone.join(", ")
        )
    }))
}

/// The reports in JSON.
fn reports(inputs: &[Input]) -> Vec<serde_json::Value> {
    let report = |input: &Input| {
        json!({
            "path": input.path.display().to_string(),
            "format": input.report.format,
            "digest": input.digest,
            "files": input.report.files.len(),
        })
    };
    inputs.iter().map(report).collect()
}
