//! Temporary files for packs, refs and caches. They are named so that `git gc` recognises them, and
//! are removed by the next recording if their owner died.
//!
//! An owner locks its file. The system releases the lock when the process ends in any way.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::files::{self, Owner};
use crate::git::Id;

/// The start of the names. `git prune`, and with it `git gc`, removes files in `objects/pack` that
/// begin with `tmp_`.
const PREFIX: &str = "tmp_covatlas_";

/// A temporary file with an owner. It is removed on drop, or by [`remove_abandoned`] if the process
/// was killed.
pub(in crate::git) struct Temporary {
    file: NamedTempFile,
}

impl Temporary {
    /// Creates a file. The purpose, such as `pack`, is part of its name.
    pub(in crate::git) fn new(folder: &Path, purpose: &str) -> io::Result<Self> {
        let prefix = format!("{PREFIX}{purpose}_");
        loop {
            let mut builder = tempfile::Builder::new();
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o444));
            let file = builder.prefix(&prefix).suffix("").tempfile_in(folder)?;
            // Some network file systems have no locks. `git gc` removes the file there.
            let _ = file.as_file().lock();
            // Another process may have removed it before it was locked.
            if file.path().exists() {
                return Ok(Self { file });
            }
        }
    }

    pub(in crate::git) fn file(&self) -> &File {
        self.file.as_file()
    }

    pub(in crate::git) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Renames the file, replacing any other, without flushing it. For content that can be made
    /// again.
    pub(in crate::git) fn rename(self, path: &Path) -> io::Result<()> {
        self.file.persist(path).map(drop).map_err(|failed| failed.error)
    }

    /// Flushes the file to disk and renames it. It stays, and is locked as long as the returned
    /// value lives.
    pub(in crate::git) fn persist(self, path: &Path) -> io::Result<Placed> {
        self.file.as_file().sync_all()?;
        let file = match self.file.persist(path) {
            Ok(file) => file,
            // Names are checksums of the content, so a pack with this name has the same bytes.
            // Windows does not replace a file that is being read.
            Err(failed) if path.exists() => failed.file.into_file(),
            Err(failed) => return Err(failed.error),
        };
        Ok(Placed { path: path.to_owned(), _lock: file })
    }
}

/// A file at its final path.
pub(in crate::git) struct Placed {
    pub(in crate::git) path: PathBuf,
    _lock: File,
}

/// Removes the temporary files of processes that ended without removing them, and packs that such a
/// process completed but did not index. If this fails, they stay for `git gc`.
pub(in crate::git) fn remove_abandoned(folder: &Path) {
    remove_abandoned_with(folder, |file| remove_pack_without_index(folder, file));
}

/// Removes the temporary files of processes that ended without removing them. `first` removes what
/// belongs to each file.
pub(super) fn remove_abandoned_with(folder: &Path, first: impl Fn(&mut File)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_temporary = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !is_temporary {
            continue;
        }
        let path = entry.path();
        if let Ok(Owner::Gone(mut file)) = files::owner(&path) {
            first(&mut file);
            let _ = fs::remove_file(&path);
        }
    }
}

/// Removes the pack of an index that did not get its name. The index ends with the checksum that
/// names the pack, followed by its own.
fn remove_pack_without_index(folder: &Path, index: &mut File) {
    for (length, from_end) in [(20, -40), (32, -64)] {
        let mut checksum = vec![0; length];
        let read =
            index.seek(SeekFrom::End(from_end)).and_then(|_| index.read_exact(&mut checksum));
        if read.is_err() {
            continue;
        }
        let name = Id::from_raw(&checksum);
        let pack = folder.join(format!("pack-{name}.pack"));
        // Another process may be writing the same pack.
        let is_abandoned = matches!(files::owner(&pack), Ok(Owner::Gone(_)));
        if is_abandoned && !pack.with_extension("idx").exists() {
            let _ = fs::remove_file(pack);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_without_an_owner_are_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let owned = Temporary::new(folder.path(), "pack").expect("a file can be made");
        let abandoned = folder.path().join(format!("{PREFIX}idx_1"));
        let foreign = folder.path().join("tmp_pack_1");
        for path in [&abandoned, &foreign] {
            fs::write(path, "some bytes").expect("a file can be written");
        }

        remove_abandoned(folder.path());
        assert!(owned.file.path().exists() && foreign.exists() && !abandoned.exists());
    }

    #[test]
    fn a_pack_whose_index_was_not_completed_goes_with_it() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let pack = folder.path().join(format!("pack-{}.pack", "ab".repeat(20)));
        let whole = folder.path().join(format!("pack-{}.pack", "cd".repeat(20)));
        for path in [&pack, &whole, &whole.with_extension("idx")] {
            fs::write(path, "").expect("a file can be written");
        }
        for (name, checksum) in [("idx_1", 0xab), ("idx_2", 0xcd)] {
            let index = [[0; 20], [checksum; 20], [0; 20]].concat();
            fs::write(folder.path().join(format!("{PREFIX}{name}")), index)
                .expect("a file can be written");
        }

        remove_abandoned(folder.path());
        assert!(!pack.exists() && whole.exists());
    }
}
