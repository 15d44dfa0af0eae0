//! Turns libgit2's errors into messages of this crate: what went wrong, and what the user can do.

use git2::{ErrorClass, ErrorCode};

use crate::Error;
use crate::error::Kind;
use crate::git::{Id, Repo};

impl Repo {
    /// The error for an object that cannot be read. Its hint depends on whether this is a shallow
    /// clone, a partial clone, or a repository without the object.
    pub(crate) fn unreadable(&self, what: &str, id: Id, cause: &git2::Error) -> Error {
        let error = Error::new(format!("could not read {what} {id}"));
        let is_missing = cause.code() == ErrorCode::NotFound;
        let is_refused = cause.class() == ErrorClass::Os && !is_missing;
        let cause = Error::new(cause.message());
        if is_refused {
            return error.because(cause).hint(REFUSED);
        }
        if !is_missing {
            return error.because(cause).hint(FSCK);
        }
        let error = error.with_kind(Kind::NotFound).because(cause);
        if let Some(remote) = self.promisor() {
            return error.hint(format!(
                "this is a partial clone; `git fetch --refetch --no-filter {remote}` fetches the \
                 objects it leaves out"
            ));
        }
        if self.is_shallow() {
            return error.hint(SHALLOW);
        }
        error.hint(FSCK)
    }
}

/// The hint for a damaged repository.
pub(crate) const FSCK: &str = "the repository is damaged: `git fsck --full` lists what is missing \
                               or broken; a clone of the remote, or a backup, has it whole";

/// The hint if the system does not open a file.
const REFUSED: &str =
    "may this user read the repository, and is there a limit on open files (`ulimit -n`)?";

/// The error for an object whose file is damaged.
pub(crate) fn damaged(what: &str, id: Id) -> Error {
    Error::new(format!("could not read {what} {id}: it is missing, or its file is damaged"))
        .hint(FSCK)
}

/// The error for a ref that cannot be read.
pub(crate) fn unread_ref(reference: &str, cause: &git2::Error) -> Error {
    Error::new(format!("could not read {reference}"))
        .because(Error::new(cause.message()))
        .hint(FSCK)
}

/// The error for refs that cannot be listed.
pub(crate) fn unlisted_refs(what: &str, cause: &git2::Error) -> Error {
    Error::new(format!("could not list {what}")).because(Error::new(cause.message())).hint(FSCK)
}

/// The hint for a shallow clone.
pub(crate) const SHALLOW: &str = "this is a shallow clone; `git fetch --unshallow` fetches the \
                                  whole history (in GitHub Actions: `fetch-depth: 0` for \
                                  actions/checkout)";

/// The error for a repository that could not be opened.
pub(crate) fn unopened(path: &std::path::Path, cause: git2::Error) -> Error {
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let shown = absolute.display();
    match (cause.code(), cause.class()) {
        (ErrorCode::NotFound, ErrorClass::Repository | ErrorClass::Os | ErrorClass::Filesystem) => {
            Error::new(format!("found no git repository at {shown} or above it"))
                .with_kind(Kind::NotFound)
                .hint("run this inside a repository, or name its folder with -C")
        }
        (ErrorCode::Owner, _) => {
            // Git trusts a repository by its own folder, which may be above the named one.
            let folder = cause.message().split('\'').nth(1).unwrap_or_default().to_owned();
            let folder = if folder.is_empty() { shown.to_string() } else { folder };
            Error::new(format!("the repository at {folder} belongs to another user"))
                .because(cause)
                .hint(format!(
                    "if you trust it: git config --global --add safe.directory '{folder}'"
                ))
        }
        _ if cause.message().contains("refstorage") => Error::new(format!(
            "the repository at {shown} stores its refs as a reftable, which covatlas cannot read"
        ))
        .hint("`git refs migrate --ref-format=files` converts them"),
        (_, ErrorClass::Config) => {
            Error::new(format!("could not open the git repository at {shown}")).because(cause).hint(
                "correct the configuration by hand; `git config --list` reports the same line",
            )
        }
        _ => match cause.message().strip_prefix("unsupported extension name extensions.") {
            Some(name) => Error::new(format!(
                "the repository at {shown} uses git's extension `{name}`, which covatlas does not \
                 support"
            ))
            .hint("a clone of it (`git clone`) has the common format"),
            None => {
                Error::new(format!("could not open the git repository at {shown}")).because(cause)
            }
        },
    }
}

/// The error for a ref that another process has locked.
pub(crate) fn locked(reference: &str, lock: &std::path::Path) -> Error {
    let lock = lock.display();
    Error::new(format!("could not update {reference}: {lock} exists"))
        .with_kind(Kind::RefMoved)
        .hint(format!("another git process is writing; if none runs, delete {lock} and try again"))
}

/// The error for a ref that has moved.
pub(crate) fn moved(reference: &str) -> Error {
    Error::new(format!("could not update {reference}: another process moved it"))
        .with_kind(Kind::RefMoved)
        .hint("another process wrote to it at the same time; try again")
}

/// The error for a ref that cannot exist beside another.
pub(crate) fn blocked(reference: &str, blocking: &str) -> Error {
    let (reference, blocking) = (short(reference), short(blocking));
    Error::new(format!(
        "branch {reference} cannot exist beside branch {blocking}, because git cannot have both \
         names"
    ))
    .with_kind(Kind::Failed)
    .hint(
        "name another branch for the snapshots: `[store] branch = \"coverage-data\"` in \
         covatlas.toml",
    )
    .hint(format!("or rename the other one: `git branch -m {blocking} another-name`"))
}

/// The name of a ref without `refs/heads/` and the like.
pub(crate) fn short(reference: &str) -> &str {
    reference.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/")
}
