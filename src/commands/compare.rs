//! `compare`: prints how much of the code that a change added is covered, and how the coverage of
//! everything else changed.

use serde::Serialize;
use serde_json::json;

use crate::analysis::comparison::{Comparison, FileComparison};
use crate::analysis::differential::{Category, Differential};
use crate::commands::terminal::{self, BOLD, DIM, GREEN, RED, Terminal};
use crate::monitor::Compared;
use crate::report::{Dimension, Tally};
use crate::site::format;
use crate::{Monitor, Result, cli};

/// A file in JSON.
#[derive(Serialize)]
struct Entry<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    renamed_from: Option<&'a str>,
    categories: &'a Differential,
    uncovered: &'a [(u32, u32)],
    lost: &'a [(u32, u32)],
}

/// Compares two commits and prints the differences.
pub(super) fn run(args: &cli::Compare, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    crate::commands::fetch_missing_objects(monitor, terminal)?;
    let compared = monitor.compare(&args.base, args.head.as_deref())?;
    let Compared { base, base_snapshot, head, comparison, notes } = &compared;
    if args.output.json {
        return terminal.json(&json!({
            "schema": "covatlas/compare/1",
            "base": base,
            "base_snapshot": base_snapshot,
            "head": head,
            "suites": comparison.suites,
            "patch_suites": comparison.patch_suites,
            "patch": comparison.counts.patch(),
            "categories": comparison.counts,
            "files": comparison.files.iter().map(entry).collect::<Vec<_>>(),
            "warnings": notes,
        }));
    }
    terminal.warn_all(notes);
    terminal.stdout(format_args!("{BOLD}{}{BOLD:#} against {}", head.short(), base.short()));
    patch(comparison, terminal);
    table(&comparison.counts, terminal);
    list("added and not covered", &comparison.files, |file| &file.uncovered, terminal);
    list("lost, though the text is the same", &comparison.files, |file| &file.lost, terminal);
    Ok(())
}

fn entry(file: &FileComparison) -> Entry<'_> {
    let FileComparison { path, renamed_from, counts, uncovered, lost } = file;
    Entry { path, renamed_from: renamed_from.as_deref(), categories: counts, uncovered, lost }
}

/// Prints patch coverage, one line per dimension.
fn patch(comparison: &Comparison, terminal: &Terminal) {
    let patch = comparison.counts.patch();
    if patch.is_empty() {
        terminal.stdout("  no code was added: there is no patch coverage");
    }
    for (dimension, tally) in patch.iter() {
        terminal.stdout(format_args!(
            "  patch {:<10} {:>6}  {} {}",
            dimension.name(),
            terminal::percent(tally),
            bar(tally),
            share(*dimension, tally)
        ));
    }
}

/// Formats `5 of 6 added lines`.
fn share(dimension: Dimension, tally: Tally) -> String {
    let unit = format::counted(tally.total, &format!("added {}", dimension.unit()));
    format!("{} of {unit}", tally.covered)
}

/// A bar with ten cells. The covered part is filled.
fn bar(tally: Tally) -> String {
    let full = (tally.covered * 10 / tally.total.max(1)) as usize;
    format!("{GREEN}{}{GREEN:#}{RED}{}{RED:#}", "█".repeat(full), "░".repeat(10 - full))
}

/// Prints every category that is not empty.
fn table(counts: &Differential, terminal: &Terminal) {
    terminal.stdout(format_args!(
        "{DIM}       {:>9} {:>9} {:>9}{DIM:#}",
        "lines", "branches", "functions"
    ));
    for category in Category::ALL {
        let counts =
            [counts.lines, counts.branches, counts.functions].map(|counts| counts.get(category));
        if counts != [0; 3] {
            let [lines, branches, functions] = counts;
            let (letters, words) = (category.letters(), category.words());
            terminal.stdout(format_args!(
                "  {letters}  {lines:>9} {branches:>9} {functions:>9}  {DIM}{words}{DIM:#}"
            ));
        }
    }
}

/// Prints `src/a.rs:10-12, 15`, one line per file, or nothing if there are no lines.
fn list(
    what: &str,
    files: &[FileComparison],
    runs: impl Fn(&FileComparison) -> &[(u32, u32)],
    terminal: &Terminal,
) {
    let mut files = files.iter().filter(|file| !runs(file).is_empty()).peekable();
    if files.peek().is_some() {
        terminal.stdout(format_args!("{BOLD}{what}{BOLD:#}"));
    }
    for file in files {
        let run = |&(from, to): &(u32, u32)| {
            if from == to { from.to_string() } else { format!("{from}-{to}") }
        };
        let shown: Vec<String> = runs(file).iter().map(run).collect();
        terminal.stdout(format_args!("  {}:{}", terminal::plain(&file.path), shown.join(", ")));
    }
}
