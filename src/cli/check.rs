//! The arguments of `covatlas check`.

use clap::Args;

use super::flags::Output;

/// `check`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas check              compare the newest snapshot with the targets
  covatlas check --json       the same for a script, with what is missing

A target is a percentage for a dimension, below `[targets]` in covatlas.toml: `lines = 80`. The \
newest snapshot of the default branch has to reach it. A target whose dimension was not measured \
fails.

Nothing fails while a suite is incomplete, that is while it has fewer parts than \
`[suites.<name>] parts` declares: the check lists the suites that it waits for. Without any target \
nothing is checked, and the exit code is 0.

Exit codes: 0 if nothing failed, 1 if a check failed, 2 if it could not run (no snapshot, bad \
configuration).")]
pub struct Check {
    #[command(flatten)]
    #[allow(missing_docs)] // a comment here would replace the text of the command's help
    pub output: Output,
}
