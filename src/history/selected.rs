//! The merged files of one snapshot: of a commit on or off the timeline, of all its suites or of
//! one.

use std::collections::BTreeMap;

use crate::error::Kind;
use crate::git::{Id, Repo};
use crate::history::{FileState, Formats, History, Recorded, merge_parts, merged};
use crate::report::FileCoverage;
use crate::store::{Damage, Store, Stored};
use crate::{Error, Result};

/// The snapshot to select.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'a> {
    /// Of this commit; without it the newest.
    pub commit: Option<Id>,
    /// Of this branch; without it the default one.
    pub branch: Option<&'a str>,
    /// Of this suite alone; without it all of them, merged.
    pub suite: Option<&'a str>,
}

/// The merged files.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The commit.
    pub commit: Id,
    /// The files by path, merged.
    pub files: BTreeMap<String, FileCoverage>,
    /// How many lines changed since a carried suite measured them: they are in no file.
    pub unknown: usize,
    /// Damage that was left out.
    pub damage: Damage,
}

/// Finds a snapshot and merges its files.
///
/// # Errors
/// [`Kind::NotFound`] where there is none, or where it has no such suite.
pub fn select(
    repo: &Repo,
    store: &Store<'_>,
    history: &History,
    which: Selection<'_>,
) -> Result<Selected> {
    let selected = match place(repo, store, history, which)? {
        Some(Place::Point(point)) => at_point((repo, store), history, point, which.suite),
        Some(Place::BranchSnapshot(aside)) => off_timeline(store, history, aside, which.suite),
        None => return Err(none(history, which)),
    };
    if let (true, Some(suite)) = (selected.files.is_empty(), which.suite) {
        let message =
            format!("the suite `{suite}` measured nothing at {}", selected.commit.short());
        let suites =
            history.points.iter().flat_map(|point| &point.suites).map(|suite| suite.name.as_str());
        let known: Vec<&str> =
            suites.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        return Err(Error::new(message)
            .with_kind(Kind::NotFound)
            .hint(format!("known suites: {}", known.join(", "))));
    }
    Ok(selected)
}

enum Place {
    /// An index of [`History::points`].
    Point(usize),
    /// An index of [`History::aside`].
    BranchSnapshot(usize),
}

fn place(
    repo: &Repo,
    store: &Store<'_>,
    history: &History,
    which: Selection<'_>,
) -> Result<Option<Place>> {
    let point = |commit: Id| {
        history.points.iter().position(|point| point.commit.id == commit).map(Place::Point)
    };
    let aside = |commit: Id| {
        history.aside.iter().position(|aside| aside.id == commit).map(Place::BranchSnapshot)
    };
    Ok(match (which.commit, which.branch) {
        (Some(commit), _) => point(commit).or_else(|| aside(commit)),
        (None, Some(branch)) if branch != history.branch => {
            // Those that were fast-forwarded into the default branch are on the timeline now.
            let newest = Recorded::list(repo, store)?.newest_of(branch);
            newest.and_then(|commit| point(commit).or_else(|| aside(commit)))
        }
        (None, _) => history.points.len().checked_sub(1).map(Place::Point),
    })
}

fn none(history: &History, which: Selection<'_>) -> Error {
    let message = match (which.commit, which.branch) {
        (Some(commit), _) => format!("no snapshot of the commit {} was recorded", commit.short()),
        (None, branch) => {
            format!(
                "no snapshot of the branch `{}` was recorded yet",
                branch.unwrap_or(&history.branch)
            )
        }
    };
    Error::new(message)
        .with_kind(Kind::NotFound)
        .hint("`covatlas log` lists the commits that have one")
}

fn at_point(
    (repo, store): (&Repo, &Store<'_>),
    history: &History,
    point: usize,
    suite: Option<&str>,
) -> Selected {
    let (commit, damage) = (history.points[point].commit.id, history.damage.clone());
    let mut selected = Selected { commit, files: BTreeMap::new(), unknown: 0, damage };
    for (path, (_, state)) in history.files_at(point) {
        let Some(state) = of_suite(state, suite) else { continue };
        let Some(file) = selected.damage.readable(path, merged(repo, store, &state)) else {
            continue;
        };
        selected.unknown += file.unknown.len();
        selected.files.insert(path.to_owned(), file.coverage);
    }
    selected
}

/// A file as one suite measured it, where it did.
fn of_suite(state: &FileState, suite: Option<&str>) -> Option<FileState> {
    let mut state = state.clone();
    state.records.retain(|record| suite.is_none_or(|suite| record.suite == suite));
    (!state.records.is_empty()).then_some(state)
}

fn off_timeline(
    store: &Store<'_>,
    history: &History,
    aside: usize,
    suite: Option<&str>,
) -> Selected {
    let (aside, mut damage) = (&history.aside[aside], history.damage.clone());
    let wanted = |part: &&Stored| suite.is_none_or(|suite| part.key.suite == suite);
    let mut measured: BTreeMap<String, Vec<(Formats, FileCoverage)>> = BTreeMap::new();
    for part in aside.parts.iter().filter(wanted) {
        let formats = Formats::of_part(store, part);
        for (path, blob) in damage.readable(&part.key, store.files(part)).unwrap_or_default() {
            let record =
                damage.readable(format_args!("{path} of {}", part.key), store.record(blob));
            let entry = record.map(|record| (formats, record.coverage));
            measured.entry(path).or_default().extend(entry);
        }
    }
    measured.retain(|_, parts| !parts.is_empty());
    let files = measured.into_iter().map(|(path, parts)| (path, merge_parts(parts))).collect();
    Selected { commit: aside.id, files, unknown: 0, damage }
}
