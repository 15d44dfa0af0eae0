//! Replaces files atomically, and finds out whether the system has been restarted since.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use crate::Result;
use crate::error::Context as _;

/// The name of a file while it is being written.
pub(super) const WRITING: &str = ".covatlas-writing";

pub(super) fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// When a file is flushed to disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flush {
    /// Before it replaces another file.
    Disk,
    /// When the system decides to.
    Later,
}

/// Writes a file under another name and renames it, so that readers see either the old or the new
/// one. A symlink at the path is replaced, not followed.
pub(super) fn replace(path: &Path, bytes: &[u8], flush: Flush) -> Result<()> {
    let beside = path.with_file_name(WRITING);
    let create = || fs::OpenOptions::new().write(true).create_new(true).open(&beside);
    let write = || {
        let mut file = match create() {
            // A killed build left it. It must not be written through.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(&beside)?;
                create()?
            }
            created => created?,
        };
        file.write_all(bytes)?;
        if flush == Flush::Disk {
            file.sync_all()?;
        }
        fs::rename(&beside, path)
    };
    write().during(|| cannot_write(path))
}

/// Whether a file was written after the system was started, according to the clock. Returns false
/// if unknown.
pub(super) fn is_since_start(file: &Path) -> bool {
    let modified = fs::metadata(file).and_then(|found| found.modified());
    let (Ok(modified), Some(running)) = (modified, running_time()) else { return false };
    modified.elapsed().is_ok_and(|age| age < running)
}

/// How long the system has been running, if it tells (Linux).
fn running_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/uptime").ok()?;
    Duration::try_from_secs_f64(text.split_whitespace().next()?.parse().ok()?).ok()
}
