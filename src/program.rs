//! Identifies the running program, so that it trusts no cache that another build of it wrote: a
//! changed binary can compute something else although its version is the same.

use std::sync::OnceLock;
use std::{env, fs, io};

/// A digest of the program's own file and version; of its version alone if the file cannot be read.
pub(crate) fn digest() -> &'static [u8; blake3::OUT_LEN] {
    static DIGEST: OnceLock<[u8; blake3::OUT_LEN]> = OnceLock::new();
    DIGEST.get_or_init(|| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
        let whole = env::current_exe().and_then(fs::File::open).and_then(|file| {
            let mut whole = hasher.clone();
            whole.update_reader(file)?;
            io::Result::Ok(whole)
        });
        *whole.unwrap_or(hasher).finalize().as_bytes()
    })
}
