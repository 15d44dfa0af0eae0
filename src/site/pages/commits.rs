//! The list of all snapshots, newest first, a panel a month.

use serde::Serialize;

use super::{Nav, Page, always};
use crate::Result;
use crate::history::Point;
use crate::report::{Dimension, Tally};
use crate::site::format::{self, Delta};
use crate::site::suites::{self, Card};
use crate::site::{Context, Head, Scripts, Sink, message, urls};

/// Snapshots with all their figures; older ones are one line each.
const MAX_ROWS: usize = 1_000;

/// The list of snapshots.
pub const PAGE: Page = Page {
    name: "commits",
    nav: Some(Nav {
        group: "Explore",
        href: "commits/index.html",
        label: "Commits",
        count: Some("commits"),
        shown: always,
    }),
    render,
};

#[derive(Serialize)]
struct View {
    compare: String,
    count: u64,
    first: i64,
    last: i64,
    shallow: bool,
    skipped: u64,
    months: Vec<Month>,
    older: Vec<Row>,
}

#[derive(Serialize)]
struct Month {
    title: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    short: String,
    href: String,
    subject: String,
    author: Option<String>,
    time: i64,
    lines: Tally,
    delta: Option<Delta>,
    uncovered: Option<Delta>,
    suites: Vec<Card>,
    tags: Vec<String>,
    skipped: u64,
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let head = Head {
        path: "commits/index.html",
        template: "commits.html",
        title: "Commits",
        kind: "commits",
        nav: "commits/index.html",
        scripts: Scripts::Plain,
        prev: None,
        next: None,
    };
    context.page(sink, &head, &view(context, head.path))
}

fn view(context: &Context, page: &str) -> View {
    let history = context.atlas.history;
    let befores = std::iter::once(None).chain(history.points.iter().map(Some));
    let mut rows: Vec<Row> = history
        .points
        .iter()
        .zip(befores)
        .map(|(point, before)| row(context, page, point, before))
        .collect();
    rows.reverse();
    let older = rows.split_off(rows.len().min(MAX_ROWS));
    let mut months: Vec<(i32, Month)> = Vec::new();
    for row in rows {
        let number = format::month_number(row.time);
        match months.last_mut() {
            Some((last, month)) if *last == number => month.rows.push(row),
            _ => {
                let title = format!("{} {}", format::month(row.time), number / 100);
                months.push((number, Month { title, rows: vec![row] }));
            }
        }
    }
    View {
        compare: urls::relative(page, urls::COMPARE),
        count: history.points.len() as u64,
        first: history.points.first().map_or(0, |point| point.commit.time),
        last: context.latest.commit.time,
        shallow: history.shallow,
        skipped: history.points.iter().map(|point| point.skipped.len() as u64).sum(),
        months: months.into_iter().map(|(_, month)| month).collect(),
        older,
    }
}

fn row(context: &Context, page: &str, point: &Point, before: Option<&Point>) -> Row {
    let lines = |point: &Point| point.totals.get(&Dimension::Lines).unwrap_or_default();
    let (now, old) = (lines(point), before.map(lines));
    Row {
        short: point.commit.id.short(),
        href: urls::relative(page, &urls::commit(point.commit.id)),
        subject: message::without_addresses(&point.commit.subject),
        author: context.author(&point.commit),
        time: point.commit.time,
        lines: now,
        delta: old.map(|old| Delta::hundredths(&Dimension::Lines, old, now)),
        uncovered: old.map(|old| Delta::uncovered(format::difference(old.missed(), now.missed()))),
        suites: suites::cards(context.atlas.config, context.atlas.history, point),
        tags: point.releases.clone(),
        skipped: point.skipped.len() as u64,
    }
}
