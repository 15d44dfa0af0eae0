//! `show`: prints a source file with the state of its lines and the tests in it, at the newest
//! snapshot or at that of a commit.

mod tests;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use crate::analysis::Sources;
use crate::analysis::line_history::{LineHistory, line_history};
use crate::commands::terminal::{self, BOLD, DIM, GREEN, RED, Terminal, YELLOW};
use crate::config::nearest;
use crate::error::Kind;
use crate::git::Id;
use crate::history::{Answer, FileState, History, Recorded, merged};
use crate::report::{Dimension, LineState, LineView, Tally};
use crate::{Error, Monitor, Result, cli};

/// A coverable line in JSON.
#[derive(Serialize)]
struct Entry {
    n: u32,
    state: &'static str,
    hits: u64,
    exact: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    branches: Option<Tally>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    history: Option<Past>,
}

/// The history of a line, for `--history`.
#[derive(Serialize)]
struct Past {
    since: Place,
    flips: usize,
    flaky: bool,
    ever_covered: bool,
}

/// A snapshot in JSON.
#[derive(Serialize)]
struct Place {
    commit: Id,
    time: String,
}

/// The snapshot to show.
enum Which {
    /// The snapshot at a point of the timeline.
    Point(usize),
    /// The snapshot of a commit that is not on the timeline.
    Beside(Answer),
}

/// A file of a snapshot.
struct Shown {
    path: String,
    commit: Id,
    time: i64,
    /// The coverage, if it was measured.
    state: Option<FileState>,
    tests: Vec<tests::Entry>,
    /// The history of its lines, if requested.
    since: BTreeMap<u32, LineHistory>,
    warnings: Vec<String>,
}

/// Prints the file: the states of its lines if it was measured, and the results of the tests in it.
pub(super) fn run(args: &cli::Show, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    crate::commands::fetch_missing_objects(monitor, terminal)?;
    let history = monitor.history()?;
    let store = monitor.store()?;
    let sources = Sources::new(monitor.repo(), &store);
    // Damage in the store may be the reason why the file is not found.
    let shown =
        find(args, &history, (monitor, &sources)).map_err(|error| history.damage.explain(error))?;
    let state = shown.state.as_ref();
    // The walk did not read the records of a commit off the timeline.
    let merged =
        state.map(|state| merged(monitor.repo(), &store, state)).transpose()?.unwrap_or_default();
    let views: Vec<LineView> = merged.views().collect();
    if args.output.json {
        return json(&shown, &views, &history, terminal);
    }
    terminal.warn_all(&shown.warnings);
    let date = terminal::time(shown.time);
    let name = terminal::plain(&shown.path);
    terminal.stdout(format_args!(
        "{BOLD}{name}{BOLD:#} at {} of {}",
        shown.commit.short(),
        &date[..10]
    ));
    if state.is_none() {
        terminal.stdout("  its lines were not measured");
    }
    for line in state.iter().flat_map(|state| terminal::tallies(&state.tallies)) {
        terminal.stdout(line);
    }
    let text = match state {
        Some(state) => sources.source(state)?,
        None => text(monitor, shown.commit, &shown.path)?.map(Into::into),
    };
    match text {
        Some(text) => print(&text, &views, &notes(&shown.since, &history), terminal),
        None => terminal
            .warn("the source is not in this repository; `--json` has the states of its lines"),
    }
    tests::print(&shown.tests, terminal);
    Ok(())
}

/// Finds the file at the requested snapshot.
fn find(
    args: &cli::Show,
    history: &History,
    (monitor, sources): (&Monitor, &Sources<'_>),
) -> Result<Shown> {
    let (path, which) = place(&args.file, monitor, history)?;
    let path = path.strip_prefix("./").unwrap_or(path);
    match which {
        Which::Point(at) => at_point(args, path, (history, at), (monitor, sources)),
        Which::Beside(answer) => beside(args, path, &answer, (monitor, sources)),
    }
}

/// Prints the file as JSON.
fn json(shown: &Shown, views: &[LineView], history: &History, terminal: &Terminal) -> Result<()> {
    let tallies = shown.state.as_ref().map(|state| state.tallies.clone()).unwrap_or_default();
    let measured = tallies.get(&Dimension::Branches).is_some();
    let lines = views.iter().map(|view| Entry {
        history: shown.since.get(&view.line.number).map(|line| in_json(line, history)),
        ..entry(view, measured.then_some(view.branches))
    });
    let lines: Vec<_> = lines.collect();
    let mut value = json!({
        "schema": "covatlas/show/1",
        "path": shown.path,
        "commit": shown.commit,
        "time": terminal::time(shown.time),
        "dimensions": tallies,
        "lines": lines,
        "warnings": shown.warnings,
    });
    if !shown.tests.is_empty() {
        value["tests"] = json!(shown.tests);
    }
    terminal.json(&value)
}

/// A file at a point of the timeline.
fn at_point(
    args: &cli::Show,
    path: &str,
    (history, at): (&History, usize),
    (monitor, sources): (&Monitor, &Sources<'_>),
) -> Result<Shown> {
    let point = &history.points[at];
    let mut damage = history.damage.clone();
    let tests = tests::of(path, point.parts(), monitor, &mut damage)?;
    let state = match file(history, path, at) {
        Ok(state) => Some(state.clone()),
        Err(_) if !tests.is_empty() => None,
        Err(error) => return Err(error),
    };
    let since = if args.history { lines_of(sources, history, path, at)? } else { BTreeMap::new() };
    let (commit, time) = (point.commit.id, point.commit.time);
    Ok(Shown {
        path: path.to_owned(),
        commit,
        time,
        state,
        tests,
        since,
        warnings: damage.sentences(),
    })
}

/// A file of a snapshot that is not on the timeline.
fn beside(
    args: &cli::Show,
    path: &str,
    answer: &Answer,
    (monitor, sources): (&Monitor, &Sources<'_>),
) -> Result<Shown> {
    let commit = answer.commit;
    let recorded = Recorded::list(monitor.repo(), sources.store)?;
    let parts = recorded.parts(commit);
    let mut damage = recorded.damage();
    let tests = tests::of(path, parts.iter(), monitor, &mut damage)?;
    let state = recorded.file(commit, path)?;
    if state.is_none() && tests.is_empty() {
        let paths = recorded.paths(commit);
        let others = paths.iter().map(String::as_str).filter(|other| *other != path);
        return Err(recorded.damage().explain(unmeasured(path, commit, others)));
    }
    damage.extend(&recorded.damage());
    let mut warnings = damage.sentences();
    warnings.extend(answer.note());
    if args.history {
        warnings.push(format!(
            "{} is not on the default branch, which `--history` follows",
            commit.short()
        ));
    }
    let since = BTreeMap::new();
    Ok(Shown {
        path: path.to_owned(),
        commit,
        time: recorded.time(commit),
        state,
        tests,
        since,
        warnings,
    })
}

/// The text of a file that was not measured.
fn text(monitor: &Monitor, commit: Id, path: &str) -> Result<Option<Vec<u8>>> {
    let repo = monitor.repo();
    let Some(blob) = repo.at(commit, path)? else { return Ok(None) };
    repo.fetch_missing(&[blob])?;
    repo.blob(blob).map(Some)
}

/// Splits `PATH[@COMMIT]` into the path and the snapshot. A path may contain an `@` itself.
fn place<'a>(file: &'a str, monitor: &Monitor, history: &History) -> Result<(&'a str, Which)> {
    let newest = history.points.len().checked_sub(1);
    let is_path = || newest.is_some_and(|newest| history.files_at(newest).contains_key(file));
    let Some((path, revision)) = named_revision(file, monitor)?.filter(|_| !is_path()) else {
        let newest = monitor.measured_history()?.points.len() - 1;
        return Ok((file, Which::Point(newest)));
    };
    let point = |commit: Id| history.points.iter().position(|point| point.commit.id == commit);
    // A point with only tests has no coverage to show.
    if let Some(point) = monitor.repo().resolve(revision).ok().and_then(point) {
        return Ok((path, Which::Point(point)));
    }
    let answer = monitor.answer(revision)?;
    Ok(match point(answer.commit).filter(|_| answer.note().is_none()) {
        Some(point) => (path, Which::Point(point)),
        None => (path, Which::Beside(answer)),
    })
}

/// Splits `PATH@REVISION`, where either part may contain an `@` (`packages/@shop/a.ts`,
/// `main@{1}`). Uses the longest path after which a revision remains, or else splits at the last
/// `@`.
fn named_revision<'a>(file: &'a str, monitor: &Monitor) -> Result<Option<(&'a str, &'a str)>> {
    let last = file.rsplit_once('@');
    if last.is_none_or(|(path, _)| !path.contains('@')) {
        return Ok(last);
    }
    let store = monitor.store()?;
    let splits = file.rmatch_indices('@').map(|(at, _)| (&file[..at], &file[at + 1..]));
    let mut named = splits.filter(|(path, revision)| !path.is_empty() && !revision.is_empty());
    let recorded = Recorded::list(monitor.repo(), &store);
    let is_known =
        |revision: &str| recorded.as_ref().is_ok_and(|recorded| recorded.resolve(revision).is_ok());
    Ok(named.find(|(_, revision)| is_known(revision)).or(last))
}

fn file<'a>(history: &'a History, path: &str, point: usize) -> Result<&'a FileState> {
    let files: BTreeMap<&str, _> = history.files_at(point);
    let wanted = path.strip_prefix("./").unwrap_or(path);
    if let Some((_, state)) = files.get(wanted) {
        return Ok(state);
    }
    Err(unmeasured(path, history.points[point].commit.id, files.keys().copied()))
}

fn unmeasured<'a>(path: &str, commit: Id, known: impl Iterator<Item = &'a str>) -> Error {
    let known: Vec<&str> = known.collect();
    let error = Error::new(format!("`{path}` was not measured at {}", commit.short()))
        .with_kind(Kind::NotFound);
    let same_name =
        || known.iter().copied().find(|known| known.rsplit('/').next() == path.rsplit('/').next());
    match nearest(path, known.iter().copied()).or_else(same_name) {
        Some(known) => error.hint(format!("did you mean `{known}`?")),
        None => error.hint(format!("{} were measured there", terminal::count(known.len(), "file"))),
    }
}

/// A line in JSON. Its branches are absent if those of the file were not measured.
fn entry(view: &LineView, branches: Option<Tally>) -> Entry {
    Entry {
        n: view.line.number,
        state: word(view.state),
        hits: view.line.hits.count(),
        exact: view.line.hits.is_exact(),
        branches,
        history: None,
    }
}

/// The history of every line of a file that was measured at a point.
fn lines_of(
    sources: &Sources<'_>,
    history: &History,
    path: &str,
    at: usize,
) -> Result<BTreeMap<u32, LineHistory>> {
    let found = history.files_at(at).get(path).map(|(file, _)| *file);
    found.map_or_else(|| Ok(BTreeMap::new()), |file| line_history(sources, history, file, at))
}

fn in_json(line: &LineHistory, history: &History) -> Past {
    let commit = &history.points[line.since].commit;
    Past {
        since: Place { commit: commit.id, time: terminal::time(commit.time) },
        flips: line.flips.len(),
        flaky: line.is_flaky(),
        ever_covered: line.ever_covered(),
    }
}

/// The notes beside lines: `since 1f2e3d4 2024-01-01` at the first line with this history, and
/// flips at every line.
fn notes(lines: &BTreeMap<u32, LineHistory>, history: &History) -> BTreeMap<u32, String> {
    let mut notes = BTreeMap::new();
    let mut before = None;
    for (&number, line) in lines {
        let now = (line.covered, line.since);
        let commit = &history.points[line.since].commit;
        let flips = match (line.flips.len(), line.is_flaky()) {
            (0, _) => String::new(),
            (flips, true) => format!(", flaky, {}", terminal::count(flips, "flip")),
            (flips, false) => format!(", {}", terminal::count(flips, "flip")),
        };
        let note =
            format!("since {} {}{flips}", commit.id.short(), &terminal::time(commit.time)[..10]);
        if before != Some(now) || !line.flips.is_empty() {
            notes.insert(number, note);
        }
        before = Some(now);
    }
    notes
}

fn word(state: LineState) -> &'static str {
    match state {
        LineState::Covered => "covered",
        LineState::Partial => "partial",
        LineState::Uncovered => "uncovered",
        LineState::Unknown => "unknown",
    }
}

/// Prints every line of the source with its hits. A sign shows the state, in addition to the
/// colour.
fn print(text: &[u8], views: &[LineView], notes: &BTreeMap<u32, String>, terminal: &Terminal) {
    let views: BTreeMap<u32, &LineView> =
        views.iter().map(|view| (view.line.number, view)).collect();
    let width = notes.values().map(String::len).max().map_or(0, |longest| longest + 1);
    for (number, line) in (1..).zip(String::from_utf8_lossy(text).lines()) {
        let line = terminal::plain(line);
        let Some(view) = views.get(&number) else {
            terminal
                .stdout(format_args!("{DIM}{number:>5}{DIM:#}             {:width$}{line}", ""));
            continue;
        };
        let (colour, sign) = match view.state {
            LineState::Covered => (GREEN, '+'),
            LineState::Partial => (YELLOW, '~'),
            LineState::Uncovered => (RED, '!'),
            LineState::Unknown => (DIM, '?'),
        };
        let hits = view.line.hits.to_string();
        let note = notes.get(&number).map_or("", String::as_str);
        terminal.stdout(format_args!(
            "{DIM}{number:>5}{DIM:#} {colour}{hits:>9} {sign}{colour:#} \
             {DIM}{note:width$}{DIM:#}{line}"
        ));
    }
}
