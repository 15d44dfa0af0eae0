//! Prints the tests in one file, for `show`.

use serde::Serialize;

use crate::commands::terminal::{self, BOLD, DIM, GREEN, RED, Terminal, YELLOW};
use crate::report::{Test, TestStatus};
use crate::store::{Damage, Stored};
use crate::{Monitor, Result};

/// A test in JSON.
#[derive(Serialize)]
pub(crate) struct Entry {
    /// The recorded suite: `unit`, `e2e`.
    recorded: String,
    /// The class, file or package, as the tool names it.
    suite: String,
    name: Box<str>,
    status: &'static str,
    #[serde(skip_serializing_if = "is_zero")]
    retries: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_us: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: Box<str>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes a reference
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// The tests in the file at `path` that some parts of a snapshot recorded. Parts whose tests cannot
/// be read are left out.
pub(crate) fn of<'p>(
    path: &str,
    parts: impl Iterator<Item = &'p Stored>,
    monitor: &Monitor,
    damage: &mut Damage,
) -> Result<Vec<Entry>> {
    let store = monitor.store()?;
    let mut entries = Vec::new();
    for part in parts {
        let tests = damage.readable(format_args!("the tests of {}", part.key), store.tests(part));
        let here = tests.into_iter().flatten().filter(|test| test.file.as_deref() == Some(path));
        entries.extend(here.map(|test| entry(&part.key.suite, test)));
    }
    Ok(entries)
}

fn entry(recorded: &str, test: Test) -> Entry {
    let Test { suite, name, status, retries, duration, message, .. } = test;
    let duration_us = duration.and_then(|duration| u64::try_from(duration.as_micros()).ok());
    Entry {
        recorded: recorded.to_owned(),
        suite: suite.to_string(),
        name,
        status: status.name(),
        retries,
        duration_us,
        message,
    }
}

/// Prints one line per test: a sign and a colour for the result, and the first line of the message.
pub(crate) fn print(entries: &[Entry], terminal: &Terminal) {
    if entries.is_empty() {
        return;
    }
    terminal.stdout(format_args!("{BOLD}{}{BOLD:#}", terminal::count(entries.len(), "test")));
    for entry in entries {
        let (colour, sign) = match entry.status {
            _ if entry.status == TestStatus::Passed.name() && entry.retries > 0 => (YELLOW, '~'),
            status if status == TestStatus::Passed.name() => (GREEN, '+'),
            status if status == TestStatus::Failed.name() || status == TestStatus::Error.name() => {
                (RED, '!')
            }
            _ => (DIM, '?'),
        };
        let why = entry.message.lines().next().unwrap_or_default();
        let why = if why.is_empty() {
            String::new()
        } else {
            format!("  {DIM}{}{DIM:#}", terminal::plain(why))
        };
        let retries = match entry.retries {
            0 => String::new(),
            retries => format!(" after {}", terminal::count(retries as usize, "failed attempt")),
        };
        let name = terminal::plain(&entry.name);
        terminal.stdout(format_args!(
            "  {colour}{sign} {:<8}{colour:#} {name}{retries}{why}",
            entry.status
        ));
    }
}
