//! Measures one commit: checks it out, runs the command, finds its reports, and makes a snapshot of
//! them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::Kind;
use crate::git::{Id, Repo, RepoWriter};
use crate::recording::backfill::command::Run;
use crate::recording::backfill::folder::LOG;
use crate::recording::backfill::{Failure, Outcome, Task};
use crate::recording::inputs::{self, Input};
use crate::recording::{RunContext, snapshot};
use crate::store::{Key, Provenance, Snapshot};
use crate::{Error, Result};

/// The number of last lines of a command's output to keep.
const TAIL: usize = 20;
/// The number of bytes at the end of the output to read.
const END: usize = 16 << 10;

/// Where a job works.
pub(super) struct Place<'a> {
    /// Its folder, which is created for each commit.
    pub(super) folder: PathBuf,
    /// The lock of the folder around it.
    pub(super) lock: &'a File,
}

/// The work to do at each commit.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) task: &'a Task,
    pub(super) config: &'a Config,
}

/// Runs the task at one commit.
///
/// # Errors
/// Problems that would occur at every commit. A problem of this commit is a [`Failure`].
pub(super) fn at(
    repo: &RepoWriter,
    place: &Place<'_>,
    commit: Id,
    work: &Work<'_>,
) -> Result<Outcome> {
    let worktree = repo.worktree(&place.folder, commit, place.lock)?;
    let (folder, log) = (worktree.folder(), &*place.folder.with_extension(LOG));
    let run = Run { command: &work.task.command, folder, log, commit };
    let done = match run.execute(&work.task.stop)? {
        Ok(()) => record(folder, commit, work).map_err(|error| error.chain().join(": ")),
        Err(reason) => Err(reason),
    };
    // The folder no longer exists when the user reads its name.
    let plain = |reason: String| reason.replace(&format!("{}/", place.folder.display()), "");
    Ok(done.map(Box::new).map_err(|reason| Failure { reason: plain(reason), output: tail(log) }))
}

/// The last lines of a command's output.
fn tail(log: &Path) -> Vec<String> {
    let bytes = fs::read(log).unwrap_or_default();
    let end = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(END)..]).into_owned();
    let lines: Vec<&str> = end.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].iter().map(|line| (*line).to_owned()).collect()
}

/// Makes a snapshot of the reports that the command wrote.
fn record(folder: &Path, commit: Id, work: &Work<'_>) -> Result<Snapshot> {
    let task = work.task;
    let repo = Repo::discover(folder)?;
    let found = reports(&repo, folder, commit, task)?;
    let mut inputs: Vec<Input> = Vec::new();
    for path in &found {
        match inputs::read_below(folder, path) {
            Ok(input) => inputs.push(input),
            // As in `record`, an empty file does not stop the others.
            Err(error) if error.kind() == Kind::Empty && found.len() > 1 => {}
            Err(error) => return Err(error),
        }
    }
    if inputs.is_empty() {
        return Err(Error::new("the reports that the command wrote are empty"));
    }
    let key = Key::new(commit, task.suite.as_str(), "default")?;
    let provenance = Provenance { recorded_at: task.now.to_string(), ci: None };
    let branch = Some(task.branch.clone());
    snapshot(
        &repo,
        work.config,
        inputs,
        RunContext {
            key,
            head: None,
            merge_base: None,
            branch,
            change: None,
            root: None,
            provenance,
        },
    )
}

/// The report files: the named ones, or those in the usual places that are not part of the commit
/// itself.
fn reports(repo: &Repo, folder: &Path, commit: Id, task: &Task) -> Result<Vec<PathBuf>> {
    if !task.reports.is_empty() {
        let found = inputs::expand_all_below(folder, &task.reports);
        let found: Vec<PathBuf> = found.into_iter().collect::<Result<_>>()?;
        let missing = found.iter().find(|path| !path.exists());
        let said = |path: &PathBuf| {
            Error::new(format!("the command did not write the report {}", path.display()))
        };
        return missing.map_or(Ok(found.clone()), |path| Err(said(path)));
    }
    let tracked: BTreeSet<PathBuf> =
        repo.files(commit)?.into_iter().map(|file| folder.join(file.path)).collect();
    let found: Vec<PathBuf> =
        inputs::find(folder).into_iter().filter(|path| !tracked.contains(path)).collect();
    if found.is_empty() {
        return Err(Error::new("the command wrote no report in the usual places"));
    }
    Ok(found)
}
