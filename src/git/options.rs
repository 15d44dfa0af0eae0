//! Sets libgit2's global options. This is unsafe, since libgit2 stores them without a lock, so it
//! is done only here.
#![allow(unsafe_code)] // each block says why it is sound

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// The size of the windows through which libgit2 reads packs, in bytes.
pub(super) const WINDOW: usize = 1 << 20;

/// Whether libgit2 refuses repositories of other users.
static OWNERS_ARE_CHECKED: AtomicBool = AtomicBool::new(true);

/// Whether libgit2 checks who owns a repository. If not, git must be asked.
pub(super) fn owners_are_checked() -> bool {
    OWNERS_ARE_CHECKED.load(Ordering::Acquire)
}

/// Makes libgit2 open the repositories of any user from now on.
pub(super) fn skip_owner_checks() {
    // SAFETY: this sets one flag, which is read when a repository is opened. The first repository
    // that a process opens comes before the threads that open it again, so nobody reads the flag at
    // the same time. If this fails, the check stays on.
    let set = unsafe { git2::opts::set_verify_owner_validation(false) };
    if set.is_ok() {
        OWNERS_ARE_CHECKED.store(false, Ordering::Release);
    }
}

/// Sets libgit2's global options, once. This keeps its memory within the budget: by default it maps
/// packs of up to 8 GB and caches 256 MB of objects.
pub(super) fn set() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Hashing every object that is read costs a tenth of a build. Git does not do it either:
        // damage shows as a broken zlib stream or delta, and `git fsck` finds the rest.
        git2::opts::strict_hash_verification(false);
        // Nearly every object is read once, and keeping them cost an eighth of the walk along a
        // long history.
        git2::opts::enable_caching(false);
        // libgit2 refuses extensions that it has not been told about. `git clone --filter` sets
        // `extensions.partialClone`; a missing object is then an error that `unreadable` explains.
        // `extensions.refStorage` may be `files`, which is checked when a repository is opened.
        // `extensions.noop-v1` is for tests of git.
        //
        // SAFETY: these set libgit2's globals without a lock. `Once` makes this thread the only
        // writer, and every repository of this crate is opened after it, so nobody reads them at
        // the same time. If it fails, the default remains: more memory is used, or a partial clone
        // is refused with libgit2's own message.
        unsafe {
            let _ = git2::opts::set_mwindow_size(WINDOW);
            let _ = git2::opts::set_mwindow_mapped_limit(32 << 20);
            let _ = git2::opts::set_extensions(&["partialclone", "refstorage", "noop-v1"]);
        }
    });
}
