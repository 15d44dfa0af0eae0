//! Moves a ref by compare-and-swap, but never one that is checked out, and explains why if it
//! cannot.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::PathBuf;

use git2::{ErrorCode, Reference, Signature};

use crate::error::Context as _;
use crate::git::errors::{blocked, locked, moved, short, unread_ref};
use crate::git::open::id_of;
use crate::git::worktree::uses;
use crate::git::write::ref_lock::{RefLock, lock_of};
use crate::git::{Id, RepoWriter};
use crate::{Error, Result};

impl RepoWriter {
    /// Points a ref (`refs/heads/…`) to a commit, if it still points to `expected` (`None` if it
    /// must not exist yet).
    ///
    /// # Errors
    /// [`Kind::RefMoved`](crate::error::Kind::RefMoved) if another process moved the ref or has
    /// locked it.
    pub fn move_ref(
        &self,
        reference: &str,
        expected: Option<Id>,
        to: Id,
        reason: &str,
    ) -> Result<()> {
        let reference = &self.end_of_links(reference)?;
        self.check_not_checked_out(reference)?;
        if let Some(blocking) = self.blocking(reference)? {
            return Err(blocked(reference, &blocking));
        }

        let attempt = || format!("could not update {reference}");
        let git = self.inner.commondir();
        let lock = match RefLock::take(git, reference, to) {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
                return Err(locked(reference, &lock_of(git, reference)));
            }
            taken => taken.during(attempt)?,
        };
        let current = self.target(reference)?;
        if current != expected {
            return Err(moved(reference));
        }

        self.log_move(reference, current, to, reason);
        lock.commit().during(attempt)
    }

    /// The ref that a symbolic ref leads to, or the ref itself.
    fn end_of_links(&self, reference: &str) -> Result<String> {
        let mut name = reference.to_owned();
        // Git follows this many.
        for _ in 0..5 {
            if !Reference::is_valid_name(&name) {
                return Err(Error::new(format!(
                    "could not update {reference}: git refuses the name {name}"
                )));
            }
            let found = match self.inner.find_reference(&name) {
                Ok(found) => found,
                Err(cause) if cause.code() == ErrorCode::NotFound => return Ok(name),
                Err(cause) => return Err(unread_ref(&name, &cause)),
            };
            match found.symbolic_target().ok().flatten() {
                Some(target) => target.clone_into(&mut name),
                None => return Ok(name),
            }
        }
        Err(Error::new(format!("could not update {reference}: its symbolic refs lead nowhere")))
    }

    /// The target of a ref.
    fn target(&self, reference: &str) -> Result<Option<Id>> {
        match self.inner.refname_to_id(reference) {
            Ok(target) => Ok(Some(id_of(target))),
            Err(cause) if cause.code() == ErrorCode::NotFound => Ok(None),
            Err(cause) => Err(unread_ref(reference, &cause)),
        }
    }

    /// Writes a line into a ref's log if git would. If this fails, it is no reason to lose a
    /// recording.
    fn log_move(&self, reference: &str, from: Option<Id>, to: Id, reason: &str) {
        let path = self.inner.commondir().join("logs").join(reference);
        if !path.exists() && !self.logs_refs() {
            return;
        }
        let from = from.map_or_else(|| "0".repeat(to.to_string().len()), |from| from.to_string());
        let Ok(signer) =
            self.inner.signature().or_else(|_| Signature::now("covatlas", "covatlas@localhost"))
        else {
            return;
        };
        let (seconds, offset) = (signer.when().seconds(), signer.when().offset_minutes());
        let (sign, hours, minutes) = (signer.when().sign(), offset.abs() / 60, offset.abs() % 60);
        let line =
            format!("{from} {to} {signer} {seconds} {sign}{hours:02}{minutes:02}\t{reason}\n");
        let append = || {
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            File::options().append(true).create(true).open(&path)?.write_all(line.as_bytes())
        };
        let _: io::Result<()> = append();
    }

    /// Whether branches have logs (`core.logAllRefUpdates`).
    fn logs_refs(&self) -> bool {
        let set = self.inner.config().and_then(|config| config.get_string("core.logAllRefUpdates"));
        match set.as_deref() {
            Ok("always") => true,
            Ok(set) => git2::Config::parse_bool(set).unwrap_or(false),
            Err(_) => !self.inner.is_bare(),
        }
    }

    /// Fails if a branch is checked out in a worktree, because the files there would not follow it.
    pub fn check_not_checked_out(&self, reference: &str) -> Result<()> {
        let Some(folder) = self.checkout_of(reference) else { return Ok(()) };
        let (branch, folder) = (short(reference), folder.display());
        Err(Error::new(format!(
            "branch {branch} is checked out in {folder}, and the files there would not follow it"
        ))
        .hint(format!("switch to another branch there: `git -C {folder} switch --detach`"))
        .hint("a rebase or a bisect of the branch that is under way there has to end first"))
    }

    /// The folder of the worktree that has a branch checked out, if there is one.
    fn checkout_of(&self, reference: &str) -> Option<PathBuf> {
        let common = self.inner.commondir();
        let main =
            (common.to_owned(), (!self.inner.is_bare()).then(|| self.main_work_tree()).flatten());
        let linked =
            fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten().map(|entry| {
                let link = fs::read_to_string(entry.path().join("gitdir")).unwrap_or_default();
                (entry.path(), PathBuf::from(link.trim_end()).parent().map(PathBuf::from))
            });
        let mut worktrees = std::iter::once(main).chain(linked);
        worktrees.find_map(|(git, folder)| {
            // A worktree whose folder was deleted has no files to protect.
            folder.filter(|folder| uses(&git, reference) && folder.exists())
        })
    }

    /// The folder of the main worktree, even if this is another one.
    fn main_work_tree(&self) -> Option<PathBuf> {
        if !self.inner.is_worktree() {
            return self.work_tree();
        }
        self.inner.commondir().parent().map(PathBuf::from)
    }

    /// The ref whose name makes this one impossible: `a/b` conflicts with `a`, and `a` with `a/b`.
    fn blocking(&self, reference: &str) -> Result<Option<String>> {
        let below = self.inner.references_glob(&format!("{reference}/*"));
        let below = below.map_err(|cause| {
            Error::new(format!("could not look for refs below {reference}")).because(cause)
        })?;
        if let Some(found) = below.flatten().next() {
            return Ok(Some(String::from_utf8_lossy(found.name_bytes()).into_owned()));
        }
        let above = reference.match_indices('/').map(|(end, _)| &reference[..end]);
        let above = above.filter(|name| name.matches('/').count() >= 2);
        Ok(above.filter(|name| self.inner.find_reference(name).is_ok()).map(str::to_owned).next())
    }
}
