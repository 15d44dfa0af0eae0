//! The arguments of `covatlas backfill`.

use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::flags::{DryRun, Output, Push};

/// `backfill`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas backfill -- make coverage
  covatlas backfill --every 20 --jobs 2 -- pytest --cov --cov-report=xml
  covatlas backfill --since 2024-01-31 -- sh -c 'make coverage || true'
  covatlas backfill --report 'out/*.xml' -- make coverage
  covatlas backfill --dry-run -- true

The command runs without a shell in the root of a new worktree, for each commit of the default \
branch, newest first. COVATLAS_COMMIT is the full id of the commit. The command has to exit with \
0: use `|| true` if failing tests are to be recorded too. Reports are found as `record` finds \
them, except for files that the commit tracks.

Each commit is recorded as soon as it is measured, so a backfill can be stopped at any time and \
started again. It skips commits that have a snapshot of the suite, and those at which the same \
command failed before unless --retry is given. Your own work tree is not touched. The worktrees \
are in the folder for temporary files (TMPDIR), and are removed.

Exit codes: 0 if a commit was recorded or there was nothing to do, 2 if the command failed at all \
of them.")]
pub struct Backfill {
    /// Measure every N-th commit, counted from the oldest
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = from_one())]
    pub every: usize,
    /// The number of commits to measure at the same time
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = from_one())]
    pub jobs: usize,
    /// Stop at this revision or date, such as 2024-01-31 [default: the first commit]
    #[arg(long, value_name = "REVISION|DATE")]
    pub since: Option<String>,
    /// The suite that the command measures
    #[arg(long, default_value = "default", value_name = "NAME")]
    pub suite: String,
    /// The reports that the command writes [default: reports in their usual places]
    #[arg(long = "report", value_name = "GLOB")]
    pub reports: Vec<String>,
    /// Run the command again at commits at which it failed before
    #[arg(long)]
    pub retry: bool,
    /// Whether to push the data branch.
    #[command(flatten)]
    pub push: Push,
    /// Whether to write anything.
    #[command(flatten)]
    pub dry_run: DryRun,
    /// How the result is printed.
    #[command(flatten)]
    pub output: Output,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

fn from_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
}
