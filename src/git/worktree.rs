//! Temporary worktrees of old commits, made by the user's own `git`, so that filters, attributes and large files are what a
//! checkout makes them.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Id, Repo, network::refused};
use crate::Result;

/// Git reads the notes of all worktrees when it makes one, and fails at one that another process is making or removing.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A worktree that is removed when this is dropped.
pub struct Worktree<'repo> {
    repo: &'repo Repo,
    folder: PathBuf,
}

impl Repo {
    /// Checks a commit out into a folder that does not exist yet, with no branch. No hook of the repository runs.
    pub fn worktree(&self, folder: &Path, commit: Id) -> Result<Worktree<'_>> {
        let worktree = Worktree { repo: self, folder: folder.to_owned() };
        let (path, commit) = (folder.to_string_lossy(), commit.to_string());
        let add =
            ["-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach", "--force", &path, &commit];
        let output = {
            let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
            self.git(&add, "")?
        };
        if output.status.success() {
            return Ok(worktree);
        }
        Err(refused(format!("could not check out {commit} in {path}"), &output)
            .hint("is there room on the disk, and is the history complete?"))
    }

    /// Removes the worktrees of this repository that stand in folders of temporary ones: what an interrupted process left.
    pub fn remove_worktrees(&self, is_temporary: impl Fn(&Path) -> bool) -> Result<usize> {
        let output = self.git(&["worktree", "list", "--porcelain"], "")?;
        if !output.status.success() {
            return Err(refused("could not list the worktrees".to_owned(), &output));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let folders = text.lines().filter_map(|line| line.strip_prefix("worktree ")).map(Path::new);
        let stale: Vec<&Path> = folders.filter(|folder| folder.parent().is_some_and(&is_temporary)).collect();
        for folder in &stale {
            self.remove_worktree(folder)?;
        }
        // What stood beside them (logs) goes too; it may be gone already.
        stale.iter().filter_map(|folder| folder.parent()).for_each(|parent| drop(std::fs::remove_dir_all(parent)));
        Ok(stale.len())
    }

    fn remove_worktree(&self, folder: &Path) -> Result<()> {
        // Twice: a worktree that is being made is locked.
        let remove = ["worktree", "remove", "--force", "--force", &folder.to_string_lossy()];
        let output = {
            let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
            self.git(&remove, "")?
        };
        if output.status.success() {
            return Ok(());
        }
        Err(refused(format!("could not remove the worktree {}", folder.display()), &output))
    }
}

impl Worktree<'_> {
    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Worktree<'_> {
    fn drop(&mut self) {
        // What cannot be removed now is removed when the next one is made.
        let _ = self.repo.remove_worktree(&self.folder);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
