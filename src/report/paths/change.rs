//! Finds one change of root that explains all paths that share the root, for reports from another
//! machine.
//!
//! If replacing `/home/ci/build/` in `/home/ci/build/src/a.c` and `/home/ci/build/src/b.c` by the
//! repository's root gives two tracked files, then that folder was the root. At least two paths
//! have to agree on a change.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::report::paths::answer::{How, Why};
use crate::report::paths::dependencies::Origin;
use crate::report::paths::search::{Answer, Known, Search, convincing, ends_cut};
use crate::report::paths::spelling::{below, is_absolute};
use crate::report::paths::suffixes::shared_segments;

/// A name such as `__init__.py` that more tracked files than this have is no evidence of a root.
const COMMON: usize = 8;
/// The largest number of roots in a report. After that, its paths are matched one by one.
const ROOTS: usize = 8;
/// The number of changes to try, starting with those that most paths agree on.
const TRIED: usize = 16;

/// A change of root, and the paths that it explains with the file for each.
struct Change {
    root: Known,
    explained: BTreeMap<usize, BTreeSet<usize>>,
}

impl Change {
    /// Whether another change explains as many paths and leads to the same files or the same place.
    /// Then there are two checkouts of one shape, or two roots of which at most one is the
    /// repository.
    fn rivals(&self, other: &Self) -> bool {
        let nested = self.root.from.starts_with(&other.root.from)
            || other.root.from.starts_with(&self.root.from);
        let files = |change: &Self| {
            change.explained.values().flatten().copied().collect::<BTreeSet<usize>>()
        };
        let same_place = self.root.to == other.root.to;
        !nested
            && self.explained.len() == other.explained.len()
            && (same_place || !files(self).is_disjoint(&files(other)))
    }
}

impl Search<'_, '_> {
    /// Finds the files below the roots that most paths share. Once a root is known, untracked paths
    /// below it are not ours, and neither are paths outside of all roots.
    pub(super) fn by_change_of_root(&mut self) {
        for _ in 0..ROOTS {
            let Some(root) = self.best_change() else { break };
            self.adopt(root);
        }
        if !self.root_is_known() {
            return;
        }
        for path in self.paths.iter_mut().filter(|path| path.is_open() && !path.is_relative()) {
            if !path.origin.as_ref().is_some_and(Origin::may_be_own) {
                path.leave(Why::Outside);
            }
        }
    }

    fn adopt(&mut self, root: Known) {
        for at in 0..self.paths.len() {
            let path = &self.paths[at];
            if path.is_open() && !self.moved(at, &root).is_empty() {
                let how = if path.joined.is_empty() { How::Root } else { How::NamedRoot };
                self.relative_known |= path.is_relative();
                self.settle_moved(at, &root, how);
            }
        }
        if is_absolute(&root.from) {
            self.absolute_roots.push(root);
        } else {
            self.relative_known = true;
        }
    }

    /// The change that explains the most paths, unless another one explains as many or there is a
    /// doubt.
    fn best_change(&self) -> Option<Known> {
        let taken = self.taken();
        let mut changes: Vec<Change> =
            self.agreed().into_iter().map(|root| self.explained(root)).collect();
        changes.retain(|change| change.explained.len() > 1 && self.may_be_root(change, &taken));

        // On a tie, the change that keeps longer endings wins, because it removes less from the
        // paths.
        changes.sort_by(|one, other| {
            let key = |change: &Change| (Reverse(change.explained.len()), change.root.from.len());
            key(one).cmp(&key(other)).then_with(|| one.root.to.cmp(&other.root.to))
        });
        let first = changes.first()?;
        let equal = |other: &&Change| {
            other.explained.len() == first.explained.len() && other.root.from == first.root.from
        };
        let tied: Vec<&Change> = changes.iter().filter(equal).collect();
        let chosen = if tied.len() == 1 { first } else { self.nearest_of(&tied)? };

        let is_doubtful = changes.iter().any(|other| chosen.rivals(other)) || self.in_doubt(chosen);
        (!is_doubtful).then(|| chosen.root.clone())
    }

    /// Whether all relative paths are explained by one folder in front of them.
    pub(super) fn one_change_explains(&self, paths: &[usize]) -> bool {
        let whole = |root: &Known| {
            root.from.is_empty() && paths.iter().all(|&at| !self.files_moved(at, root).is_empty())
        };
        self.agreed().iter().filter(|root| whole(root)).count() == 1
    }

    /// Of changes that explain equally much, the one that leads to the nearest folder at or above
    /// the report.
    fn nearest_of<'c>(&self, tied: &[&'c Change]) -> Option<&'c Change> {
        let folders = self.folders_upwards();
        folders.iter().find_map(|folder| {
            tied.iter().copied().find(|change| change.root.to.trim_end_matches('/') == *folder)
        })
    }

    /// The changes that at least two paths agree on, starting with those with the most votes.
    fn agreed(&self) -> Vec<Known> {
        let mut votes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for path in self.paths.iter().filter(|path| path.is_evidence()) {
            for form in path.canonical() {
                for change in self.changes_of(form) {
                    *votes.entry(change).or_default() += 1;
                }
            }
        }
        let mut agreed: Vec<_> = votes.into_iter().filter(|(_, votes)| *votes > 1).collect();
        agreed.sort_by_key(|&((from, to), votes)| (Reverse(votes), from.len(), from, to));
        let root = |((from, to), _): ((&str, &str), usize)| Known {
            from: from.to_owned(),
            to: to.to_owned(),
        };
        agreed.into_iter().take(TRIED).map(root).collect()
    }

    /// The changes of root that would map a path to a tracked file.
    fn changes_of<'s>(&'s self, form: &'s str) -> impl Iterator<Item = (&'s str, &'s str)> {
        let alike: Vec<usize> = self.suffixes().of_same_name(&self.folded(form)).collect();
        let change = move |index: usize| {
            let own = self.tracked.paths[index].as_str();
            let segments = shared_segments(form, own, self.fold);
            (self.is_below_given_root(index) && convincing(form, own, segments))
                .then(|| ends_cut(form, own, segments))
        };
        let few = alike.len() <= COMMON;
        alike.into_iter().filter(move |_| few).filter_map(change)
    }

    fn explained(&self, root: Known) -> Change {
        let evidence = self.paths.iter().enumerate().filter(|(_, path)| path.is_evidence());
        let files = evidence.map(|(at, _)| (at, self.files_moved(at, &root)));
        let explained = files.filter(|(_, files)| !files.is_empty()).collect();
        Change { root, explained }
    }

    /// The files that were found under their own names.
    fn taken(&self) -> BTreeSet<usize> {
        let taken = self.paths.iter().filter_map(|path| match path.answer {
            Some(Answer::Found(file, how)) if !how.is_alias() => Some(file),
            _ => None,
        });
        taken.collect()
    }

    /// Whether nothing contradicts a root: no other root is at the same place in the repository,
    /// and none of its files is taken.
    fn may_be_root(&self, change: &Change, taken: &BTreeSet<usize>) -> bool {
        let to = change.root.to.trim_end_matches('/');
        let overlaps = |known: &Known| {
            let own = known.to.trim_end_matches('/');
            // The root of a development server is not a checkout.
            let overlap = own.is_empty()
                || to.is_empty()
                || below(own, to).is_some()
                || below(to, own).is_some();
            overlap && known.from != "/"
        };
        let is_at_another =
            is_absolute(&change.root.from) && self.absolute_roots.iter().any(overlaps);
        !is_at_another && change.explained.values().all(|files| files.is_disjoint(taken))
    }

    /// Whether another change explains a path that this one does not, and maps a path that both
    /// explain to a different file. Then several folders were measured together, and a path that
    /// both have cannot be assigned.
    fn in_doubt(&self, chosen: &Change) -> bool {
        let below = self.paths.iter().enumerate().filter(|(_, path)| path.is_evidence());
        let left = below.filter(|(at, _)| {
            !chosen.explained.contains_key(at) && !self.moved(*at, &chosen.root).is_empty()
        });
        let rivals: BTreeSet<(&str, &str)> = left
            .flat_map(|(_, path)| path.canonical())
            .flat_map(|form| self.changes_of(form))
            .take(TRIED)
            .collect();
        rivals.into_iter().any(|(from, to)| {
            let rival = Known { from: from.to_owned(), to: to.to_owned() };
            chosen.explained.iter().any(|(&at, files)| {
                let others = self.files_moved(at, &rival);
                !others.is_empty() && others != *files
            })
        })
    }
}
