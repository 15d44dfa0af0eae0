//! Flags that several commands share.

use clap::Args;

/// How the result is printed.
#[derive(Args, Clone, Copy, Debug)]
pub struct Output {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Whether to push the data branch.
#[derive(Args, Clone, Debug)]
pub struct Push {
    /// Push the data branch afterwards [default remote: origin]
    #[arg(long = "push", id = "push", value_name = "REMOTE", num_args = 0..=1)]
    #[arg(require_equals = true, default_missing_value = "origin")]
    pub remote: Option<String>,
}

/// Whether to write anything.
#[derive(Args, Clone, Copy, Debug)]
pub struct DryRun {
    /// Show what would be done, and change nothing
    #[arg(long = "dry-run", id = "dry-run")]
    pub is_set: bool,
}
