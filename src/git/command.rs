//! Runs the user's own `git` where libgit2 is not enough: for the network, for worktrees, and for
//! changes in a work tree.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::error::{Context as _, Kind};
use crate::git::Repo;
use crate::{Error, Result};

/// The variables with which git tells its hooks about a repository, a work tree or an index.
const OF_A_REPOSITORY: [&str; 10] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
    "GIT_QUARANTINE_PATH",
];

/// Removes the variables with which git names a repository from a command that works in another
/// folder.
pub fn without_repository(command: &mut Command) {
    for name in OF_A_REPOSITORY {
        command.env_remove(name);
    }
}

impl Repo {
    /// Runs git in this repository with `input` on its stdin.
    pub(super) fn git(&self, arguments: &[&str], input: &str) -> Result<Output> {
        let mut command = Command::new("git");
        without_repository(&mut command);
        command.arg("--git-dir").arg(self.inner.path()).args(arguments);
        run(command, input)
    }

    /// Runs git in this repository. It inherits a file as its stdin, and with it the file's lock,
    /// but reads nothing from it.
    pub(super) fn git_with_lock(&self, arguments: &[&str], lock: &File) -> Result<Output> {
        let lock = lock.try_clone().during(|| "could not hand a lock to `git`".to_owned())?;
        let mut command = Command::new("git");
        without_repository(&mut command);
        command.arg("--git-dir").arg(self.inner.path()).args(arguments);
        command.stdin(if cfg!(unix) { Stdio::from(lock) } else { Stdio::null() });
        finish(start(command)?)
    }

    /// Runs git in this repository with its work tree and index. It must not write to them.
    pub(super) fn git_in(&self, work_tree: &Path, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new("git");
        without_repository(&mut command);
        if let Some(index) = &self.index {
            command.env("GIT_INDEX_FILE", index);
        }
        command.arg("--no-optional-locks").arg("--git-dir").arg(self.inner.path());
        command.arg("--work-tree").arg(work_tree).args(arguments);
        run(command, "")
    }
}

/// Runs a git command with `input` on its stdin.
fn run(mut command: Command, input: &str) -> Result<Output> {
    command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
    let mut child = start(command)?;
    if let Some(mut stdin) = child.stdin.take() {
        // If git ended early, its own output says why.
        let _ = stdin.write_all(input.as_bytes());
    }
    finish(child)
}

/// Starts a git command whose stdin has been set.
fn start(mut command: Command) -> Result<Child> {
    // Messages must be in English to be recognised. The rest of the locale is kept.
    command.env("LC_ALL", "C");
    if !io::stdin().is_terminal() {
        // Nobody is there to answer, and a prompt would hang a CI job until its time limit.
        command.env("GIT_TERMINAL_PROMPT", "0");
    }
    let started = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    started.map_err(|cause| {
        let hint = match cause.kind() {
            io::ErrorKind::NotFound => "git must be installed and on the PATH",
            _ => "is there a limit on processes or open files (`ulimit -u`, `ulimit -n`)? Raise it",
        };
        Error::new("could not run `git`").with_kind(Kind::NoGit).because(cause).hint(hint)
    })
}

fn finish(child: Child) -> Result<Output> {
    child.wait_with_output().map_err(|cause| Error::new("could not wait for `git`").because(cause))
}

/// An error with the output of git.
pub(super) fn refused(attempt: String, output: &Output) -> Error {
    let said = String::from_utf8_lossy(&output.stderr);
    let lines =
        said.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("hint:"));
    let rejected = String::from_utf8_lossy(&output.stdout);
    let rejected =
        rejected.lines().filter(|line| line.starts_with('!')).map(|line| line.replace('\t', " "));
    let said: Vec<String> = lines.map(str::to_owned).chain(rejected).collect();
    Error::new(attempt).because(Error::new(format!("git: {}", said.join("; "))))
}
