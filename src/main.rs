//! The binary: parse the arguments, run the command, print the error chain with its hints, say it all in an exit code.

use std::process::ExitCode;

use covatlas::{cli, commands};

fn main() -> ExitCode {
    match commands::run(cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(commands::explain(&error)),
    }
}
