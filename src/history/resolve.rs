//! Finds the snapshot that answers for a commit, for all commands: its own; else that of the merge
//! that CI tested for it as the head of a change request; else the one that answers for the nearest
//! commit before it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Context, Kind};
use crate::git::{Id, Repo};
use crate::history::{FileState, Formats, RecordRef, merge_parts};
use crate::store::{Damage, Run, Store, Stored, Survey};
use crate::{Error, Result};

/// Every part with coverage in the store, by commit.
pub struct Recorded<'r> {
    pub(super) repo: &'r Repo,
    store: &'r Store<'r>,
    parts: BTreeMap<Id, Vec<Stored>>,
    heads: OnceCell<BTreeMap<Id, BTreeSet<Id>>>,
    damage: RefCell<Damage>,
}

/// The snapshot that answers for a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The commit that was asked about.
    pub asked: Id,
    /// The commit whose snapshot it is.
    pub commit: Id,
    /// How many commits before the one that was asked about.
    pub before: usize,
    /// The head of a change request for which CI tested [`Self::commit`], if it is not the snapshot
    /// of a commit itself.
    pub head: Option<Id>,
}

impl Answer {
    /// Why it is the snapshot of another commit, or `None` if it is the commit's own.
    pub fn note(&self) -> Option<String> {
        let (asked, commit) = (self.asked.short(), self.commit.short());
        let tested = self.head.map(|head| head.short());
        let commits = if self.before == 1 {
            "1 commit".to_owned()
        } else {
            format!("{} commits", self.before)
        };
        Some(match (self.before, tested) {
            (0, None) => return None,
            (0, Some(_)) => format!("CI tested {commit} for {asked}: its snapshot is meant"),
            (_, None) => {
                format!("{asked} has no snapshot: that of {commit}, {commits} before, is meant")
            }
            (_, Some(head)) => {
                format!(
                    "{asked} has no snapshot: that of {commit} is meant, which CI tested for {head}, {commits} before"
                )
            }
        })
    }
}

impl<'r> Recorded<'r> {
    /// Lists the store.
    pub fn list(repo: &'r Repo, store: &'r Store<'r>) -> Result<Self> {
        let mut parts: BTreeMap<Id, Vec<Stored>> = BTreeMap::new();
        let Survey { parts: all, damage } =
            store.survey().during(|| "listing the snapshots".to_owned())?;
        for part in all.into_iter().filter(|part| part.files.is_some()) {
            parts.entry(part.key.commit).or_default().push(part);
        }
        if parts.is_empty() && !damage.is_empty() {
            let message = format!("no snapshot can be read: {}", damage.sentences().join("; "));
            return Err(Error::new(message));
        }
        if parts.is_empty() {
            return Err(Error::new("no snapshot was recorded yet")
                .with_kind(Kind::NotFound)
                .hint("`covatlas record` records the coverage reports of the current commit"));
        }
        Ok(Self { repo, store, parts, heads: OnceCell::new(), damage: RefCell::new(damage) })
    }

    /// The store.
    pub fn store(&self) -> &'r Store<'r> {
        self.store
    }

    /// The damage found so far; it was left out.
    pub fn damage(&self) -> Damage {
        self.damage.borrow().clone()
    }

    /// The parts that were recorded of a commit.
    pub fn parts(&self, commit: Id) -> &[Stored] {
        self.parts.get(&commit).map_or(&[], Vec::as_slice)
    }

    /// The runs of a commit, of each part that can be read.
    pub fn runs(&self, commit: Id) -> Vec<Run> {
        self.store.runs(self.parts(commit), &mut self.damage.borrow_mut())
    }

    /// A file of the snapshot of a commit, if it was measured.
    pub fn file(&self, commit: Id, path: &str) -> Result<Option<FileState>> {
        let (mut records, mut recorded, mut measured) = (Vec::new(), None, Vec::new());
        for part in self.parts(commit) {
            let Some(blob) = self.files(part).remove(path) else { continue };
            let what = format_args!("{path} of {}", part.key);
            let Some(record) = self.damage.borrow_mut().readable(what, self.store.record(blob))
            else {
                continue;
            };
            recorded = recorded.or(record.source);
            let formats = Formats::of_part(self.store, part);
            measured.push((formats, record.coverage));
            records.push(RecordRef {
                suite: part.key.suite.clone(),
                blob,
                measured: record.source,
                formats,
            });
        }
        let source =
            if self.repo.commit(commit).is_ok() { self.repo.at(commit, path)? } else { recorded };
        // Where the text is not known, the lines are those that were measured.
        for record in &mut records {
            record.measured = record.measured.and(source);
        }
        let state = FileState {
            path: path.to_owned(),
            source,
            records,
            tallies: merge_parts(measured).tallies(),
        };
        Ok(Some(state).filter(|state| !state.records.is_empty()))
    }

    /// The files that the snapshot of a commit measured.
    pub fn paths(&self, commit: Id) -> BTreeSet<String> {
        self.parts(commit).iter().flat_map(|part| self.files(part).into_keys()).collect()
    }

    /// The records of a part's files by path; none if they cannot be listed.
    fn files(&self, part: &Stored) -> BTreeMap<String, Id> {
        self.damage.borrow_mut().readable(&part.key, self.store.files(part)).unwrap_or_default()
    }

    /// The commit that a revision names: one of this clone, or one that is gone and has a snapshot,
    /// whose id may be abbreviated.
    pub fn resolve(&self, revision: &str) -> Result<Id> {
        let is_known = |id: &Id| self.parts.contains_key(id) || self.heads().contains_key(id);
        if let Some(id) = revision.parse().ok().filter(is_known) {
            return Ok(id);
        }
        self.repo.resolve(revision).or_else(|error| self.abbreviated(revision).ok_or(error))
    }

    /// The one recorded commit whose id begins like this.
    fn abbreviated(&self, start: &str) -> Option<Id> {
        const SHORTEST: usize = 4; // git's own limit
        let start = start.to_ascii_lowercase();
        if start.len() < SHORTEST {
            return None;
        }
        let known: BTreeSet<&Id> = self.parts.keys().chain(self.heads().keys()).collect();
        let mut found = known.into_iter().filter(|id| id.to_string().starts_with(&start));
        found.next().copied().filter(|_| found.next().is_none())
    }

    /// The snapshot that answers for a commit.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if none answers for it or for any commit before it on its first-parent
    /// chain.
    pub fn answer(&self, asked: Id) -> Result<Answer> {
        let own = self.at(asked);
        if let Some((commit, head)) = own {
            return Ok(Answer { asked, commit, before: 0, head });
        }
        let (chain, cut) = self.repo.readable_first_parents(asked);
        let mut found = chain
            .iter()
            .enumerate()
            .skip(1)
            .filter_map(|(before, &commit)| Some((before, self.at(commit)?)));
        if let Some((before, (commit, head))) = found.next() {
            return Ok(Answer { asked, commit, before, head });
        }
        if let Some(error) = cut {
            self.damage
                .borrow_mut()
                .leave_out(format_args!("the commits before {}", asked.short()), &error);
            return Err(error)
                .during(|| format!("looking for a snapshot of a commit before {}", asked.short()));
        }
        let error = Error::new(format!(
            "neither {} nor any commit before it has a snapshot",
            asked.short()
        ));
        Err(if self.repo.is_shallow() {
            error
                .with_kind(Kind::NotFound)
                .hint("this clone is shallow: `git fetch --unshallow` brings the commits before")
        } else {
            error.with_kind(Kind::NotFound).hint("`covatlas log` lists the commits that have one")
        })
    }

    /// The snapshot of a commit itself, or that of the merge that CI tested for it, with the commit
    /// as its head.
    fn at(&self, commit: Id) -> Option<(Id, Option<Id>)> {
        if self.parts.contains_key(&commit) {
            return Some((commit, None));
        }
        let merges: Vec<Id> = self.heads().get(&commit)?.iter().copied().collect();
        Some((self.newest(&merges)?, Some(commit)))
    }

    /// The commits that CI tested, by the head of the change request that each was tested for.
    fn heads(&self) -> &BTreeMap<Id, BTreeSet<Id>> {
        self.heads.get_or_init(|| {
            let mut heads: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
            for &tested in self.parts.keys() {
                for head in self
                    .runs(tested)
                    .into_iter()
                    .filter_map(|run| run.head)
                    .filter(|head| *head != tested)
                {
                    heads.entry(head).or_default().insert(tested);
                }
            }
            heads
        })
    }

    /// The newest of several recorded commits: one that is not before another, by the commit graph,
    /// and of those the latest by time. Two merges of one head are ordered by the commits that it
    /// was merged with.
    pub fn newest(&self, commits: &[Id]) -> Option<Id> {
        let is_before = |one: Id, other: Id| {
            let older = [Some(one), self.base(one)].into_iter().flatten();
            let newer: Vec<Id> = [Some(other), self.base(other)].into_iter().flatten().collect();
            let mut pairs = older.zip(newer);
            pairs.any(|(one, other)| {
                one != other && self.repo.is_ancestor(one, other).unwrap_or(false)
            })
        };
        let mut last: Vec<Id> = Vec::new();
        for &commit in commits {
            if !last.iter().any(|&other| is_before(commit, other)) {
                last.retain(|&other| !is_before(other, commit));
                last.push(commit);
            }
        }
        last.into_iter().max_by_key(|&commit| (self.times(commit), commit))
    }

    /// The newest of the commits that were recorded on a branch.
    pub fn newest_of(&self, branch: &str) -> Option<Id> {
        let is_own = |commit: &Id| {
            self.runs(*commit).iter().any(|run| run.branch.as_deref() == Some(branch))
        };
        self.newest(&self.parts.keys().copied().filter(is_own).collect::<Vec<Id>>())
    }

    /// Where a commit left its target branch, as it was recorded.
    pub fn base(&self, commit: Id) -> Option<Id> {
        self.runs(commit).into_iter().find_map(|run| run.merge_base)
    }

    /// When a commit was made; when it was recorded, if it is gone.
    pub fn time(&self, commit: Id) -> i64 {
        self.times(commit).0
    }

    /// When a commit was made (when it was recorded, if it is gone), and when it was recorded.
    fn times(&self, commit: Id) -> (i64, i64) {
        let parts = self.parts(commit).iter().filter_map(|part| self.store.provenance(part).ok());
        let times = parts.filter_map(|part| part.recorded_at.parse::<jiff::Timestamp>().ok());
        let recorded = times.map(jiff::Timestamp::as_second).max().unwrap_or_default();
        let made = self.repo.commit(commit).map_or(recorded, |commit| commit.time);
        (made, recorded)
    }
}
