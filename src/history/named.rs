//! Which snapshot a revision means: its own, that of the commit which CI made of it for the tests, or the nearest before it.
//!
//! In: the store, a revision. Out: a [`Named`], with a sentence where it is not the revision's own snapshot.

use std::collections::BTreeMap;

use crate::error::Kind;
use crate::git::{Id, Repo};
use crate::store::{Store, Stored};
use crate::{Error, Result, error::Context};

/// Every part with coverage in the store, by commit.
pub struct Recorded<'r> {
    repo: &'r Repo,
    store: &'r Store<'r>,
    parts: BTreeMap<Id, Vec<Stored>>,
}

/// The snapshot that a revision means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The commit whose snapshot it is.
    pub commit: Id,
    /// Why that is another one.
    pub note: Option<String>,
}

impl<'r> Recorded<'r> {
    /// Lists the store.
    pub fn list(repo: &'r Repo, store: &'r Store<'r>) -> Result<Self> {
        let mut parts: BTreeMap<Id, Vec<Stored>> = BTreeMap::new();
        let all = store.list().during(|| "listing the snapshots".to_owned())?;
        for part in all.into_iter().filter(|part| part.files.is_some()) {
            parts.entry(part.key.commit).or_default().push(part);
        }
        if parts.is_empty() {
            return Err(Error::new("no snapshot was recorded yet")
                .kind_of(Kind::NotFound)
                .hint("`covatlas record` records the coverage reports of the current commit"));
        }
        Ok(Self { repo, store, parts })
    }

    /// The parts that were recorded of a commit.
    pub fn parts(&self, commit: Id) -> &[Stored] {
        self.parts.get(&commit).map_or(&[], Vec::as_slice)
    }

    /// The commit that a revision names: one of this clone, or one that is gone and has a snapshot.
    pub fn resolve(&self, revision: &str) -> Result<Id> {
        let recorded = revision.parse().ok().filter(|id| self.parts.contains_key(id));
        recorded.map_or_else(|| self.repo.resolve(revision), Ok)
    }

    /// The snapshot of a commit, or the one that stands for it.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where neither it nor any commit before it on its first-parent chain has one.
    pub fn snapshot(&self, named: Id) -> Result<Named> {
        if self.parts.contains_key(&named) {
            return Ok(Named { commit: named, note: None });
        }
        if let Some(commit) = self.tested_for(named) {
            let note = format!("CI tested {} for {}: its snapshot is meant", commit.short(), named.short());
            return Ok(Named { commit, note: Some(note) });
        }
        let chain = self.repo.first_parents(named)?;
        let Some(back) = chain.iter().position(|commit| self.parts.contains_key(commit)) else {
            let error = Error::new(format!("neither {} nor any commit before it has a snapshot", named.short()));
            return Err(if self.repo.is_shallow() {
                error
                    .kind_of(Kind::NotFound)
                    .hint("this clone is shallow: `git fetch --unshallow` brings the commits before")
            } else {
                error.kind_of(Kind::NotFound).hint("`covatlas log` lists the commits that have one")
            });
        };
        let commits = if back == 1 { "1 commit".to_owned() } else { format!("{back} commits") };
        let note =
            format!("{} has no snapshot: that of {}, {commits} before, is meant", named.short(), chain[back].short());
        Ok(Named { commit: chain[back], note: Some(note) })
    }

    /// The commit that was tested for the head of a change request, which is often a merge made for the tests alone.
    fn tested_for(&self, head: Id) -> Option<Id> {
        let tested = |part: &Stored| self.store.run(part).is_ok_and(|run| run.head == Some(head));
        self.parts.iter().find(|(_, parts)| parts.iter().any(tested)).map(|(commit, _)| *commit)
    }
}
