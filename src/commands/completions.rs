//! `completions`: a completion script for a shell.

use std::io::Write as _;

use crate::error::Context as _;
use crate::{Error, Result, cli};

/// Writes the script to stdout.
pub(super) fn run(args: &cli::Completions) -> Result<()> {
    let mut script = Vec::new();
    cli::completions(args.shell, &mut script);
    let mut out = std::io::stdout();
    out.write_all(&script)
        .and_then(|()| out.flush())
        .during(|| "cannot write the completion script".to_owned())?;
    Ok::<(), Error>(())
}
