//! Reads the objects for a blame, and keeps each for a while, because a parent's tree and text are
//! read again as the commit's own.
//!
//! The kept texts are limited to a fixed number of bytes.

use std::cell::RefCell;
use std::rc::Rc;

use git2::Tree;

use crate::Result;
use crate::git::comparison::{Side, Visitor, compare, side};
use crate::git::lru::{Recent, Trees};
use crate::git::open::id_of;
use crate::git::trees::{Entry, find};
use crate::git::{Hunk, Id, Repo};

/// The number of bytes of texts to keep.
const TEXTS: usize = 16 << 20;

/// The data of a commit that the walk needs.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// Committer time, seconds since 1970 UTC.
    pub(super) time: i64,
    /// The tree.
    pub(super) tree: Id,
    /// The parents. Empty at a shallow boundary.
    pub(super) parents: Vec<Id>,
}

/// A file of an older commit from which lines may come.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) path: Rc<[u8]>,
    pub(super) kind: Entry,
    pub(super) blob: Id,
}

/// Reads objects of a repository.
pub(super) struct Objects<'r> {
    repo: &'r Repo,
    is_partial: bool,
    trees: Trees<'r>,
    /// The folder of the last lookup. Paths are usually looked up in order.
    folder: RefCell<Option<Folder<'r>>>,
    texts: RefCell<Recent<Rc<[u8]>>>,
}

struct Folder<'r> {
    root: Id,
    path: Vec<u8>,
    /// `None` if there is no such folder.
    tree: Option<Rc<Tree<'r>>>,
}

impl<'r> Objects<'r> {
    pub(super) fn new(repo: &'r Repo) -> Self {
        Self {
            repo,
            is_partial: repo.is_partial(),
            trees: Trees::new(repo),
            folder: RefCell::default(),
            texts: RefCell::default(),
        }
    }

    pub(super) fn facts(&self, commit: Id) -> Result<Facts> {
        let raw = self.repo.raw_commit(commit)?;
        let tree = id_of(raw.tree_id());
        Ok(Facts { time: raw.time().seconds(), tree, parents: self.repo.parents(&raw) })
    }

    pub(super) fn tree(&self, id: Id) -> Result<Rc<Tree<'r>>> {
        self.trees.read(id)
    }

    pub(super) fn text(&self, blob: Id) -> Result<Rc<[u8]>> {
        if let Some(text) = self.texts.borrow().get(blob) {
            return Ok(text);
        }
        if self.is_partial {
            self.repo.fetch_missing(&[blob])?;
        }
        let text: Rc<[u8]> = self.repo.blob(blob)?.into();
        self.texts.borrow_mut().keep(blob, Rc::clone(&text), text.len(), TEXTS);
        Ok(text)
    }

    /// The number of lines of a blob, including a last line without a line break.
    pub(super) fn lines(&self, blob: Id) -> Result<u32> {
        let text = self.text(blob)?;
        let breaks = memchr::memchr_iter(b'\n', &text).count();
        Ok((breaks + usize::from(text.last().is_some_and(|&last| last != b'\n'))) as u32)
    }

    /// The hunks between two blobs.
    pub(super) fn hunks(&self, old: Id, new: Id) -> Result<Vec<Hunk>> {
        self.repo.diff_lines(&self.text(old)?, &self.text(new)?)
    }

    /// The blob at a path.
    pub(super) fn at(&self, tree: Id, path: &[u8]) -> Result<Side> {
        let Some(slash) = memchr::memrchr(b'/', path).filter(|slash| slash + 1 < path.len()) else {
            return find(self.tree(tree)?, path, |id| self.tree(id));
        };
        let (folder, name) = (&path[..slash], &path[slash + 1..]);
        let mut last = self.folder.borrow_mut();
        if !last.as_ref().is_some_and(|last| last.root == tree && last.path == folder) {
            let found = match find(self.tree(tree)?, folder, |id| self.tree(id))? {
                Some((Entry::Folder, id)) => Some(self.tree(id)?),
                _ => None,
            };
            *last = Some(Folder { root: tree, path: folder.to_vec(), tree: found });
        }
        let tree = last.as_ref().and_then(|folder| folder.tree.as_ref());
        Ok(side(tree.and_then(|tree| tree.get_name_bytes(name)).as_ref()))
    }

    /// The files and links of an old tree that a new one does not have, in path order.
    pub(super) fn deleted(&self, old: Id, new: Id) -> Result<Vec<Source>> {
        let mut visitor = Deleted { objects: self, found: Vec::new() };
        compare(Some(&*self.tree(old)?), Some(&*self.tree(new)?), &mut Vec::new(), &mut visitor)?;
        Ok(visitor.found)
    }
}

struct Deleted<'o, 'r> {
    objects: &'o Objects<'r>,
    found: Vec<Source>,
}

impl<'r> Visitor<'r> for Deleted<'_, 'r> {
    fn tree(&mut self, id: Id) -> Result<Rc<Tree<'r>>> {
        self.objects.tree(id)
    }

    fn enters(&self, _: &[u8]) -> bool {
        true
    }

    fn differs(&mut self, path: &[u8], old: Side, new: Side) -> Result<()> {
        if let (Some((kind @ (Entry::File | Entry::Link), blob)), None) = (old, new) {
            self.found.push(Source { path: path.into(), kind, blob });
        }
        Ok(())
    }
}
