//! The arguments of `covatlas prune`.

use clap::Args;

use super::flags::{DryRun, Output, Push};

/// `prune`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas prune --dry-run           show what would be dropped
  covatlas prune --push              drop it here and on origin
  covatlas prune --rewrite --push    squash the branch, so that clones shrink

These snapshots of the default branch are kept: all for a month (30 days), one per day for a \
quarter (91 days), one per week for a year (365 days), then one per month. It is the last one of \
the period, and the last one that has each suite. The newest snapshot and those of tagged commits \
are kept. Snapshots of change requests and of other branches are kept for a month. Ages are \
counted from the commit of the newest snapshot, not from today, so pruning again drops nothing.

All suites and parts of a commit are kept or dropped together. Without --rewrite nothing is lost: \
the history of the branch still has it. With --push the data branch is fetched first. Recorders \
that push in the meantime lose nothing, and bring back nothing that was dropped.")]
pub struct Prune {
    /// Whether to write anything.
    #[command(flatten)]
    pub dry_run: DryRun,
    /// Squash the data branch to one new commit; needs --push if a remote has the branch too
    #[arg(long)]
    pub rewrite: bool,
    /// Whether to push the data branch.
    #[command(flatten)]
    pub push: Push,
    /// How the result is printed.
    #[command(flatten)]
    pub output: Output,
}
