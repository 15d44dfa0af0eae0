//! The arguments of `covatlas compare`.

use clap::Args;

use super::flags::Output;

/// `compare`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas compare main           what this branch adds and loses
  covatlas compare v1.2.0 v1.3.0
  covatlas compare HEAD~1 --json

Lines, branches and functions have the categories of lcov's differential coverage: UNC is new and \
not covered, LBC was covered and is not any more although its text is the same, and so on. Patch \
coverage is the coverage of added and modified code; it is absent if no code was added.

HEAD is compared with its merge base with BASE. If HEAD has no snapshot, that of the merge which \
CI tested for it is used, or that of the nearest earlier commit, and a warning names it.")]
pub struct Compare {
    /// The commit to compare with: a branch, a tag or an id
    #[arg(value_name = "BASE")]
    pub base: String,
    /// The commit with the change [default: HEAD]
    #[arg(value_name = "HEAD")]
    pub head: Option<String>,
    /// How the result is printed.
    #[command(flatten)]
    pub output: Output,
}
