//! One file a command: load, compute, publish. Only this module prints.
//!
//! In: the arguments ([`crate::cli`]). Out: text on the terminal, files, exit codes by way of [`Error`].

pub mod ci;
mod completions;
mod formats;
mod inspect;
mod terminal;

use crate::cli::{Cli, Command};
use crate::error::Kind;
use crate::{Error, Result};
use terminal::Terminal;

/// Runs a command to its end.
pub fn run(cli: Cli) -> Result<()> {
    let terminal = Terminal::new(cli.quiet);
    match cli.command {
        Command::Inspect(args) => inspect::run(&args, &terminal),
        Command::Formats(args) => formats::run(&args, &terminal),
        Command::Completions(args) => completions::run(&args),
        Command::Record(_) | Command::Log(_) | Command::Show(_) | Command::Build(_) | Command::Demo(_) => todo!(),
    }
}

/// Prints an error: what was attempted, why it failed, and what to do next. Yields the exit code that says the same.
pub fn explain(error: &Error) -> u8 {
    terminal::explain(error);
    match error.kind() {
        Kind::Check => 1,
        Kind::Failed | Kind::RefMoved | Kind::NotFound => 2,
    }
}
