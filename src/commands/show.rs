//! `show`: a source file with the state of its lines and the tests in it, at the newest snapshot or at that of a commit.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::terminal::{self, BOLD, DIM, GREEN, RED, Terminal, YELLOW};
use super::tested;
use crate::analysis::Sources;
use crate::analysis::line_history::{LineHistory, line_history};
use crate::config::nearest;
use crate::error::Kind;
use crate::git::Id;
use crate::history::{FileState, History};
use crate::report::{Dimension, LineState, LineView, Tally};
use crate::{Error, Monitor, Result, cli};

/// A line that can be covered, as JSON has it.
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

/// What `--history` adds to a line.
#[derive(Serialize)]
struct Past {
    since: Place,
    flips: usize,
    flaky: bool,
    ever_covered: bool,
}

/// A snapshot as JSON names it.
#[derive(Serialize)]
struct Place {
    commit: Id,
    time: String,
}

/// Prints the file: the states of its lines where it was measured, and how the tests in it went.
pub(super) fn run(args: &cli::Show, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    super::complete(monitor, terminal)?;
    let history = monitor.measured_history()?;
    let (path, at) = place(&args.file, monitor, &history)?;
    let point = &history.points[at];
    let wanted = path.strip_prefix("./").unwrap_or(path);
    let tests = tested::of(wanted, point, monitor)?;
    let state = match file(&history, path, at) {
        Ok(state) => Some(state),
        Err(_) if !tests.is_empty() => None,
        Err(error) => return Err(error),
    };
    let store = monitor.store()?;
    let sources = Sources::new(monitor.repo(), &store);
    let merged = state.map(|state| sources.merged(state)).transpose()?.unwrap_or_default();
    let views: Vec<LineView> = merged.views().collect();
    let tallies = state.map(|state| state.tallies.clone()).unwrap_or_default();
    let since = if args.history { lines_of(&sources, &history, wanted, at)? } else { BTreeMap::new() };
    let commit = &point.commit;
    if args.json {
        let measured = tallies.get(&Dimension::Branches).is_some();
        let lines = views.iter().map(|view| Entry {
            history: since.get(&view.line.number).map(|line| in_json(line, &history)),
            ..entry(view, measured.then_some(view.branches))
        });
        let lines: Vec<_> = lines.collect();
        let mut shown = json!({
            "schema": "covatlas/show/1", "path": wanted, "commit": commit.id, "time": terminal::time(commit.time),
            "dimensions": tallies, "lines": lines, "warnings": [],
        });
        if !tests.is_empty() {
            shown["tests"] = json!(tests);
        }
        return terminal.json(&shown);
    }
    let date = terminal::time(commit.time);
    let shown = terminal::plain(wanted);
    terminal.answer(format_args!("{BOLD}{shown}{BOLD:#} at {} of {}", commit.id.short(), &date[..10]));
    if state.is_none() {
        terminal.answer("  its lines were not measured");
    }
    for line in terminal::tallies(&tallies) {
        terminal.answer(line);
    }
    let text = match state {
        Some(state) => sources.source(state)?,
        None => text(monitor, commit.id, wanted)?.map(Into::into),
    };
    match text {
        Some(text) => print(&text, &views, &notes(&since, &history), terminal),
        None => terminal.warn("the source is not in this repository; `--json` has the states of its lines"),
    }
    tested::print(&tests, terminal);
    Ok(())
}

/// The text of a file of a commit that was not measured.
fn text(monitor: &Monitor, commit: Id, path: &str) -> Result<Option<Vec<u8>>> {
    let repo = monitor.repo();
    let Some(blob) = repo.at(commit, path)? else { return Ok(None) };
    repo.fetch_missing(&[blob])?;
    repo.blob(blob).map(Some)
}

/// The path and the point that `PATH[@COMMIT]` names. A path may hold an `@` itself.
fn place<'a>(file: &'a str, monitor: &Monitor, history: &History) -> Result<(&'a str, usize)> {
    let newest = history.points.len() - 1;
    let Some((path, revision)) = file.rsplit_once('@') else { return Ok((file, newest)) };
    if history.files_at(newest).contains_key(file) {
        return Ok((file, newest));
    }
    let commit = monitor.repo().resolve(revision)?;
    let found = history.points.iter().position(|point| point.commit.id == commit);
    let missing = || {
        let error =
            Error::new(format!("no snapshot of the commit {} is on the branch `{}`", commit.short(), history.branch));
        error.kind_of(Kind::NotFound).hint("`covatlas log` lists the commits that have one")
    };
    found.map(|point| (path, point)).ok_or_else(missing)
}

fn file<'a>(history: &'a History, path: &str, point: usize) -> Result<&'a FileState> {
    let files: BTreeMap<&str, _> = history.files_at(point);
    let wanted = path.strip_prefix("./").unwrap_or(path);
    if let Some((_, state)) = files.get(wanted) {
        return Ok(state);
    }
    let commit = history.points[point].commit.id.short();
    let error = Error::new(format!("`{path}` was not measured at {commit}")).kind_of(Kind::NotFound);
    let same_name = || files.keys().copied().find(|known| known.rsplit('/').next() == wanted.rsplit('/').next());
    Err(match nearest(wanted, files.keys().copied()).or_else(same_name) {
        Some(known) => error.hint(format!("did you mean `{known}`?")),
        None => error.hint(format!("{} were measured there", terminal::count(files.len(), "file"))),
    })
}

/// A line; its branches are absent where the file's were not measured.
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
fn lines_of(sources: &Sources<'_>, history: &History, path: &str, at: usize) -> Result<BTreeMap<u32, LineHistory>> {
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

/// What is said beside lines: `since 1f2e3d4 2024-01-01`, at the first of those that it is true of, and flips at each.
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
        let note = format!("since {} {}{flips}", commit.id.short(), &terminal::time(commit.time)[..10]);
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

/// Every line of the source with its hits; the state is told by a sign as well as by colour.
fn print(text: &[u8], views: &[LineView], notes: &BTreeMap<u32, String>, terminal: &Terminal) {
    let views: BTreeMap<u32, &LineView> = views.iter().map(|view| (view.line.number, view)).collect();
    let width = notes.values().map(String::len).max().map_or(0, |longest| longest + 1);
    for (number, line) in (1..).zip(String::from_utf8_lossy(text).lines()) {
        let line = terminal::plain(line);
        let Some(view) = views.get(&number) else {
            terminal.answer(format_args!("{DIM}{number:>5}{DIM:#}             {:width$}{line}", ""));
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
        terminal.answer(format_args!(
            "{DIM}{number:>5}{DIM:#} {colour}{hits:>9} {sign}{colour:#} {DIM}{note:width$}{DIM:#}{line}"
        ));
    }
}
