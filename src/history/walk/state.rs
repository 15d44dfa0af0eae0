//! Computes the state of a file at the point that the walk has reached, a [`Fresh`], from its state
//! before and the suites: its text, its records and its totals.

use crate::Result;
use crate::git::Id;
use crate::history::merged::{Contribution, merge};
use crate::history::prefetch::Figures;
use crate::history::suites::Suite;
use crate::history::walk::{Step, Walk};
use crate::history::{FileState, Formats, RecordRef};
use crate::report::Tallies;

/// A file's new state, and its figures in each suite alone.
pub(super) type Fresh = (FileState, Vec<(usize, Tallies)>);

impl Walk<'_> {
    /// A file's state from its records and its text, or `None` if no suite has a readable record of
    /// it.
    pub(super) fn fresh(
        &self,
        path: &str,
        before: Option<&FileState>,
        step: &mut Step,
    ) -> Option<Fresh> {
        if let Some(fresh) = self.fresh_of_one(path, before, step) {
            return Some(fresh);
        }
        let mut records = Vec::new();
        let mut suites = Vec::new();
        let mut source = None;
        for (index, suite) in self.suites.iter().enumerate() {
            let mut parts = Vec::new();
            for (blob, formats) in suite.records(path) {
                let now = *source.get_or_insert_with(|| self.source(path, before, step));
                match self.contribution(suite, (blob, formats), Known { path, now, before }, step) {
                    Ok((record, contribution)) => {
                        records.push(record);
                        parts.push(contribution);
                    }
                    Err(error) => step.troubles.unreadable(path, &error),
                }
            }
            if !parts.is_empty() {
                suites.push((index, parts));
            }
        }
        let own = |parts: &[Contribution]| merge(parts.iter().cloned()).coverage.tallies();
        let (tallies, own) = match suites.as_mut_slice() {
            [] => return None,
            [(index, parts)] => {
                let tallies = merge(std::mem::take(parts)).coverage.tallies();
                (tallies.clone(), vec![(*index, tallies)])
            }
            several => {
                let own = several.iter().map(|(index, parts)| (*index, own(parts))).collect();
                let all = several.iter_mut().flat_map(|(_, parts)| std::mem::take(parts));
                (merge(all).coverage.tallies(), own)
            }
        };
        Some((FileState { path: path.to_owned(), source: source.flatten(), records, tallies }, own))
    }

    /// The state of a file that has one record, measured here, whose figures were read ahead: most
    /// are such files.
    fn fresh_of_one(
        &self,
        path: &str,
        before: Option<&FileState>,
        step: &mut Step,
    ) -> Option<Fresh> {
        let suites = self.suites.iter().enumerate();
        let mut records = suites.flat_map(|(index, suite)| {
            suite.records(path).map(move |record| (index, suite, record))
        });
        let (index, suite, (blob, formats)) =
            records.next().filter(|(_, suite, _)| !suite.is_carried())?;
        if records.next().is_some() {
            return None;
        }
        let Figures { source, tallies } = step.ahead.figures.get(&blob)?.clone();
        let now = self.source(path, before, step);
        let measured = measured_here(suite, source, (path, now), step);
        let records = vec![RecordRef { suite: suite.name.clone(), blob, measured, formats }];
        let state =
            FileState { path: path.to_owned(), source: now, records, tallies: tallies.clone() };
        Some((state, vec![(index, tallies)]))
    }

    /// The file's blob at this point's commit, or `None` if the commit has no such file.
    fn source(&self, path: &str, before: Option<&FileState>, step: &Step) -> Option<Id> {
        match (step.moves.sources.get(path), before) {
            (Some(changed), _) => *changed,
            (None, Some(before)) if before.path == path => before.source,
            _ => self.repo.at(step.commit.id, path).ok().flatten(),
        }
    }

    fn contribution(
        &self,
        suite: &Suite,
        (blob, formats): (Id, Formats),
        Known { path, now, before }: Known<'_>,
        step: &mut Step,
    ) -> Result<(RecordRef, Contribution)> {
        let record = self.store.record(blob)?;
        let measured = if suite.is_carried() {
            let same = |known: &&RecordRef| known.suite == suite.name && known.blob == blob;
            let known = before.and_then(|before| before.records.iter().find(same));
            known.map_or(record.source, |known| known.measured)
        } else {
            measured_here(suite, record.source, (path, now), step)
        };
        let reference = RecordRef { suite: suite.name.clone(), blob, measured, formats };
        let contribution = Contribution::of(self.repo, record.coverage, (&reference, now))?;
        Ok((reference, contribution))
    }
}

/// The text that a record measured, which is taken for that of the commit; where it is not, that is
/// said.
fn measured_here(
    suite: &Suite,
    source: Option<Id>,
    (path, now): (&str, Option<Id>),
    step: &mut Step,
) -> Option<Id> {
    if now.is_none() || source != now {
        step.troubles.foreign(&suite.name, path);
    }
    now.or(source)
}

/// A file before its records are read.
struct Known<'a> {
    path: &'a str,
    now: Option<Id>,
    before: Option<&'a FileState>,
}
