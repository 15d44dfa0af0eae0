//! The arguments of `covatlas record`.

use std::path::PathBuf;

use clap::Args;

use super::flags::{DryRun, Output, Push};

/// `record`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas record                         find the reports in their usual places
  covatlas record --suite unit coverage.xml
  covatlas record --suite e2e --part linux --push 'out/**/*.info'
  covatlas record --commit 1f2e3d4 old/lcov.info
  covatlas record --dry-run               show what would be recorded

In CI the commit, the branch and the change request are taken from the CI system's variables \
(GitHub Actions, GitLab CI, Jenkins, Azure Pipelines, CircleCI, Buildkite), and the part is a \
digest of the job's name and matrix values: a job that runs again replaces its own part, and never \
that of another job.

Older GitHub runners do not tell a job its matrix values: pass them on with \
`COVATLAS_MATRIX: ${{ toJSON(matrix) }}`, or use --part.")]
pub struct Record {
    /// Report files, folders or globs [default: reports in their usual places]
    #[arg(value_name = "REPORT")]
    pub reports: Vec<PathBuf>,
    /// The suite that wrote the reports: unit, e2e, windows, …
    #[arg(long, default_value = "default", value_name = "NAME")]
    pub suite: String,
    /// The parallel job of the suite [default: a digest of the CI job, `default` outside CI]
    #[arg(long, value_name = "NAME")]
    pub part: Option<String>,
    /// The commit that was tested [default: the one that CI names, else HEAD]
    #[arg(long, value_name = "REVISION")]
    pub commit: Option<String>,
    /// The branch that was tested [default: the one that CI names, else that of HEAD]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// The number of the change request [default: the one that CI names]
    #[arg(long, value_name = "NUMBER")]
    pub change: Option<u64>,
    /// Whether to push the data branch.
    #[command(flatten)]
    pub push: Push,
    /// Whether to write anything.
    #[command(flatten)]
    pub dry_run: DryRun,
    /// Leave out reports that cannot be read, and use the others
    #[arg(long)]
    pub keep_going: bool,
    /// The format of the reports [default: recognised by their content]
    #[arg(long, value_name = "NAME")]
    pub format: Option<String>,
    /// The folder at which the relative paths in the reports start, such as packages/web
    ///
    /// Without it, the nearest folder that explains all paths is used: of those around the report
    /// first, then of those around the current one.
    #[arg(long, value_name = "FOLDER")]
    pub root: Option<PathBuf>,
    /// How the result is printed.
    #[command(flatten)]
    pub output: Output,
}
