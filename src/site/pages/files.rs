//! The tree of files: a page a directory, its files and sub-directories with the lowest coverage
//! first.
//!
//! Chains of single directories are folded into one row, but each link of the chain keeps its page,
//! so that every directory has an address. Big directories stay light: sparklines end after
//! `MAX_SPARKS` rows, the table after `MAX_ROWS`; the files beyond are a plain list.

use serde::Serialize;

use super::{Nav, Page, always};
use crate::Result;
use crate::analysis::tree::{self, Directory};
use crate::analysis::trend;
use crate::report::{Dimension, Tally};
use crate::site::charts::spark;
use crate::site::file_rows::{self, Columns, Row};
use crate::site::format::{self, Delta};
use crate::site::templates::Markup;
use crate::site::trends::panel;
use crate::site::{Context, Head, Scripts, Sink, urls};

/// Rows of a table: browsers sort more slowly than readers wait.
const MAX_ROWS: usize = 2_000;
/// Rows with a sparkline.
const MAX_SPARKS: usize = 300;
/// Figure tiles of dimensions.
const MAX_TILES: usize = 4;

/// The pages of the directories.
pub const PAGE: Page = Page {
    name: "files",
    nav: Some(Nav {
        group: "Explore",
        href: "files/index.html",
        label: "Files",
        count: Some("files"),
        shown: always,
    }),
    render,
};

#[derive(Serialize)]
struct View {
    crumbs: Vec<Crumb>,
    title: String,
    count: u64,
    lines: Tally,
    short_by: Option<String>,
    uncovered: u64,
    tiles: Vec<Tile>,
    course: Course,
    uncovered_spark: Option<Markup>,
    uncovered_before: u64,
    target: Option<String>,
    columns: Vec<&'static str>,
    rows: Vec<Row>,
    below: usize,
    changed: usize,
    uneven: bool,
    plain: Vec<Row>,
}

#[derive(Serialize)]
struct Crumb {
    text: String,
    href: Option<String>,
}

#[derive(Serialize)]
struct Tile {
    title: String,
    tally: Tally,
    delta: Delta,
}

/// Where the headline dimension is going.
#[derive(Serialize)]
struct Course {
    title: String,
    spark: Option<Markup>,
    word: Delta,
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let mut places = Vec::new();
    collect(context, &context.atlas.analyses.tree, &mut places);
    context.pages(sink, &places, |(directory, page)| {
        let head = Head {
            path: page,
            template: "files.html",
            title: if directory.path.is_empty() { "Files" } else { &directory.path },
            kind: "directory",
            nav: "files/index.html",
            scripts: Scripts::Plain,
            prev: None,
            next: None,
        };
        (head, view(context, directory, page))
    })
}

/// A directory and those below it, each with its page.
fn collect<'d>(
    context: &Context,
    directory: &'d Directory,
    places: &mut Vec<(&'d Directory, String)>,
) {
    places.push((directory, context.urls.directory(&directory.path)));
    directory.directories.values().for_each(|below| collect(context, below, places));
}

fn view(context: &Context, directory: &Directory, page: &str) -> View {
    let target = context.atlas.config.targets.get(&Dimension::Lines).copied();
    let lines = directory.now.get(&Dimension::Lines).unwrap_or_default();
    let columns = Columns::of(&directory.now);
    let mut rows = file_rows::rows(context, directory, page, &columns);
    let plain = rows.split_off(rows.len().min(MAX_ROWS));
    let uneven = rows.len() > MAX_SPARKS;
    rows.iter_mut().skip(MAX_SPARKS).for_each(|row| row.spark = None);
    let steps = &directory.series.steps;
    View {
        crumbs: crumbs(context, &directory.path, page),
        title: if directory.path.is_empty() { "Files".to_owned() } else { directory.path.clone() },
        count: directory.count as u64,
        lines,
        short_by: target.and_then(|target| short_by(lines, target)),
        uncovered: lines.missed(),
        tiles: tiles(directory),
        course: course(context, directory),
        uncovered_before: steps.first().map_or(0, |(_, tally)| tally.missed()),
        uncovered_spark: spark::uncovered(steps),
        target: target.map(|target| target.to_string()),
        columns: columns.words(),
        below: rows.iter().filter(|row| row.is_in("below")).count(),
        changed: rows.iter().filter(|row| row.is_in("changed")).count(),
        rows,
        uneven,
        plain,
    }
}

/// `2.3`: the points that are missing to a target, at least 0.1, or `None` if it is reached.
fn short_by(lines: Tally, target: f64) -> Option<String> {
    let short = target - lines.percent()?;
    (short > 0.0).then(|| format!("{:.1}", short.max(0.1)))
}

fn course(context: &Context, directory: &Directory) -> Course {
    let history = context.atlas.history;
    let headline = tree::headline(history);
    let trend = trend::of(history, &headline, directory.series.points(history.points.len()));
    let title = format!("{} over time", headline.title().to_owned());
    Course { title, spark: spark::coverage(&directory.series.steps), word: panel::paced(&trend) }
}

fn tiles(directory: &Directory) -> Vec<Tile> {
    let tile = |(dimension, tally): (&Dimension, Tally)| {
        let before = directory.window.get(dimension).unwrap_or_default();
        let mut title = format::plural(dimension.unit());
        title[..1].make_ascii_uppercase();
        Tile { title, tally, delta: Delta::points(dimension, before, tally) }
    };
    directory.now.iter().take(MAX_TILES).map(tile).collect()
}

/// The directories above, the project first; the last is the page itself.
fn crumbs(context: &Context, path: &str, page: &str) -> Vec<Crumb> {
    let link = |text: &str, path: &str| Crumb {
        text: text.to_owned(),
        href: Some(urls::relative(page, &context.urls.directory(path))),
    };
    let mut crumbs = vec![link(&context.atlas.project, "")];
    crumbs
        .extend(path.match_indices('/').map(|(end, _)| {
            link(path[..end].rsplit('/').next().unwrap_or_default(), &path[..end])
        }));
    if !path.is_empty() {
        crumbs.push(Crumb { text: path.rsplit('/').next().unwrap_or(path).to_owned(), href: None });
    }
    crumbs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_of_a_target_is_never_nothing() {
        let tally = Tally { covered: 4219, total: 4924 }; // 85.68 %
        assert_eq!(short_by(tally, 88.0).as_deref(), Some("2.3"));
        assert_eq!(short_by(Tally { covered: 8, total: 10 }, 80.0), None);
        assert_eq!(short_by(Tally { covered: 7999, total: 10_000 }, 80.0).as_deref(), Some("0.1"));
        assert_eq!(short_by(Tally::default(), 80.0), None);
    }
}
