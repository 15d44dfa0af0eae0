//! Writes the site to a folder on disk: a [`Sink`](crate::site::Sink) that writes only what
//! changed, and removes what an earlier build left behind.
//!
//! A manifest, `.covatlas-site`, lists what was written. A file whose bytes did not change keeps
//! its modification time, so that uploaders and caches can tell what is new.
//!
//! The manifest is also a journal. A build first marks it as unfinished, and records every new path
//! before writing the file. So a killed build leaves no unknown page behind, and no half-written
//! file is trusted.
//!
//! Only the manifest is flushed to disk; flushing 10,000 pages would take longer than making them.
//! After a power loss pages may be empty or full of zeros although the manifest lists them. So a
//! build that finds a manifest older than the system's last start reads every page that it would
//! keep, and writes again those that differ from the manifest.

mod claim;
mod disk;
mod folder;
mod manifest;

pub use folder::Folder;

/// The changes that a build made to the folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// The number of files of the site.
    pub files: usize,
    /// The number of files that were written.
    pub written: usize,
    /// The number of files of an earlier build that were removed.
    pub removed: usize,
    /// The size of the site in bytes.
    pub bytes: u64,
}
