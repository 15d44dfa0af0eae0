//! Walks from the newest commit to the oldest, once for all files.
//!
//! Commits wait in a queue, newest first, each with the versions of files whose lines were traced
//! to it. A commit passes the lines that it did not change on to its parents, and is the answer for
//! the rest. The commit of a line depends only on (commit, path, line), so a commit that is reached
//! again, because of wrong clocks, causes more work but no error.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, btree_map};
use std::mem;
use std::ops::Bound;
use std::rc::Rc;

use git2::Tree;

use crate::Result;
use crate::git::blame::ignored;
use crate::git::blame::objects::{Facts, Objects, Source};
use crate::git::blame::origins::{Finder, Origins};
use crate::git::blame::spans::{Answer, Version};
use crate::git::comparison::{Side, Visitor, compare};
use crate::git::trees::Entry;
use crate::git::{Id, Repo};

/// The versions of files at one commit, by path.
pub(super) type Active = BTreeMap<Rc<[u8]>, Version>;

/// A blame in progress.
pub(super) struct Walk<'r> {
    pub(super) objects: Objects<'r>,
    ignored: &'r BTreeSet<Id>,
    /// The commits to visit, by time and id.
    queue: BinaryHeap<(i64, Id)>,
    pending: HashMap<Id, Pending>,
    /// The commits that answers name, by index.
    pub(super) commits: Commits,
    pub(super) answers: Answers,
    /// The number of commits that were visited.
    pub(super) visited: usize,
}

struct Pending {
    facts: Facts,
    active: Active,
}

/// The answers found so far.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) found: Vec<Answer>,
    /// The number of lines without an answer.
    open: u64,
    /// The number of lines answered by an earlier blame.
    pub(super) known: u64,
}

impl Answers {
    fn take(&mut self, answers: impl IntoIterator<Item = Answer>) {
        for answer in answers {
            self.open -= u64::from(answer.count);
            self.found.push(answer);
        }
    }

    /// Adds answers that an earlier blame knew.
    pub(super) fn take_known(&mut self, answers: Vec<Answer>) {
        self.known += answers.iter().map(|answer| u64::from(answer.count)).sum::<u64>();
        self.take(answers);
    }
}

/// Commits and their indices, in the order of their first occurrence.
#[derive(Default)]
pub(super) struct Commits {
    pub(super) ids: Vec<Id>,
    indices: HashMap<Id, u32>,
}

impl Commits {
    pub(super) fn index(&mut self, id: Id) -> u32 {
        *self.indices.entry(id).or_insert_with(|| {
            self.ids.push(id);
            self.ids.len() as u32 - 1
        })
    }
}

/// The commit that is being visited.
struct Here {
    id: Id,
    tree: Id,
    parents: Vec<Id>,
    facts: Vec<Facts>,
}

/// A file that a commit changed relative to its first parent.
struct Differing {
    path: Rc<[u8]>,
    version: Version,
    /// The entry at the path in the first parent.
    instead: Side,
}

/// Lines on their way to a parent, which is given by its index.
struct Sent {
    parent: usize,
    path: Rc<[u8]>,
    version: Version,
}

impl<'r> Walk<'r> {
    /// A walk without a start.
    pub(super) fn new(repo: &'r Repo, ignored: &'r BTreeSet<Id>) -> Self {
        Self {
            objects: Objects::new(repo),
            ignored,
            queue: BinaryHeap::new(),
            pending: HashMap::new(),
            commits: Commits::default(),
            answers: Answers::default(),
            visited: 0,
        }
    }

    /// Adds versions of files at a commit. None of them may be empty.
    pub(super) fn add(&mut self, commit: Id, versions: Active) -> Result<()> {
        let asked = versions.values().flat_map(|version| &version.asked);
        self.answers.open += asked.map(|span| u64::from(span.count)).sum::<u64>();
        let facts = self.facts(commit)?;
        self.hand_over(commit, &facts, versions);
        Ok(())
    }

    /// Walks until every requested line has an answer.
    pub(super) fn run(&mut self, on_commit: &dyn Fn()) -> Result<()> {
        while self.answers.open > 0 {
            let Some((_, id)) = self.queue.pop() else { return Ok(()) };
            let Some(mut pending) = self.pending.remove(&id) else { continue };
            // All requested lines are here. Known lines of other files could only be met through a
            // rename.
            if self.pending.is_empty() {
                pending.active.retain(|_, version| !version.asked.is_empty());
            }
            self.visited += 1;
            on_commit();
            self.step(id, pending)?;
        }
        Ok(())
    }

    fn facts(&self, commit: Id) -> Result<Facts> {
        match self.pending.get(&commit) {
            Some(known) => Ok(known.facts.clone()),
            None => self.objects.facts(commit),
        }
    }

    /// Passes the lines at a commit on to its parents, or answers for them.
    fn step(&mut self, id: Id, Pending { facts, mut active, .. }: Pending) -> Result<()> {
        let Facts { tree, parents, .. } = facts;
        let known = parents.iter().map(|&parent| self.facts(parent)).collect::<Result<Vec<_>>>()?;
        let here = Here { id, tree, parents, facts: known };
        let Some(first) = here.facts.first() else {
            self.settle(id, active.values());
            return Ok(());
        };
        let changed = self.changed(&mut active, first.tree, tree)?;
        self.hand_over(here.parents[0], first, active);
        self.trace(&here, changed)
    }

    /// Removes the files that differ from an older tree, and returns them with the entry in that
    /// tree.
    fn changed(&self, active: &mut Active, old: Id, new: Id) -> Result<Vec<Differing>> {
        if old == new {
            return Ok(Vec::new());
        }
        let mut visitor = Changed { objects: &self.objects, active, found: Vec::new() };
        let (old, new) = (self.objects.tree(old)?, self.objects.tree(new)?);
        compare(Some(&*old), Some(&*new), &mut Vec::new(), &mut visitor)?;
        let found = visitor.found.into_iter();
        Ok(found
            .filter_map(|(path, instead)| {
                Some(Differing { version: active.remove(&path)?, path, instead })
            })
            .collect())
    }

    /// Sends the lines of changed files to their origins, and answers for the rest.
    fn trace(&mut self, here: &Here, changed: Vec<Differing>) -> Result<()> {
        let (mut sent, mut left) = (Vec::new(), Vec::new());
        let mut read = |blob| self.objects.text(blob).map(|text| text.to_vec());
        let mut finder = Finder::new(&self.objects, here.tree, &here.facts, &mut read);
        for Differing { path, mut version, instead } in changed {
            match finder.of(&path, &version, instead)? {
                Origins::Whole(parent, source) => {
                    sent.push(Sent { parent, path: source.path, version });
                }
                Origins::Parts(origins) => {
                    sent.extend(self.parts(here.id, &mut version, &origins)?);
                    left.push(version);
                }
            }
        }
        self.settle(here.id, left.iter());
        for Sent { parent, path, version } in
            sent.into_iter().filter(|sent| !sent.version.is_empty())
        {
            self.hand_over(
                here.parents[parent],
                &here.facts[parent],
                Active::from([(path, version)]),
            );
        }
        Ok(())
    }

    /// The lines that each origin takes from a changed file, in order: those that a diff leaves
    /// unchanged and then, if the commit is ignored, those that are likely sources of its own
    /// lines.
    fn parts(
        &self,
        commit: Id,
        version: &mut Version,
        origins: &[(usize, Source)],
    ) -> Result<Vec<Sent>> {
        let mut parts = Vec::new();
        for (parent, source) in origins {
            let hunks = self.objects.hunks(source.blob, version.blob)?;
            parts.push(Sent {
                parent: *parent,
                path: Rc::clone(&source.path),
                version: version.pass(&hunks, source.blob),
            });
        }
        if self.ignored.contains(&commit) {
            for (parent, source) in origins {
                let guessed = ignored::pass(&self.objects, version, source.blob)?;
                parts.push(Sent {
                    parent: *parent,
                    path: Rc::clone(&source.path),
                    version: guessed,
                });
            }
        }
        Ok(parts)
    }

    /// Makes a commit the answer for lines that come from nowhere else.
    fn settle<'v>(&mut self, commit: Id, versions: impl Iterator<Item = &'v Version>) {
        for version in versions.filter(|version| !version.asked.is_empty()) {
            let index = self.commits.index(commit);
            self.answers.take(version.asked.iter().filter_map(|span| span.answer(index)));
        }
    }

    /// Adds versions to those that wait at a commit. The smaller set is added to the larger one.
    fn hand_over(&mut self, to: Id, facts: &Facts, mut versions: Active) {
        if versions.is_empty() {
            return;
        }
        let pending = self.pending.entry(to).or_insert_with(|| {
            self.queue.push((facts.time, to));
            Pending { facts: facts.clone(), active: Active::new() }
        });
        if pending.active.len() < versions.len() {
            mem::swap(&mut pending.active, &mut versions);
        }
        for (path, version) in versions {
            match pending.active.entry(path) {
                btree_map::Entry::Occupied(there) => {
                    self.answers.take_known(there.into_mut().join(version));
                }
                btree_map::Entry::Vacant(place) => drop(place.insert(version)),
            }
        }
    }
}

/// Finds the active files that differ. Folders without active files are skipped.
struct Changed<'a, 'r> {
    objects: &'a Objects<'r>,
    active: &'a Active,
    found: Vec<(Rc<[u8]>, Side)>,
}

impl<'r> Visitor<'r> for Changed<'_, 'r> {
    fn tree(&mut self, id: Id) -> Result<Rc<Tree<'r>>> {
        self.objects.tree(id)
    }

    fn enters(&self, folder: &[u8]) -> bool {
        let mut from = self.active.range::<[u8], _>((Bound::Included(folder), Bound::Unbounded));
        from.next().is_some_and(|(path, _)| path.starts_with(folder))
    }

    fn differs(&mut self, path: &[u8], old: Side, new: Side) -> Result<()> {
        if !matches!(new, Some((Entry::File | Entry::Link, _))) {
            return Ok(());
        }
        if let Some((path, _)) = self.active.get_key_value(path) {
            self.found.push((Rc::clone(path), old));
        }
        Ok(())
    }
}
