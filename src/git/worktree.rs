//! Temporary worktrees of old commits, made by the user's own `git`, so that filters, attributes
//! and large files work as in any checkout.
//!
//! What git records about a linked worktree in `.git/worktrees` is read and removed here without
//! git: a killed process leaves half-written records, and every git command about worktrees fails
//! on these.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use crate::Result;
use crate::git::command::refused;
use crate::git::{Id, RepoWriter};

/// Git reads the records of all worktrees when it makes one, and fails on one that another process
/// is making or removing.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
/// How long to wait for another process that is making a worktree.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// A worktree that is removed on drop.
pub struct Worktree<'repo> {
    repo: &'repo RepoWriter,
    folder: PathBuf,
}

/// A worktree that git has recorded beside the main one, whether complete or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedWorktree {
    /// The folder of the records, in `.git/worktrees`.
    notes: PathBuf,
    /// The worktree's folder, or `None` if git was killed before it recorded it.
    pub folder: Option<PathBuf>,
}

impl RepoWriter {
    /// Checks a commit out into a folder that does not exist yet, without a branch and without
    /// running hooks. The folder's name must differ from that of any other worktree, since git
    /// names its records after it.
    ///
    /// Git inherits `lock`, a locked file, and with it the lock. It is released only after git has
    /// ended too, even if this process was killed before.
    pub fn worktree(&self, folder: &Path, commit: Id, lock: &File) -> Result<Worktree<'_>> {
        let worktree = Worktree { repo: self, folder: folder.to_owned() };
        let output = self.add_worktree(folder, commit, lock)?;
        if output.status.success() {
            return Ok(worktree);
        }
        let error =
            refused(format!("could not check out {commit} in {}", folder.display()), &output);
        if is_about_half_made(&output) {
            return Err(error.hint("a killed git left the folder named above; remove it"));
        }
        Err(error.hint("is there room on the disk, and is the history complete?"))
    }

    fn add_worktree(&self, folder: &Path, commit: Id, lock: &File) -> Result<Output> {
        let (path, commit) = (folder.to_string_lossy(), commit.to_string());
        let add = [
            "-c",
            "core.hooksPath=/dev/null",
            "worktree",
            "add",
            "--quiet",
            "--detach",
            "--force",
            &path,
            &commit,
        ];
        let begun = Instant::now();
        loop {
            let output = {
                let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
                self.git_with_lock(&add, lock)?
            };
            if output.status.success() || !is_about_half_made(&output) || begun.elapsed() > PATIENCE
            {
                return Ok(output);
            }
            thread::sleep(PAUSE);
        }
    }

    /// The worktrees beside the main one.
    pub fn linked_worktrees(&self) -> Vec<LinkedWorktree> {
        let notes = fs::read_dir(self.folder().join("worktrees")).into_iter().flatten().flatten();
        notes.map(|entry| LinkedWorktree::read(entry.path())).collect()
    }
}

/// Whether a worktree has a branch checked out, or will return to it when a rebase or a bisect
/// ends. It is given by git's records (`.git`, or a folder of `.git/worktrees`). The files are
/// those of git's `branch.c`.
pub(super) fn uses(notes: &Path, reference: &str) -> bool {
    let read = |file: &str| fs::read_to_string(notes.join(file)).unwrap_or_default();
    let is_head = read("HEAD").trim_end().strip_prefix("ref: ") == Some(reference);
    let rebased = ["rebase-merge/head-name", "rebase-apply/head-name", "rebase-merge/update-refs"];
    let is_rebased =
        rebased.into_iter().any(|file| read(file).lines().any(|line| line == reference));
    let is_bisected =
        reference.strip_prefix("refs/heads/") == Some(read("BISECT_START").trim_end());
    is_head || is_rebased || is_bisected
}

/// Whether git failed on the records of a half-made worktree.
fn is_about_half_made(output: &Output) -> bool {
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines().any(|line| line.contains("worktrees/") && line.contains("failed to read"))
}

impl LinkedWorktree {
    fn read(notes: PathBuf) -> Self {
        let link = fs::read_to_string(notes.join("gitdir")).unwrap_or_default();
        // A relative link starts at the folder of the records.
        let link = (!link.trim_end().is_empty()).then(|| notes.join(link.trim_end()));
        let folder = link.as_deref().and_then(Path::parent).map(Path::to_owned);
        Self { notes, folder }
    }

    /// The name that git gave it: that of its folder, unless another worktree had it.
    pub fn name(&self) -> String {
        self.notes.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Removes git's records of it, but not its folder.
    ///
    /// # Errors
    /// If they cannot be removed, or if another process is still writing them.
    pub fn forget(&self) -> io::Result<()> {
        let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        fs::remove_dir_all(&self.notes)?;
        // Like git, this removes the common folder with the last of them.
        let _ = self.notes.parent().map(fs::remove_dir);
        Ok(())
    }
}

impl Worktree<'_> {
    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Worktree<'_> {
    fn drop(&mut self) {
        // If this fails, the folder is removed when the next worktree is made.
        let _ = fs::remove_dir_all(&self.folder);
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
        let own = self.repo.linked_worktrees().into_iter().filter(|linked| linked.name() == name);
        own.for_each(|linked| drop(linked.forget()));
    }
}
