//! Finds the base that a head's snapshot is compared with: the merge base, and nothing that
//! others have added.

use crate::error::Kind;
use crate::git::Id;
use crate::history::{Answer, Recorded};
use crate::{Error, Result};

/// The base that a head is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeBase {
    /// The commit whose texts the head's are compared with.
    pub commit: Id,
    /// The commit that the tested merge merged the head with: its lines are not the change's
    /// either.
    pub merged_with: Option<Id>,
    /// Notes about the base for the reader.
    pub notes: Vec<String>,
}

impl Recorded<'_> {
    /// The base of a head that is compared with a commit.
    ///
    /// # Errors
    /// If the two have no common history in this clone, and if no commit since it was measured.
    pub fn base_of(&self, from: Id, head: &Answer) -> Result<ChangeBase> {
        let bases = self.merge_bases(from, head.commit)?;
        let Some(&commit) = bases.first() else { return Err(self.unrelated(from, head.asked)) };
        self.refuse_unmeasured(from, head)?;
        let mut notes = Vec::new();
        if let [_, _, ..] = bases[..] {
            let all: Vec<String> = bases.iter().map(Id::short).collect();
            let (one, other) = (from.short(), head.asked.short());
            notes.push(format!(
                "{one} and {other} have several merge bases ({}): the first is taken, as git does",
                all.join(", ")
            ));
        }
        if commit == head.commit && commit != from {
            notes.push(format!(
                "{} is part of {}: it adds nothing to it",
                head.asked.short(),
                from.short()
            ));
        } else if commit != from {
            let (one, other) = (from.short(), head.asked.short());
            notes.push(format!(
                "{one} and {other} have diverged: compared with their merge base {}",
                commit.short()
            ));
        }
        let merged_with = head.head.and_then(|_| self.base(head.commit));
        let merged_with =
            merged_with.filter(|other| *other != commit && self.repo.commit(*other).is_ok());
        Ok(ChangeBase { commit, merged_with, notes })
    }

    /// The best common ancestors of two commits. Of a commit that is gone, or whose history a
    /// shallow clone leaves out, the merge base and the head that were recorded take its place.
    fn merge_bases(&self, one: Id, other: Id) -> Result<Vec<Id>> {
        let mut best: Vec<Id> = Vec::new();
        for one in self.reachable(one) {
            for &other in &self.reachable(other) {
                let found = self.repo.merge_bases(one, other)?;
                let is_better = |new: Id| {
                    best.iter().all(|old| self.repo.is_ancestor(*old, new).unwrap_or(false))
                };
                if found.first().is_some_and(|new| !best.contains(new) && is_better(*new)) {
                    best = found;
                }
            }
        }
        if best.is_empty() && one == other {
            best.push(one);
        }
        Ok(best)
    }

    /// The commit, and what is recorded of where it comes from, as far as this clone has them.
    fn reachable(&self, commit: Id) -> Vec<Id> {
        let recorded =
            self.runs(commit).into_iter().flat_map(|run| [run.head, run.merge_base]).flatten();
        let mut all: Vec<Id> = [commit].into_iter().chain(recorded).collect();
        all.retain(|commit| self.repo.commit(*commit).is_ok());
        all.dedup();
        all
    }

    /// If an older commit answers for the head, it has to be one that is not the base's as well.
    fn refuse_unmeasured(&self, from: Id, head: &Answer) -> Result<()> {
        if head.before == 0 || from == head.asked {
            return Ok(());
        }
        let Some(base) = self.repo.merge_base(from, head.asked)? else { return Ok(()) };
        if base == head.asked || !self.repo.is_ancestor(head.commit, base).unwrap_or(false) {
            return Ok(());
        }
        let message =
            format!("no commit between {} and {} has a snapshot", base.short(), head.asked.short());
        Err(Error::new(message)
            .with_kind(Kind::NotFound)
            .hint("`covatlas record` records the coverage reports of the current commit")
            .hint("nothing is known of what was added since: the newest snapshot before is of the base or older"))
    }

    /// # Errors
    /// If two commits have no common history in this clone.
    pub fn refuse_unrelated(&self, one: Id, other: Id) -> Result<()> {
        if self.merge_bases(one, other)?.is_empty() {
            Err(self.unrelated(one, other))
        } else {
            Ok(())
        }
    }

    fn unrelated(&self, one: Id, other: Id) -> Error {
        let error =
            Error::new(format!("{} and {} have no common history", one.short(), other.short()));
        if self.repo.is_shallow() {
            return error
                .hint("this clone is shallow: `git fetch --unshallow` brings the commits before");
        }
        error.hint("name two commits of the same history")
    }
}
