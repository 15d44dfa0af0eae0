//! The arguments of `covatlas blame`.

use clap::Args;

use super::flags::Output;

/// `blame`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas blame src/parser.rs
  covatlas blame src tests --json           every file in the folders
  covatlas blame . --commit v1.2.0 --stats  every file, at a tag

The result is that of `git blame` at its default settings, line by line, but all files take about \
as long as a few do with git. It is kept in .git/covatlas/, and the next blame continues from it.")]
pub struct Blame {
    /// Files or folders, from the root of the repository
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// The commit whose files are blamed [default: HEAD]
    #[arg(long, value_name = "REVISION")]
    pub commit: Option<String>,
    /// Show the time taken, the commits visited, and the lines known from an earlier blame
    #[arg(long)]
    pub stats: bool,
    /// Do not use the result of an earlier blame, and do not store this one
    #[arg(long)]
    pub no_cache: bool,
    /// How the result is printed.
    #[command(flatten)]
    pub output: Output,
}
