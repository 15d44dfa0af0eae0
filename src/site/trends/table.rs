//! The data of a chart as a table.

use serde::Serialize;

use crate::analysis::tree;
use crate::analysis::trend::Trend;
use crate::history::Point;
use crate::report::Tally;
use crate::site::{Context, format, message, suites};

/// A table of more rows than this shows the newest of them first and the others behind a fold.
const ROWS: usize = 200;

/// The data of a chart as a table, newest first.
#[derive(Serialize)]
pub struct Table {
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

/// The newest `most` points as rows; beyond `ROWS` they go behind a fold.
pub fn draw(context: &Context, page: &str, trends: &[&Trend], most: usize) -> Table {
    let points = context.atlas.history.points.iter().enumerate().rev().take(most);
    let mut rows: Vec<Row> =
        points.map(|(at, point)| row(context, page, trends, (at, point))).collect();
    let rest = if rows.len() > ROWS { rows.split_off(ROWS) } else { Vec::new() };
    let mut heads: Vec<String> =
        trends.iter().map(|trend| trend.dimension.title().to_owned()).collect();
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
