//! `inspect`: what reports hold, one by one; nothing is merged and nothing stored.

use serde::Serialize;
use serde_json::json;

use super::terminal::{self, BOLD, Terminal, YELLOW};
use crate::recording::inputs::{self, Input};
use crate::report::{Tallies, Warning};
use crate::{Error, Result, cli};

/// One report, as JSON has it.
#[derive(Serialize)]
struct Entry {
    path: String,
    format: &'static str,
    files: usize,
    dimensions: Tallies,
    warnings: Vec<Warning>,
}

/// Reads and prints each report; one that cannot be read is an error that names it, and the others are printed still.
pub(super) fn run(args: &cli::Inspect, terminal: &Terminal) -> Result<()> {
    let paths = inputs::expand_all(&args.reports);
    let mut entries = Vec::new();
    let bar = terminal.progress("reading", Some(paths.len() as u64));
    let total = paths.len();
    for path in paths {
        match path.and_then(|path| inputs::read(&path, args.format.as_deref())) {
            Ok(input) => entries.push(entry(input)),
            Err(error) => bar.suspend(|| terminal::explain(&error)),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    print(&entries, args, terminal)?;
    let failed = total - entries.len();
    if failed > 0 {
        return Err(Error::new(format!("{failed} of {} could not be read", terminal::count(total, "report"))));
    }
    Ok(())
}

fn entry(input: Input) -> Entry {
    let dimensions = input.report.tallies();
    let Input { path, report, .. } = input;
    let path = path.display().to_string();
    Entry { path, format: report.format, files: report.files.len(), dimensions, warnings: report.warnings }
}

fn print(entries: &[Entry], args: &cli::Inspect, terminal: &Terminal) -> Result<()> {
    if args.json {
        return terminal.json(&json!({ "schema": "covatlas/inspect/1", "reports": entries, "warnings": [] }));
    }
    for entry in entries {
        let files = terminal::count(entry.files, "file");
        terminal.answer(format_args!("{BOLD}{}{BOLD:#}  {}, {files}", entry.path, entry.format));
        for line in terminal::tallies(&entry.dimensions) {
            terminal.answer(line);
        }
        for warning in &entry.warnings {
            terminal.answer(format_args!("  {YELLOW}warning:{YELLOW:#} {}", terminal::warning(warning)));
        }
    }
    Ok(())
}
