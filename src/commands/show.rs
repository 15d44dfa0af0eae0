//! `show`: a source file with the state of its lines, at the newest snapshot or at that of a commit.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::terminal::{self, BOLD, DIM, GREEN, RED, Terminal, YELLOW};
use crate::analysis::Sources;
use crate::config::nearest;
use crate::error::Kind;
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
}

/// Prints the file.
pub(super) fn run(args: &cli::Show, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    super::complete(monitor, terminal)?;
    let history = monitor.measured_history()?;
    let (path, point) = place(&args.file, monitor, &history)?;
    let state = file(&history, path, point)?;
    let store = monitor.store()?;
    let sources = Sources { repo: monitor.repo(), store: &store };
    let views: Vec<LineView> = sources.merged(state)?.views().collect();
    let commit = &history.points[point].commit;
    if args.json {
        let measured = state.tallies.get(&Dimension::Branches).is_some();
        let lines: Vec<_> = views.iter().map(|view| entry(view, measured.then_some(view.branches))).collect();
        return terminal.json(&json!({
            "schema": "covatlas/show/1", "path": state.path, "commit": commit.id, "time": terminal::time(commit.time),
            "dimensions": state.tallies, "lines": lines, "warnings": [],
        }));
    }
    let date = terminal::time(commit.time);
    let path = terminal::plain(&state.path);
    terminal.answer(format_args!("{BOLD}{path}{BOLD:#} at {} of {}", commit.id.short(), &date[..10]));
    for line in terminal::tallies(&state.tallies) {
        terminal.answer(line);
    }
    match sources.source(state)? {
        Some(text) => print(&text, &views, terminal),
        None => terminal.warn("the source is not in this repository; `--json` has the states of its lines"),
    }
    Ok(())
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
    }
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
fn print(text: &[u8], views: &[LineView], terminal: &Terminal) {
    let views: BTreeMap<u32, &LineView> = views.iter().map(|view| (view.line.number, view)).collect();
    for (number, line) in (1..).zip(String::from_utf8_lossy(text).lines()) {
        let line = terminal::plain(line);
        let Some(view) = views.get(&number) else {
            terminal.answer(format_args!("{DIM}{number:>5}{DIM:#}             {line}"));
            continue;
        };
        let (colour, sign) = match view.state {
            LineState::Covered => (GREEN, '+'),
            LineState::Partial => (YELLOW, '~'),
            LineState::Uncovered => (RED, '!'),
            LineState::Unknown => (DIM, '?'),
        };
        let hits = view.line.hits.to_string();
        terminal.answer(format_args!("{DIM}{number:>5}{DIM:#} {colour}{hits:>9} {sign}{colour:#} {line}"));
    }
}
