//! `export`: writes the coverage of a snapshot, or of report files, in another format.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::commands::terminal::{self, Terminal};
use crate::error::Context as _;
use crate::history::{Answer, Selected, Selection};
use crate::recording::inputs;
use crate::recording::runs::{Counted, Runs};
use crate::report::export::{self, Export, Files};
use crate::{Error, Monitor, Result, cli};

/// Collects the coverage and writes it.
pub(super) fn run(
    args: &cli::Export,
    monitor: impl FnOnce() -> Result<Monitor>,
    terminal: &Terminal,
) -> Result<()> {
    let export = export::named(&args.format)?;
    let files = if args.reports.is_empty() {
        recorded(args, &monitor()?, terminal)?
    } else {
        merged(args, terminal)?
    };
    warn(&files, export, terminal);
    match &args.output {
        Some(path) => to_file(path, |out| (export.write)(&files, out))
            .during(|| format!("cannot write {}", path.display())),
        None => terminal.stream(|out| (export.write)(&files, out)),
    }
}

/// The merged files of a snapshot.
fn recorded(args: &cli::Export, monitor: &Monitor, terminal: &Terminal) -> Result<Files> {
    crate::commands::fetch_missing_objects(monitor, terminal)?;
    let answer = args.commit.as_deref().map(|commit| monitor.answer(commit)).transpose()?;
    if let Some(note) = answer.as_ref().and_then(Answer::note) {
        terminal.warn(note);
    }
    let commit = answer.map(|answer| answer.commit);
    let which = Selection { commit, branch: args.branch.as_deref(), suite: args.suite.as_deref() };
    let Selected { commit, files, unknown, damage } = monitor.select(which)?;
    terminal.warn_all(&damage.sentences());
    if files.is_empty() {
        let message = format!("the snapshot of {} has no coverage", commit.short());
        return Err(Error::new(message).hint("`covatlas log` shows which snapshots have coverage"));
    }
    terminal.progress_note(format_args!(
        "{} of the commit {}",
        terminal::count(files.len(), "file"),
        commit.short()
    ));
    if unknown > 0 {
        let lines = terminal::count(unknown, "line");
        terminal.warn(format_args!("{lines} changed since they were measured, and are left out"));
    }
    Ok(files)
}

/// Report files, merged by the paths in them.
fn merged(args: &cli::Export, terminal: &Terminal) -> Result<Files> {
    let mut runs = Runs::default();
    for path in inputs::expand_all(&args.reports) {
        let mut input = inputs::read(&path?, None)?;
        for warning in &input.report.warnings {
            terminal.warn(format_args!(
                "{}: {}",
                terminal::path(&input.path),
                terminal::warning(warning)
            ));
        }
        let files = std::mem::take(&mut input.report.files);
        runs.add(&input, files, |_| None);
    }
    let Counted { files, same_run, warning, .. } = runs.finish();
    for same in terminal::same_runs(&same_run) {
        terminal.progress_note(same);
    }
    if let Some(warning) = warning {
        terminal.warn(terminal::warning(&warning));
    }
    if files.is_empty() {
        return Err(Error::new("the reports have no coverage")
            .hint("`covatlas inspect` shows what a report contains"));
    }
    Ok(files)
}

/// Warns about what the written report cannot express.
fn warn(files: &Files, export: &Export, terminal: &Terminal) {
    if !export::exact(files) {
        terminal
            .warn("some counts are lower bounds (such as 10 or more), and are written as if exact");
    }
    let summaries = files.values().filter(|file| !file.summary.tallies.is_empty()).count();
    if summaries > 0 && !export.whole {
        let message = "have totals of their own that differ from those of their lines; these \
                       totals are left out";
        terminal.warn(format_args!("{} {message}", terminal::count(summaries, "file")));
    }
}

fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    write(&mut out)?;
    out.flush()
}
