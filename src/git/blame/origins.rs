//! Finds where a file that a commit changed comes from: the same path in its parents, or a rename,
//! found in the same way as in `git blame`.
//!
//! The answer is one parent that has the same text ([`Origins::Whole`]), or the versions to compare
//! with, in the order in which they take lines.

use std::collections::{BTreeMap, btree_map};
use std::rc::Rc;
use std::slice;

use crate::git::blame::objects::{Facts, Objects, Source};
use crate::git::blame::spans::Version;
use crate::git::comparison::Side;
use crate::git::similarity::Fingerprints;
use crate::git::trees::Entry;
use crate::git::{Id, TreeFile, similarity};
use crate::{Result, path};

/// The origins of a file's lines.
pub(super) enum Origins {
    /// The parent with this index has the same text, under this path.
    Whole(usize, Source),
    /// These versions have other texts. Each has the index of its parent.
    Parts(Vec<(usize, Source)>),
}

/// Finds the origins of the files of one commit.
pub(super) struct Finder<'o, 'r> {
    objects: &'o Objects<'r>,
    tree: Id,
    parents: &'o [Facts],
    /// The files that the commit deletes, by the index of the parent that has them.
    deleted: BTreeMap<usize, Deleted>,
    fingerprints: Fingerprints<'o>,
}

/// The files and links that a commit deletes. Renames are detected with the files as text.
#[derive(Default)]
struct Deleted {
    files: Vec<TreeFile>,
    sources: Vec<Source>,
    links: Vec<Source>,
}

impl<'o, 'r> Finder<'o, 'r> {
    /// Prepares to find origins in a commit with this tree and these parents. `read` returns the
    /// content of a blob.
    pub(super) fn new(
        objects: &'o Objects<'r>,
        tree: Id,
        parents: &'o [Facts],
        read: &'o mut dyn FnMut(Id) -> Result<Vec<u8>>,
    ) -> Self {
        Self {
            objects,
            tree,
            parents,
            deleted: BTreeMap::new(),
            fingerprints: Fingerprints::new(read),
        }
    }

    /// The origins of a file. `first` is the entry at its path in the first parent.
    pub(super) fn of(
        &mut self,
        path: &Rc<[u8]>,
        version: &Version,
        first: Side,
    ) -> Result<Origins> {
        let mut sides = vec![first];
        for index in 0..self.parents.len() {
            if index > 0 {
                sides.push(self.objects.at(self.parents[index].tree, path)?);
            }
            if sides[index] == Some((version.kind, version.blob)) {
                let source =
                    Source { path: Rc::clone(path), kind: version.kind, blob: version.blob };
                return Ok(Origins::Whole(index, source));
            }
        }
        let mut found: Vec<Option<Source>> = Vec::new();
        for side in &sides {
            let same_kind = side.filter(|(kind, _)| *kind == version.kind);
            let source = same_kind.map(|(kind, blob)| Source { path: Rc::clone(path), kind, blob });
            found.push(source.filter(|source| !is_known(&found, source.blob)));
        }
        for (index, side) in sides.iter().enumerate() {
            // A folder at the path is not a file. Any other entry there has changed its type, which
            // is not a rename.
            if !matches!(side, None | Some((Entry::Folder, _))) {
                continue;
            }
            let Some(source) = self.renamed(index, path, version)? else { continue };
            if source.blob == version.blob {
                return Ok(Origins::Whole(index, source));
            }
            found[index] = Some(source).filter(|source| !is_known(&found[..index], source.blob));
        }
        let parts =
            found.into_iter().enumerate().filter_map(|(index, source)| Some((index, source?)));
        Ok(Origins::Parts(parts.collect()))
    }

    /// The file that a parent has under another name.
    fn renamed(&mut self, parent: usize, path: &[u8], version: &Version) -> Result<Option<Source>> {
        let (objects, tree, facts) = (self.objects, self.tree, &self.parents[parent]);
        let deleted = match self.deleted.entry(parent) {
            btree_map::Entry::Occupied(known) => known.into_mut(),
            btree_map::Entry::Vacant(place) => {
                place.insert(Deleted::of(objects.deleted(facts.tree, tree)?))
            }
        };
        if version.kind == Entry::Link {
            return Ok(deleted.link(path, version.blob));
        }
        let target = TreeFile { path: path::from_bytes(path), blob: version.blob };
        let pairs =
            similarity::renames(&deleted.files, slice::from_ref(&target), &mut self.fingerprints)?;
        Ok(pairs.first().map(|&(source, _)| deleted.sources[source].clone()))
    }
}

impl Deleted {
    fn of(all: Vec<Source>) -> Self {
        let (sources, links): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|source| source.kind == Entry::File);
        let file =
            |source: &Source| TreeFile { path: path::from_bytes(&source.path), blob: source.blob };
        Self { files: sources.iter().map(file).collect(), sources, links }
    }

    /// Links are renamed only with unchanged content: the link with the same name, or else the
    /// first.
    fn link(&self, path: &[u8], blob: Id) -> Option<Source> {
        let same: Vec<&Source> = self.links.iter().filter(|link| link.blob == blob).collect();
        let named = same.iter().find(|link| name(&link.path) == name(path));
        named.or(same.first()).map(|link| (*link).clone())
    }
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

/// Whether an earlier parent has the same text.
fn is_known(found: &[Option<Source>], blob: Id) -> bool {
    found.iter().flatten().any(|known| known.blob == blob)
}
