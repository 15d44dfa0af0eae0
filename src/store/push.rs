//! Pushes the store. If both sides have moved, it fetches, adds this repository's own folders to
//! the remote's tip, and pushes again, until no other writer is faster. Each snapshot has a folder
//! of its own, so nothing is ever lost.

use std::collections::{BTreeMap, BTreeSet};

use super::put::measured;
use super::read::tracking;
use super::{Key, StoreWriter};
use crate::error::Kind;
use crate::git::{Edit, Id, without_credentials};
use crate::{Error, Result};

/// The result of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The commit that the remote's branch is now at, or `None` if nothing was ever recorded.
    pub commit: Option<Id>,
    /// Whether the remote had it already.
    pub up_to_date: bool,
}

/// The local branch and that of a remote, after they were joined.
pub(super) struct Joined {
    /// The commit that both have, or `None` if nothing was ever recorded.
    pub(super) commit: Option<Id>,
    /// The remote's tip.
    pub(super) theirs: Option<Id>,
}

/// The refs that record the last common state with each remote.
const SETTLED: &str = "refs/covatlas/settled/";

impl StoreWriter<'_> {
    /// Pushes the branch to a remote (a name or a URL). If the remote has moved on, the folders
    /// that this repository added are put on its tip, and the local branch follows. `when` is the
    /// time of that commit.
    ///
    /// # Errors
    /// [`Kind::RefMoved`] if other writers were always faster, or git's own error if the remote
    /// refuses.
    pub fn push(&self, remote: &str, when: i64) -> Result<Pushed> {
        let seen = self.seen(remote)?;
        self.again_with(remote, || self.push_once(remote, &seen, when))
    }

    /// Fetches the store's branch from a remote, so that its snapshots can be read. Returns whether
    /// the remote has the branch.
    pub fn fetch(&self, remote: &str) -> Result<bool> {
        Ok(self.again_with(remote, || self.fetched(remote))?.is_some())
    }

    fn push_once(&self, remote: &str, seen: &[Id], when: i64) -> Result<Pushed> {
        let Joined { commit, theirs } = self.joined(remote, seen, when)?;
        let Some(commit) = commit.filter(|_| commit != theirs) else {
            return Ok(Pushed { commit, up_to_date: true });
        };
        self.repo.push(remote, &format!("{commit}:{}", self.reference))?;
        self.settle(remote, commit)?;
        Ok(Pushed { commit: Some(commit), up_to_date: false })
    }

    /// Fetches the branch, and puts this repository's own folders on the remote's tip if both have
    /// moved. `seen` are commits that the remote had before.
    pub(super) fn joined(&self, remote: &str, seen: &[Id], when: i64) -> Result<Joined> {
        let theirs = self.fetched(remote)?;
        let local = self.repo.tip(&self.reference)?;
        let (Some(local), Some(theirs)) = (local, theirs) else {
            return Ok(Joined { commit: local.or(theirs), theirs });
        };
        let commit = if self.repo.is_ancestor(theirs, local)? {
            local
        } else {
            // If the remote was rewritten, the last common state is still the base, so that
            // snapshots pruned there stay pruned. A server without a recorded common state receives
            // everything.
            let base = self
                .repo
                .merge_base(local, theirs)?
                .map_or_else(|| self.agreed(remote, seen, local), |base| Ok(Some(base)))?;
            self.join(local, theirs, base, when)?
        };
        self.settle(remote, theirs)?;
        Ok(Joined { commit: Some(commit), theirs: Some(theirs) })
    }

    /// Moves the local branch to the remote's tip, with the folders added since the base on top.
    pub(super) fn join(&self, local: Id, theirs: Id, base: Option<Id>, when: i64) -> Result<Id> {
        self.check_format(theirs)?;
        let own = self.own(local, theirs, base)?;
        let commit = if own.is_empty() {
            theirs
        } else {
            self.commit(&self.repo.batch(), Some(theirs), own, when)?
        };
        self.repo.move_ref(&self.reference, Some(local), commit, "covatlas: join the remote")?;
        Ok(commit)
    }

    /// The commits that a remote is known to have had, newest first: the current and past values of
    /// its tracking ref, and what was fetched from it into the branch itself.
    pub(super) fn seen(&self, remote: &str) -> Result<Vec<Id>> {
        let tracking = self.tracking(remote)?;
        let now = self.repo.tip(&tracking)?;
        let past = self.repo.past_tips(&tracking).into_iter();
        Ok(now
            .into_iter()
            .chain(past)
            .chain(self.repo.fetched_tips(&self.reference, remote))
            .collect())
    }

    /// The newest commit that this repository and a remote are known to have had in common: the one
    /// recorded at their last contact, or one fetched since. Commits recorded for other URLs are
    /// skipped, because they belong to a server that this remote's name used to mean.
    pub(super) fn agreed(&self, remote: &str, seen: &[Id], local: Id) -> Result<Option<Id>> {
        let own = self.settled(remote)?;
        let others = self.settlements()?.into_iter().filter(|(name, _)| *name != own);
        let others: Vec<Id> = others.map(|(_, commit)| commit).collect();
        // A commit that git has garbage-collected tells nothing.
        let is_in = |id: Id, tip: Id| self.repo.is_ancestor(id, tip).unwrap_or(false);
        let mut newest = self.repo.tip(&own)?.filter(|&noted| is_in(noted, local));
        for &id in seen {
            let elsewhere = others.iter().any(|&other| is_in(id, other));
            if !elsewhere && is_in(id, local) && newest.is_none_or(|newest| is_in(newest, id)) {
                newest = Some(id);
            }
        }
        Ok(newest)
    }

    /// The recorded common states with remotes, by ref.
    pub(super) fn settlements(&self) -> Result<Vec<(String, Id)>> {
        let mut notes = self.repo.refs("refs/covatlas/settled/*")?;
        let branch = format!("/{}", self.branch);
        notes.retain(|(name, _)| {
            name.strip_prefix(SETTLED).and_then(|name| name.get(12..)) == Some(branch.as_str())
        });
        Ok(notes)
    }

    /// The folders that this repository added, replaced or dropped since its last common state with
    /// the remote, except where the remote has the same.
    fn own(&self, local: Id, theirs: Id, base: Option<Id>) -> Result<BTreeMap<Key, Edit>> {
        let base = base.map(|base| self.parts(base)).transpose()?.unwrap_or_default();
        let (local, theirs) = (self.parts(local)?, self.parts(theirs)?);
        let keys: BTreeSet<&Key> = local.keys().chain(base.keys()).collect();
        let mut own = BTreeMap::new();
        for key in keys.into_iter().filter(|key| local.get(key) != base.get(key)) {
            if !self.is_same(local.get(key), theirs.get(key))? {
                own.insert(
                    key.clone(),
                    local.get(key).map_or(Edit::Remove, |tree| Edit::Folder(*tree)),
                );
            }
        }
        Ok(own)
    }

    /// Whether two folders of a part have the same measurement, regardless of who recorded it and
    /// when.
    fn is_same(&self, one: Option<&Id>, other: Option<&Id>) -> Result<bool> {
        let (Some(one), Some(other)) = (one, other) else { return Ok(one == other) };
        Ok(one == other
            || measured(self.repo.entries(*one)?) == measured(self.repo.entries(*other)?))
    }

    /// Fetches the branch and returns the remote's tip.
    pub(super) fn fetched(&self, remote: &str) -> Result<Option<Id>> {
        let tracking = self.tracking(remote)?;
        match self.repo.fetch(remote, &format!("+{}:{tracking}", self.reference)) {
            Ok(()) => self
                .repo
                .tip(&tracking)?
                .ok_or_else(|| Error::new("the fetched branch is gone"))
                .map(Some),
            Err(error) if error.kind() == Kind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Records that this repository and a remote have the parts of a commit in common.
    pub(super) fn settle(&self, remote: &str, commit: Id) -> Result<()> {
        let reference = self.settled(remote)?;
        let known = self.repo.tip(&reference)?;
        if known == Some(commit) {
            return Ok(());
        }
        match self.repo.move_ref(&reference, known, commit, "covatlas: settled") {
            // Another push has recorded a commit that is just as good.
            Err(error) if error.kind() == Kind::RefMoved => Ok(()),
            other => other,
        }
    }

    /// The ref that records the last common state with a remote. It is named after the URL, because
    /// a remote's name may later mean another server, which knows nothing of the old one's content.
    fn settled(&self, remote: &str) -> Result<String> {
        let known = self.repo.remotes()?.into_iter().find(|known| known.name == remote);
        let address = known.map_or_else(|| remote.to_owned(), |known| known.url);
        Ok(self.by_address("settled", &address))
    }

    /// The ref that a remote's branch is fetched into. A URL cannot be used as a name under
    /// `refs/remotes`.
    pub(super) fn tracking(&self, remote: &str) -> Result<String> {
        let named = self.repo.remotes()?.iter().any(|known| known.name == remote);
        if named {
            return Ok(tracking(remote, &self.branch));
        }
        // There is one ref per URL, because what two remotes have in common says nothing about a
        // third.
        Ok(self.by_address("fetched", remote))
    }

    /// A ref of covatlas's own for a URL. Credentials are left out, since a token changes from job
    /// to job.
    fn by_address(&self, what: &str, address: &str) -> String {
        let digest = blake3::hash(without_credentials(address).as_bytes()).to_hex();
        format!("refs/covatlas/{what}/{}/{}", &digest[..12], self.branch)
    }
}
