//! Prints for commands: results to stdout, warnings and errors to stderr, colours and progress only
//! on terminals.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use std::{panic, thread};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::error::Context as _;
use crate::git::catches_panics;
use crate::report::{Tallies, Tally, TestSummary, TestTotals, Warning};
use crate::store::SameRun;
use crate::{Error, Result, hidden};

/// Bold, for the subject of a line.
pub(super) const BOLD: Style = Style::new().bold();
/// For less important text.
pub(super) const DIM: Style = Style::new().dimmed();
/// Covered, or better.
pub(super) const GREEN: Style = AnsiColor::Green.on_default();
/// Uncovered, worse, or an error.
pub(super) const RED: Style = AnsiColor::Red.on_default();
/// Partial, or a warning.
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// The user's terminal, or the files and pipes that replace it.
pub(super) struct Terminal {
    quiet: bool,
    /// Why the result could not be written completely.
    failed: OnceLock<io::Error>,
}

#[allow(clippy::unused_self)] // so that all printing is done in one place
impl Terminal {
    /// Creates a terminal. If `quiet`, remarks are not printed.
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet, failed: OnceLock::new() }
    }

    /// Prints a line of the result. After a failure nothing more is printed, and [`Self::finish`]
    /// returns the error.
    pub(super) fn stdout(&self, line: impl Display) {
        if self.failed.get().is_some() {
            return;
        }
        if let Err(error) = writeln!(anstream::stdout(), "{line}") {
            self.failed.get_or_init(|| error);
        }
    }

    /// Ends the result.
    ///
    /// # Errors
    /// If a part of it could not be written. It is not an error if the reader has closed the pipe.
    pub(super) fn finish(self) -> Result<()> {
        match self.failed.into_inner() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::new("cannot write the result").because(error))
            }
            _ => Ok(()),
        }
    }

    /// Prints a result while it is being made.
    pub(super) fn stream(
        &self,
        write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match write(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done.during(|| "cannot write the result".to_owned()),
        }
    }

    /// Prints a value as JSON.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Error::new("cannot write JSON").because(error))?;
        self.stdout(hidden::escaped_in_json(&text));
        Ok(())
    }

    /// Prints a remark on what was done, unless `--quiet`.
    pub(super) fn status(&self, line: impl Display) {
        if !self.quiet {
            self.stdout(line);
        }
    }

    /// Prints a remark on what is being done, unless `--quiet`, and only if it does not mix with a
    /// result.
    pub(super) fn progress_note(&self, line: impl Display) {
        if !self.quiet {
            anstream::eprintln!("{DIM}{line}{DIM:#}");
        }
    }

    /// Prints a warning.
    pub(super) fn warn(&self, line: impl Display) {
        anstream::eprintln!("{YELLOW}warning:{YELLOW:#} {line}");
    }

    /// Prints warnings, escaping hidden characters.
    pub(super) fn warn_all(&self, lines: &[String]) {
        for line in lines {
            self.warn(plain(line));
        }
    }

    /// A progress bar with `total` steps, or a spinner if unknown. It appears after half a second,
    /// and only if stderr is a terminal.
    pub(super) fn progress(&self, what: &'static str, total: Option<u64>) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let template = if total.is_some() {
            "{msg} {wide_bar} {human_pos}/{human_len}"
        } else {
            "{spinner} {msg} {human_pos}"
        };
        bar.set_style(ProgressStyle::with_template(template).expect("the template is a constant"));
        bar.set_message(what);
        if !self.quiet && io::stderr().is_terminal() {
            let late = bar.clone();
            // If no thread can be started, there is no bar, and the work goes on.
            let _ = thread::Builder::new().spawn(move || {
                thread::sleep(Duration::from_millis(500));
                if !late.is_finished() {
                    late.set_draw_target(ProgressDrawTarget::stderr());
                    late.enable_steady_tick(Duration::from_millis(100));
                }
            });
        }
        bar
    }
}

/// Suppresses the messages of panics that become errors.
pub(super) fn print_uncaught_panics_only() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !catches_panics() {
            print(panic);
        }
    }));
}

/// Prints an error: what was attempted, why it failed, and what to do next.
pub(super) fn explain(error: &Error) {
    let chain = error.chain();
    let (sentence, causes) = chain.split_first().expect("a chain starts with the error itself");
    anstream::eprintln!("{RED}error:{RED:#} {}", plain(sentence));
    for cause in causes {
        anstream::eprintln!("  because: {}", plain(cause));
    }
    for hint in error.hints() {
        anstream::eprintln!("{CYAN}hint:{CYAN:#} {}", plain(hint));
    }
}

/// Formats `85.6%`, with one decimal, rounded down so that only complete coverage is 100.0%. `n/a`
/// if there was nothing to cover.
pub(super) fn percent(tally: Tally) -> String {
    match tally.total {
        0 => "n/a".to_owned(),
        total => {
            let tenths = u128::from(tally.covered) * 1000 / u128::from(total);
            format!("{}.{}%", tenths / 10, tenths % 10)
        }
    }
}

/// One line per dimension: name, percentage, counts.
pub(super) fn tallies(tallies: &Tallies) -> impl Iterator<Item = String> {
    tallies.iter().map(|(dimension, tally)| {
        format!(
            "  {:<10} {:>6}  {} of {}",
            dimension.name(),
            percent(tally),
            tally.covered,
            tally.total
        )
    })
}

/// Formats `297 tests: 290 passed (1 flaky), 2 failed, 1 with errors, 4 skipped, 12.3 s`.
pub(super) fn tests(summary: &TestSummary) -> String {
    let TestTotals { tests, failures, errors, skipped, other } = summary.totals;
    let passed = match summary.flaky {
        0 => "passed".to_owned(),
        flaky => format!("passed ({flaky} flaky)"),
    };
    let words = [
        (summary.passed, passed.as_str()),
        (failures, "failed"),
        (errors, "with errors"),
        (skipped, "skipped"),
        (other, "other"),
    ];
    let counts = words
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"));
    let time = summary.duration_us.map(|duration| seconds(Duration::from_micros(duration)));
    let said: Vec<String> = counts.chain(time).collect();
    let tests = count(tests as usize, "test");
    if said.is_empty() { tests } else { format!("{tests}: {}", said.join(", ")) }
}

/// Formats `12.3 s`, or milliseconds below one second.
pub(super) fn seconds(duration: Duration) -> String {
    match duration.as_millis() {
        0..1000 => format!("{} ms", duration.as_micros().div_ceil(1000)),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

/// Formats text of unknown origin as one line. Characters that would steer the terminal or reorder
/// the text are shown by their code point.
pub(super) fn plain(text: &str) -> String {
    hidden::shown(text).replace('\n', "[U+000A]")
}

/// Formats a path as [`plain`] text.
pub(super) fn path(path: &Path) -> String {
    plain(&path.display().to_string())
}

/// Formats seconds since 1970 as RFC 3339 UTC.
pub(super) fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// Formats `1.2 MB`, in powers of ten like hosting services.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// Formats `1 file`, `2 files`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Formats `line 3: what is wrong`.
pub(super) fn warning(warning: &Warning) -> String {
    match warning.line {
        Some(line) => format!("line {line}: {}", plain(&warning.message)),
        None => plain(&warning.message),
    }
}

/// Describes the reports that do not count, one line for each report that counts in their place.
pub(super) fn same_runs(list: &[SameRun]) -> Vec<String> {
    let mut others: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for same in list {
        others.entry(&same.counted).or_default().push(&same.report);
    }
    others.into_iter().map(|(counted, reports)| same_run(counted, &reports)).collect()
}

fn same_run(counted: &str, reports: &[&str]) -> String {
    const NAMED: usize = 4;
    let counted = plain(counted);
    if reports.iter().all(|report| *report == counted) {
        return format!("{counted} was given in {} copies, of which one counts", reports.len() + 1);
    }
    let named: Vec<String> = reports.iter().take(NAMED).map(|name| plain(name)).collect();
    let rest = reports.len() - named.len();
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let verb = if reports.len() == 1 { "reports" } else { "report" };
    format!(
        "{}{rest} {verb} the same run as {counted}, which has more information: only {counted} \
         counts",
        named.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_is_a_hundred_percent() {
        let shown = |covered, total| percent(Tally { covered, total });
        assert_eq!(shown(99_999, 100_000), "99.9%");
        assert_eq!(shown(3, 3), "100.0%");
        assert_eq!(shown(2, 3), "66.6%");
        assert_eq!(shown(0, 0), "n/a");
    }
}
