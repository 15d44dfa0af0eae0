//! Opening files by their names: only regular files, since a pipe or a device may never end, or
//! never begin.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a regular file, or a pipe that the shell has opened for the command (`<(…)`,
/// `/dev/stdin`).
///
/// # Errors
/// When there is none, when it cannot be opened, or when it is a folder, a device, a socket or a
/// named pipe.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let kind = path.metadata()?.file_type();
    if kind.is_file() || is_inherited(path) {
        return File::open(path);
    }
    let what = if kind.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("it is {what}, and only a regular file can be read"),
    ))
}

/// All of a regular file.
///
/// # Errors
/// As [`open`].
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// All of a regular file of at most so many bytes.
///
/// # Errors
/// As [`open`], and when it has more.
pub(crate) fn read_up_to(most: u64, path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= most {
        return Ok(bytes);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it has more than {most} bytes")))
}

/// Whether the name is one of the process's own open files.
fn is_inherited(path: &Path) -> bool {
    ["/dev/stdin", "/dev/fd", "/proc/self/fd"].iter().any(|own| path.starts_with(own))
}
