//! `check`: compares the newest snapshot with what the configuration asks for.

use anstyle::Style;

use crate::check::{Checked, Finding, Severity, Verdict, View};
use crate::commands::Outcome;
use crate::commands::terminal::{self, BOLD, DIM, GREEN, RED, Terminal, YELLOW};
use crate::{Monitor, Result, cli};

/// Checks, and prints what was found.
pub(super) fn run(args: &cli::Check, monitor: &Monitor, terminal: &Terminal) -> Result<Outcome> {
    crate::commands::fetch_missing_objects(monitor, terminal)?;
    let checked = monitor.check()?;
    if args.output.json {
        terminal.json(&View::new(&checked))?;
    } else {
        terminal.warn_all(&checked.warnings);
        print(&checked, terminal);
    }
    Ok(match checked.verdict() {
        Verdict::Failed => Outcome::CheckFailed,
        Verdict::NothingToCheck | Verdict::Passed | Verdict::Pending => Outcome::Done,
    })
}

fn print(checked: &Checked, terminal: &Terminal) {
    if checked.verdict() == Verdict::NothingToCheck {
        terminal.stdout("nothing to check: covatlas.toml sets no target");
        terminal.progress_note("a target is set below `[targets]`, such as `lines = 80`");
        return;
    }
    terminal.stdout(header(checked));
    for finding in &checked.findings {
        terminal.stdout(line(finding));
        if let Some(advice) = &finding.advice {
            terminal.stdout(format_args!("           {DIM}{}{DIM:#}", terminal::plain(advice)));
        }
    }
    terminal.stdout(summary(checked));
}

/// `1f2e3d4 on main, the newest snapshot; 2 newer commits were not measured`
fn header(checked: &Checked) -> String {
    let (commit, branch) = (checked.commit.id.short(), terminal::plain(&checked.branch));
    let newer = match checked.newer_commits {
        0 => String::new(),
        1 => "; 1 newer commit was not measured".to_owned(),
        many => format!("; {many} newer commits were not measured"),
    };
    format!("{BOLD}{commit}{BOLD:#} on {branch}, the newest snapshot{newer}")
}

/// `  failed   Lines: 71.2%, 8.8 points below the target of 80%`
fn line(finding: &Finding) -> String {
    let (word, style) = match finding.severity {
        Severity::Pass => ("passed", GREEN),
        Severity::Pending => ("pending", YELLOW),
        Severity::Warning => ("warning", YELLOW),
        Severity::Failure => ("failed", RED),
    };
    labelled(word, style, &finding.message)
}

fn labelled(word: &str, style: Style, message: &str) -> String {
    format!("  {style}{word:<7}{style:#}  {}", terminal::plain(message))
}

/// `2 passed, 1 failed`
fn summary(checked: &Checked) -> String {
    let words = [
        (Severity::Pass, "passed"),
        (Severity::Warning, "with a warning"),
        (Severity::Pending, "pending"),
        (Severity::Failure, "failed"),
    ];
    let counts = words.map(|(severity, word)| (checked.count(severity), word));
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}
