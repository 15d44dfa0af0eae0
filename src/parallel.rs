//! Threads that may not be had: a limit on processes or on memory is an error with a reason, not a
//! panic.

use std::thread::{Builder, Scope, ScopedJoinHandle};

use crate::{Error, Result};

/// Starts a thread in a scope.
///
/// # Errors
/// When the system has none to give.
pub(crate) fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>> {
    Builder::new().spawn_scoped(scope, work).map_err(|cause| {
        Error::new("cannot start a thread")
            .because(cause)
            .hint("is there a limit on processes or memory (`ulimit -u`, `ulimit -v`, a container's)? Raise it")
    })
}
