//! Opens and lists files. Only regular files are opened, since reading a pipe or a device may block
//! or never end.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// Opens a regular file, or a pipe that the shell has opened for the command (`<(…)`,
/// `/dev/stdin`).
///
/// # Errors
/// If it does not exist, cannot be opened, or is a folder, a device, a socket or a named pipe.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let kind = path.metadata()?.file_type();
    if kind.is_file() || is_inherited(path) {
        return File::open(path);
    }
    let what = if kind.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("it is {what}; only regular files can be read"),
    ))
}

/// Reads a whole regular file.
///
/// # Errors
/// See [`open`].
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a whole regular file of at most `most` bytes.
///
/// # Errors
/// See [`open`]. Also fails if the file is larger.
pub(crate) fn read_up_to(most: u64, path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= most {
        return Ok(bytes);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it has more than {most} bytes")))
}

/// Whether the path is one of the process's own open files.
fn is_inherited(path: &Path) -> bool {
    ["/dev/stdin", "/dev/fd", "/proc/self/fd"].iter().any(|own| path.starts_with(own))
}

/// The regular files below a folder, sorted. No symlink is followed, no folder `.git` is entered,
/// and folders that cannot be read are left out.
pub(crate) fn below(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let is_git = |entry: &DirEntry| entry.depth() > 0 && entry.file_name() == ".git";
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    let readable = entries.filter_entry(move |entry| !is_git(entry)).filter_map(Result::ok);
    readable.filter(|entry| entry.file_type().is_file()).map(DirEntry::into_path)
}

/// The process that made a file and keeps a lock on it for as long as it lives.
pub(crate) enum Owner {
    /// It lives.
    Alive,
    /// It has ended. The file is locked now by this process.
    Gone(File),
    /// The file system has no locks, so nobody can tell.
    Unknown(File),
}

/// The owner of a file.
///
/// # Errors
/// As [`open`].
pub(crate) fn owner(path: &Path) -> io::Result<Owner> {
    let file = open(path)?;
    Ok(match file.try_lock() {
        Ok(()) => Owner::Gone(file),
        Err(TryLockError::WouldBlock) => Owner::Alive,
        Err(TryLockError::Error(_)) => Owner::Unknown(file),
    })
}
