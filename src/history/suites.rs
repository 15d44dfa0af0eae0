//! The records of each suite at the point that the walk has reached: the records of a path, and
//! which paths have other records than at the point before. Only what differs between two snapshots
//! is read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::git::{Change, Id};
use crate::history::prefetch::Pair;
use crate::history::renames::Moves;
use crate::history::{Formats, SuiteOptions, SuiteSource};
use crate::report::Tallies;
use crate::store::{Run, Store, Stored};

/// A suite on its way along the timeline.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Suite {
    pub name: String,
    pub options: SuiteOptions,
    /// Where its figures at this point come from; none before it was first measured.
    pub source: Option<SuiteSource>,
    /// The parts of its last measurement.
    pub stored: Vec<Stored>,
    /// The sum over its files at this point.
    pub totals: Tallies,
    /// The totals of its last measurement, if it lists no file.
    stated: Tallies,
    parts: BTreeMap<String, Part>,
    carried: Carried,
}

/// The files of one part: record blobs by the path that was measured.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Part {
    tree: Option<Id>,
    formats: Formats,
    records: BTreeMap<String, Id>,
}

/// Renames of measured paths since then; empty if the suite was measured at this point.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Carried {
    /// The measured path of a file that has another one now, by that.
    origins: BTreeMap<String, String>,
    /// Measured paths that no longer name the file that was measured.
    left: BTreeSet<String>,
}

impl Suite {
    pub(super) fn new(name: &str, options: SuiteOptions) -> Self {
        Self {
            name: name.to_owned(),
            options,
            source: None,
            stored: Vec::new(),
            totals: Tallies::default(),
            stated: Tallies::default(),
            parts: BTreeMap::new(),
            carried: Carried::default(),
        }
    }

    /// Whether its records count at this point.
    pub(super) fn counts(&self) -> bool {
        matches!(self.source, Some(SuiteSource::Measured | SuiteSource::Carried { .. }))
    }

    /// Whether its records are older than this point.
    pub(super) fn is_carried(&self) -> bool {
        matches!(self.source, Some(SuiteSource::Carried { .. }))
    }

    /// Its totals at this point if it lists no file; empty otherwise.
    pub(super) fn stated(&self) -> Tallies {
        if self.counts() && self.totals.is_empty() {
            self.stated.clone()
        } else {
            Tallies::default()
        }
    }

    /// The records of a path with the formats of their parts, by part.
    pub(super) fn records(&self, path: &str) -> impl Iterator<Item = (Id, Formats)> + '_ {
        let measured = self.carried.origin(path).filter(|_| self.counts()).map(str::to_owned);
        self.parts
            .values()
            .filter_map(move |part| Some((*part.records.get(measured.as_deref()?)?, part.formats)))
    }

    /// Takes new measurements for the old ones; the paths whose records may differ are added to
    /// `touched`. A part whose files cannot be listed is empty, and the error is the first of
    /// those. `changes` says which records differ between two trees.
    pub(super) fn measure(
        &mut self,
        store: &Store<'_>,
        changes: &mut dyn FnMut(Pair) -> Result<Vec<Change>>,
        stored: Vec<Stored>,
        touched: &mut BTreeSet<String>,
    ) -> Result<()> {
        touched.extend(self.carried.forget());
        let mut old = std::mem::take(&mut self.parts);
        let mut outcome = Ok(());
        self.stated = largest(
            stored
                .iter()
                .filter(|part| part.files.is_none())
                .filter_map(|part| store.run(part).ok()),
        );
        for found in &stored {
            let mut part = old.remove(&found.key.part).unwrap_or_default();
            if let Err(error) = part.update(changes, found.files, touched) {
                touched.extend(std::mem::take(&mut part).records.into_keys());
                outcome = outcome.and(Err(error));
            }
            part.formats = Formats::of_part(store, found);
            self.parts.insert(found.key.part.clone(), part);
        }
        touched.extend(old.into_values().flat_map(|part| part.records.into_keys()));
        self.stored = stored;
        self.source = Some(SuiteSource::Measured);
        outcome
    }

    /// Lets the last measurement stand in at a point without one, or drops it where it is too old.
    pub(super) fn carry(&mut self, point: usize, moves: &Moves, touched: &mut BTreeSet<String>) {
        let from = match self.source {
            None | Some(SuiteSource::Missing { .. }) => return,
            Some(SuiteSource::Carried { from, .. }) => from,
            Some(SuiteSource::Measured) => point - 1,
        };
        let age = point - from;
        if age <= self.options.carry {
            self.carried.follow(moves, |path| {
                self.parts.values().any(|part| part.records.contains_key(path))
            });
            self.source = Some(SuiteSource::Carried { from, age });
            return;
        }
        touched.extend(self.carried.forget());
        touched.extend(
            std::mem::take(&mut self.parts).into_values().flat_map(|part| part.records.into_keys()),
        );
        self.source = Some(SuiteSource::Missing { last: from });
    }
}

/// The largest totals of runs: which lines they share is not known.
fn largest(runs: impl Iterator<Item = Run>) -> Tallies {
    runs.map(|run| run.totals).fold(Tallies::default(), Tallies::larger)
}

impl Part {
    /// Brings the records from the `files/` tree they are of to another one.
    fn update(
        &mut self,
        changes: &mut dyn FnMut(Pair) -> Result<Vec<Change>>,
        tree: Option<Id>,
        touched: &mut BTreeSet<String>,
    ) -> Result<()> {
        for Change { old, new } in changes((self.tree, tree))? {
            if let Some(file) = old {
                self.records.remove(&file.path);
                touched.insert(file.path);
            }
            if let Some(file) = new {
                self.records.insert(file.path.clone(), file.blob);
                touched.insert(file.path);
            }
        }
        self.tree = tree;
        Ok(())
    }
}

impl Carried {
    /// The measured path of what is at a path now.
    fn origin<'a>(&'a self, path: &'a str) -> Option<&'a str> {
        match self.origins.get(path) {
            Some(origin) => Some(origin),
            None => Some(path).filter(|path| !self.left.contains(*path)),
        }
    }

    /// Follows files that moved or went. `measured` says whether a path has a record.
    fn follow(&mut self, moves: &Moves, measured: impl Fn(&str) -> bool) {
        // All leave before any arrives: a name that one file gives up may be taken by another in
        // the same step.
        let gone: Vec<(String, Option<&String>)> = moves
            .gone()
            .filter_map(|(old, new)| {
                let origin = self
                    .origins
                    .remove(old)
                    .or_else(|| Some(old.to_owned()).filter(|old| !self.left.contains(old)))?;
                Some((origin, new)).filter(|(origin, _)| measured(origin))
            })
            .collect();
        for (origin, new) in gone {
            if let Some(new) = new {
                self.origins.insert(new.clone(), origin.clone());
            }
            self.left.insert(origin);
        }
    }

    /// Forgets everything. Returns every path whose coverage changes by that.
    fn forget(&mut self) -> impl Iterator<Item = String> + use<> {
        let Self { origins, left } = std::mem::take(self);
        origins.into_keys().chain(left)
    }
}
