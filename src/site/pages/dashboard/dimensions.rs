//! The table of dimensions: one row per dimension.

use serde::Serialize;

use super::summary::to_go;
use crate::analysis::trend::Trend;
use crate::report::{Dimension, Tally};
use crate::site::charts::spark;
use crate::site::format::{self, Delta};
use crate::site::templates::Markup;
use crate::site::trends::panel::word;
use crate::site::{Context, suites, urls};

/// The number of newest points that a sparkline shows at most.
pub(super) const SPARK_POINTS: usize = 120;

#[derive(Serialize)]
pub(super) struct Row {
    name: String,
    href: String,
    tally: Tally,
    missed: String,
    target: Option<String>,
    goal: Option<String>,
    /// The change by the last commit, or `None` if there is no commit before.
    last: Option<Delta>,
    /// How many snapshots old the figure is, where it is carried.
    carried: Option<usize>,
    window: Option<Delta>,
    spark: Option<Markup>,
    word: Delta,
}

pub(super) fn rows(context: &Context, page: &str) -> Vec<Row> {
    context.atlas.analyses.trends.iter().map(|trend| row(context, page, trend)).collect()
}

fn row(context: &Context, page: &str, trend: &Trend) -> Row {
    let target = context.atlas.config.targets.get(&trend.dimension).copied();
    let name = trend.dimension.title().to_owned();
    let newest = &trend.series[trend.series.len().saturating_sub(SPARK_POINTS)..];
    Row {
        href: urls::relative(page, &format!("trends/index.html#{}", trend.dimension.name())),
        tally: trend.now,
        missed: missed(trend.dimension, trend.now),
        target: target.map(|target| format!("{target}")),
        goal: target.map(|target| goal(trend.now, target)),
        last: trend.before.map(|before| Delta::points(&trend.dimension, before, trend.now)),
        carried: suites::carried(context.latest, &trend.dimension),
        window: trend.window.map(|(_, before)| Delta::points(&trend.dimension, before, trend.now)),
        spark: spark::newest(&name, newest, target),
        word: word(trend.word),
        name,
    }
}

fn missed(dimension: Dimension, tally: Tally) -> String {
    let word = dimension.facts().missed;
    match tally.missed() {
        0 => format!("all {} covered", format::plural(dimension.unit())),
        missed => format!("{} {word}", format::counted(missed, dimension.unit())),
    }
}

fn goal(tally: Tally, target: f64) -> String {
    match tally.percent() {
        Some(percent) if percent < target => {
            format!("target {target}, {} to go", to_go(percent, target))
        }
        Some(_) => format!("target {target} met"),
        None => format!("target {target}"),
    }
}
