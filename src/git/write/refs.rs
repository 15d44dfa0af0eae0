//! Moving a ref: compare-and-swap, never under a checkout, and with a reason where it cannot be.

use std::{fs, fs::File, path::PathBuf};

use git2::ErrorCode;

use crate::{
    Error, Result,
    error::Kind,
    git::{Id, Repo, failure::not_updated, open::oid},
};

impl Repo {
    /// Points a ref (`refs/heads/…`) to a commit, if it still points to `expected` (none: if it does not exist yet).
    ///
    /// # Errors
    /// [`Kind::RefMoved`] when another process moved the ref or holds its lock.
    pub fn move_ref(&self, reference: &str, expected: Option<Id>, to: Id, reason: &str) -> Result<()> {
        self.check_not_checked_out(reference)?;
        let moved = match expected {
            Some(expected) => self.inner.reference_matching(reference, oid(to), true, oid(expected), reason),
            None => self.inner.reference(reference, oid(to), false, reason),
        };
        let lock = self.inner.commondir().join(format!("{reference}.lock"));
        match moved {
            Ok(_) => {
                self.flush_ref(reference);
                Ok(())
            }
            Err(cause) => match self.blocking(reference)? {
                Some(blocking) => Err(blocked(reference, &blocking)),
                // The ref that should match is gone.
                None if expected.is_some() && cause.code() == ErrorCode::NotFound => {
                    let cause = git2::Error::new(ErrorCode::Modified, cause.class(), cause.message());
                    Err(not_updated(reference, &lock, cause))
                }
                None => Err(not_updated(reference, &lock, cause)),
            },
        }
    }

    /// Flushes a ref to the disk, so that a power loss after a recording does not undo it. The objects are there already; where
    /// this fails, a later loss of power costs this recording and nothing else.
    fn flush_ref(&self, reference: &str) {
        let path = self.inner.commondir().join(reference);
        let _ = File::open(&path).and_then(|file| file.sync_all());
    }

    /// Refuses a branch that is checked out in a worktree: the files there would not follow it.
    pub fn check_not_checked_out(&self, reference: &str) -> Result<()> {
        let Some(folder) = self.checkout_of(reference) else { return Ok(()) };
        let (branch, folder) = (short(reference), folder.display());
        Err(Error::new(format!("branch {branch} is checked out in {folder}, and the files there would not follow it"))
            .hint(format!("switch to another branch there: `git -C {folder} switch --detach`")))
    }

    /// The folder of the worktree that has a branch checked out, if there is one.
    fn checkout_of(&self, reference: &str) -> Option<PathBuf> {
        let common = self.inner.commondir();
        let main = (common.to_owned(), (!self.inner.is_bare()).then(|| self.main_work_tree()).flatten());
        let linked = fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten().map(|entry| {
            let link = fs::read_to_string(entry.path().join("gitdir")).unwrap_or_default();
            (entry.path(), PathBuf::from(link.trim_end()).parent().map(PathBuf::from))
        });
        let head = format!("ref: {reference}");
        let mut worktrees = std::iter::once(main).chain(linked);
        worktrees.find_map(|(git, folder)| {
            let is_there = fs::read_to_string(git.join("HEAD")).is_ok_and(|text| text.trim_end() == head);
            // A worktree whose folder was deleted has no files to protect.
            folder.filter(|folder| is_there && folder.exists())
        })
    }

    /// The folder of the main worktree, whichever worktree this is.
    fn main_work_tree(&self) -> Option<PathBuf> {
        if !self.inner.is_worktree() {
            return self.work_tree();
        }
        self.inner.commondir().parent().map(PathBuf::from)
    }

    /// The ref whose name makes this one impossible: `a/b` is in the way of `a`, and `a` of `a/b`.
    fn blocking(&self, reference: &str) -> Result<Option<String>> {
        let below = self.inner.references_glob(&format!("{reference}/*"));
        let below =
            below.map_err(|cause| Error::new(format!("could not look for refs below {reference}")).because(cause))?;
        if let Some(found) = below.flatten().next() {
            return Ok(Some(String::from_utf8_lossy(found.name_bytes()).into_owned()));
        }
        let above = reference.match_indices('/').map(|(end, _)| &reference[..end]);
        let above = above.filter(|name| name.matches('/').count() >= 2);
        Ok(above.filter(|name| self.inner.find_reference(name).is_ok()).map(str::to_owned).next())
    }
}

/// A ref that cannot exist beside another.
pub(in crate::git) fn blocked(reference: &str, blocking: &str) -> Error {
    let (reference, blocking) = (short(reference), short(blocking));
    Error::new(format!("branch {reference} cannot exist beside branch {blocking}, whose name is in its way"))
        .kind_of(Kind::Failed)
        .hint("name another branch for the snapshots: `[store] branch = \"coverage-data\"` in covatlas.toml")
        .hint(format!("or rename the other one: `git branch -m {blocking} another-name`"))
}

/// A ref's name without the folder of its kind.
fn short(reference: &str) -> &str {
    reference.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/")
}
