//! Fetches, in one batch, the texts for a blame that a partial clone (`git clone
//! --filter=blob:none`) lacks. Otherwise they would be fetched one by one.
//!
//! The trees show which texts the walk may compare: those of the files, and of files that these may
//! have been renamed from. Texts that this survey misses are fetched when they are read.

use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::rc::Rc;

use git2::Tree;

use crate::Result;
use crate::git::blame::objects::Objects;
use crate::git::comparison::{Side, Visitor, compare};
use crate::git::trees::Entry;
use crate::git::{Id, Repo};

/// Fetches what is missing of the files' history, except for the part that an earlier blame covers.
/// Does nothing in a complete clone.
pub(super) fn fetch(repo: &Repo, head: Id, known: Option<Id>, paths: &[Vec<u8>]) -> Result<()> {
    if !repo.is_partial() {
        return Ok(());
    }
    let objects = Objects::new(repo);
    let mut survey = Survey {
        objects: &objects,
        paths: paths.iter().map(|path| Rc::from(path.as_slice())).collect(),
        blobs: BTreeSet::new(),
        sides: Vec::new(),
    };
    let mut queue = Queue { objects: &objects, waiting: BinaryHeap::new(), known: HashMap::new() };
    queue.put(head, false)?;
    known.map_or(Ok(()), |known| queue.put(known, true))?;
    while let Some((commit, is_known)) = queue.next() {
        let facts = objects.facts(commit)?;
        for &parent in &facts.parents {
            queue.put(parent, is_known)?;
        }
        if !is_known {
            let parents = facts.parents.iter().map(|&parent| Ok(Some(objects.facts(parent)?.tree)));
            let none = facts.parents.is_empty().then_some(Ok(None));
            parents.chain(none).try_for_each(|old: Result<_>| survey.look(old?, facts.tree))?;
        }
    }
    repo.fetch_missing(&survey.blobs.into_iter().collect::<Vec<_>>()).map(|_| ())
}

/// A queue of commits, newest first. Commits that are reachable from the earlier blame's commit are
/// known.
struct Queue<'o, 'r> {
    objects: &'o Objects<'r>,
    waiting: BinaryHeap<(i64, Id)>,
    known: HashMap<Id, bool>,
}

impl Queue<'_, '_> {
    fn put(&mut self, commit: Id, is_known: bool) -> Result<()> {
        match self.known.get_mut(&commit) {
            None => {
                self.waiting.push((self.objects.facts(commit)?.time, commit));
                self.known.insert(commit, is_known);
            }
            Some(known) => *known |= is_known,
        }
        Ok(())
    }

    /// The next commit, as long as there is one that is not known.
    fn next(&mut self) -> Option<(Id, bool)> {
        if self.waiting.iter().all(|(_, commit)| self.known[commit]) {
            return None;
        }
        let (_, commit) = self.waiting.pop()?;
        Some((commit, self.known[&commit]))
    }
}

/// Gathers the texts that a blame may read.
struct Survey<'o, 'r> {
    objects: &'o Objects<'r>,
    /// The requested files, and those that they may have been renamed from.
    paths: BTreeSet<Rc<[u8]>>,
    blobs: BTreeSet<Id>,
    /// The differences between the two trees.
    sides: Vec<(Rc<[u8]>, Side, Side)>,
}

impl Survey<'_, '_> {
    fn look(&mut self, old: Option<Id>, new: Id) -> Result<()> {
        let old = old.map(|id| self.objects.tree(id)).transpose()?;
        compare(old.as_deref(), Some(&*self.objects.tree(new)?), &mut Vec::new(), self)?;
        let sides = std::mem::take(&mut self.sides);
        let came = sides.iter().any(|(path, old, _)| old.is_none() && self.paths.contains(path));
        for (path, old, new) in sides {
            let left = came && new.is_none();
            if left || self.paths.contains(&path) {
                let files = [old, new].into_iter().flatten().filter(|(kind, _)| is_text(*kind));
                self.blobs.extend(files.map(|(_, blob)| blob));
                self.paths.insert(path);
            }
        }
        Ok(())
    }
}

fn is_text(kind: Entry) -> bool {
    matches!(kind, Entry::File | Entry::Link)
}

impl<'r> Visitor<'r> for Survey<'_, 'r> {
    fn tree(&mut self, id: Id) -> Result<Rc<Tree<'r>>> {
        self.objects.tree(id)
    }

    fn enters(&self, _: &[u8]) -> bool {
        true
    }

    fn differs(&mut self, path: &[u8], old: Side, new: Side) -> Result<()> {
        if [old, new].into_iter().flatten().any(|(kind, _)| is_text(kind)) {
            self.sides.push((path.into(), old, new));
        }
        Ok(())
    }
}
