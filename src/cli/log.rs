//! The arguments of `covatlas log`.

use clap::Args;

use super::flags::Output;

/// `log`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas log              newest first, with what each snapshot changed
  covatlas log --patch      also the patch coverage of each
  covatlas log --json       oldest first")]
pub struct Log {
    /// Show the patch coverage of each snapshot
    ///
    /// With --json it also lists the categories of everything that the snapshot changed. The
    /// changed files of every snapshot are read, which takes a while in a long history.
    #[arg(long)]
    pub patch: bool,
    /// How the result is printed.
    #[command(flatten)]
    pub output: Output,
}
