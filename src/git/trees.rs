//! Trees and blobs: what a commit's tree holds.

use git2::{ObjectType, Tree};

use super::{
    Id, Repo, TreeFile,
    open::{id_of, oid},
};
use crate::{Result, report::path};

const MODE_TREE: i32 = 0o040_000;
const MODE_LINK: i32 = 0o120_000;
const MODE_SUBMODULE: i32 = 0o160_000;

/// What this crate sees in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A regular or executable file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, whose blob is the path it leads to.
    Link,
    /// A commit of another repository.
    Submodule,
}

/// The kind of a tree's entry by its mode. Old repositories hold modes like 100664, which are files too.
pub(super) fn entry_kind(mode: i32) -> Entry {
    match mode & 0o170_000 {
        MODE_TREE => Entry::Folder,
        MODE_LINK => Entry::Link,
        MODE_SUBMODULE => Entry::Submodule,
        _ => Entry::File,
    }
}

impl Repo {
    /// Every file (regular, executable; no symlink, no submodule) of a commit's or tree's tree, in path order.
    pub fn files(&self, treeish: Id) -> Result<Vec<TreeFile>> {
        let mut files = Vec::new();
        self.collect(&self.tree(treeish)?, &mut Vec::new(), &mut |path, blob| {
            files.push(TreeFile { path: path::from_bytes(path), blob });
        })?;
        files.sort(); // git's order but for escaped bytes
        Ok(files)
    }

    /// The paths of a commit's submodules, in path order.
    pub fn submodules(&self, commit: Id) -> Result<Vec<String>> {
        // `.gitmodules` stands at the root wherever there are submodules: without it no tree is walked.
        let root = self.tree(commit)?;
        let mut found = Vec::new();
        if root.get_name(".gitmodules").is_some() {
            self.gitlinks(&root, &mut Vec::new(), &mut found)?;
        }
        found.sort();
        Ok(found)
    }

    fn gitlinks(&self, tree: &Tree<'_>, prefix: &mut Vec<u8>, found: &mut Vec<String>) -> Result<()> {
        for entry in tree {
            let length = prefix.len();
            prefix.extend_from_slice(entry.name_bytes());
            match entry_kind(entry.filemode_raw()) {
                Entry::Submodule => found.push(path::from_bytes(prefix)),
                Entry::Folder => {
                    prefix.push(b'/');
                    self.gitlinks(&self.tree(id_of(entry.id()))?, prefix, found)?;
                }
                Entry::File | Entry::Link => {}
            }
            prefix.truncate(length);
        }
        Ok(())
    }

    /// Calls `found` for every file below a tree, with its path in bytes.
    pub(super) fn collect(
        &self,
        tree: &Tree<'_>,
        prefix: &mut Vec<u8>,
        found: &mut dyn FnMut(&[u8], Id),
    ) -> Result<()> {
        for entry in tree {
            let length = prefix.len();
            prefix.extend_from_slice(entry.name_bytes());
            match entry_kind(entry.filemode_raw()) {
                Entry::File => found(prefix, id_of(entry.id())),
                Entry::Folder => {
                    prefix.push(b'/');
                    self.collect(&self.tree(id_of(entry.id()))?, prefix, found)?;
                }
                Entry::Link | Entry::Submodule => {}
            }
            prefix.truncate(length);
        }
        Ok(())
    }

    /// The entries of a tree, by name as text: `(name, id, whether it is a folder)`. Links and submodules are left out.
    pub fn entries(&self, treeish: Id) -> Result<Vec<(String, Id, bool)>> {
        Ok(entries(&self.tree(treeish)?))
    }

    /// The id of a commit's tree.
    pub fn tree_of(&self, commit: Id) -> Result<Id> {
        Ok(id_of(self.tree(commit)?.id()))
    }

    /// The object at a path of a commit or tree: a file's blob or a folder's tree. Links and submodules are none.
    pub fn at(&self, treeish: Id, path: &str) -> Result<Option<Id>> {
        let mut here = self.tree(treeish)?;
        let bytes = path::to_bytes(path);
        let mut names = bytes.split(|&byte| byte == b'/').filter(|name| !name.is_empty()).peekable();
        while let Some(name) = names.next() {
            let Some(entry) = here.get_name_bytes(name).map(|entry| entry.to_owned()) else { return Ok(None) };
            let id = id_of(entry.id());
            match (entry_kind(entry.filemode_raw()), names.peek()) {
                (Entry::File | Entry::Folder, None) => return Ok(Some(id)),
                (Entry::Folder, Some(_)) => here = self.tree(id)?,
                _ => return Ok(None),
            }
        }
        Ok(Some(id_of(here.id())))
    }

    /// The contents of a blob.
    pub fn blob(&self, id: Id) -> Result<Vec<u8>> {
        let blob = self.inner.find_blob(oid(id)).map_err(|cause| self.unreadable("blob", id, cause))?;
        Ok(blob.content().to_vec())
    }

    /// Whether the object is here: a partial clone leaves blobs out.
    pub fn has(&self, id: Id) -> bool {
        self.inner.odb().is_ok_and(|odb| odb.exists(oid(id)))
    }

    /// The tree of a commit, or the tree itself.
    pub(super) fn tree(&self, treeish: Id) -> Result<Tree<'_>> {
        let object = self.inner.find_object(oid(treeish), None);
        let tree = object
            .and_then(|object| object.peel(ObjectType::Tree))
            .and_then(|tree| tree.into_tree().map_err(|_| git2::Error::from_str("a peeled tree is no tree")));
        tree.map_err(|cause| self.unreadable("tree", treeish, cause))
    }
}

pub(super) fn entries(tree: &Tree<'_>) -> Vec<(String, Id, bool)> {
    let entries = tree.iter().filter_map(|entry| {
        let kind = entry_kind(entry.filemode_raw());
        let name = path::from_bytes(entry.name_bytes());
        matches!(kind, Entry::File | Entry::Folder).then(|| (name, id_of(entry.id()), kind == Entry::Folder))
    });
    entries.collect()
}
