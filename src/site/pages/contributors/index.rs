//! The list of the contributors, by name, and with those whom commits name as co-authors.

use serde::Serialize;

use super::{INDEX, Pages, lines, shared_name, trend};
use crate::Result;
use crate::analysis::ages::Ages;
use crate::analysis::contributors::{Contributor, Contributors};
use crate::analysis::trend::start_of;
use crate::report::{Dimension, Tally};
use crate::site::charts::spark;
use crate::site::format::{self, Delta};
use crate::site::templates::Markup;
use crate::site::trends::panel;
use crate::site::{Context, Head, Scripts, Sink, urls};

/// Columns of dimensions beside the lines.
const MAX_COLUMNS: usize = 2;
/// "Lately" for patch coverage: a month holds too few changes of one person.
const PATCH_DAYS: i64 = 90;

#[derive(Serialize)]
struct View {
    rows: Vec<Row>,
    columns: Vec<String>,
    target: Option<String>,
    patch_days: i64,
    old_days: i64,
    together: Vec<Row>,
    bots: Tally,
    beyond: u64,
    /// A name that several addresses share, as `Ada (2)`, if there is any.
    numbered: Option<String>,
    trust: Option<String>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    href: Option<String>,
    files: u64,
    tally: Tally,
    sort: String,
    partial: u64,
    old: u64,
    /// Where their lines are going, or `None` if none is theirs now.
    word: Option<Delta>,
    others: Vec<Other>,
    patch: Tally,
    patch_sort: String,
    spark: Option<Markup>,
}

#[derive(Serialize)]
struct Other {
    tally: Tally,
    sort: String,
}

/// Writes the list.
pub(super) fn write(
    context: &Context,
    sink: &mut dyn Sink,
    contributors: &Contributors,
    pages: &Pages,
) -> Result<()> {
    let head = Head {
        path: INDEX,
        template: "contributors.html",
        title: "Contributors",
        kind: "groups",
        nav: INDEX,
        scripts: Scripts::Plain,
        prev: None,
        next: None,
    };
    // What a report states without saying of which line belongs to nobody.
    let theirs = |dimension: &Dimension| {
        contributors.people.iter().any(|person| person.tallies.get(dimension).is_some())
    };
    let beside = context.latest.totals.iter().map(|(dimension, _)| dimension);
    let beside = beside.filter(|other| **other != Dimension::Lines && theirs(other));
    let columns: Vec<&Dimension> = beside.take(MAX_COLUMNS).collect();
    let row = |person: &Contributor| row(context, pages, person, &columns);
    let view = View {
        rows: contributors.people.iter().map(row).collect(),
        columns: columns.iter().map(|dimension| dimension.title().to_owned()).collect(),
        target: context.atlas.config.targets.get(&Dimension::Lines).map(f64::to_string),
        patch_days: PATCH_DAYS,
        old_days: Ages::BOUNDS[Ages::BOUNDS.len() - 1],
        together: contributors.together.iter().map(row).collect(),
        bots: contributors.bots,
        beyond: contributors.beyond,
        numbered: contributors
            .people
            .iter()
            .map(|person| &person.name)
            .find(|name| shared_name(pages, name).is_some_and(|base| base != name.as_str()))
            .cloned(),
        trust: context.has("trust/").then(|| urls::relative(INDEX, "trust/index.html")),
    };
    context.page(sink, &head, &view)
}

fn row(context: &Context, pages: &Pages, person: &Contributor, columns: &[&Dimension]) -> Row {
    let tally = lines(person);
    let patches: Vec<(usize, Tally)> =
        person.patches.iter().map(|(&point, &tally)| (point, tally)).collect();
    let patch = person.patch_since(start_of(context.atlas.history, PATCH_DAYS).unwrap_or(0));
    let other = |dimension: &&Dimension| {
        let tally = person.tallies.get(dimension).unwrap_or_default();
        Other { tally, sort: format::sorted_by(tally) }
    };
    Row {
        name: person.name.clone(),
        href: pages.get(person.name.as_str()).map(|page| urls::relative(INDEX, page)),
        files: person.files.len() as u64,
        tally,
        sort: format::sorted_by(tally),
        partial: person.partial,
        word: trend(context.atlas.history, person).map(|trend| panel::word(trend.word)),
        old: person.ages.bins.last().copied().unwrap_or_default(),
        others: columns.iter().map(other).collect(),
        patch,
        patch_sort: format::sorted_by(patch),
        spark: spark::patches(&patches),
    }
}
