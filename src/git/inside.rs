//! Paths that the repository's own files name. A change request of a stranger can name any: they
//! stay in the work tree.

use std::path::{Component, Path, PathBuf};

use crate::error::Context as _;
use crate::git::Repo;
use crate::{Error, Result};

impl Repo {
    /// The place in the work tree of a path that a file of the repository names, from the
    /// repository's root. It need not exist yet.
    ///
    /// # Errors
    /// When it is absolute, when it leaves the work tree once links are followed, or when it leads
    /// into git's own folder.
    pub fn inside(&self, path: &str) -> Result<PathBuf> {
        let refused = |why: &str| {
            Error::new(format!("`{path}` {why}"))
                .hint("what the repository configures stays in its work tree; the command line may name any folder")
        };
        let Some(root) = self.work_tree() else {
            return Err(refused("is a path of a work tree, and there is none"));
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

/// A path below a folder with every link in it followed; what does not exist yet is taken as it is.
/// `None` for an absolute path, and for a link that leads nowhere: what is written through it could
/// appear anywhere.
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

/// Whether a folder's name is git's own, in any spelling that a file system may take for it.
fn is_git(component: Component<'_>) -> bool {
    let name = component.as_os_str().to_string_lossy();
    let name = name.trim_end_matches(['.', ' ']);
    name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1")
}
