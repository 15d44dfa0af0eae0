//! Pushing the store: fetch, put this repository's own folders on the remote's tip where both have
//! moved, push, and again while others are faster. A snapshot has its own folder, so nothing is
//! ever lost.

use std::collections::{BTreeMap, BTreeSet};

use super::put::measured;
use super::read::tracking;
use super::{Key, Store};
use crate::error::Kind;
use crate::git::{Edit, Id, without_credentials};
use crate::{Error, Result};

/// The result of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The commit that the remote's branch is at now, or `None` if nothing was ever recorded.
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

/// Where agreements with remotes are noted.
const SETTLED: &str = "refs/covatlas/settled/";

impl Store<'_> {
    /// Pushes the branch to a remote (a name or an address). Where the remote has moved on, the
    /// folders that this repository added are put on its tip, and the local branch follows. `when`
    /// is the time of that commit.
    ///
    /// # Errors
    /// [`Kind::RefMoved`] when other writers kept winning; what git says when the remote refuses.
    pub fn push(&self, remote: &str, when: i64) -> Result<Pushed> {
        let seen = self.seen(remote)?;
        self.again_with(remote, || self.push_once(remote, &seen, when))
    }

    /// Fetches the store's branch from a remote, so that reading sees what others recorded; whether
    /// it has one.
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

    /// Fetches the branch and puts this repository's own folders on the remote's tip where both
    /// have moved. `seen` is what the remote held before.
    pub(super) fn joined(&self, remote: &str, seen: &[Id], when: i64) -> Result<Joined> {
        let theirs = self.fetched(remote)?;
        let local = self.repo.tip(&self.reference)?;
        let (Some(local), Some(theirs)) = (local, theirs) else {
            return Ok(Joined { commit: local.or(theirs), theirs });
        };
        let commit = if self.repo.is_ancestor(theirs, local)? {
            local
        } else {
            // Where the remote was rewritten, the last agreement with it still holds: what was
            // pruned there stays so. A server that has never agreed to anything gets all.
            let base = self
                .repo
                .merge_base(local, theirs)?
                .map_or_else(|| self.agreed(remote, seen, local), |base| Ok(Some(base)))?;
            self.join(local, theirs, base, when)?
        };
        self.settle(remote, theirs)?;
        Ok(Joined { commit: Some(commit), theirs: Some(theirs) })
    }

    /// Moves the local branch onto the remote's tip, with what it has on top of what both agreed
    /// on.
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

    /// What a remote is known to have held, newest first: the ref that it is fetched into, now and
    /// earlier, and what was fetched from it into the branch itself.
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

    /// The newest commit on which this repository and a remote are known to have agreed: what was
    /// noted when they last were in touch, or what was fetched since. What is noted for another
    /// address is that server's, which this remote's name once stood for.
    pub(super) fn agreed(&self, remote: &str, seen: &[Id], local: Id) -> Result<Option<Id>> {
        let own = self.settled(remote)?;
        let others = self.settlements()?.into_iter().filter(|(name, _)| *name != own);
        let others: Vec<Id> = others.map(|(_, commit)| commit).collect();
        // A commit that git has cleaned away says nothing.
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

    /// The notes of what was agreed with remotes, by ref.
    pub(super) fn settlements(&self) -> Result<Vec<(String, Id)>> {
        let mut notes = self.repo.refs("refs/covatlas/settled/*")?;
        let branch = format!("/{}", self.branch);
        notes.retain(|(name, _)| {
            name.strip_prefix(SETTLED).and_then(|name| name.get(12..)) == Some(branch.as_str())
        });
        Ok(notes)
    }

    /// The folders that this repository added, replaced or dropped since it agreed with the remote,
    /// as far as the remote does not have the same.
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

    /// Whether two folders of a part hold the same measurement, whoever recorded it and when.
    fn is_same(&self, one: Option<&Id>, other: Option<&Id>) -> Result<bool> {
        let (Some(one), Some(other)) = (one, other) else { return Ok(one == other) };
        Ok(one == other
            || measured(self.repo.entries(*one)?) == measured(self.repo.entries(*other)?))
    }

    /// Fetches the branch; yields the remote's tip.
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

    /// Notes that this repository and a remote have a commit's parts in common.
    pub(super) fn settle(&self, remote: &str, commit: Id) -> Result<()> {
        let reference = self.settled(remote)?;
        let known = self.repo.tip(&reference)?;
        if known == Some(commit) {
            return Ok(());
        }
        match self.repo.move_ref(&reference, known, commit, "covatlas: settled") {
            Err(error) if error.kind() == Kind::RefMoved => Ok(()), // another push notes what is as true
            other => other,
        }
    }

    /// The ref that notes the last agreement with a remote. It goes by the address: a remote's name
    /// may come to stand for another server, which knows nothing of what the old one has.
    fn settled(&self, remote: &str) -> Result<String> {
        let known = self.repo.remotes()?.into_iter().find(|known| known.name == remote);
        let address = known.map_or_else(|| remote.to_owned(), |known| known.url);
        Ok(self.by_address("settled", &address))
    }

    /// The ref that a remote's branch is fetched into; an address has no name to stand under
    /// `refs/remotes`.
    pub(super) fn tracking(&self, remote: &str) -> Result<String> {
        let named = self.repo.remotes()?.iter().any(|known| known.name == remote);
        if named {
            return Ok(tracking(remote, &self.branch));
        }
        // One ref an address: what two remotes agreed on says nothing about a third.
        Ok(self.by_address("fetched", remote))
    }

    /// A ref of covatlas's own for an address; a token in it changes from job to job, and is left
    /// out.
    fn by_address(&self, what: &str, address: &str) -> String {
        let digest = blake3::hash(without_credentials(address).as_bytes()).to_hex();
        format!("refs/covatlas/{what}/{}/{}", &digest[..12], self.branch)
    }
}
