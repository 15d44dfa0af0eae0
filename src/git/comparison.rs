//! Compares two trees, and calls a [`Visitor`] for each path at which they differ, in git's order
//! of trees. Only folders that differ are read.

use std::cmp::Ordering;
use std::rc::Rc;

use git2::{Tree, TreeEntry};

use crate::Result;
use crate::git::Id;
use crate::git::limits::check_depth;
use crate::git::open::id_of;
use crate::git::trees::{Entry, entry_kind};

/// The entry on one side of a comparison.
pub(super) type Side = Option<(Entry, Id)>;

/// Receives the differences between two trees.
pub(super) trait Visitor<'r> {
    /// Reads a tree.
    fn tree(&mut self, id: Id) -> Result<Rc<Tree<'r>>>;

    /// Whether to compare the content of a folder that differs. Its path ends in `/`.
    fn enters(&self, folder: &[u8]) -> bool;

    /// Receives an entry that differs in kind or content, but not one that differs only in its
    /// mode. A folder comes before its content.
    ///
    /// # Errors
    /// If the visitor has reached a limit. The comparison then ends.
    fn differs(&mut self, path: &[u8], old: Side, new: Side) -> Result<()>;
}

/// Compares two trees (`None` is the empty tree) below a path. In git's order, a file and a folder
/// with the same name are two separate entries, and here too.
pub(super) fn compare<'r>(
    old: Option<&Tree<'r>>,
    new: Option<&Tree<'r>>,
    path: &mut Vec<u8>,
    visitor: &mut impl Visitor<'r>,
) -> Result<()> {
    let (mut old, mut new) =
        (old.into_iter().flatten().peekable(), new.into_iter().flatten().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => order(old, new),
        };
        let before = if order == Ordering::Greater { None } else { old.next() };
        let after = if order == Ordering::Less { None } else { new.next() };
        let (old, new) = (side(before.as_ref()), side(after.as_ref()));
        if old != new {
            let length = path.len();
            path.extend_from_slice(
                before.as_ref().or(after.as_ref()).map_or(b"", |entry| entry.name_bytes()),
            );
            visitor.differs(path, old, new)?;
            compare_folders(old, new, path, visitor)?;
            path.truncate(length);
        }
    }
}

fn compare_folders<'r>(
    old: Side,
    new: Side,
    path: &mut Vec<u8>,
    visitor: &mut impl Visitor<'r>,
) -> Result<()> {
    let folder = |side: Side| side.filter(|(kind, _)| *kind == Entry::Folder).map(|(_, id)| id);
    let (old, new) = (folder(old), folder(new));
    path.push(b'/');
    if (old.is_some() || new.is_some()) && visitor.enters(path) {
        check_depth(path)?;
        let old = old.map(|id| visitor.tree(id)).transpose()?;
        let new = new.map(|id| visitor.tree(id)).transpose()?;
        compare(old.as_deref(), new.as_deref(), path, visitor)?;
    }
    Ok(())
}

pub(super) fn side(entry: Option<&TreeEntry<'_>>) -> Side {
    entry.map(|entry| (entry_kind(entry.filemode_raw()), id_of(entry.id())))
}

/// Git's order of a tree, in which a folder's name counts as if it ended in `/`.
fn order(one: &TreeEntry<'_>, other: &TreeEntry<'_>) -> Ordering {
    let folder = |entry: &TreeEntry<'_>| entry_kind(entry.filemode_raw()) == Entry::Folder;
    let (a, b) = (one.name_bytes(), other.name_bytes());
    if a == b {
        return folder(one).cmp(&folder(other));
    }
    let place = |name, folder: bool| <[u8]>::iter(name).chain(folder.then_some(&b'/'));
    place(a, folder(one)).cmp(place(b, folder(other)))
}
