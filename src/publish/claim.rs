//! Whether a folder may be written: no other build is writing there, and it contains no files of
//! someone else.

use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use super::disk::WRITING;
use crate::error::Context as _;
use crate::{Error, Result};

/// Claims the folder, since two builds at once would take each other's pages for stale. `None` if
/// the system cannot lock a folder.
pub(super) fn lock(root: &Path) -> Result<Option<fs::File>> {
    /// While a process is being started, it briefly holds the locks of its parent. So this is the
    /// number of tries, and the time between them.
    const TRIES: (usize, Duration) = (25, Duration::from_millis(20));

    let Ok(folder) = fs::File::open(root) else { return Ok(None) };
    let mut tried = folder.try_lock();
    for _ in 1..TRIES.0 {
        if !matches!(tried, Err(fs::TryLockError::WouldBlock)) {
            break;
        }
        thread::sleep(TRIES.1);
        tried = folder.try_lock();
    }
    match tried {
        Ok(()) => Ok(Some(folder)),
        Err(fs::TryLockError::WouldBlock) => {
            Err(Error::new(format!("another build is writing the site to {}", root.display()))
                .hint("wait for it to end, or name another folder with --out"))
        }
        Err(fs::TryLockError::Error(_)) => Ok(None),
    }
}

/// An error unless the folder is empty, or contains only what git keeps there (a worktree of a
/// pages branch).
pub(super) fn refuse_foreign(root: &Path) -> Result<()> {
    let entries =
        fs::read_dir(root).during(|| format!("cannot read the folder {}", root.display()))?;
    let mut names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    match names.find(|name| name != ".git" && name != WRITING) {
        None => Ok(()),
        Some(name) => Err(Error::new(format!(
            "cannot write the site to {}: it contains `{}`, and no earlier site of covatlas",
            root.display(),
            name.to_string_lossy()
        ))
        .hint("name an empty or a new folder with --out, or empty this one yourself")),
    }
}
