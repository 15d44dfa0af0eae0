//! The first-parent chain of the default branch, and the snapshots that are not on it.
//!
//! Places on the chain count from 0, the oldest commit. Each commit off the chain that was measured
//! is a [`BranchSnapshot`].

use std::collections::{BTreeMap, HashMap};

use crate::error::{Context, Kind};
use crate::git::{Commit, Id, Repo};
use crate::history::merged::{Contribution, merge};
use crate::history::{BranchSnapshot, Formats, History};
use crate::report::Tallies;
use crate::store::{Run, Store, Stored};
use crate::{Error, Result};

/// How far an old side branch is followed back to where it left the timeline.
const LONGEST_BRANCH: usize = 10_000;

/// The chain, oldest commit first.
pub(crate) struct Timeline {
    chain: Vec<Id>,
    places: HashMap<Id, usize>,
    /// Why the chain begins at a later commit than it does in the repository, if a damaged one ends
    /// it.
    pub(crate) cut: Option<Error>,
}

impl Timeline {
    pub(crate) fn of(repo: &Repo, tip: Id) -> Result<Self> {
        let (mut chain, cut) = repo.readable_first_parents(tip);
        let cut = match cut {
            // A missing object may be in a remote, where a partial or shallow clone gets it from.
            Some(error)
                if chain.is_empty() || error.kind() == Kind::NotFound && repo.is_partial() =>
            {
                return Err(error)
                    .during(|| format!("walking the default branch back from {}", tip.short()));
            }
            cut => cut,
        };
        chain.reverse();
        let places = chain.iter().enumerate().map(|(place, &commit)| (commit, place)).collect();
        Ok(Self { chain, places, cut })
    }

    pub(crate) fn commit(&self, place: usize) -> Id {
        self.chain[place]
    }

    /// The commits up to a place, oldest first, or `None` if the chain is shorter.
    pub(crate) fn up_to(&self, place: usize) -> Option<&[Id]> {
        self.chain.get(..=place)
    }

    /// The commits between two places, newest first.
    pub(crate) fn between(&self, older: usize, newer: usize) -> Vec<Id> {
        self.chain[older + 1..newer].iter().rev().copied().collect()
    }

    /// The commits after a place, newest first; all where there is none.
    pub(crate) fn after(&self, place: Option<usize>) -> Vec<Id> {
        self.chain[place.map_or(0, |place| place + 1)..].iter().rev().copied().collect()
    }

    /// The parts by place on the chain, and by commit beside it.
    pub(crate) fn split(
        &self,
        all: Vec<Stored>,
    ) -> (BTreeMap<usize, Vec<Stored>>, BTreeMap<Id, Vec<Stored>>) {
        let (mut on, mut off) =
            (BTreeMap::<usize, Vec<Stored>>::new(), BTreeMap::<Id, Vec<Stored>>::new());
        for stored in all {
            match self.places.get(&stored.key.commit) {
                Some(&place) => on.entry(place).or_default().push(stored),
                None => off.entry(stored.key.commit).or_default().push(stored),
            }
        }
        (on, off)
    }

    /// The snapshots beside the chain, by commit id.
    pub(crate) fn asides(
        &self,
        repo: &Repo,
        store: &Store<'_>,
        off: BTreeMap<Id, Vec<Stored>>,
        history: &mut History,
    ) -> Vec<BranchSnapshot> {
        let mut sums = Sums { store, known: HashMap::new() };
        let points: Vec<usize> =
            history.points.iter().map(|point| self.places[&point.commit.id]).collect();
        let mut asides = Vec::new();
        for (id, parts) in off {
            let runs = store.runs(&parts, &mut history.damage);
            let commit = repo.commit(id).ok();
            let base = self.base(repo, commit.as_ref(), &runs);
            let totals = sums.of(&parts, &runs).unwrap_or_else(|error| {
                history.damage.leave_out(format_args!("the figures of {}", id.short()), &error);
                Tallies::default()
            });
            asides.push(BranchSnapshot {
                commit,
                id,
                change: runs.iter().find_map(|run| run.change),
                branch: runs.iter().find_map(|run| run.branch.clone()),
                base: base.and_then(|place| {
                    points.partition_point(|&point| point <= place).checked_sub(1)
                }),
                totals,
                parts,
            });
        }
        asides
    }

    /// The place at which a commit left the chain: the merge base that was recorded, else the one
    /// that is found, else (the branch was merged since) where its own first-parent chain meets
    /// this one.
    fn base(&self, repo: &Repo, commit: Option<&Commit>, runs: &[Run]) -> Option<usize> {
        let place = |id: Id| self.places.get(&id).copied();
        let recorded = runs.iter().filter_map(|run| run.merge_base).find_map(place);
        recorded.or_else(|| {
            let commit = commit?;
            let found = repo.merge_base(*self.chain.last()?, commit.id).ok().flatten();
            found.and_then(place).or_else(|| self.meeting(repo, commit))
        })
    }

    fn meeting(&self, repo: &Repo, commit: &Commit) -> Option<usize> {
        let mut next = commit.parents.first().copied();
        for _ in 0..LONGEST_BRANCH {
            let id = next?;
            if let Some(&place) = self.places.get(&id) {
                return Some(place);
            }
            next = repo.commit(id).ok()?.parents.first().copied();
        }
        None
    }
}

/// The figures of merged parts. Files are alike from commit to commit, so figures are kept by the
/// records they are of.
struct Sums<'a> {
    store: &'a Store<'a>,
    known: HashMap<Vec<(Id, Formats)>, Tallies>,
}

impl Sums<'_> {
    fn of(&mut self, parts: &[Stored], runs: &[Run]) -> Result<Tallies> {
        if let ([_], [run]) = (parts, runs) {
            return Ok(run.totals.clone());
        }
        let mut files: BTreeMap<String, Vec<(Id, Formats)>> = BTreeMap::new();
        for part in parts {
            let formats = Formats::of_part(self.store, part);
            for (path, blob) in self.store.files(part)? {
                files.entry(path).or_default().push((blob, formats));
            }
        }
        let mut sum = Tallies::default();
        for records in files.into_values() {
            sum.add_all(&self.file(records)?);
        }
        Ok(sum)
    }

    fn file(&mut self, records: Vec<(Id, Formats)>) -> Result<Tallies> {
        if let Some(known) = self.known.get(&records) {
            return Ok(known.clone());
        }
        let read = |&(blob, formats): &(Id, Formats)| {
            Ok(Contribution::as_measured(self.store.record(blob)?.coverage, formats))
        };
        let contributions: Result<Vec<_>> = records.iter().map(read).collect();
        let tallies = merge(contributions?).coverage.tallies();
        self.known.insert(records, tallies.clone());
        Ok(tallies)
    }
}
