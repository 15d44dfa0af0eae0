//! What makes the next run faster, kept under `.git/covatlas/`, where CI can keep it too.
//!
//! In: bytes under a name. Out: the same bytes, or nothing: a cache that cannot be read or written, or is damaged, is no error,
//! since all that is in it can be made again. Whoever reads it checks what it is of.

use std::{fs, process};

use super::Repo;

/// The bytes of the digest at the start of a file.
const DIGEST: usize = blake3::OUT_LEN;

impl Repo {
    /// What was kept under a name.
    pub fn cached(&self, name: &str) -> Option<Vec<u8>> {
        let mut file = fs::read(self.folder().join("covatlas").join(name)).ok()?;
        let (digest, bytes) = file.split_at_checked(DIGEST)?;
        (blake3::hash(bytes).as_bytes() == digest).then(|| file.split_off(DIGEST))
    }

    /// Keeps bytes under a name. Readers see the old ones or the new ones, never a part.
    pub fn cache(&self, name: &str, bytes: &[u8]) {
        let folder = self.folder().join("covatlas");
        let beside = folder.join(format!("{name}.{}", process::id()));
        let sealed = [&blake3::hash(bytes).as_bytes()[..], bytes].concat();
        let written = fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&beside, sealed))
            .and_then(|()| fs::rename(&beside, folder.join(name)));
        if written.is_err() {
            let _ = fs::remove_file(beside);
        }
    }
}
