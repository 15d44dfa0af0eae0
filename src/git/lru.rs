//! Caches recently read objects, for work that soon reads the same ones again: a walk compares each
//! tree with the one before it and with the one after.
//!
//! libgit2's own cache is switched off in this crate, because most objects are read only once.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use git2::Tree;

use crate::Result;
use crate::git::{Id, Repo};

/// The number of trees to keep: a few MB.
const TREES: usize = 512;

/// Reads trees, and keeps the recent ones.
pub struct Trees<'r> {
    /// The repository.
    pub(crate) repo: &'r Repo,
    kept: RefCell<Recent<Rc<Tree<'r>>>>,
}

impl<'r> Trees<'r> {
    /// Starts with an empty cache.
    pub fn new(repo: &'r Repo) -> Self {
        Self { repo, kept: RefCell::default() }
    }

    /// Reads a tree, or the tree of a commit.
    pub(crate) fn read(&self, id: Id) -> Result<Rc<Tree<'r>>> {
        if let Some(tree) = self.kept.borrow().get(id) {
            return Ok(tree);
        }
        let tree = Rc::new(self.repo.tree(id)?);
        self.kept.borrow_mut().keep(id, Rc::clone(&tree), 1, TREES);
        Ok(tree)
    }
}

/// Keeps objects up to a total weight, and drops the oldest first.
pub(crate) struct Recent<T> {
    known: HashMap<Id, (T, usize)>,
    order: VecDeque<Id>,
    weight: usize,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { known: HashMap::new(), order: VecDeque::new(), weight: 0 }
    }
}

impl<T: Clone> Recent<T> {
    pub(crate) fn get(&self, id: Id) -> Option<T> {
        self.known.get(&id).map(|(object, _)| object.clone())
    }

    pub(crate) fn keep(&mut self, id: Id, object: T, weight: usize, most: usize) {
        while self.weight + weight > most {
            let Some(oldest) = self.order.pop_front() else { break };
            self.weight -= self.known.remove(&oldest).map_or(0, |(_, weight)| weight);
        }
        self.weight += weight;
        self.order.push_back(id);
        self.known.insert(id, (object, weight));
    }
}
