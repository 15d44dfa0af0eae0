//! The dashboard: where coverage stands, how it got there, what lost most, what the figures rest on.

mod change;
mod ground;
mod ledger;
mod sentence;

use serde::Serialize;

pub(super) use change::{Event, events};
pub(super) use ledger::{title, word};

use super::trends::{self, Chart, Table};
use super::trust;
use super::{Nav, Page};
use crate::Result;
use crate::analysis::movers::Mover;
use crate::analysis::patch::{self, Patch};
use crate::analysis::tree;
use crate::analysis::trend::{Trend, window_start};
use crate::report::Tally;
use crate::site::figures::{self, Delta};
use crate::site::suites::{self, Card};
use crate::site::{Context, Head, Scripts, Sink};

/// The dashboard.
pub const PAGE: Page =
    Page { name: "dashboard", nav: Some(Nav { group: "", href: PATH, label: "Overview", count: None }), render };

const PATH: &str = "index.html";

/// Rows of the panel of what was lost and won, and of the least covered files.
const MOVERS: usize = 12;
const LEAST: usize = 10;

#[derive(Serialize)]
struct View {
    project: String,
    first: String,
    rest: String,
    short: String,
    snapshots: String,
    ledger: Vec<ledger::Row>,
    has_targets: bool,
    chart: Chart,
    events: Vec<Event>,
    table: Table,
    change: change::Change,
    movers: Movers,
    least: Least,
    tiles: Vec<ground::Tile>,
    units: String,
    files: String,
    suites: Vec<Card>,
    evidence: String,
    unmatched: Vec<trust::Unmatched>,
    unmatched_count: usize,
}

#[derive(Serialize)]
struct Movers {
    since: Option<i64>,
    rows: Vec<MoverRow>,
    lost: usize,
    won: usize,
}

#[derive(Serialize)]
struct MoverRow {
    label: String,
    path: String,
    href: Option<String>,
    now: Tally,
    class: &'static str,
    share: String,
    delta: Delta,
}

#[derive(Serialize)]
struct Least {
    rows: Vec<LeastRow>,
    note: String,
    href: Option<String>,
}

#[derive(Serialize)]
struct LeastRow {
    name: String,
    folder: String,
    path: String,
    href: Option<String>,
    tally: Tally,
    delta: Option<Delta>,
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let head = Head {
        path: PATH,
        template: "dashboard.html",
        title: "Coverage",
        kind: "dashboard",
        nav: PATH,
        scripts: Scripts::Charts,
        prev: None,
        next: None,
    };
    let (atlas, history) = (context.atlas, context.atlas.history);
    let patch = latest_patch(context);
    let unmatched = trust::unmatched(context);
    let least = least(context);
    let opening = sentence::opening(&sentence::Facts {
        history,
        trends: &atlas.analyses.trends,
        headline: tree::headline(history),
        target: atlas.config.targets.get(&tree::headline(history)).copied(),
        patch: patch.as_ref().ok(),
        unmatched: unmatched.len(),
        largest: least.rows.first().map(|row| (row.name.as_str(), row.tally.missed())),
    });
    let drawn: Vec<&Trend> = atlas.analyses.trends.iter().take(2).collect();
    let view = View {
        project: atlas.project.clone(),
        first: opening.first,
        rest: opening.rest,
        short: context.latest.commit.id.short(),
        snapshots: figures::counted(history.points.len().min(ledger::SPARK_POINTS) as u64, "snapshot"),
        ledger: ledger::rows(context, PATH),
        has_targets: !atlas.config.targets.is_empty(),
        chart: trends::chart(context, sink, PATH, &drawn, &[])?,
        events: events(context, PATH),
        table: trends::table(context, PATH, &drawn, 20),
        change: change::change(context, PATH, &patch),
        movers: movers(context),
        least,
        tiles: ground::tiles(context, PATH),
        units: figures::plural(tree::headline(history).unit()),
        files: figures::counted(context.latest.measured as u64, "file"),
        suites: suites::cards(atlas.config, history, context.latest),
        evidence: evidence(context),
        unmatched_count: unmatched.len(),
        unmatched: unmatched.into_iter().take(3).collect(),
    };
    context.page(sink, &head, &view)
}

/// What the newest commits did, or why that could not be computed: objects may be missing in a partial clone.
fn latest_patch(context: &Context) -> Result<Patch, String> {
    let newest = context.atlas.history.points.len() - 1;
    patch::patch(&context.atlas.sources, context.atlas.history, newest).map_err(|error| error.chain().join(": "))
}

fn movers(context: &Context) -> Movers {
    let history = context.atlas.history;
    let all = &context.atlas.analyses.movers;
    let (lost, won): (Vec<&Mover>, Vec<&Mover>) = all.iter().partition(|mover| mover.won < 0);
    let most = all.iter().map(|mover| mover.won.unsigned_abs()).max().unwrap_or(1) as f64;
    let from_won = won.len().saturating_sub(MOVERS - lost.len().min(MOVERS / 2));
    let shown = lost.iter().take(MOVERS - won.len().min(MOVERS / 2)).chain(&won[from_won..]);
    let shown: Vec<&Mover> = shown.copied().collect();
    let paths: Vec<&str> = shown.iter().map(|mover| history.files[mover.file].path.as_str()).collect();
    let rows = shown.iter().map(|mover| {
        let path = &history.files[mover.file].path;
        MoverRow {
            label: label(path, &paths),
            path: path.clone(),
            href: context.file_link(PATH, path),
            now: mover.now,
            class: if mover.won < 0 { "down" } else { "up" },
            share: format!("{:.1}", mover.won.unsigned_abs() as f64 * 100.0 / most),
            delta: Delta::won(mover.won),
        }
    });
    let start = window_start(history).filter(|&start| start + 1 < history.points.len());
    Movers {
        since: start.map(|at| history.points[at].commit.time),
        rows: rows.collect(),
        lost: lost.len(),
        won: won.len(),
    }
}

/// The file's name, with its folder's where the name alone is not clear: `types.py`, `click/core.py`.
fn label(path: &str, others: &[&str]) -> String {
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
    if others.iter().filter(|other| name(other) == name(path)).count() < 2 {
        return name(path).unwrap_or_default();
    }
    let mut slashes = path.rmatch_indices('/').map(|(at, _)| at);
    slashes.nth(1).map_or(path, |at| &path[at + 1..]).to_owned()
}

fn least(context: &Context) -> Least {
    let history = context.atlas.history;
    let headline = tree::headline(history);
    let start = window_start(history);
    let mut files: Vec<LeastRow> = Vec::new();
    for (path, (file, state)) in history.files_at(history.points.len() - 1) {
        let tally = state.tallies.get(&headline).unwrap_or_default();
        let before = start.and_then(|start| history.files[file].at(start)?.tallies.get(&headline));
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        files.push(LeastRow {
            name: name.to_owned(),
            folder: folder.to_owned(),
            path: path.to_owned(),
            href: context.file_link(PATH, path),
            tally,
            delta: before.map(|before| Delta::uncovered(figures::difference(before.missed(), tally.missed()))),
        });
    }
    files.retain(|row| row.tally.missed() > 0);
    files.sort_by_key(|row| std::cmp::Reverse(row.tally.missed())); // stable: equals by path
    let all: u64 = files.iter().map(|row| row.tally.missed()).sum();
    files.truncate(LEAST);
    let shown: u64 = files.iter().map(|row| row.tally.missed()).sum();
    let units = figures::counted(all, &format!("uncovered {}", headline.unit()));
    let note =
        format!("These {} hold {} of {units}.", figures::counted(files.len() as u64, "file"), figures::count(shown));
    Least { rows: files, note, href: context.directory_link(PATH, "") }
}

/// What stands against full trust, in a few words.
fn evidence(context: &Context) -> String {
    let history = context.atlas.history;
    let clone = if history.shallow { "shallow clone: history begins at its boundary" } else { "full history" };
    let warnings = match trust::warnings(context).len() {
        0 => "no warnings".to_owned(),
        count => figures::counted(count as u64, "warning"),
    };
    format!("{clone}, {warnings}")
}
