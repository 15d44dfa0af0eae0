//! The directories of the measured files, with sums and with a [`Series`] for each directory and
//! file.
//!
//! Series are kept as steps: 1,000 points × 1,000 directories are a million sums, of which a few
//! per cent differ from the one before.

use std::collections::{BTreeMap, HashMap};
use std::iter;

use crate::analysis::trend::window_start;
use crate::history::{FileIndex, FileState, History};
use crate::report::{Dimension, Tallies, Tally};

/// A directory with everything below it summed up.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Its path, without a slash at the end; empty for the root.
    pub path: String,
    /// Directories in it by their own name. A chain of single directories is not folded here: pages
    /// do that.
    pub directories: BTreeMap<String, Directory>,
    /// Files in it by their own name.
    pub files: BTreeMap<String, FileFigures>,
    /// How many files are below it.
    pub count: usize,
    /// The sum at the newest point.
    pub now: Tallies,
    /// The sum at the start of the window, over the files that were below it then.
    pub window: Tallies,
    /// The sum of the [`headline`] dimension over time, over the files that were below it at each
    /// point.
    pub series: Series,
}

/// A file of the tree.
#[derive(Clone, Debug)]
pub struct FileFigures {
    /// The file.
    pub file: FileIndex,
    /// Its figures at the newest point.
    pub now: Tallies,
    /// Its figures at the start of the window, or `None` if it did not exist.
    pub window: Option<Tallies>,
}

/// A tally over time, kept as the points at which it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// The point, and the tally from there on (0 of 0: not measured), oldest first.
    pub steps: Vec<(usize, Tally)>,
}

impl Series {
    /// The tally at a point, or `None` if nothing was measured.
    pub fn at(&self, point: usize) -> Option<Tally> {
        let after = self.steps.partition_point(|(at, _)| *at <= point);
        self.steps[..after].last().map(|(_, tally)| *tally).filter(|tally| tally.total > 0)
    }

    /// The tally at each of the first `count` points: what a sparkline draws.
    pub fn points(&self, count: usize) -> Vec<Option<Tally>> {
        let mut steps = self.steps.iter().peekable();
        let mut now = None;
        let mut next = |point| {
            while let Some((_, tally)) = steps.next_if(|(at, _)| *at <= point) {
                now = Some(*tally).filter(|tally| tally.total > 0);
            }
            now
        };
        (0..count).map(&mut next).collect()
    }
}

/// The dimension to show where there is room for only one: lines, or the first that is
/// measured.
pub fn headline(history: &History) -> Dimension {
    let first = history.latest().and_then(|point| point.totals.iter().next());
    first.map_or(Dimension::Lines, |(dimension, _)| *dimension)
}

/// The [`headline`] dimension of a file over time, through its renames.
pub fn series(history: &History, file: FileIndex) -> Series {
    let dimension = headline(history);
    let states = history.files[file].states.iter();
    let mut steps: Vec<_> =
        states.map(|(point, state)| (*point, tally(state.as_ref(), dimension))).collect();
    steps.dedup_by_key(|(_, tally)| *tally);
    Series { steps }
}

/// The root directory of the newest point.
pub fn root(history: &History) -> Directory {
    let mut root = Directory::default();
    let Some(start) = window_start(history) else { return root };
    for (path, (file, state)) in history.files_at(history.points.len() - 1) {
        let window = history.files[file].at(start).map(|state| state.tallies.clone());
        root.insert(path, FileFigures { file, now: state.tallies.clone(), window });
    }
    for (path, (_, state)) in history.files_at(start) {
        root.visit(path, &mut |directory| directory.window.add_all(&state.tallies));
    }
    let mut changes = changes(history);
    root.fill(&mut changes);
    root
}

impl Directory {
    fn insert(&mut self, path: &str, figures: FileFigures) {
        let mut directory = self;
        directory.count += 1;
        directory.now.add_all(&figures.now);
        for folder in above(path).skip(1) {
            let own = folder.rsplit('/').next().unwrap_or_default();
            let new = || Self { path: folder.to_owned(), ..Self::default() };
            directory = directory.directories.entry(own.to_owned()).or_insert_with(new);
            directory.count += 1;
            directory.now.add_all(&figures.now);
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        directory.files.insert(name.to_owned(), figures);
    }

    /// Calls `each` on the directories above a path, the root first, as far as they exist.
    fn visit(&mut self, path: &str, each: &mut impl FnMut(&mut Self)) {
        each(self);
        if let Some((own, rest)) = path.split_once('/')
            && let Some(below) = self.directories.get_mut(own)
        {
            below.visit(rest, each);
        }
    }

    /// Gives this directory and those below it their series.
    fn fill(&mut self, changes: &mut HashMap<&str, Changes>) {
        let mut sum = (0, 0);
        for (point, (covered, total)) in changes.remove(self.path.as_str()).unwrap_or_default() {
            sum = (sum.0 + covered, sum.1 + total);
            if (covered, total) != (0, 0) {
                self.series
                    .steps
                    .push((point, Tally { covered: sum.0 as u64, total: sum.1 as u64 }));
            }
        }
        self.directories.values_mut().for_each(|directory| directory.fill(changes));
    }
}

/// The changes of covered and total at each point that has any.
type Changes = BTreeMap<usize, (i64, i64)>;

/// The changes of every directory that ever was, by path.
fn changes(history: &History) -> HashMap<&str, Changes> {
    let dimension = headline(history);
    let mut changes: HashMap<&str, Changes> = HashMap::new();
    for track in &history.files {
        let mut before: Option<&FileState> = None;
        for (point, state) in &track.states {
            let both = [(before, -1), (state.as_ref(), 1)];
            for (state, sign) in both.into_iter().filter_map(|(state, sign)| Some((state?, sign))) {
                let tally = tally(Some(state), dimension);
                for folder in above(&state.path) {
                    let change = changes.entry(folder).or_default().entry(*point).or_default();
                    change.0 += sign * tally.covered.cast_signed();
                    change.1 += sign * tally.total.cast_signed();
                }
            }
            before = state.as_ref();
        }
    }
    changes
}

fn tally(state: Option<&FileState>, dimension: Dimension) -> Tally {
    state.and_then(|state| state.tallies.get(&dimension)).unwrap_or_default()
}

/// The directories above a path, the root first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    iter::once("").chain(path.match_indices('/').map(|(end, _)| &path[..end]))
}
