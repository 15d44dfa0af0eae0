//! The arguments of `covatlas export`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::report::export::EXPORTS;

/// `export`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas export --format lcov > lcov.info           the newest snapshot
  covatlas export --format cobertura --commit v1.2.0 --output coverage.xml
  covatlas export --format codecov --suite unit
  covatlas export --format sonar coverage/lcov.info   convert a report
  covatlas export --format lcov a.info b.xml          merge reports

A report is converted without a repository. Each format contains what it can express; json \
contains everything.")]
pub struct Export {
    /// Report files, folders or globs to convert and merge [default: a snapshot is written]
    #[arg(value_name = "REPORT", conflicts_with_all = ["commit", "suite", "branch"])]
    pub reports: Vec<PathBuf>,
    /// The format to write
    #[arg(long, value_name = "NAME", value_parser = exports())]
    pub format: String,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The commit whose snapshot is written [default: the newest of the default branch]
    #[arg(long, value_name = "REVISION", conflicts_with = "branch")]
    pub commit: Option<String>,
    /// The suite to write [default: all of them, merged]
    #[arg(long, value_name = "NAME")]
    pub suite: Option<String>,
    /// The branch whose newest snapshot is written [default: the default branch]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
}

/// The names of the formats that can be written.
fn exports() -> PossibleValuesParser {
    EXPORTS
        .iter()
        .map(|export| PossibleValue::new(export.name).help(export.title))
        .collect::<Vec<_>>()
        .into()
}
