//! All dimensions over all snapshots: one interactive chart, a small one a dimension, and the same
//! data as a table.

use serde::Serialize;

use super::{Nav, Page, always};
use crate::Result;
use crate::analysis::trend::Trend;
use crate::report::Tally;
use crate::site::charts::option::Mark;
use crate::site::trends::chart::{self, Chart};
use crate::site::trends::events::{Event, events};
use crate::site::trends::panel::{self, Panel, judged, releases, word};
use crate::site::trends::table::{self, Table};
use crate::site::{Context, Head, Scripts, Sink, ages, format};

/// The trends page.
pub const PAGE: Page = Page {
    name: "trends",
    nav: Some(Nav { group: "", href: PATH, label: "Trends", count: None, shown: always }),
    render,
};

const PATH: &str = "trends/index.html";

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
    /// How long what is uncovered has been so, or `None` if nothing is.
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

#[derive(Serialize)]
struct Release {
    name: String,
    short: String,
    href: Option<String>,
    time: i64,
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
        chart: chart::draw(context, sink, PATH, &trends, &marks)?,
        events: events(context, PATH),
        releases: marks.iter().rev().map(|mark| release(context, mark)).collect(),
        dimensions: trends.iter().map(|trend| panel::draw(context, trend)).collect(),
        columns: if trends.len().is_multiple_of(3) { "c4" } else { "c6" },
        ages: ages(context),
        table: table::draw(context, PATH, &trends, usize::MAX),
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
