//! The dashboard: the coverage now, how it got there, what lost most, what the figures rest
//! on.

mod change;
mod dimensions;
mod heatmap;
mod summary;

use serde::Serialize;

use super::{Nav, Page, always};
use crate::Result;
use crate::analysis::biggest_changes::Mover;
use crate::analysis::patch::{self, Patch};
use crate::analysis::tree;
use crate::analysis::trend::{self, Event as Step, Trend, window_start};
use crate::report::Tally;
use crate::site::data_quality::{self, Unmatched};
use crate::site::format::{self, Delta};
use crate::site::suites::{self, Card};
use crate::site::trends::chart::{self, Chart};
use crate::site::trends::events::{Event, events};
use crate::site::trends::table::{self, Table};
use crate::site::{Context, Head, Scripts, Sink};

/// The dashboard.
pub const PAGE: Page = Page {
    name: "dashboard",
    nav: Some(Nav { group: "", href: PATH, label: "Overview", count: None, shown: always }),
    render,
};

const PATH: &str = "index.html";

/// Rows of the panels of what was lost and gained and of the least covered files, which stand side
/// by side.
const ROWS: usize = 10;

/// Minimum rows of the least covered files, even if fewer files changed.
const LEAST: usize = 8;

/// With this many rows, these lists are as tall as the heat map.
const LONG: usize = 7;

/// With this many dimensions or more, their table is tall enough to sit beside the trend on a wide
/// screen.
const TALL_DIMENSIONS: usize = 5;

#[derive(Serialize)]
struct View {
    project: String,
    first: String,
    rest: Vec<summary::Piece>,
    short: String,
    snapshots: String,
    dimensions: Vec<dimensions::Row>,
    tall: bool,
    /// The lists of files are long enough to stand beside the heat map on a wide screen.
    long: bool,
    has_targets: bool,
    chart: Chart,
    events: Vec<Event>,
    table: Table,
    change: change::Change,
    movers: Movers,
    least: Least,
    maps: Vec<heatmap::Map>,
    units: String,
    /// `Line`, of the headline dimension.
    unit: String,
    files: String,
    suites: Vec<Card>,
    evidence: String,
    unmatched: Vec<Unmatched>,
    unmatched_count: usize,
}

#[derive(Serialize)]
struct Movers {
    since: Option<i64>,
    rows: Vec<MoverRow>,
    lost: usize,
    gained: usize,
}

#[derive(Serialize)]
struct MoverRow {
    name: String,
    folder: String,
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
    let unmatched = data_quality::unmatched(context, PATH);
    let movers = movers(context);
    let least = least(context, movers.rows.len().clamp(LEAST, ROWS));
    let opening = opening(context, patch.as_ref().ok(), unmatched.len(), &least);
    let drawn: Vec<&Trend> = atlas.analyses.trends.iter().take(2).collect();
    let view = View {
        project: atlas.project.clone(),
        first: opening.first,
        rest: opening.rest,
        long: least.rows.len() >= LONG,
        short: context.latest.commit.id.short(),
        snapshots: format::counted(
            history.points.len().min(dimensions::SPARK_POINTS) as u64,
            "snapshot",
        ),
        dimensions: dimensions::rows(context, PATH),
        tall: atlas.analyses.trends.len() >= TALL_DIMENSIONS,
        has_targets: !atlas.config.targets.is_empty(),
        chart: chart::draw(context, sink, PATH, &drawn, &[])?,
        events: events(context, PATH),
        table: table::draw(context, PATH, &drawn, 20),
        change: change::change(context, PATH, &patch),
        movers,
        least,
        maps: heatmap::maps(context, PATH),
        units: format::plural(tree::headline(history).unit()),
        unit: capital(tree::headline(history).unit()),
        files: format::counted(context.latest.measured as u64, "file"),
        suites: suites::cards(atlas.config, history, context.latest),
        evidence: evidence(context),
        unmatched_count: unmatched.len(),
        unmatched: unmatched.into_iter().take(3).collect(),
    };
    context.page(sink, &head, &view)
}

/// A word with a capital letter.
fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// The sentences at the top.
fn opening(
    context: &Context,
    patch: Option<&Patch>,
    unmatched: usize,
    least: &Least,
) -> summary::Opening {
    let (atlas, history) = (context.atlas, context.atlas.history);
    let headline = tree::headline(history);
    let worst = worst(context);
    summary::opening(&summary::Facts {
        history,
        trends: &atlas.analyses.trends,
        target: atlas.config.targets.get(&headline).copied(),
        headline,
        patch,
        unmatched,
        largest: least.rows.first().map(|row| (&row.name, row.href.as_ref(), row.tally.missed())),
        worst: worst
            .as_ref()
            .map(|step| (step, context.commit_link(PATH, history.points[step.point].commit.id))),
    })
}

/// What the newest commits did, or why that could not be computed: objects may be missing in a
/// partial clone.
fn latest_patch(context: &Context) -> Result<Patch, String> {
    let newest = context.atlas.history.points.len() - 1;
    let (objects, history) = (&context.atlas.objects, context.atlas.history);
    objects
        .with(|sources| patch::patch(sources, history, newest))
        .map_err(|error| error.chain().join(": "))
}

/// The snapshot of the window that added most uncovered lines; the newest of equals.
fn worst(context: &Context) -> Option<Step> {
    let history = context.atlas.history;
    let start = window_start(history)?;
    let steps =
        trend::steps(history).into_iter().filter(|step| step.point > start && step.uncovered > 0);
    steps.max_by_key(|step| (step.uncovered, step.point))
}

fn movers(context: &Context) -> Movers {
    let history = context.atlas.history;
    let all = &context.atlas.analyses.movers;
    let (lost, gained): (Vec<&Mover>, Vec<&Mover>) =
        all.files.iter().partition(|mover| mover.gained < 0);
    let most = all.files.iter().map(|mover| mover.gained.unsigned_abs()).max().unwrap_or(1) as f64;
    let from_gained = gained.len().saturating_sub(ROWS - lost.len().min(ROWS / 2));
    let shown = lost.iter().take(ROWS - gained.len().min(ROWS / 2)).chain(&gained[from_gained..]);
    let rows = shown.map(|mover| {
        let path = &history.files[mover.file].path;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        MoverRow {
            name: name.to_owned(),
            folder: folder.to_owned(),
            path: path.clone(),
            href: context.file_link(PATH, path),
            now: mover.now,
            class: if mover.gained < 0 { "down" } else { "up" },
            share: format!("{:.1}", mover.gained.unsigned_abs() as f64 * 100.0 / most),
            delta: Delta::gained(mover.gained),
        }
    });
    Movers {
        since: all.start.map(|at| history.points[at].commit.time),
        rows: rows.collect(),
        lost: lost.len(),
        gained: gained.len(),
    }
}

fn least(context: &Context, most: usize) -> Least {
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
            delta: before.map(|before| {
                Delta::uncovered(format::difference(before.missed(), tally.missed()))
            }),
        });
    }
    files.retain(|row| row.tally.missed() > 0);
    files.sort_by_key(|row| std::cmp::Reverse(row.tally.missed())); // stable: equals by path
    let all: u64 = files.iter().map(|row| row.tally.missed()).sum();
    files.truncate(most);
    let shown: u64 = files.iter().map(|row| row.tally.missed()).sum();
    let units = format::counted(all, &format!("uncovered {}", headline.unit()));
    let note = match files.len() {
        1 => format!("This file has {} of {units}.", format::count(shown)),
        some => format!("These {some} files have {} of {units}.", format::count(shown)),
    };
    Least { rows: files, note, href: context.directory_link(PATH, "") }
}

/// The limits of the data, in a few words.
fn evidence(context: &Context) -> String {
    let history = context.atlas.history;
    let clone =
        if history.shallow { "shallow clone: older history is missing" } else { "full history" };
    let warnings = match data_quality::warnings(context).len() {
        0 => "no warnings".to_owned(),
        count => format::counted(count as u64, "warning"),
    };
    format!("{clone}, {warnings}")
}
