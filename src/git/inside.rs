//! Makes sure that paths in the repository's own files stay in the work tree. A stranger's change
//! request can name any path.

use std::path::{Component, Path, PathBuf};

use crate::error::Context as _;
use crate::git::Repo;
use crate::{Error, Result};

impl Repo {
    /// The location in the work tree of a path that a file of the repository names, relative to the
    /// repository's root. It need not exist yet.
    ///
    /// # Errors
    /// If the path is absolute, leaves the work tree after links are followed, or leads into git's
    /// own folder.
    pub fn inside(&self, path: &str) -> Result<PathBuf> {
        let refused = |why: &str| {
            Error::new(format!("`{path}` {why}")).hint(
                "paths in the repository's configuration must be in its work tree; on the command \
                 line any folder is allowed",
            )
        };
        let Some(root) = self.work_tree() else {
            return Err(refused("needs a work tree, and there is none"));
        };
        let root = root
            .canonicalize()
            .during(|| format!("cannot find the work tree {}", root.display()))?;

        let place = followed(&root, Path::new(path))
            .ok_or_else(|| refused("is outside of the repository"))?;
        let Ok(below) = place.strip_prefix(&root) else {
            return Err(refused("is outside of the repository"));
        };
        let own = self.folder().canonicalize().unwrap_or_else(|_| self.folder());
        if below.components().any(is_git) || place.starts_with(own) {
            return Err(refused("is in git's own folder"));
        }
        Ok(place)
    }
}

/// A path below a folder with every link in it followed. A part that does not exist yet is kept as
/// it is. `None` for an absolute path, and for a broken link, because writing through it could
/// create a file anywhere.
fn followed(root: &Path, path: &Path) -> Option<PathBuf> {
    let mut place = root.to_owned();
    for component in path.components() {
        match component {
            Component::Normal(name) => {
                let next = place.join(name);
                place = match next.symlink_metadata() {
                    Ok(_) => next.canonicalize().ok()?,
                    Err(_) => next,
                };
            }
            Component::ParentDir => {
                place.pop();
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(place)
}

/// Whether a folder is git's own, in any spelling that a file system may accept for it.
fn is_git(component: Component<'_>) -> bool {
    let name = component.as_os_str().to_string_lossy();
    let name = name.trim_end_matches(['.', ' ']);
    name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1")
}
