//! The arguments of `covatlas completions`.

use clap::Args;

/// `completions`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas completions bash > /etc/bash_completion.d/covatlas
  covatlas completions zsh > ~/.zfunc/_covatlas
  covatlas completions fish > ~/.config/fish/completions/covatlas.fish")]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}
