//! Files that replace others whole, and whether the system has run since they were written.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use crate::Result;
use crate::error::Context as _;

/// The name of a file while it is written.
pub(super) const WRITING: &str = ".covatlas-writing";

pub(super) fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// When a file reaches the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flush {
    /// Before it replaces another.
    Disk,
    /// When the system sees fit.
    Later,
}

/// Writes a file beside its place and moves it there, so that readers see the old or the new one. A
/// symlink in its place is replaced, not followed.
pub(super) fn replace(path: &Path, bytes: &[u8], flush: Flush) -> Result<()> {
    let beside = path.with_file_name(WRITING);
    let create = || fs::OpenOptions::new().write(true).create_new(true).open(&beside);
    let write = || {
        let mut file = match create() {
            // Left by a killed build, and never written through.
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

/// Whether a file was written since the system was started, by the clock. False where that is not
/// known.
pub(super) fn is_since_start(file: &Path) -> bool {
    let modified = fs::metadata(file).and_then(|found| found.modified());
    let (Ok(modified), Some(running)) = (modified, running_time()) else { return false };
    modified.elapsed().is_ok_and(|age| age < running)
}

/// For how long the system has been running, where it tells (Linux).
fn running_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/uptime").ok()?;
    Duration::try_from_secs_f64(text.split_whitespace().next()?.parse().ok()?).ok()
}
