//! The page of a group: its course in every dimension, the snapshots at which it changed, its
//! files.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Kind, Place, dimensions};
use crate::Result;
use crate::analysis::groups::series::Group;
use crate::analysis::tree;
use crate::analysis::trend::{self, Trend};
use crate::report::{Dimension, Tally};
use crate::site::file_rows::{self, Columns};
use crate::site::format::{self, Delta};
use crate::site::trends::panel::{self, Panel};
use crate::site::{Context, Head, Scripts, Sink, message, urls};

/// Rows of the table of files; those after them are a plain list.
const MAX_FILES: usize = 2_000;
/// Snapshots that are listed; the rest is counted.
const MAX_CHANGES: usize = 50;
/// Files that the sentence at the top names together.
const LARGEST: usize = 3;

#[derive(Serialize)]
struct View {
    title: &'static str,
    one: &'static str,
    index: String,
    name: String,
    rest: bool,
    globs: Vec<String>,
    files: u64,
    unit: &'static str,
    tally: Tally,
    target: Option<String>,
    uncovered: Delta,
    largest: Option<Largest>,
    dimensions: Vec<Panel>,
    columns_class: &'static str,
    judged: String,
    changes: Changes,
    columns: Vec<&'static str>,
    rows: Vec<file_rows::Row>,
    plain: Vec<file_rows::Row>,
    prev: Option<Link>,
    next: Option<Link>,
}

#[derive(Serialize)]
struct Link {
    text: String,
    href: String,
}

/// The files with most that is uncovered.
#[derive(Serialize)]
struct Largest {
    count: u64,
    missed: u64,
}

/// The data of the pictures, at the snapshots at which it changed, newest first.
#[derive(Serialize)]
struct Changes {
    heads: Vec<String>,
    rows: Vec<Change>,
    more: u64,
}

#[derive(Serialize)]
struct Change {
    short: String,
    href: Option<String>,
    time: i64,
    subject: String,
    cells: Vec<Cell>,
}

/// As the macro of `chart.html` takes it.
#[derive(Serialize)]
struct Cell {
    text: String,
    carried: Option<usize>,
}

/// Writes the page of one of the places.
pub(super) fn write(
    context: &Context,
    sink: &mut dyn Sink,
    kind: &Kind,
    places: &[Place],
    at: usize,
) -> Result<()> {
    let beside = |at: usize| places.get(at).map(|place| place.page.as_str());
    let head = Head {
        path: &places[at].page,
        template: "group.html",
        title: places[at].name,
        kind: "group",
        nav: context.nav_of(kind.folder),
        scripts: Scripts::Plain,
        prev: at.checked_sub(1).and_then(beside),
        next: beside(at + 1),
    };
    context.page(sink, &head, &view(context, kind, places, at))
}

fn view(context: &Context, kind: &Kind, places: &[Place], at: usize) -> View {
    let (history, Place { name, page, group, rest }) = (context.atlas.history, &places[at]);
    let headline = tree::headline(history);
    let trends: Vec<Trend> = dimensions(headline, group)
        .into_iter()
        .map(|dimension| trend::of(history, &dimension, group.points(history, &dimension)))
        .collect();
    let columns = Columns::of(&group.now);
    let mut rows = file_rows::of_files(context, page, &columns, &group.files);
    let plain = rows.split_off(rows.len().min(MAX_FILES));
    let link = |at: usize| {
        let place = places.get(at)?;
        Some(Link { text: place.name.to_owned(), href: urls::relative(page, &place.page) })
    };
    View {
        title: kind.title,
        one: kind.one,
        index: urls::relative(page, &kind.index()),
        name: (*name).to_owned(),
        rest: *rest,
        globs: (kind.globs)(name),
        files: group.files.len() as u64,
        unit: headline.unit(),
        tally: group.now.get(&headline).unwrap_or_default(),
        target: context.atlas.config.targets.get(&headline).map(f64::to_string),
        uncovered: Delta::uncovered(group.uncovered(&headline).1),
        largest: largest(context, group, headline),
        dimensions: trends.iter().map(|trend| panel::draw(context, trend)).collect(),
        columns_class: if trends.len().is_multiple_of(3) { "c4" } else { "c6" },
        judged: panel::judged(context),
        changes: changes(context, page, group, &trends),
        columns: columns.words(),
        rows,
        plain,
        prev: at.checked_sub(1).and_then(link),
        next: link(at + 1),
    }
}

/// What the files with most that is uncovered hold, or `None` if there are no more than those.
fn largest(context: &Context, group: &Group, headline: Dimension) -> Option<Largest> {
    let history = context.atlas.history;
    let newest = history.points.len() - 1;
    let missed =
        |file: &usize| history.files[*file].at(newest)?.tallies.get(&headline).map(Tally::missed);
    let mut all: Vec<u64> =
        group.files.iter().filter_map(missed).filter(|missed| *missed > 0).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    (all.len() > LARGEST)
        .then(|| Largest { count: LARGEST as u64, missed: all[..LARGEST].iter().sum() })
}

/// The snapshots at which the group changed in any of the dimensions.
fn changes(context: &Context, page: &str, group: &Group, trends: &[Trend]) -> Changes {
    let steps = trends
        .iter()
        .filter_map(|trend| group.series.get(&trend.dimension))
        .flat_map(|series| &series.steps);
    let points: BTreeSet<usize> = steps.map(|(point, _)| *point).collect();
    let headline = trends.first();
    let row = |&point: &usize| {
        let commit = &context.atlas.history.points[point].commit;
        let text =
            |tally: Option<Tally>| tally.map_or_else(|| "not measured".to_owned(), format::percent);
        let percents = trends.iter().map(|trend| text(trend.series[point]));
        let missed = headline.map(|trend| {
            trend.series[point]
                .map_or_else(|| "not measured".to_owned(), |tally| format::count(tally.missed()))
        });
        Change {
            short: commit.id.short(),
            href: context.commit_link(page, commit.id),
            time: commit.time,
            subject: message::without_addresses(&commit.subject),
            cells: percents.chain(missed).map(|text| Cell { text, carried: None }).collect(),
        }
    };
    let uncovered =
        headline.map(|trend| format!("Uncovered {}", format::plural(trend.dimension.unit())));
    Changes {
        heads: trends
            .iter()
            .map(|trend| trend.dimension.title().to_owned())
            .chain(uncovered)
            .collect(),
        rows: points.iter().rev().take(MAX_CHANGES).map(row).collect(),
        more: points.len().saturating_sub(MAX_CHANGES) as u64,
    }
}
