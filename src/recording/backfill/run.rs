//! One commit: check it out, run the command, find its reports, make a snapshot of them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Failure, Outcome, Task};
use crate::config::Config;
use crate::error::Context as _;
use crate::git::{Id, Repo, without_repository};
use crate::recording::inputs::{self, Input};
use crate::recording::{Occasion, snapshot};
use crate::store::{Key, Provenance, Snapshot};
use crate::{Error, Result};

/// How many of the last lines of a command's output are kept.
const TAIL: usize = 20;
/// How much of the end of an output is looked at, in bytes.
const END: usize = 16 << 10;

/// Does the task at a commit, in the folder `place`.
///
/// # Errors
/// What would fail at every commit; what fails at this one is a [`Failure`].
pub(super) fn at(repo: &Repo, place: &Path, commit: Id, task: &Task, config: &Config) -> Result<Outcome> {
    let worktree = repo.worktree(place, commit)?;
    let log = place.with_extension("log");
    let done = match execute(&task.command, worktree.folder(), &log, commit)? {
        Ok(()) => record(worktree.folder(), commit, task, config).map_err(|error| error.chain().join(": ")),
        Err(reason) => Err(reason),
    };
    // The folder is gone when its name is read.
    let plain = |reason: String| reason.replace(&format!("{}/", place.display()), "");
    Ok(done.map(Box::new).map_err(|reason| Failure { reason: plain(reason), output: tail(&log) }))
}

/// Runs the command in a worktree, its output into a file; says how it failed, if it did.
fn execute(command: &[String], folder: &Path, log: &Path, commit: Id) -> Result<Result<(), String>> {
    let attempt = || format!("cannot write {}", log.display());
    let out = File::create(log).during(attempt)?;
    let (program, arguments) = command.split_first().ok_or_else(|| Error::new("no command was given"))?;
    let mut process = Command::new(program);
    process.args(arguments).current_dir(folder).env("COVATLAS_COMMIT", commit.to_string());
    without_repository(&mut process);
    process.stdin(Stdio::null()).stdout(out.try_clone().during(attempt)?).stderr(out);
    match process.status() {
        Ok(status) if status.success() => Ok(Ok(())),
        Ok(status) => Ok(Err(format!("the command ended with {status}"))),
        // A program of the repository itself may be younger than the commit.
        Err(cause) if program.contains(['/', '\\']) => Ok(Err(format!("could not run `{program}`: {cause}"))),
        Err(cause) => Err(Error::new(format!("could not run `{program}`"))
            .because(cause)
            .hint("the command is a program and its arguments; for more, give it a shell: `-- sh -c 'a && b'`")),
    }
}

/// The last lines of a command's output.
fn tail(log: &Path) -> Vec<String> {
    let bytes = fs::read(log).unwrap_or_default();
    let end = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(END)..]).into_owned();
    let lines: Vec<&str> = end.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].iter().map(|line| (*line).to_owned()).collect()
}

/// Makes a snapshot of the reports that the command left.
fn record(folder: &Path, commit: Id, task: &Task, config: &Config) -> Result<Snapshot> {
    let repo = Repo::discover(folder)?;
    let found = reports(&repo, folder, commit, task)?;
    let read = |path: &PathBuf| inputs::read_below(folder, path);
    let inputs = found.iter().map(read).collect::<Result<Vec<Input>>>()?;
    let key = Key::new(commit, task.suite.as_str(), "default")?;
    let provenance = Provenance { recorded_at: task.now.to_string(), ci: None };
    let branch = Some(task.branch.clone());
    snapshot(
        &repo,
        config,
        inputs,
        Occasion { key, head: None, merge_base: None, branch, change: None, root: None, provenance },
    )
}

/// The report files: those that were named, or those in the usual places that the commit does not hold itself.
fn reports(repo: &Repo, folder: &Path, commit: Id, task: &Task) -> Result<Vec<PathBuf>> {
    if !task.reports.is_empty() {
        let found = inputs::expand_all_below(folder, &task.reports);
        let found: Vec<PathBuf> = found.into_iter().collect::<Result<_>>()?;
        let missing = found.iter().find(|path| !path.exists());
        let said = |path: &PathBuf| Error::new(format!("the command left no report {}", path.display()));
        return missing.map_or(Ok(found.clone()), |path| Err(said(path)));
    }
    let tracked: BTreeSet<PathBuf> = repo.files(commit)?.into_iter().map(|file| folder.join(file.path)).collect();
    let found: Vec<PathBuf> = inputs::find(folder).into_iter().filter(|path| !tracked.contains(path)).collect();
    if found.is_empty() {
        return Err(Error::new("the command left no report in the usual places"));
    }
    Ok(found)
}
