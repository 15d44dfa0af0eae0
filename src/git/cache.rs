//! Caches under `.git/covatlas/` that make the next run faster. CI can keep them too.
//!
//! A cache that cannot be read or written, or that is damaged, is not an error, since everything in
//! it can be computed again. Nor is one that another build of this program wrote: it is ignored.
//! The caller checks whether an entry is the right one.

use std::fs;
use std::io::{self, Write as _};

use crate::git::RepoWriter;
use crate::git::write::temporary::{self, Temporary};
use crate::program;

/// The length of the digest at the start of a file.
const DIGEST: usize = blake3::OUT_LEN;

impl RepoWriter {
    /// The bytes stored under a name.
    pub fn cached(&self, name: &str) -> Option<Vec<u8>> {
        let folder = self.folder().join("covatlas");
        // Every writer reads first, so this is where abandoned files are removed.
        temporary::remove_abandoned(&folder);
        let mut file = fs::read(folder.join(name)).ok()?;
        let (digest, bytes) = file.split_at_checked(DIGEST)?;
        (digest_of(bytes).as_bytes() == digest).then(|| file.split_off(DIGEST))
    }

    /// Stores bytes under a name. Readers see either the old or the new ones, never a part. If a
    /// power loss damages them, the digest does not match and they are ignored.
    pub fn cache(&self, name: &str, bytes: &[u8]) {
        let folder = self.folder().join("covatlas");
        let write = || {
            fs::create_dir_all(&folder)?;
            let beside = Temporary::new(&folder, "cache")?;
            beside.file().write_all(digest_of(bytes).as_bytes())?;
            beside.file().write_all(bytes)?;
            beside.rename(&folder.join(name))
        };
        // If this fails, the next run stores it again.
        let _: io::Result<()> = write();
    }
}

/// A digest of bytes that only this build of the program writes.
fn digest_of(bytes: &[u8]) -> blake3::Hash {
    blake3::keyed_hash(program::digest(), bytes)
}
