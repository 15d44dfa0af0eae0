//! The arguments of `covatlas import`.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::flags::{DryRun, Output, Push};
use crate::report::histories::HISTORIES;

/// `import`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas import auto coveragehistory         ReportGenerator's -historydir
  covatlas import python-coverage-comment origin/coverage-data
  covatlas import octocov origin/octocov:reports
  covatlas import codecov-api commits-*.json   saved responses of the API
  covatlas import auto --push coveragehistory
  covatlas import auto --dry-run history/      show what would be imported

A commit is found by its id if the history states one, or else by its time: the newest commit of \
the default branch then. Entries without a commit in this clone are left out and reported, and so \
are entries of commits at which the suite was measured here.")]
pub struct Import {
    /// The tool that kept the history, or `auto` to recognise it by its content
    #[arg(value_name = "HISTORY", value_parser = histories())]
    pub history: String,
    /// Files, folders, or revisions of a data branch: REVISION or REVISION:PATH
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// The suite of the imported snapshots
    #[arg(long, default_value = "imported", value_name = "NAME")]
    pub suite: String,
    /// Whether to push the data branch.
    #[command(flatten)]
    pub push: Push,
    /// Whether to write anything.
    #[command(flatten)]
    pub dry_run: DryRun,
    /// How the result is printed.
    #[command(flatten)]
    pub output: Output,
}

/// The names of the histories that can be read.
fn histories() -> PossibleValuesParser {
    let auto = PossibleValue::new("auto").help("Recognised by its content");
    let named = HISTORIES.iter().map(|history| PossibleValue::new(history.name).help(history.kept));
    [auto].into_iter().chain(named).collect::<Vec<_>>().into()
}
