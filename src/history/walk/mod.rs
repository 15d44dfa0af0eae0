//! The walk along the timeline, oldest point first, which makes a [`History`].
//!
//! At each point only what differs from the point before is read: the trees of the commits, the
//! trees of the records, then the files that either of them touches.

pub(super) mod checkpoint;
mod state;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::error::Context;
use crate::git::{Change, Commit, Id, Renames, Repo, Trees};
use crate::history::off_timeline::Timeline;
use crate::history::prefetch::{self, Ahead, Pair, Wanted};
use crate::history::problems::Problems;
use crate::history::renames::Moves;
use crate::history::suites::Suite;
use crate::history::walk::checkpoint::{Checkpoint, Inputs};
use crate::history::{
    BranchSnapshot, FileIndex, FileState, FileTrack, History, Options, Point, Sources, SuiteSource,
    SuiteState, Tested,
};
use crate::report::Tallies;
use crate::store::{self, Store, Stored};

/// Points that are read for one after another on one thread, at least and at most: each shares most
/// of its trees with the next, and few with those that the other thread reads for.
const TOGETHER: (usize, usize) = (16, 32);

/// Joins the commits of the default branch with their snapshots.
///
/// Snapshots whose commit is on the first-parent chain of [`Options::tip`] are points; the others
/// are aside. What cannot be read is left out and said in [`History::warnings`]; an error means
/// that there is no timeline at all.
pub fn load(repo: &Repo, store: &Store<'_>, options: &Options) -> Result<History> {
    resume(repo, store, options, None).map(|(history, _)| history)
}

/// The same timeline as of [`load`], in less time: from what an earlier call has saved, as far as
/// that still holds. Yields what to save for the next call as well, where there is anything new.
pub fn resume(
    repo: &Repo,
    store: &Store<'_>,
    options: &Options,
    saved: Option<&[u8]>,
) -> Result<(History, Option<Vec<u8>>)> {
    let timeline = Timeline::of(repo, options.tip)?;
    let survey = store.survey().during(|| "listing the snapshots".to_owned())?;
    let (on, off) = timeline.split(survey.parts);
    let basis = Inputs { timeline: &timeline, on: &on, options };
    let mut walk = Walk::new(repo, store, options, &on);
    if let Some(error) = &timeline.cut {
        walk.history.damage.leave_out(
            format_args!("all commits of `{}` before a damaged one", options.branch),
            error,
        );
    }
    if let Some(state) = saved.and_then(|saved| checkpoint::read(saved, &basis)) {
        walk.take_up(state)?;
    }
    let start = walk.place;
    let wanted = Wanted::after(start, &on);
    let together: Vec<&[Wanted]> =
        wanted.chunks((wanted.len() / 16).clamp(TOGETHER.0, TOGETHER.1)).collect();
    Sources::new(repo, store).objects().map_ordered(
        &together,
        1,
        |sources, wanted| Ok(prefetch::read(sources, &timeline, wanted)),
        |wanted, ahead| {
            let mut pairs = wanted.iter().zip(ahead);
            pairs.try_for_each(|(wanted, ahead)| {
                walk.step(&timeline, wanted.place, on[&wanted.place].clone(), ahead)
            })
        },
    )?;
    // What could not be read may be there the next time.
    let new = walk.place.filter(|_| walk.place != start && walk.history.damage.is_empty());
    let saved = new.map(|place| checkpoint::write(&walk.state(place), &basis));
    walk.finish(&timeline);
    let mut history = walk.history;
    history.aside = timeline.asides(repo, store, off, &mut history);
    history.damage.extend(&survey.damage);
    history.warnings.extend(beyond_boundary(&history));
    // Whether a snapshot is beside the timeline or on the part that is not known cannot be told.
    history.warnings.extend(astray(&history).filter(|_| timeline.cut.is_none()));
    Ok((history, saved))
}

/// The state of the walk.
struct Walk<'a> {
    repo: &'a Repo,
    store: &'a Store<'a>,
    trees: Trees<'a>,
    history: History,
    /// Every suite of the timeline, by name.
    suites: Vec<Suite>,
    /// The files measured at the newest point, by path.
    live: BTreeMap<String, Live>,
    /// The file that was last measured at a path at which none is now.
    ended: BTreeMap<String, FileIndex>,
    totals: Tallies,
    /// The place of the newest point on the timeline.
    place: Option<usize>,
}

/// A file that is measured.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Live {
    file: FileIndex,
    /// Its figures in each suite alone, by the suite's index.
    own: Vec<(usize, Tallies)>,
}

/// A point while it is being made.
struct Step {
    commit: Commit,
    moves: Moves,
    ahead: Ahead,
    changed: Vec<FileIndex>,
    tested: Vec<Tested>,
    troubles: Problems,
}

impl<'a> Walk<'a> {
    fn new(
        repo: &'a Repo,
        store: &'a Store<'a>,
        options: &Options,
        on: &BTreeMap<usize, Vec<Stored>>,
    ) -> Self {
        let names: BTreeSet<&str> =
            on.values().flatten().map(|stored| stored.key.suite.as_str()).collect();
        let settings = |name: &str| options.suites.get(name).copied().unwrap_or_default();
        let history = History {
            branch: options.branch.clone(),
            branch_from: options.branch_from.clone(),
            shallow: repo.is_shallow(),
            partial: repo.is_partial(),
            ..History::default()
        };
        Self {
            repo,
            store,
            trees: Trees::new(repo),
            history,
            suites: names.into_iter().map(|name| Suite::new(name, settings(name))).collect(),
            live: BTreeMap::new(),
            ended: BTreeMap::new(),
            totals: Tallies::default(),
            place: None,
        }
    }

    /// Goes on from where another walk was. Commits are read anew: `.mailmap` may have changed, and
    /// what is shallow.
    fn take_up(&mut self, state: Checkpoint<'_>) -> Result<()> {
        let Checkpoint { points, files, warnings, suites, live, ended, totals, place } = state;
        self.history.points = points.into_owned();
        self.history.files = files.into_owned();
        self.history.warnings = warnings.into_owned();
        self.suites = suites.into_owned();
        (self.live, self.ended, self.totals) =
            (live.into_owned(), ended.into_owned(), totals.into_owned());
        self.place = Some(place);
        for point in &mut self.history.points {
            point.commit = self.repo.commit(point.commit.id)?;
        }
        for (file, track) in self.history.files.iter().enumerate() {
            for (point, _) in &track.states {
                self.history.points[*point].changed.push(file);
            }
        }
        Ok(())
    }

    /// All that the next step depends on. `place` is that of the newest point.
    fn state(&self, place: usize) -> Checkpoint<'_> {
        Checkpoint {
            points: Cow::Borrowed(&self.history.points),
            files: Cow::Borrowed(&self.history.files),
            warnings: Cow::Borrowed(&self.history.warnings),
            suites: Cow::Borrowed(&self.suites),
            live: Cow::Borrowed(&self.live),
            ended: Cow::Borrowed(&self.ended),
            totals: Cow::Borrowed(&self.totals),
            place,
        }
    }

    fn step(
        &mut self,
        timeline: &Timeline,
        place: usize,
        stored: Vec<Stored>,
        mut ahead: Ahead,
    ) -> Result<()> {
        let commit = self.repo.commit(timeline.commit(place))?;
        let moves = self.moves(commit.id, ahead.sources.take()).during(|| {
            format!(
                "comparing the files of {} with those of the snapshot before",
                commit.id.short()
            )
        });
        let moves = match moves {
            Ok(moves) => moves,
            // A partial clone without trees lacks those of every commit.
            Err(error) if self.repo.is_partial() => return Err(error),
            Err(error) => {
                self.history
                    .damage
                    .leave_out(format_args!("snapshot {}", commit.id.short()), &error);
                return Ok(());
            }
        };
        let (changed, tested, troubles) = (Vec::new(), Vec::new(), Problems::default());
        let mut step = Step { commit, moves, ahead, changed, tested, troubles };
        let stored = self.without_tested(stored, &mut step);
        let mut touched = self.sources_touched(&step.moves);
        self.records_touched(stored, &mut step, &mut touched);
        for path in touched {
            self.refresh(&path, &mut step);
        }
        let skipped = self.place.map_or_else(Vec::new, |before| timeline.between(before, place));
        self.place = Some(place);
        self.push(step, skipped);
        Ok(())
    }

    /// The changes of the files since the point before.
    fn moves(&self, commit: Id, known: Option<Vec<Change>>) -> Result<Moves> {
        let before = self.history.latest().map(|point| point.commit.id);
        let diff = |renames| self.trees.diff(before, Some(commit), renames);
        let changes = known.map_or_else(|| diff(Renames::Ignore), Ok)?;
        Moves::of(changes, || diff(Renames::Follow), |path| self.live.contains_key(path))
    }

    /// The parts that measured coverage; those that hold tests alone are noted.
    fn without_tested(&self, stored: Vec<Stored>, step: &mut Step) -> Vec<Stored> {
        let mut measured = Vec::with_capacity(stored.len());
        for part in stored {
            let run = if part.files.is_none() { self.store.run(&part).ok() } else { None };
            match run.filter(|run| run.tests.is_some() && run.totals.is_empty()) {
                Some(run) => step.tested.push(Tested { part, run }),
                None => measured.push(part),
            }
        }
        measured
    }

    /// The measured paths whose text changed; files that moved take their track with them.
    fn sources_touched(&mut self, moves: &Moves) -> BTreeSet<String> {
        let changed = moves.sources.keys().filter(|path| self.live.contains_key(*path));
        let mut touched: BTreeSet<String> = changed.cloned().collect();
        let leaving =
            moves.renamed.iter().filter_map(|(old, new)| Some((old, new, self.live.remove(old)?)));
        let leaving: Vec<_> = leaving.collect();
        for (old, new, live) in leaving {
            // A name that is measured already (by a stale report) keeps its own track.
            let name = if self.live.contains_key(new) { old } else { new };
            self.live.insert(name.clone(), live);
            touched.insert(new.clone());
        }
        touched
    }

    /// Brings the suites to this point; adds the paths whose records changed.
    fn records_touched(
        &mut self,
        stored: Vec<Stored>,
        step: &mut Step,
        touched: &mut BTreeSet<String>,
    ) {
        let mut measured: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
        for part in stored {
            measured.entry(part.key.suite.clone()).or_default().push(part);
        }
        let point = self.history.points.len();
        let (trees, known) = (&self.trees, &mut step.ahead.records);
        let mut changes = |pair: Pair| {
            known.remove(&pair).map_or_else(|| store::changes(trees, pair.0, pair.1), Ok)
        };
        for suite in &mut self.suites {
            match measured.remove(&suite.name) {
                None => suite.carry(point, &step.moves, touched),
                Some(parts) => {
                    if let Err(error) = suite.measure(self.store, &mut changes, parts, touched) {
                        step.troubles.unreadable(&format!("suite `{}`", suite.name), &error);
                    }
                }
            }
        }
    }

    /// Looks at one path anew.
    fn refresh(&mut self, path: &str, step: &mut Step) {
        let live = self.live.remove(path);
        let before = live.as_ref().and_then(|live| self.last_state(live.file)).cloned();
        let after = self.fresh(path, before.as_ref(), step);
        if live.is_none() && after.is_none() {
            return;
        }
        let file = live.as_ref().map_or_else(|| self.born(path), |live| live.file);
        let (state, own) = after.unzip();
        self.count(before.as_ref(), state.as_ref());
        self.count_own(
            live.map(|live| live.own).unwrap_or_default(),
            own.as_deref().unwrap_or_default(),
        );
        match own {
            Some(own) => drop(self.live.insert(path.to_owned(), Live { file, own })),
            None => drop(self.ended.insert(self.history.files[file].path.clone(), file)),
        }
        if before != state {
            let point = self.history.points.len();
            let track = &mut self.history.files[file];
            if let Some(state) = &state {
                track.path.clone_from(&state.path);
            }
            // A file that moved onto a path that had ended is looked at twice.
            track.states.pop_if(|(at, _)| *at == point);
            track.states.push((point, state));
            step.changed.push(file);
        }
    }

    /// The track of a path that is measured from here on: its old one, where it was measured
    /// before.
    fn born(&mut self, path: &str) -> FileIndex {
        self.ended.remove(path).unwrap_or_else(|| {
            self.history.files.push(FileTrack { path: path.to_owned(), states: Vec::new() });
            self.history.files.len() - 1
        })
    }

    fn last_state(&self, file: FileIndex) -> Option<&FileState> {
        self.history.files[file].states.last().and_then(|(_, state)| state.as_ref())
    }

    fn count(&mut self, before: Option<&FileState>, after: Option<&FileState>) {
        if let Some(before) = before {
            self.totals.subtract(&before.tallies);
        }
        if let Some(after) = after {
            self.totals.add_all(&after.tallies);
        }
    }

    fn count_own(&mut self, before: Vec<(usize, Tallies)>, after: &[(usize, Tallies)]) {
        for (suite, tallies) in before {
            self.suites[suite].totals.subtract(&tallies);
        }
        for (suite, tallies) in after {
            self.suites[*suite].totals.add_all(tallies);
        }
    }

    fn push(&mut self, step: Step, skipped: Vec<Id>) {
        let Step { commit, mut changed, tested, mut troubles, .. } = step;
        changed.sort_unstable();
        changed.dedup();
        let suites =
            self.suites.iter().filter_map(|suite| self.suite_state(suite, &mut troubles)).collect();
        // Totals of suites that list no file cannot be merged with files: they stand only where
        // there are none.
        let totals = if self.live.is_empty() { self.stated() } else { self.totals.clone() };
        troubles.report(commit.id, &mut self.history);
        self.history.points.push(Point {
            commit,
            skipped,
            releases: Vec::new(),
            suites,
            totals,
            changed,
            measured: self.live.len(),
            tested,
        });
    }

    /// The totals of suites that list no file.
    fn stated(&self) -> Tallies {
        self.suites.iter().map(Suite::stated).fold(Tallies::default(), Tallies::larger)
    }

    fn suite_state(&self, suite: &Suite, troubles: &mut Problems) -> Option<SuiteState> {
        let measured = suite.counts() && !suite.is_carried();
        let mut runs = Vec::new();
        for part in suite.stored.iter().filter(|_| measured) {
            match self.store.run(part) {
                Ok(run) => runs.push(run),
                Err(error) => troubles
                    .unreadable(&format!("run.json of {}@{}", suite.name, part.key.part), &error),
            }
        }
        Some(SuiteState {
            name: suite.name.clone(),
            source: suite.source?,
            parts: suite.stored.clone(),
            declared: suite.options.parts,
            runs,
            totals: if suite.totals.is_empty() { suite.stated() } else { suite.totals.clone() },
        })
    }

    /// Tags by commit; a repository whose tags cannot be listed has none.
    fn releases(&mut self) -> BTreeMap<Id, Vec<String>> {
        let tags = self.repo.tags().unwrap_or_else(|error| {
            self.history.warnings.push(error.chain().join(": "));
            Vec::new()
        });
        let mut releases: BTreeMap<Id, Vec<String>> = BTreeMap::new();
        for (commit, name) in tags {
            releases.entry(commit).or_default().push(name);
        }
        releases
    }

    /// What can only be said at the end: releases, commits after the newest point, suites that were
    /// never complete.
    fn finish(&mut self, timeline: &Timeline) {
        let releases = self.releases();
        self.history.unmeasured = timeline.after(self.place);
        for point in &mut self.history.points {
            let commits = std::iter::once(&point.commit.id).chain(&point.skipped);
            point.releases =
                commits.filter_map(|commit| releases.get(commit)).flatten().cloned().collect();
            point.releases.sort();
        }
        for suite in &self.suites {
            self.history.warnings.extend(incomplete(&self.history, &suite.name));
        }
    }
}

/// The sentence about snapshots that are not on the timeline only because the clone is shallow, as
/// far as can be known.
fn beyond_boundary(history: &History) -> Option<String> {
    let gone = |aside: &&BranchSnapshot| aside.commit.is_none() && aside.change.is_none();
    let count = history.aside.iter().filter(gone).count();
    let snapshots = if count == 1 {
        "1 snapshot is of a commit"
    } else {
        &format!("{count} snapshots are of commits")
    };
    (history.shallow && count > 0).then(|| {
        format!(
            "{snapshots} that this shallow clone leaves out; `git fetch --unshallow` brings them"
        )
    })
}

/// The sentence about snapshots of the default branch whose commits are not on it: as `git push
/// --force` leaves them behind.
fn astray(history: &History) -> Option<String> {
    let astray = |aside: &&BranchSnapshot| {
        aside.change.is_none() && aside.branch.as_deref() == Some(history.branch.as_str())
    };
    let astray: Vec<&BranchSnapshot> = history.aside.iter().filter(astray).collect();
    let first = astray.first().filter(|_| !history.shallow)?.id.short();
    let snapshots = match astray.len() {
        1 => format!("the snapshot of {first} was"),
        many => format!("{many} snapshots, of {first} and others, were"),
    };
    let branch = &history.branch;
    Some(format!(
        "{snapshots} recorded on the branch `{branch}`, and it does not lead there now: it was rewritten, or is behind in this clone"
    ))
}

/// The sentence about snapshots at which parts of a suite are missing.
fn incomplete(history: &History, name: &str) -> Option<String> {
    let measured =
        |suite: &&SuiteState| suite.name == name && suite.source == SuiteSource::Measured;
    let states = history
        .points
        .iter()
        .filter_map(|point| Some((point, point.suites.iter().find(measured)?)));
    let incomplete: Vec<_> = states.filter(|(_, suite)| !suite.is_complete()).collect();
    let (point, suite) = incomplete.last()?;
    let (here, declared, commit) =
        (suite.parts.len(), suite.declared.unwrap_or_default(), point.commit.id.short());
    let times = if incomplete.len() == 1 {
        "once".to_owned()
    } else {
        format!("{} times", incomplete.len())
    };
    Some(format!(
        "suite `{name}` is incomplete {times}, at {commit} with {here} of {declared} parts"
    ))
}
