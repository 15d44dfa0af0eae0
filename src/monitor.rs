//! The front of the library: [`Monitor`].

/// Tracks coverage in a repository and writes reports of it.
pub struct Monitor {}
