//! `inspect`: prints what each report contains. Nothing is merged or stored.

use serde::Serialize;
use serde_json::json;

use crate::commands::terminal::{self, BOLD, Terminal, YELLOW};
use crate::recording::inputs::{self, Input};
use crate::report::{DeclaredTotals, MutantStatus, MutationTotals, Tallies, TestSummary, Warning};
use crate::{Error, Result, cli};

/// A report in JSON.
#[derive(Serialize)]
struct Entry {
    path: String,
    format: &'static str,
    files: usize,
    dimensions: Tallies,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutation: Option<MutationTotals>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tests: Option<TestSummary>,
    /// The number of tests that the report distinguishes line by line.
    #[serde(skip_serializing_if = "Option::is_none")]
    contexts: Option<usize>,
    #[serde(skip_serializing_if = "DeclaredTotals::is_empty")]
    stated: DeclaredTotals,
    warnings: Vec<Warning>,
}

/// Reads and prints each report. A report that cannot be read is an error, but the others are still
/// printed.
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
        return Err(Error::new(format!(
            "{failed} of {} could not be read",
            terminal::count(total, "report")
        )));
    }
    Ok(())
}

fn entry(input: Input) -> Entry {
    let dimensions = input.report.tallies();
    let Input { path, report, .. } = input;
    Entry {
        path: path.display().to_string(),
        format: report.format,
        files: report.files.len(),
        dimensions,
        mutation: report.mutation(),
        tests: report.tests.as_ref().map(TestSummary::of),
        contexts: Some(report.contexts.tests().len()).filter(|&tests| tests > 0),
        stated: report.stated,
        warnings: report.warnings,
    }
}

fn print(entries: &[Entry], args: &cli::Inspect, terminal: &Terminal) -> Result<()> {
    if args.output.json {
        return terminal
            .json(&json!({ "schema": "covatlas/inspect/1", "reports": entries, "warnings": [] }));
    }
    for entry in entries {
        let files = terminal::count(entry.files, "file");
        terminal.stdout(format_args!("{BOLD}{}{BOLD:#}  {}, {files}", entry.path, entry.format));
        for line in terminal::tallies(&entry.dimensions) {
            terminal.stdout(line);
        }
        if let Some(totals) = entry.tests {
            terminal.stdout(format_args!("  {}", terminal::tests(&totals)));
        }
        if let Some(totals) = entry.mutation {
            terminal.stdout(mutation(totals));
        }
        for warning in &entry.warnings {
            terminal.stdout(format_args!(
                "  {YELLOW}warning:{YELLOW:#} {}",
                terminal::warning(warning)
            ));
        }
    }
    Ok(())
}

/// Formats `mutation score 64 %: 13 killed, 3 timed out, 3 survived, 6 not covered`.
fn mutation(totals: MutationTotals) -> String {
    let score = totals.score().map_or_else(
        || "no mutation score".to_owned(),
        |score| format!("mutation score {score:.0} %"),
    );
    let words = [
        (MutantStatus::Killed, "killed"),
        (MutantStatus::Timeout, "timed out"),
        (MutantStatus::Survived, "survived"),
        (MutantStatus::NoCoverage, "not covered"),
        (MutantStatus::Ignored, "ignored"),
        (MutantStatus::Pending, "pending"),
        (MutantStatus::Invalid, "invalid"),
    ];
    let counts = words
        .into_iter()
        .map(|(status, word)| (totals.of(status), word))
        .filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    format!("  {score}: {}", counts.join(", "))
}
