//! Drops parts: with one more commit on the branch, or by squashing the branch to a single new
//! commit, so that later clones do not contain what was dropped.
//!
//! The branch moves by compare-and-swap, both here and on a remote if one is given, so that
//! snapshots recorded in the meantime are kept.

use std::collections::BTreeMap;

use super::push::Joined;
use super::{Key, StoreWriter};
use crate::error::Kind;
use crate::git::{Edit, Id};
use crate::{Error, Result};

/// The result of dropping parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// The commit that the branch is now at, or `None` if nothing was ever recorded.
    pub commit: Option<Id>,
    /// The parts that were dropped.
    pub dropped: Vec<Key>,
    /// Whether the branch moved.
    pub moved: bool,
}

impl StoreWriter<'_> {
    /// Drops parts with a new commit on the local branch. Snapshots that a remote is known to have
    /// are joined first, so that the next push drops them there too. `when` is the commit's time,
    /// in seconds since 1970 UTC.
    ///
    /// # Errors
    /// [`Kind::RefMoved`] if other writers were always faster.
    pub fn prune(&self, keys: &[Key], when: i64) -> Result<Pruned> {
        self.again(|| {
            let Some(tip) = self.united(when)? else { return Ok(Pruned::nothing(None)) };
            let local = self.local_within(tip)?;
            let edits = self.removals(tip, keys)?;
            if edits.is_empty() {
                return Ok(Pruned::nothing(Some(tip)));
            }
            let dropped: Vec<Key> = edits.keys().cloned().collect();
            let commit = self.commit(&self.repo.batch(), Some(tip), edits, when)?;
            self.repo.move_ref(&self.reference, local, commit, "covatlas: prune")?;
            Ok(Pruned { commit: Some(commit), dropped, moved: true })
        })
    }

    /// Drops parts, and squashes the local branch to a single new commit.
    ///
    /// # Errors
    /// If a remote has the branch too, since the next push would bring its commits back.
    pub fn squash(&self, keys: &[Key], when: i64) -> Result<Pruned> {
        if self.tracked()?.is_some() || !self.settlements()?.is_empty() {
            return Err(Error::new(format!(
                "a remote has the branch {} too, so rewriting it only here has no effect",
                self.branch
            ))
            .hint(
                "`covatlas prune --rewrite --push` rewrites it there and here; name the remote \
                 if it is not origin",
            )
            .hint(
                "without --rewrite the snapshots are dropped by a commit, which the next push \
                 sends along",
            ));
        }
        self.again(|| {
            let Some(tip) = self.local()? else { return Ok(Pruned::nothing(None)) };
            let squashed = self.squashed(tip, keys, when)?;
            self.follow(Some(tip), &squashed)?;
            Ok(squashed)
        })
    }

    /// Drops parts, and squashes the branch to a single new commit, first on a remote and then
    /// here. Snapshots that others push meanwhile are kept: the remote's branch is replaced only if
    /// it is still at the fetched commit.
    ///
    /// # Errors
    /// [`Kind::RefMoved`] if other writers were always faster, or git's own error if the remote
    /// refuses.
    pub fn squash_with(&self, remote: &str, keys: &[Key], when: i64) -> Result<Pruned> {
        let seen = self.seen(remote)?;
        self.again_with(remote, || {
            let Joined { commit: tip, theirs } = self.joined(remote, &seen, when)?;
            let Some(tip) = tip else { return Ok(Pruned::nothing(None)) };
            let local = self.local_within(tip)?;
            let squashed = self.squashed(tip, keys, when)?;
            let commit = squashed.commit.unwrap_or(tip);
            match theirs {
                Some(theirs) if theirs == commit => {}
                Some(theirs) => self.repo.replace(remote, &self.reference, theirs, commit)?,
                None => self.repo.push(remote, &format!("{commit}:{}", self.reference))?,
            }
            self.follow(local, &squashed)?;
            self.settle(remote, commit)?;
            Ok(squashed)
        })
    }

    /// The tip with everything known here. If both the local branch and a remote-tracking one have
    /// moved, they are joined.
    fn united(&self, when: i64) -> Result<Option<Id>> {
        let (Some(local), Some((remote, theirs))) = (self.local()?, self.tracked()?) else {
            return self.tip();
        };
        if self.repo.is_ancestor(theirs, local)? || self.repo.is_ancestor(local, theirs)? {
            return self.tip();
        }
        let base = match self.repo.merge_base(local, theirs)? {
            None => self.agreed(&remote, &self.seen(&remote)?, local)?,
            base => base,
        };
        self.join(local, theirs, base, when).map(Some)
    }

    /// The tip of the local branch, if it is contained in `tip`. Otherwise another recorder was
    /// faster.
    fn local_within(&self, tip: Id) -> Result<Option<Id>> {
        let local = self.local()?;
        if local.is_some_and(|local| !self.repo.is_ancestor(local, tip).unwrap_or(false)) {
            return Err(Error::new(format!("{} moved", self.reference)).with_kind(Kind::RefMoved));
        }
        Ok(local)
    }

    /// Writes a commit without history that has the content of a tip except for `keys`. Not needed
    /// if the tip is such a commit already.
    fn squashed(&self, tip: Id, keys: &[Key], when: i64) -> Result<Pruned> {
        let edits = self.removals(tip, keys)?;
        if edits.is_empty() && self.repo.named_parents(tip)?.is_empty() {
            return Ok(Pruned::nothing(Some(tip)));
        }
        let dropped: Vec<Key> = edits.keys().cloned().collect();
        let kept = self.parts(tip)?.len() - dropped.len();
        let message = format!("squash: {kept} parts stay, {} are dropped\n", dropped.len());
        let batch = self.repo.batch();
        let tree = self.tree(&batch, Some(tip), edits)?;
        let commit = batch.commit(tree, &[], &self.repo.signer(when), &message)?;
        batch.store()?;
        Ok(Pruned { commit: Some(commit), dropped, moved: true })
    }

    /// Moves the local branch to the pruned commit, unless another recorder has moved it.
    fn follow(&self, local: Option<Id>, pruned: &Pruned) -> Result<()> {
        match pruned.commit.filter(|commit| local != Some(*commit)) {
            Some(commit) => self.repo.move_ref(&self.reference, local, commit, "covatlas: prune"),
            None => Ok(()),
        }
    }

    /// The edits that drop those of the keys that a tip has.
    fn removals(&self, tip: Id, keys: &[Key]) -> Result<BTreeMap<Key, Edit>> {
        self.check_format(tip)?;
        let parts = self.parts(tip)?;
        let present = keys.iter().filter(|key| parts.contains_key(key));
        Ok(present.map(|key| (key.clone(), Edit::Remove)).collect())
    }
}

impl Pruned {
    fn nothing(commit: Option<Id>) -> Self {
        Self { commit, dropped: Vec::new(), moved: false }
    }
}
