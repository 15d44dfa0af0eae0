//! Reads trees and blobs.

use std::rc::Rc;

use git2::{ObjectType, Oid, Tree};

use crate::error::Context;
use crate::git::limits::{Listing, check_depth};
use crate::git::open::{id_of, oid};
use crate::git::{Id, Repo, TreeFile};
use crate::{Error, Result, path};

const MODE_TREE: i32 = 0o040_000;
const MODE_LINK: i32 = 0o120_000;
const MODE_SUBMODULE: i32 = 0o160_000;

/// The kinds of tree entries that this crate distinguishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A regular or executable file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link. Its blob is the path it leads to.
    Link,
    /// A commit of another repository.
    Submodule,
}

/// The kind of a tree's entry by its mode. Old repositories have modes like 100664, which are files
/// too.
pub(super) fn entry_kind(mode: i32) -> Entry {
    match mode & 0o170_000 {
        MODE_TREE => Entry::Folder,
        MODE_LINK => Entry::Link,
        MODE_SUBMODULE => Entry::Submodule,
        _ => Entry::File,
    }
}

/// Receives an entry of a tree: the path, the kind and the object.
type Found<'f> = dyn FnMut(&[u8], Entry, Id) -> Result<()> + 'f;

impl Repo {
    /// Every regular or executable file of a commit or tree, in path order.
    pub fn files(&self, treeish: Id) -> Result<Vec<TreeFile>> {
        self.listed(treeish, &[Entry::File])
    }

    /// Every file and symbolic link of a commit or tree, in path order.
    pub fn files_and_links(&self, treeish: Id) -> Result<Vec<TreeFile>> {
        self.listed(treeish, &[Entry::File, Entry::Link])
    }

    /// The symbolic links of a commit, in path order. The blob of each is the path that it leads
    /// to.
    pub fn links(&self, commit: Id) -> Result<Vec<TreeFile>> {
        self.listed(commit, &[Entry::Link])
    }

    /// The paths of a commit's submodules, in path order.
    pub fn submodules(&self, commit: Id) -> Result<Vec<String>> {
        // If there are submodules, `.gitmodules` is at the root. Without it the tree is not walked.
        if self.tree(commit)?.get_name(".gitmodules").is_none() {
            return Ok(Vec::new());
        }
        Ok(self.listed(commit, &[Entry::Submodule])?.into_iter().map(|found| found.path).collect())
    }

    /// The entries of a tree that have one of these kinds, in path order.
    fn listed(&self, treeish: Id, kinds: &[Entry]) -> Result<Vec<TreeFile>> {
        let (mut found, mut listing) = (Vec::new(), Listing::default());
        self.collect(&self.tree(treeish)?, &mut Vec::new(), &mut |path, kind, blob| {
            listing.count(path)?;
            if kinds.contains(&kind) {
                found.push(TreeFile { path: path::from_bytes(path), blob });
            }
            Ok(())
        })?;
        found.sort(); // differs from git's order for escaped bytes
        Ok(found)
    }

    /// Calls `found` for everything below a tree that is not a folder, with its path in bytes.
    fn collect(&self, tree: &Tree<'_>, prefix: &mut Vec<u8>, found: &mut Found<'_>) -> Result<()> {
        for entry in tree {
            let length = prefix.len();
            prefix.extend_from_slice(entry.name_bytes());
            match entry_kind(entry.filemode_raw()) {
                Entry::Folder => {
                    prefix.push(b'/');
                    check_depth(prefix)?;
                    self.collect(&self.tree(id_of(entry.id()))?, prefix, found)?;
                }
                kind => found(prefix, kind, id_of(entry.id()))?,
            }
            prefix.truncate(length);
        }
        Ok(())
    }

    /// The entries of a tree, by name as text: `(name, id, whether it is a folder)`. Links and
    /// submodules are left out.
    pub fn entries(&self, treeish: Id) -> Result<Vec<(String, Id, bool)>> {
        Ok(entries(&self.tree(treeish)?))
    }

    /// The id of a commit's tree.
    pub fn tree_of(&self, commit: Id) -> Result<Id> {
        Ok(id_of(self.tree(commit)?.id()))
    }

    /// The object at a path of a commit or tree: a file's blob or a folder's tree. `None` for links
    /// and submodules.
    pub fn at(&self, treeish: Id, path: &str) -> Result<Option<Id>> {
        let root = Rc::new(self.tree(treeish)?);
        let found = find(root, &path::to_bytes(path), |id| self.tree(id).map(Rc::new))?;
        Ok(found.filter(|(kind, _)| matches!(kind, Entry::File | Entry::Folder)).map(|(_, id)| id))
    }

    /// The contents of a blob.
    pub fn blob(&self, id: Id) -> Result<Vec<u8>> {
        self.check_size("blob", id)?;
        self.content(id)
    }

    /// The contents of a blob of at most `most` bytes.
    ///
    /// # Errors
    /// If it is larger. It is then not read.
    pub fn blob_up_to(&self, most: usize, id: Id) -> Result<Vec<u8>> {
        self.check_size_up_to(most, "blob", id)?;
        self.content(id)
    }

    fn content(&self, id: Id) -> Result<Vec<u8>> {
        self.check_object("blob", id)?;
        let blob =
            self.inner.find_blob(oid(id)).map_err(|cause| self.unreadable("blob", id, &cause))?;
        Ok(blob.content().to_vec())
    }

    /// The id that a blob with this content has, whether or not it exists.
    pub fn id_of_blob(&self, content: &[u8]) -> Result<Id> {
        let id = Oid::hash_object_ext(ObjectType::Blob, content, self.inner.object_format());
        id.map(id_of).during(|| "could not hash an object".to_owned())
    }

    /// Whether the object exists here. Partial clones lack some blobs.
    pub fn has(&self, id: Id) -> bool {
        self.inner.odb().is_ok_and(|odb| odb.exists(oid(id)))
    }

    /// The tree of a commit, or the tree itself. Its size is not checked before it is read, because
    /// that would add a fifth to the time of a walk over the history. Listings of it are limited
    /// ([`super::limits`]).
    pub(super) fn tree(&self, treeish: Id) -> Result<Tree<'_>> {
        let unreadable = |id, cause| self.unreadable("tree", id, &cause);
        self.check_object("tree", treeish)?;
        let object = self
            .inner
            .find_object(oid(treeish), None)
            .map_err(|cause| unreadable(treeish, cause))?;
        let tree = match object.kind() {
            Some(ObjectType::Tree) => treeish,
            _ => match self.peeled(treeish)? {
                Some(commit) => id_of(self.raw_commit(commit)?.tree_id()),
                None => {
                    return Err(Error::new(format!("{treeish} is neither a commit nor a tree")));
                }
            },
        };
        if tree == treeish {
            return object.into_tree().map_err(|_| Error::new(format!("{treeish} is not a tree")));
        }
        self.check_object("tree", tree)?;
        self.inner.find_tree(oid(tree)).map_err(|cause| unreadable(tree, cause))
    }
}

/// The entry at a path below a tree. `read` reads the trees on the way.
pub(super) fn find<'r>(
    root: Rc<Tree<'r>>,
    path: &[u8],
    read: impl Fn(Id) -> Result<Rc<Tree<'r>>>,
) -> Result<Option<(Entry, Id)>> {
    let mut here = (Entry::Folder, id_of(root.id()));
    let mut tree = Some(root);
    for name in path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()) {
        let folder = match tree.take() {
            Some(root) => root,
            None if here.0 == Entry::Folder => read(here.1)?,
            None => return Ok(None),
        };
        let Some(entry) = folder.get_name_bytes(name) else { return Ok(None) };
        here = (entry_kind(entry.filemode_raw()), id_of(entry.id()));
    }
    Ok(Some(here))
}

pub(super) fn entries(tree: &Tree<'_>) -> Vec<(String, Id, bool)> {
    let entries = tree.iter().filter_map(|entry| {
        let kind = entry_kind(entry.filemode_raw());
        let name = path::from_bytes(entry.name_bytes());
        matches!(kind, Entry::File | Entry::Folder)
            .then(|| (name, id_of(entry.id()), kind == Entry::Folder))
    });
    entries.collect()
}
