//! What makes the next run faster, kept under `.git/covatlas/`, where CI can keep it too.
//!
//! In: bytes under a name. Out: the same bytes, or nothing: a cache that cannot be read or written is no error, since all that
//! is in it can be made again. Whoever reads it checks what it is of.

use std::{fs, process};

use super::Repo;

impl Repo {
    /// What was kept under a name.
    pub fn cached(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder().join("covatlas").join(name)).ok()
    }

    /// Keeps bytes under a name. Readers see the old ones or the new ones, never a part.
    pub fn cache(&self, name: &str, bytes: &[u8]) {
        let folder = self.folder().join("covatlas");
        let beside = folder.join(format!("{name}.{}", process::id()));
        let written = fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&beside, bytes))
            .and_then(|()| fs::rename(&beside, folder.join(name)));
        if written.is_err() {
            let _ = fs::remove_file(beside);
        }
    }
}
