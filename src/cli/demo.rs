//! The arguments of `covatlas demo`.

use std::path::PathBuf;

use clap::Args;

/// `demo`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas demo
  covatlas demo somewhere/else")]
pub struct Demo {
    /// The folder to write; it must not exist, or be an earlier demo
    #[arg(default_value = "covatlas-demo", value_name = "FOLDER")]
    pub folder: PathBuf,
}
