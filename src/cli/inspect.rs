//! The arguments of `covatlas inspect`.

use std::path::PathBuf;

use clap::Args;

use super::flags::Output;

/// `inspect`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas inspect coverage.xml
  covatlas inspect 'build/**/jacoco*.xml' --json
  covatlas inspect --format lcov report.txt.gz
  covatlas inspect build          every report in the folder")]
pub struct Inspect {
    /// Report files, folders or globs
    #[arg(required = true, value_name = "REPORT")]
    pub reports: Vec<PathBuf>,
    /// The format of the reports [default: recognised by their content]
    #[arg(long, value_name = "NAME")]
    pub format: Option<String>,
    /// How the result is printed.
    #[command(flatten)]
    pub output: Output,
}
