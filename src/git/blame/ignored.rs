//! Ignored revisions.

use super::objects::Objects;
use super::spans::Version;
use crate::{Result, git::Id};

pub(super) fn pass(_objects: &Objects<'_>, version: &mut Version, older: Id) -> Result<Version> {
    Ok(Version::empty(version.kind, older))
}
