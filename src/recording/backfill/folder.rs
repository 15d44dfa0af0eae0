//! The temporary folder of a backfill, and its ownership.
//!
//! A file beside the folder names the repository. The backfill locks this file, and each git
//! process that it runs inherits the lock; the system releases it when all of them have ended in
//! any way. The log of a command is locked in the same way while the command runs. A folder without
//! any lock is abandoned, and the next backfill of the repository removes it.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::files::{self, Owner};
use crate::git::{LinkedWorktree, Repo, RepoWriter};

/// The start of the names of temporary folders.
const PREFIX: &str = "covatlas-backfill-";
/// The extension of the file that names the repository.
const OWNER: &str = "owner";
/// The extension of the files with the output of commands.
pub(super) const LOG: &str = "log";

/// A temporary folder with an owner.
pub(super) struct Folder {
    path: PathBuf,
    lock: File,
}

impl Folder {
    /// Creates the folder for a repository.
    pub(super) fn new(repo: &Repo) -> io::Result<Self> {
        let (mut lock, owner) = loop {
            let made =
                tempfile::Builder::new().prefix(PREFIX).suffix(&format!(".{OWNER}")).tempfile()?;
            // Some network file systems have no locks.
            let _ = made.as_file().lock();
            // Another process may have taken it for abandoned before it was locked.
            if made.path().exists() {
                break made.keep().map_err(|failed| failed.error)?;
            }
        };
        lock.write_all(name_of(repo).as_encoded_bytes())
            .inspect_err(|_| drop(fs::remove_file(&owner)))?;

        let path = owner.with_extension("");
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).inspect_err(|_| drop(fs::remove_file(&owner)))?;
        Ok(Self { path, lock })
    }

    /// The lock, for processes that write in the folder.
    pub(super) fn lock(&self) -> &File {
        &self.lock
    }

    /// The folder of a job. Its name is unique, because git names its records after it.
    pub(super) fn of_job(&self, job: usize) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.join(format!("{name}-{job}"))
    }

    /// Removes it, except for parts to which a process still writes.
    pub(super) fn remove(&self) {
        remove(&self.path);
    }
}

/// Removes what dead backfills of a repository left behind. Anything that is still being written to
/// stays. Anything that cannot be removed stays too, for the next backfill to remove.
pub(super) fn remove_abandoned(repo: &RepoWriter) {
    let name = name_of(repo);
    let entries =
        fs::read_dir(env::temp_dir()).into_iter().flatten().flatten().map(|entry| entry.path());
    for owner in
        entries.filter(|path| path.extension() == Some(OsStr::new(OWNER)) && is_temporary(path))
    {
        let folder = owner.with_extension("");
        let Some(mut file) = lock_if_abandoned(&owner).filter(|_| !has_running_command(&folder))
        else {
            continue;
        };
        let mut named = Vec::new();
        let read = file.read_to_end(&mut named);
        // An empty file belongs to a process that was killed before it created the folder.
        if read.is_ok() && (named.is_empty() || named == name.as_encoded_bytes()) {
            remove(&folder);
        }
    }
    repo.linked_worktrees().iter().for_each(remove_if_abandoned);
}

/// Removes a worktree, with the folder around it, if a dead backfill made it.
fn remove_if_abandoned(worktree: &LinkedWorktree) {
    let around =
        worktree.folder.as_deref().and_then(Path::parent).filter(|folder| is_temporary(folder));
    if let Some(folder) = around {
        let owner = folder.with_extension(OWNER);
        let is_alive = owner.exists() && lock_if_abandoned(&owner).is_none();
        if is_alive || has_running_command(folder) {
            return;
        }
        remove(folder);
    }
    if around.is_some() || worktree.name().starts_with(PREFIX) {
        let _ = worktree.forget();
    }
}

/// Removes a folder, and then the file that names its owner.
fn remove(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    if fs::symlink_metadata(folder).is_err() {
        let _ = fs::remove_file(folder.with_extension(OWNER));
    }
}

/// Locks a file whose owner has ended. Returns `None` if the owner is alive.
fn lock_if_abandoned(path: &Path) -> Option<File> {
    match files::owner(path).ok()? {
        Owner::Alive => None,
        // Without locks, the lock of the repository has to be enough.
        Owner::Gone(file) | Owner::Unknown(file) => Some(file),
    }
}

/// Whether a command is still running in the folder, because its output is locked.
fn has_running_command(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut logs = entries.filter(|path| path.extension() == Some(OsStr::new(LOG)));
    logs.any(|log| lock_if_abandoned(&log).is_none())
}

fn is_temporary(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
}

/// Identifies a repository by the folder that all its worktrees share.
fn name_of(repo: &Repo) -> std::ffi::OsString {
    let folder = repo.folder();
    folder.canonicalize().unwrap_or(folder).into_os_string()
}
