//! All dimensions over all snapshots: one interactive chart, a small one a dimension, and the same
//! data as a table.

use std::collections::BTreeMap;

use serde::Serialize;

use super::dashboard::{Event, events};
use super::{Nav, Page, always};
use crate::Result;
use crate::analysis::tree;
use crate::analysis::trend::Trend;
use crate::history::Point;
use crate::report::Tally;
use crate::site::charts::option::{self, Commits, Mark, OverCommits, Series};
use crate::site::charts::trend::{self as picture, Ends, Names, Plot};
use crate::site::templates::Markup;
use crate::site::trends::panel::{self, Panel, in_words, judged, line, releases, title, word};
use crate::site::{Context, Head, Scripts, Sink, ages, data, format, message, suites, urls};

/// The trends page.
pub const PAGE: Page = Page {
    name: "trends",
    nav: Some(Nav { group: "", href: PATH, label: "Trends", count: None, shown: always }),
    render,
};

const PATH: &str = "trends/index.html";

/// A table of more rows than this shows the newest of them first and the others behind a fold.
const ROWS: usize = 200;

#[derive(Serialize)]
struct View {
    lede: String,
    /// The snapshots that the words are about.
    judged: String,
    chart: Chart,
    events: Vec<Event>,
    releases: Vec<Release>,
    dimensions: Vec<Panel>,
    /// The columns that a small chart takes.
    columns: &'static str,
    /// How long what is uncovered has been so; none where nothing is.
    ages: Option<Ages>,
    table: Table,
}

/// Uncovered lines by their age.
#[derive(Serialize)]
struct Ages {
    rows: Vec<Age>,
    /// The lines that were uncovered at the first snapshot already.
    before: Tally,
    /// When that was.
    first: i64,
    /// All of them.
    total: u64,
}

/// Lines of an age: the tally is their share of all.
#[derive(Serialize)]
struct Age {
    label: String,
    share: Tally,
    never: u64,
    lost: u64,
}

/// A figure of the contract: the static picture, and where the data of the interactive one stands.
#[derive(Serialize)]
pub(super) struct Chart {
    src: String,
    plot: Markup,
    scale: Markup,
    label: String,
    /// More lines than have room for labels of two rows.
    many: bool,
}

#[derive(Serialize)]
struct Release {
    name: String,
    short: String,
    href: Option<String>,
    time: i64,
}

/// The data of a chart as a table, newest first.
#[derive(Serialize)]
pub(super) struct Table {
    heads: Vec<String>,
    rows: Vec<Row>,
    /// Rows behind the fold.
    rest: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    short: String,
    href: Option<String>,
    time: i64,
    subject: String,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    text: String,
    carried: Option<usize>,
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let head = Head {
        path: PATH,
        template: "trends.html",
        title: "Trends",
        kind: "trends",
        nav: PATH,
        scripts: Scripts::Charts,
        prev: None,
        next: None,
    };
    let trends: Vec<&Trend> = context.atlas.analyses.trends.iter().collect();
    let marks = releases(context);
    let view = View {
        lede: lede(context, &trends),
        judged: judged(context),
        chart: chart(context, sink, PATH, &trends, &marks)?,
        events: events(context, PATH),
        releases: marks.iter().rev().map(|mark| release(context, mark)).collect(),
        dimensions: trends.iter().map(|trend| panel::draw(context, trend)).collect(),
        columns: if trends.len().is_multiple_of(3) { "c4" } else { "c6" },
        ages: ages(context),
        table: table(context, PATH, &trends, usize::MAX),
    };
    context.page(sink, &head, &view)
}

fn lede(context: &Context, trends: &[&Trend]) -> String {
    let points = &context.atlas.history.points;
    let (first, last) = (&points[0].commit, &context.latest.commit);
    if context.is_first() {
        return format!("One snapshot so far, of {}.", format::day(last.time));
    }
    let span = format!(
        "{}, {} to {}",
        format::counted(points.len() as u64, "snapshot"),
        format::day(first.time),
        format::day(last.time)
    );
    if trends.is_empty() {
        return format!("{span}. None of them has coverage.");
    }
    let words: Vec<String> = trends
        .iter()
        .map(|trend| format!("{} {}", trend.dimension.name(), &word(trend.word).text))
        .collect();
    format!("{span}. {}: {}.", judged(context), words.join(", "))
}

/// Lines by how long they have been uncovered, youngest first.
fn ages(context: &Context) -> Option<Ages> {
    let uncovered = context.atlas.analyses.uncovered;
    let total = uncovered.total();
    let share = |covered| Tally { covered, total };
    let row = |(bin, (&never, &lost))| Age {
        label: ages::label(bin),
        share: share(never + lost),
        never,
        lost,
    };
    let bins = uncovered.never.bins.iter().zip(&uncovered.lost.bins).enumerate().map(row);
    (total > 0).then(|| Ages {
        rows: bins.filter(|age| age.share.covered > 0).collect(),
        before: share(uncovered.before),
        first: context.atlas.history.points[0].commit.time,
        total,
    })
}

fn release(context: &Context, mark: &Mark) -> Release {
    let commit = &context.atlas.history.points[mark.point].commit;
    Release {
        name: mark.name.clone(),
        short: commit.id.short(),
        href: context.commit_link(PATH, commit.id),
        time: commit.time,
    }
}

/// The chart of some dimensions over all points, with its data written.
pub(super) fn chart(
    context: &Context,
    sink: &mut dyn Sink,
    page: &str,
    trends: &[&Trend],
    marks: &[Mark],
) -> Result<Chart> {
    let key = data::put(sink, &over_commits(context, trends, marks)?)?;
    let history = context.atlas.history;
    let times: Vec<i64> = history.points.iter().map(|point| point.commit.time).collect();
    let names: Vec<String> = trends.iter().map(|trend| title(&trend.dimension)).collect();
    let lines = trends.iter().zip(&names).map(|(trend, name)| line(context, trend, name));
    let plot = Plot {
        lines: lines.collect(),
        uncovered: uncovered(context, trends),
        events: context.atlas.analyses.events.iter().map(|event| event.point).collect(),
        releases: marks.iter().map(|mark| (mark.point, mark.name.as_str())).collect(),
        ends: if trends.len() > 2 { Ends::OneRow } else { Ends::TwoRows },
    };
    Ok(Chart {
        many: trends.len() > 2,
        src: urls::relative(page, &format!("data/{key}.js")),
        plot: picture::plot(&plot),
        scale: picture::scale_bar(&times, Names::Counted),
        label: trends.iter().map(|trend| in_words(trend)).collect::<Vec<_>>().join(" "),
    })
}

/// The uncovered units of the headline dimension, where it is among those drawn.
fn uncovered(context: &Context, trends: &[&Trend]) -> Option<Vec<Option<u64>>> {
    let headline = tree::headline(context.atlas.history);
    let trend = trends.iter().find(|trend| trend.dimension == headline)?;
    Some(trend.series.iter().map(|tally| tally.map(Tally::missed)).collect())
}

fn over_commits(context: &Context, trends: &[&Trend], marks: &[Mark]) -> Result<OverCommits> {
    let points = &context.atlas.history.points;
    let names: Vec<String> = trends.iter().map(|trend| title(&trend.dimension)).collect();
    let mut list: Vec<Series> = Vec::new();
    let (mut series, mut format, mut carried) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (trend, name) in trends.iter().zip(&names) {
        let id = trend.dimension.name();
        list.push(Series {
            id,
            name,
            target: context.atlas.config.targets.get(&trend.dimension).copied(),
        });
        series.insert(
            id.to_owned(),
            trend.series.iter().map(|tally| option::percent(*tally)).collect(),
        );
        format.insert(id.to_owned(), "percent");
        let old: Vec<usize> = (0..points.len())
            .filter(|&at| suites::carried(&points[at], &trend.dimension).is_some())
            .collect();
        if !old.is_empty() {
            carried.insert(id.to_owned(), old);
        }
    }
    if let Some(counts) = uncovered(context, trends) {
        list.push(Series { id: "uncovered", name: "Uncovered", target: None });
        let counts = counts.into_iter().map(|count| count.map(|count| count as f64)).collect();
        series.insert("uncovered".to_owned(), counts);
        format.insert("uncovered".to_owned(), "count");
    }
    Ok(OverCommits {
        option: option::lines(&list, marks)?,
        commits: commits(context),
        series,
        carried,
        format,
        events: context.atlas.analyses.events.iter().map(|event| event.point).collect(),
    })
}

fn commits(context: &Context) -> Commits {
    let mut commits = Commits::default();
    for Point { commit, .. } in &context.atlas.history.points {
        commits.short.push(commit.id.short());
        commits.date.push(format::rfc3339(commit.time));
        commits.subject.push(message::without_addresses(&commit.subject));
        if context.has("commits/") {
            commits.href.push(urls::commit(commit.id));
        }
    }
    commits
}

/// The newest `most` points as rows; beyond [`ROWS`] they go behind a fold.
pub(super) fn table(context: &Context, page: &str, trends: &[&Trend], most: usize) -> Table {
    let points = context.atlas.history.points.iter().enumerate().rev().take(most);
    let mut rows: Vec<Row> =
        points.map(|(at, point)| row(context, page, trends, (at, point))).collect();
    let rest = if rows.len() > ROWS { rows.split_off(ROWS) } else { Vec::new() };
    let mut heads: Vec<String> = trends.iter().map(|trend| title(&trend.dimension)).collect();
    heads.push(format!(
        "Uncovered {}",
        format::plural(tree::headline(context.atlas.history).unit())
    ));
    Table { heads, rows, rest }
}

fn row(context: &Context, page: &str, trends: &[&Trend], (at, point): (usize, &Point)) -> Row {
    let percents = trends.iter().map(|trend| Cell {
        text: trend.series[at].map_or_else(|| "not measured".to_owned(), format::percent),
        carried: suites::carried(point, &trend.dimension),
    });
    let missed = point.totals.get(&tree::headline(context.atlas.history)).map(Tally::missed);
    let missed = Cell {
        text: missed.map_or_else(|| "not measured".to_owned(), format::count),
        carried: None,
    };
    Row {
        short: point.commit.id.short(),
        href: context.commit_link(page, point.commit.id),
        time: point.commit.time,
        subject: message::without_addresses(&point.commit.subject),
        cells: percents.chain([missed]).collect(),
    }
}
