//! The arguments of `covatlas formats`.

use clap::Args;

use super::flags::Output;

/// `formats`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas formats
  covatlas formats jacoco      who writes it, and how it is read
  covatlas formats --json")]
pub struct Formats {
    /// The format to describe [default: all, in one line each]
    pub name: Option<String>,
    /// How the result is printed.
    #[command(flatten)]
    pub output: Output,
}
