//! One file per command: load, compute, publish. Only this module prints.
//!
//! A command returns an [`Outcome`], or an [`Error`] with its hints; the exit code follows from it.

mod backfill;
mod blame;
mod build;
mod check;
mod compare;
mod completions;
mod demo;
mod export;
mod formats;
mod import;
mod inspect;
mod log;
mod prune;
mod record;
mod show;
mod signals;
mod terminal;

use std::{env, fs};

use jiff::Timestamp;
use terminal::Terminal;

use crate::cli::{Cli, Command};
use crate::error::Context as _;
use crate::forge::{self, CiRun, Environment, Variables};
use crate::git::without_credentials;
use crate::{Error, Monitor, Result, parallel};

/// Ends the process at once with an exit code. Only `main` may do this; it passes the function on
/// for the one case that needs it, the third Ctrl-C.
pub type Exit = fn(i32) -> !;

/// The result of a command that ran to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did its work.
    Done,
    /// A check failed.
    CheckFailed,
}

impl Outcome {
    /// The corresponding exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::CheckFailed => 1,
        }
    }
}

/// Runs a command to its end.
pub fn run(cli: Cli, exit: Exit) -> Result<Outcome> {
    let terminal = Terminal::new(cli.quiet);
    terminal::print_uncaught_panics_only();
    if let Some(threads) = cli.threads {
        parallel::set_threads(threads);
    }
    let outcome = dispatch(cli.command, &terminal, exit)?;
    terminal.finish()?;
    Ok(outcome)
}

fn dispatch(command: Command, terminal: &Terminal, exit: Exit) -> Result<Outcome> {
    let monitor = || Ok(Monitor::here()?.in_ci(ci()));
    match command {
        Command::Check(args) => return check::run(&args, &monitor()?, terminal),
        Command::Inspect(args) => inspect::run(&args, terminal)?,
        Command::Record(args) => record::run(&args, &monitor()?, terminal)?,
        Command::Log(args) => log::run(&args, &monitor()?, terminal)?,
        Command::Compare(args) => compare::run(&args, &monitor()?, terminal)?,
        Command::Show(args) => show::run(&args, &monitor()?, terminal)?,
        Command::Blame(args) => blame::run(&args, &monitor()?, terminal)?,
        Command::Export(args) => export::run(&args, monitor, terminal)?,
        Command::Build(args) => build::run(&args, &monitor()?, terminal)?,
        Command::Backfill(args) => backfill::run(&args, &monitor()?, terminal, exit)?,
        Command::Import(args) => import::run(&args, &monitor()?, terminal)?,
        Command::Prune(args) => prune::run(&args, &monitor()?, terminal)?,
        Command::Demo(args) => demo::run(&args, terminal)?,
        Command::Formats(args) => formats::run(&args, terminal)?,
        Command::Completions(args) => completions::run(&args)?,
    }
    Ok(Outcome::Done)
}

/// The CI run that the environment of the process describes, if any.
fn ci() -> Option<CiRun> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let variables: Variables = env::vars_os().filter_map(text).collect();
    let event = variables.get("GITHUB_EVENT_PATH").and_then(|path| fs::read_to_string(path).ok());
    forge::detect(&Environment::new(variables, event.as_deref()))
}

/// Pushes the data branch if requested.
fn push(remote: Option<&str>, monitor: &Monitor, now: Timestamp) -> Result<()> {
    let Some(remote) = remote else { return Ok(()) };
    let store = monitor.store_writer()?;
    let pushed = store.push(remote, now.as_second());
    pushed.during(|| {
        format!("the snapshots are in the local branch `{}`, but were not pushed", store.branch())
    })?;
    Ok(())
}

/// Prints where the data branch was pushed to, if anywhere.
fn say_pushed(remote: Option<&str>, terminal: &Terminal) {
    if let Some(remote) = remote {
        terminal
            .status(format_args!("pushed to {}", terminal::plain(&without_credentials(remote))));
    }
}

/// Prepares a partial clone for reading its history, by fetching the objects that it lacks.
fn fetch_missing_objects(monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    if !monitor.repo().is_partial() {
        return Ok(());
    }
    let bar = terminal.progress("fetching objects missing from this partial clone", None);
    let fetched = monitor.fetch_missing();
    bar.finish_and_clear();
    let fetched = fetched?;
    if fetched > 0 {
        let objects = terminal::count(fetched, "object");
        terminal.progress_note(format_args!("fetched {objects} missing from this partial clone"));
    }
    Ok(())
}

/// Prints an error: what was attempted, why it failed, and what to do next. Returns the exit code
/// of a command that could not run.
pub fn explain(error: &Error) -> u8 {
    terminal::explain(error);
    2
}
