//! The arguments of `covatlas build`.

use std::path::PathBuf;

use clap::Args;

/// `build`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas build
  covatlas build --out public         as GitLab Pages wants it
  open site/index.html                no server is needed")]
pub struct Build {
    /// The folder to write; only what changed is written [default: `site.out`, else site]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}
