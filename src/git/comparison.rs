//! Compares two trees and calls a [`Visitor`] at each path where they differ, in the order of git's
//! trees. Only folders that differ are read.

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

/// Receives the differences.
pub(super) trait Visitor<'r> {
    /// Reads a tree.
    fn tree(&mut self, id: Id) -> Result<Rc<Tree<'r>>>;

    /// Whether a folder that differs matters; its path ends in `/`.
    fn enters(&self, folder: &[u8]) -> bool;

    /// Takes what differs in kind or content; a mode that alone differs does not. A folder comes
    /// before what is in it.
    ///
    /// # Errors
    /// When it is more than can be taken: the comparison ends.
    fn differs(&mut self, path: &[u8], old: Side, new: Side) -> Result<()>;
}

/// Walks two trees (none: the empty one) below a path. A file and a folder of one name are apart in
/// git's order, and so are two entries here.
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

/// git's order of a tree, which takes a folder's name to end in `/`.
fn order(one: &TreeEntry<'_>, other: &TreeEntry<'_>) -> Ordering {
    let folder = |entry: &TreeEntry<'_>| entry_kind(entry.filemode_raw()) == Entry::Folder;
    let (a, b) = (one.name_bytes(), other.name_bytes());
    if a == b {
        return folder(one).cmp(&folder(other));
    }
    let place = |name, folder: bool| <[u8]>::iter(name).chain(folder.then_some(&b'/'));
    place(a, folder(one)).cmp(place(b, folder(other)))
}
