//! The list of the groups of a kind, by name.

use serde::Serialize;

use super::{Kind, Place};
use crate::Result;
use crate::analysis::{tree, trend};
use crate::report::{Dimension, Tally};
use crate::site::charts::spark;
use crate::site::format::{self, Delta};
use crate::site::templates::Markup;
use crate::site::trends::panel;
use crate::site::{Context, Head, Scripts, Sink, urls};

/// Columns of dimensions beside the headline.
const MAX_COLUMNS: usize = 3;

#[derive(Serialize)]
struct View {
    title: &'static str,
    one: &'static str,
    about: String,
    count: u64,
    /// Groups without a measured file.
    idle: u64,
    shared: bool,
    unit: &'static str,
    headline: String,
    target: Option<String>,
    columns: Vec<String>,
    judged: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    href: String,
    rest: bool,
    files: u64,
    tally: Tally,
    sort: String,
    others: Vec<Other>,
    delta: Delta,
    /// The change in percentage points, for sorting.
    change: String,
    spark: Option<Markup>,
    word: Delta,
}

#[derive(Serialize)]
struct Other {
    tally: Tally,
    sort: String,
}

/// Writes the list. `all` is the number of groups, also of those without a measured file.
pub(super) fn write(
    context: &Context,
    sink: &mut dyn Sink,
    kind: &Kind,
    places: &[Place],
    all: usize,
) -> Result<()> {
    let path = kind.index();
    let head = Head {
        path: &path,
        template: "groups.html",
        title: kind.title,
        kind: "groups",
        nav: context.nav_of(kind.folder),
        scripts: Scripts::Plain,
        prev: None,
        next: None,
    };
    let headline = tree::headline(context.atlas.history);
    let beside = context
        .latest
        .totals
        .iter()
        .map(|(dimension, _)| dimension)
        .filter(|other| **other != headline);
    let columns: Vec<&Dimension> = beside.take(MAX_COLUMNS).collect();
    let named = places.iter().filter(|place| !place.rest).count();
    let files: usize = places.iter().map(|place| place.group.files.len()).sum();
    let view = View {
        title: kind.title,
        one: kind.one,
        about: kind.about.clone(),
        count: named as u64,
        idle: (all - named) as u64,
        shared: files > context.latest.measured,
        unit: headline.unit(),
        headline: headline.title().to_owned(),
        target: context.atlas.config.targets.get(&headline).map(f64::to_string),
        columns: columns.iter().map(|dimension| dimension.title().to_owned()).collect(),
        judged: panel::judged(context),
        rows: places
            .iter()
            .map(|place| row(context, &path, place, (&headline, &columns)))
            .collect(),
    };
    context.page(sink, &head, &view)
}

fn row(
    context: &Context,
    page: &str,
    place: &Place,
    (headline, columns): (&Dimension, &[&Dimension]),
) -> Row {
    let (history, group) = (context.atlas.history, place.group);
    let tally = group.now.get(headline).unwrap_or_default();
    let before = group.window.get(headline).unwrap_or_default();
    let steps: Vec<(usize, Tally)> =
        group.series.get(headline).map(|series| series.steps.clone()).unwrap_or_default();
    let change = tally.percent().zip(before.percent()).map(|(now, before)| now - before);
    let other = |dimension: &&Dimension| {
        let tally = group.now.get(dimension).unwrap_or_default();
        Other { tally, sort: format::sorted_by(tally) }
    };
    Row {
        name: place.name.to_owned(),
        href: urls::relative(page, &place.page),
        rest: place.rest,
        files: group.files.len() as u64,
        tally,
        sort: format::sorted_by(tally),
        others: columns.iter().map(other).collect(),
        delta: Delta::points(headline, before, tally),
        change: change.map_or(String::new(), |change| format!("{change:.6}")),
        spark: spark::coverage(&steps),
        word: panel::word(trend::of(history, headline, group.points(history, headline)).word),
    }
}
