//! The arguments of `covatlas show`.

use clap::Args;

use super::flags::Output;

/// `show`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas show src/parser.rs
  covatlas show src/parser.rs@v1.2.0
  covatlas show src/parser.rs --history   since when each line is covered
  covatlas show src/parser.rs --json")]
pub struct Show {
    /// A source file, at the newest snapshot or at that of a commit
    ///
    /// The commit may be on any branch. If it has no snapshot of its own, the nearest one is used,
    /// and a warning names it.
    #[arg(value_name = "PATH[@COMMIT]")]
    pub file: String,
    /// Show since which snapshot each line has been covered or uncovered, and which lines are flaky
    #[arg(long)]
    pub history: bool,
    /// How the result is printed.
    #[command(flatten)]
    pub output: Output,
}
