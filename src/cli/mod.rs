//! The command line as types, one file per command. The doc comments here are the text of `--help`.

mod backfill;
mod blame;
mod build;
mod check;
mod compare;
mod completions;
mod demo;
mod export;
mod flags;
mod formats;
mod import;
mod inspect;
mod log;
mod prune;
mod record;
mod show;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;

pub use backfill::Backfill;
pub use blame::Blame;
pub use build::Build;
pub use check::Check;
use clap::{CommandFactory, Parser, Subcommand};
pub use compare::Compare;
pub use completions::Completions;
pub use demo::Demo;
pub use export::Export;
pub use flags::{DryRun, Output, Push};
pub use formats::Formats;
pub use import::Import;
pub use inspect::Inspect;
pub use log::Log;
pub use prune::Prune;
pub use record::Record;
pub use show::Show;

/// Coverage reports with a history: snapshots in git, and a static site made from them
///
/// `record` stores coverage reports as a snapshot in a branch of the repository itself. `build`
/// walks the history of those snapshots and writes a static site that needs no server.
#[derive(Parser, Debug)]
#[command(name = "covatlas", version, max_term_width = 100, after_help = OVERVIEW)]
pub struct Cli {
    /// Work as if started in this folder
    #[arg(short = 'C', long = "repository", global = true, value_name = "FOLDER")]
    pub repository: Option<PathBuf>,
    /// Print results, warnings and errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// The number of threads to use [default: one per core]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
}

const OVERVIEW: &str = "\
Examples:
  covatlas demo                 see what it does, on a made-up project
  covatlas record               record the reports in their usual places
  covatlas record --suite unit --push coverage.xml
  covatlas build                write the site to ./site

Exit codes: 0 success, 1 a check failed, 2 an error (bad input, bad usage)";

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Print what reports contain, and store nothing
    Inspect(Inspect),
    /// Store reports in the repository as a snapshot of a commit
    Record(Record),
    /// List the snapshots of the default branch
    Log(Log),
    /// Print a source file with the coverage of its lines
    Show(Show),
    /// Print which commit last changed each line of files, and its author
    Blame(Blame),
    /// Compare two commits: patch coverage, and what was lost elsewhere
    Compare(Compare),
    /// Check whether the newest snapshot reaches its targets
    Check(Check),
    /// Write the coverage of a snapshot, or of reports, in another format
    Export(Export),
    /// Write the site
    Build(Build),
    /// Measure old commits: run a command in a worktree of each and record its reports
    Backfill(Backfill),
    /// Import the coverage history that another tool kept
    Import(Import),
    /// Thin out old snapshots
    Prune(Prune),
    /// Write a made-up project with its coverage history, and its site
    Demo(Demo),
    /// List the report formats that can be read
    Formats(Formats),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// Reads the arguments of the process.
///
/// # Errors
/// The exit code after `--help`, `--version` or wrong usage, whose text is printed.
pub fn parse() -> Result<Cli, u8> {
    Cli::try_parse().map_err(|answer| {
        let _ = answer.print();
        answer.exit_code().try_into().unwrap_or(2)
    })
}

/// Writes a completion script for a shell.
pub fn completions(shell: clap_complete::Shell, out: &mut dyn Write) {
    let mut out = out;
    clap_complete::generate(shell, &mut Cli::command(), "covatlas", &mut out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn push_takes_a_remote_or_none() {
        let push = |args: &[&str]| match Cli::parse_from(args).command {
            Command::Record(record) => record.push.remote,
            other => panic!("{other:?}"),
        };
        assert_eq!(push(&["covatlas", "record"]), None);
        assert_eq!(push(&["covatlas", "record", "--push"]).as_deref(), Some("origin"));
        assert_eq!(
            push(&["covatlas", "record", "--push=upstream", "a.info"]).as_deref(),
            Some("upstream")
        );
    }
}
