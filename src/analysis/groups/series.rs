//! Named groups with their coverage in every dimension and over time: owners, components, and
//! anything else that has a share of the files or of their lines.
//!
//! A group is computed from what joins and leaves it at each point ([`Changes`]). Its series are
//! kept as steps, so memory grows with what changed.

use std::collections::BTreeMap;

use crate::analysis::tree::Series;
use crate::analysis::trend::window_start;
use crate::history::{FileIndex, FileState, History};
use crate::report::{Dimension, Tallies, Tally};

/// A named group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// The files that it has a share of at the newest point, by path.
    pub files: Vec<FileIndex>,
    /// Its sum at the newest point.
    pub now: Tallies,
    /// Its sum at the start of the window.
    pub window: Tallies,
    /// Its sum over time.
    pub series: BTreeMap<Dimension, Series>,
}

/// Groups of one kind.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// By name; also those that hold no measured file.
    pub groups: Vec<Group>,
    /// The files without a group, or `None` if all files belong to one.
    pub rest: Option<Group>,
    /// The groups of each file at the newest point, as indexes.
    pub of: BTreeMap<FileIndex, Vec<usize>>,
}

impl Groups {
    /// Whether no group holds a measured file.
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.files.is_empty())
    }
}

/// The lines that a group gains and loses at each point.
#[derive(Clone, Debug, Default)]
pub struct Changes(BTreeMap<Dimension, BTreeMap<usize, (i64, i64)>>);

impl Changes {
    /// Something joins at a point, or is there in this state from it on.
    pub fn join(&mut self, point: usize, tallies: &Tallies) {
        self.change(point, tallies, 1);
    }

    /// Something leaves at a point, or is no longer in this state.
    pub fn leave(&mut self, point: usize, tallies: &Tallies) {
        self.change(point, tallies, -1);
    }

    fn change(&mut self, point: usize, tallies: &Tallies, sign: i64) {
        for (dimension, tally) in tallies.iter() {
            let points = self.0.entry(*dimension).or_default();
            let change = points.entry(point).or_default();
            change.0 += sign * tally.covered.cast_signed();
            change.1 += sign * tally.total.cast_signed();
        }
    }

    /// The sums, as steps.
    fn series(self) -> BTreeMap<Dimension, Series> {
        self.0.into_iter().map(|(dimension, changes)| (dimension, summed(changes))).collect()
    }
}

fn summed(changes: BTreeMap<usize, (i64, i64)>) -> Series {
    let (mut covered, mut total) = (0, 0);
    let steps =
        changes.into_iter().filter(|(_, change)| *change != (0, 0)).map(|(point, change)| {
            covered += change.0;
            total += change.1;
            (
                point,
                Tally {
                    covered: covered.max(0).cast_unsigned(),
                    total: total.max(0).cast_unsigned(),
                },
            )
        });
    Series { steps: steps.collect() }
}

impl Group {
    /// Sums the changes of a group.
    pub fn new(history: &History, name: String, files: Vec<FileIndex>, changes: Changes) -> Self {
        let series = changes.series();
        let at = |point: usize| {
            let measured = series
                .iter()
                .filter_map(|(dimension, series)| Some((*dimension, series.at(point)?)));
            measured.collect::<Tallies>()
        };
        let now = history.points.len().checked_sub(1).map(at).unwrap_or_default();
        let window = window_start(history).map(at).unwrap_or_default();
        Self { name, files, now, window, series }
    }

    /// The group at each point in a dimension, or `None` if it has nothing of it.
    pub fn points(&self, history: &History, dimension: &Dimension) -> Vec<Option<Tally>> {
        let count = history.points.len();
        self.series.get(dimension).map_or_else(|| vec![None; count], |series| series.points(count))
    }

    /// How many things of a dimension are not covered, and how many more that are than at the start
    /// of the window.
    pub fn uncovered(&self, dimension: &Dimension) -> (u64, i64) {
        let missed = |tallies: &Tallies| tallies.get(dimension).unwrap_or_default().missed();
        let (now, before) = (missed(&self.now), missed(&self.window));
        (now, now.cast_signed() - before.cast_signed())
    }
}

/// The groups of these names; `groups_of` says which of them (as indexes) a path belongs to.
/// Today's answer holds for all of history: a file counts at each point for the groups of the path
/// that it had there.
pub fn of_files(
    history: &History,
    names: &[String],
    groups_of: impl Fn(&str) -> Vec<usize>,
) -> Groups {
    let rest = names.len();
    // What belongs to no group belongs to the rest.
    let groups_of = |path: &str| {
        let groups = groups_of(path);
        if groups.is_empty() { vec![rest] } else { groups }
    };
    let made = names.iter().cloned().chain([String::new()]);
    let made = made.zip(members(history, rest + 1, &groups_of)).zip(changes(
        history,
        rest + 1,
        &groups_of,
    ));
    let mut groups: Vec<Group> =
        made.map(|((name, files), changes)| Group::new(history, name, files, changes)).collect();
    let rest = groups.pop().filter(|rest| !rest.files.is_empty());
    groups.sort_by_cached_key(|group| (group.name.to_lowercase(), group.name.clone()));
    let mut of: BTreeMap<FileIndex, Vec<usize>> = BTreeMap::new();
    for (index, group) in groups.iter().enumerate() {
        for file in &group.files {
            of.entry(*file).or_default().push(index);
        }
    }
    Groups { groups, rest, of }
}

/// The files of each group at the newest point, by path.
fn members(
    history: &History,
    count: usize,
    groups_of: &impl Fn(&str) -> Vec<usize>,
) -> Vec<Vec<FileIndex>> {
    let mut files = vec![Vec::new(); count];
    for (path, (file, _)) in history.files_at(history.points.len().saturating_sub(1)) {
        for group in groups_of(path) {
            files[group].push(file);
        }
    }
    files
}

/// The lines that each of the groups gains and loses.
fn changes(
    history: &History,
    count: usize,
    groups_of: &impl Fn(&str) -> Vec<usize>,
) -> Vec<Changes> {
    let mut changes = vec![Changes::default(); count];
    for track in &history.files {
        let mut before: Option<(&FileState, Vec<usize>)> = None;
        for (point, state) in &track.states {
            let after = state.as_ref().map(|state| match &before {
                Some((known, groups)) if known.path == state.path => (state, groups.clone()),
                _ => (state, groups_of(&state.path)),
            });
            if let Some((state, groups)) = &before {
                for &group in groups {
                    changes[group].leave(*point, &state.tallies);
                }
            }
            if let Some((state, groups)) = &after {
                for &group in groups {
                    changes[group].join(*point, &state.tallies);
                }
            }
            before = after;
        }
    }
    changes
}
