//! The facts on a source page that come from the timeline alone: figures, neighbours, suites, names
//! and changes of the file.

use serde::Serialize;

use crate::analysis::groups::series::Groups;
use crate::analysis::trend::{self, Word};
use crate::history::{FileIndex, FileState, History, SuiteSource};
use crate::report::{Dimension, Tally};
use crate::site::charts::spark;
use crate::site::context::Web;
use crate::site::format::{self, Delta};
use crate::site::templates::Markup;
use crate::site::trends::panel;
use crate::site::{Context, message, urls};

/// Changes of a file's coverage that are listed; the rest is counted.
const MAX_CHANGES: usize = 8;
/// The newest changes that the word for the trend is judged on.
const MAX_JUDGED: usize = 60;

/// A file that has a page.
pub(super) struct Place<'h> {
    pub(super) page: String,
    pub(super) file: FileIndex,
    pub(super) state: &'h FileState,
}

/// Every file at the newest point, by path.
pub(super) fn places<'h>(context: &Context<'h>) -> Vec<Place<'h>> {
    let history = context.atlas.history;
    let files = history.files_at(history.points.len() - 1);
    files
        .into_iter()
        .map(|(path, (file, state))| Place { page: context.urls.file(path), file, state })
        .collect()
}

/// The part of the view that needs neither the source nor its records.
#[derive(Serialize)]
pub(super) struct Facts {
    crumbs: Vec<Link>,
    name: String,
    figures: Vec<Figure>,
    whole: bool,
    lately: Option<Delta>,
    prev: Option<Link>,
    next: Option<Link>,
    /// Its page on the forge, at the commit since which it has been as it is.
    web: Option<Web>,
    suites: Vec<Suite>,
    /// Its owners; absent where the project names none.
    owners: Option<Vec<Link>>,
    components: Vec<Link>,
    renamed: Vec<Renamed>,
    spark: Option<Markup>,
    /// Where the file is going, or `None` if too little has changed to say.
    trend: Option<FileTrend>,
    changes: Vec<Change>,
    earlier: usize,
}

/// The direction of a file's coverage, judged on its own changes.
#[derive(Serialize)]
struct FileTrend {
    word: Delta,
    changes: u64,
}

#[derive(Serialize)]
struct Link {
    text: String,
    href: String,
}

#[derive(Serialize)]
struct Figure {
    tally: Tally,
    units: String,
}

#[derive(Serialize)]
struct Suite {
    name: String,
    class: &'static str,
    word: &'static str,
}

#[derive(Serialize)]
struct Renamed {
    from: String,
    commit: Link,
}

/// A snapshot at which the file's coverage changed.
#[derive(Serialize)]
struct Change {
    commit: Link,
    subject: String,
    time: i64,
    delta: Delta,
}

/// Gathers the facts of one of the places.
pub(super) fn facts(context: &Context, places: &[Place], at: usize) -> Facts {
    let history = context.atlas.history;
    let place = &places[at];
    let (folder, name) = place.state.path.rsplit_once('/').unwrap_or(("", &place.state.path));
    let (changes, earlier) = changes(context, place);
    let steps = line_steps(history, place.file);
    let neighbour = |at: usize| {
        let page = &places.get(at)?.page;
        let path = &places[at].state.path;
        Some(Link {
            text: path.rsplit('/').next().unwrap_or(path).to_owned(),
            href: urls::relative(&place.page, page),
        })
    };
    Facts {
        crumbs: crumbs(context, &place.page, folder),
        name: name.to_owned(),
        figures: figures_of(place.state),
        whole: place.state.tallies.iter().all(|(_, tally)| tally.missed() == 0)
            && place.state.tallies.iter().any(|(_, tally)| tally.total > 0),
        lately: lately(history, place),
        prev: at.checked_sub(1).and_then(neighbour),
        next: neighbour(at + 1),
        web: web(context, place),
        suites: suites(context, place.state),
        owners: (!context.atlas.analyses.owners.is_empty())
            .then(|| groups(place, &context.atlas.analyses.owners, &context.owners)),
        components: groups(place, &context.atlas.analyses.components, &context.components),
        renamed: renamed(context, place),
        spark: spark::coverage(&steps),
        trend: file_trend(&steps),
        changes,
        earlier,
    }
}

/// The file on the forge. The commit is not the newest one: the page would change with each.
fn web(context: &Context, place: &Place) -> Option<Web> {
    let history = context.atlas.history;
    let (point, _) = history.files[place.file].states.last()?;
    context.web_file(history.points[*point].commit.id, &place.state.path)
}

/// Links to the directories above, the project first.
fn crumbs(context: &Context, page: &str, folder: &str) -> Vec<Link> {
    let link = |text: &str, path: &str| Link {
        text: text.to_owned(),
        href: urls::relative(page, &context.urls.directory(path)),
    };
    let ends = folder
        .match_indices('/')
        .map(|(end, _)| end)
        .chain((!folder.is_empty()).then_some(folder.len()));
    let folders = ends.map(|end| &folder[..end]);
    let named = folders.map(|path| link(path.rsplit('/').next().unwrap_or(path), path));
    std::iter::once(link(&context.atlas.project, "")).chain(named).collect()
}

fn figures_of(state: &FileState) -> Vec<Figure> {
    let units = |dimension: &Dimension| format::plural(dimension.unit());
    state
        .tallies
        .iter()
        .map(|(dimension, tally)| Figure { tally, units: units(dimension) })
        .collect()
}

fn lines(state: Option<&FileState>) -> Tally {
    state.and_then(|state| state.tallies.get(&Dimension::Lines)).unwrap_or_default()
}

/// The change of uncovered lines over the window, or `None` if there is none.
fn lately(history: &History, place: &Place) -> Option<Delta> {
    let start = trend::window_start(history)?;
    let before = history.files[place.file].at(start)?;
    let more = format::difference(lines(Some(before)).missed(), lines(Some(place.state)).missed());
    (more != 0).then(|| in_words(more))
}

/// The groups that a file belongs to.
fn groups(place: &Place, groups: &Groups, pages: &[String]) -> Vec<Link> {
    let own = groups.of.get(&place.file).into_iter().flatten();
    let link = |&at: &usize| Link {
        text: groups.groups[at].name.clone(),
        href: urls::relative(&place.page, &pages[at]),
    };
    own.map(link).collect()
}

/// The suites that measured the file, with those whose result is carried said.
fn suites(context: &Context, state: &FileState) -> Vec<Suite> {
    let mut names: Vec<&str> = state.records.iter().map(|record| record.suite.as_str()).collect();
    names.dedup(); // records are sorted by suite
    let carried = |name: &str| {
        let suite = context.latest.suites.iter().find(|suite| suite.name == name);
        suite.is_some_and(|suite| matches!(suite.source, SuiteSource::Carried { .. }))
    };
    let suite = |name: &str| {
        let (class, word) = if carried(name) { (" carried", "carried") } else { ("", "measured") };
        Suite { name: name.to_owned(), class, word }
    };
    names.into_iter().map(suite).collect()
}

/// The names it had before, newest first, each with the commit that ended it.
fn renamed(context: &Context, place: &Place) -> Vec<Renamed> {
    let states = &context.atlas.history.files[place.file].states;
    let pairs = states.iter().rev().zip(states.iter().rev().skip(1));
    let changed = pairs.filter_map(|((point, new), (_, old))| {
        let (new, old) = (new.as_ref()?, old.as_ref()?);
        (new.path != old.path).then(|| Renamed {
            from: old.path.clone(),
            commit: commit(context, &place.page, *point),
        })
    });
    changed.collect()
}

fn commit(context: &Context, page: &str, point: usize) -> Link {
    let id = context.atlas.history.points[point].commit.id;
    Link { text: id.short(), href: urls::relative(page, &urls::commit(id)) }
}

/// The points at which the lines of a file, or how many are covered, changed.
fn line_steps(history: &History, file: FileIndex) -> Vec<(usize, Tally)> {
    let states = history.files[file].states.iter();
    let mut steps: Vec<(usize, Tally)> =
        states.map(|(point, state)| (*point, lines(state.as_ref()))).collect();
    steps.dedup_by_key(|(_, tally)| *tally);
    steps
}

/// The word for the last changes of a file: snapshots without a change do not count.
fn file_trend(steps: &[(usize, Tally)]) -> Option<FileTrend> {
    let lately = &steps[steps.len().saturating_sub(MAX_JUDGED)..];
    let percents: Vec<f64> = lately.iter().filter_map(|(_, tally)| tally.percent()).collect();
    let word = Some(trend::word(&percents)).filter(|word| *word != Word::Young)?;
    Some(FileTrend { word: panel::word(word), changes: percents.len() as u64 - 1 })
}

/// The newest snapshots at which its covered or uncovered lines changed, newest first, and the
/// number of those before; its birth is none of them.
fn changes(context: &Context, place: &Place) -> (Vec<Change>, usize) {
    let history = context.atlas.history;
    let states = &history.files[place.file].states;
    let pairs = states.iter().rev().zip(states.iter().rev().skip(1));
    let mut changed = pairs.filter_map(|((point, new), (_, old))| {
        let (new, old) = (lines(new.as_ref()), lines(old.as_ref()));
        (new != old).then_some((*point, old, new))
    });
    let newest = changed.by_ref().take(MAX_CHANGES).map(|(point, old, new)| {
        let at = &history.points[point].commit;
        Change {
            commit: commit(context, &place.page, point),
            subject: message::without_addresses(&at.subject),
            time: at.time,
            delta: delta(old, new),
        }
    });
    (newest.collect(), changed.count())
}

/// `3 more uncovered lines`.
fn in_words(more: i64) -> Delta {
    Delta {
        class: if more > 0 { "down" } else { "up" },
        text: format::more_or_fewer(more, "uncovered line"),
    }
}

/// The change of uncovered lines; if there is none, the number of covered lines added or removed.
fn delta(old: Tally, new: Tally) -> Delta {
    let more = format::difference(old.missed(), new.missed());
    let covered = format::difference(old.covered, new.covered);
    if more != 0 {
        return in_words(more);
    }
    let sign = if covered > 0 { "+" } else { "−" };
    Delta {
        class: "same",
        text: format!("{sign}{}", format::counted(covered.unsigned_abs(), "line")),
    }
}
