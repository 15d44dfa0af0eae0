//! Locks a ref like git does, but with an owner, so that a lock left by a killed process is known
//! to be ours and can be removed.
//!
//! Git locks `refs/heads/a` by creating `refs/heads/a.lock`, writes the new commit into it and
//! renames it. libgit2 does the same. But if a process is killed in between, nobody may remove its
//! lock, since it could belong to anyone. Our lock is a second link to a temporary file that has an
//! owner.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use same_file::Handle;
use tempfile::TempPath;

use crate::git::Id;
use crate::git::write::temporary::{self, Temporary};

/// A locked ref. If this is dropped without [`RefLock::commit`], the ref stays unchanged.
pub(super) struct RefLock {
    reference: PathBuf,
    lock: TempPath,
    /// The other link to the lock, removed after it, or `None` if the file system has no hard
    /// links.
    _owned: Option<Temporary>,
}

impl RefLock {
    /// Locks a ref of the repository in the folder `git`, in order to point it to `target`.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if another process has the lock.
    pub(super) fn take(git: &Path, reference: &str, target: Id) -> io::Result<Self> {
        let path = git.join(reference);
        let lock = lock_of(git, reference);
        let owners = git.join("covatlas").join("locks").join(reference);
        for folder in [Some(owners.as_path()), lock.parent()].into_iter().flatten() {
            fs::create_dir_all(folder)?;
        }

        let owned = Temporary::new(&owners, "ref")?;
        write(owned.file(), target)?;
        // The permissions are those of HEAD, which git sets by the umask or by
        // `core.sharedRepository`.
        owned.file().set_permissions(fs::metadata(git.join("HEAD"))?.permissions())?;

        let linked = fs::hard_link(owned.path(), &lock).or_else(|error| {
            if error.kind() != ErrorKind::AlreadyExists {
                return Err(error);
            }
            remove_abandoned(&owners, &lock);
            fs::hard_link(owned.path(), &lock)
        });
        match linked {
            Ok(()) => Ok(Self {
                reference: path,
                lock: TempPath::try_from_path(lock)?,
                _owned: Some(owned),
            }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
            Err(_) => Self::take_without_owner(path, lock, target),
        }
    }

    fn take_without_owner(reference: PathBuf, lock: PathBuf, target: Id) -> io::Result<Self> {
        let file = File::options().write(true).create_new(true).open(&lock)?;
        let taken = Self { reference, lock: TempPath::try_from_path(lock)?, _owned: None };
        write(&file, target)?;
        Ok(taken)
    }

    /// Moves the ref, and flushes it so that a power loss does not undo the move.
    pub(super) fn commit(self) -> io::Result<()> {
        // Deleted branches leave their folders behind.
        remove_empty_folders(&self.reference);
        self.lock.persist(&self.reference)?;
        match self.reference.parent() {
            Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    }
}

/// The path of a ref's lock.
pub(super) fn lock_of(git: &Path, reference: &str) -> PathBuf {
    git.join(format!("{reference}.lock"))
}

fn write(mut file: &File, target: Id) -> io::Result<()> {
    file.write_all(format!("{target}\n").as_bytes())?;
    file.sync_all()
}

/// Removes a lock that a killed process left, if the other link to it is among `owners`.
fn remove_abandoned(owners: &Path, lock: &Path) {
    temporary::remove_abandoned_with(owners, |file| {
        let owned = file.try_clone().and_then(Handle::from_file);
        // If one of the two cannot be opened, the owner of the lock is unknown.
        if owned.is_ok_and(|owned| Handle::from_path(lock).is_ok_and(|lock| lock == owned)) {
            let _ = fs::remove_file(lock);
        }
    });
}

fn remove_empty_folders(path: &Path) {
    if !path.is_dir() {
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        remove_empty_folders(&entry.path());
    }
    let _ = fs::remove_dir(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = "refs/heads/team/a";

    /// A folder with the parts of a repository that a ref needs.
    fn repository() -> tempfile::TempDir {
        let git = tempfile::tempdir().expect("a temporary folder can be made");
        fs::write(git.path().join("HEAD"), "ref: refs/heads/main\n")
            .expect("a file can be written");
        git
    }

    fn target(byte: u8) -> Id {
        Id::from_raw(&[byte; 20])
    }

    /// Takes a lock like a process that is killed right afterwards, and returns the name of its
    /// temporary file.
    fn killed(git: &Path) -> PathBuf {
        let lock = RefLock::take(git, REFERENCE, target(1)).expect("not locked");
        let owners =
            fs::read_dir(git.join("covatlas/locks").join(REFERENCE)).expect("a folder of owners");
        let owner = owners.flatten().next().expect("an owner").path();
        let copy = git.join("copy");
        fs::hard_link(&owner, &copy).expect("hard links");
        drop(lock);
        fs::hard_link(&copy, &owner).expect("hard links");
        fs::rename(&copy, lock_of(git, REFERENCE)).expect("the name is free");
        owner
    }

    #[test]
    fn a_ref_moves_when_its_lock_is_committed() {
        let git = repository();
        drop(RefLock::take(git.path(), REFERENCE, target(1)).expect("not locked"));
        assert!(!git.path().join(REFERENCE).exists() && !lock_of(git.path(), REFERENCE).exists());

        RefLock::take(git.path(), REFERENCE, target(2))
            .and_then(RefLock::commit)
            .expect("not locked");
        let text = fs::read_to_string(git.path().join(REFERENCE)).expect("it moved");
        assert_eq!(text, "0202020202020202020202020202020202020202\n");
        assert!(!lock_of(git.path(), REFERENCE).exists());
    }

    #[test]
    fn only_one_process_has_the_lock() {
        let git = repository();
        let first = RefLock::take(git.path(), REFERENCE, target(1)).expect("not locked");
        let second = RefLock::take(git.path(), REFERENCE, target(2)).map(drop);
        assert_eq!(second.map_err(|error| error.kind()), Err(ErrorKind::AlreadyExists));

        first.commit().expect("the second left it alone");
        RefLock::take(git.path(), REFERENCE, target(2)).expect("no longer locked");
    }

    #[test]
    fn the_lock_of_a_killed_process_is_taken_over() {
        let git = repository();
        let owner = killed(git.path());
        assert!(lock_of(git.path(), REFERENCE).exists());

        RefLock::take(git.path(), REFERENCE, target(2))
            .and_then(RefLock::commit)
            .expect("nobody has it");
        assert!(!owner.exists() && !lock_of(git.path(), REFERENCE).exists());
    }

    #[test]
    fn a_lock_of_git_is_left_alone() {
        let git = repository();
        let owner = killed(git.path());
        let lock = lock_of(git.path(), REFERENCE);
        fs::remove_file(&lock).and_then(|()| fs::write(&lock, "")).expect("a file can be written");

        let taken = RefLock::take(git.path(), REFERENCE, target(2)).map(drop);
        assert_eq!(taken.map_err(|error| error.kind()), Err(ErrorKind::AlreadyExists));
        assert!(lock.exists() && !owner.exists());
    }

    #[test]
    fn empty_folders_of_branches_that_are_gone_are_no_obstacle() {
        let git = repository();
        fs::create_dir_all(git.path().join(REFERENCE).join("b").join("c"))
            .expect("a folder can be made");
        RefLock::take(git.path(), REFERENCE, target(1))
            .and_then(RefLock::commit)
            .expect("nothing is in the way");
        assert!(git.path().join(REFERENCE).is_file());
    }
}
