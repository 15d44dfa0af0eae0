//! The chart of several dimensions over all snapshots: the static picture, and the data file of the
//! interactive one.

use serde::Serialize;

use super::panel::{in_words, line};
use crate::Result;
use crate::analysis::tree;
use crate::analysis::trend::Trend;
use crate::history::Point;
use crate::report::Tally;
use crate::site::charts::option::{self, Commits, Mark, OverCommits};
use crate::site::charts::trend::{self as picture, Ends, Names, Plot};
use crate::site::templates::Markup;
use crate::site::{Context, Sink, data, format, message, urls};

/// A chart as the templates draw it.
#[derive(Serialize)]
pub struct Chart {
    /// The data file of the interactive chart.
    src: String,
    plot: Markup,
    scale: Markup,
    label: String,
    /// More lines than have room for labels of two rows.
    many: bool,
}

/// The chart of some dimensions over all points, with its data written.
pub fn draw(
    context: &Context,
    sink: &mut dyn Sink,
    page: &str,
    trends: &[&Trend],
    marks: &[Mark],
) -> Result<Chart> {
    let history = context.atlas.history;
    let times: Vec<i64> = history.points.iter().map(|point| point.commit.time).collect();
    let plot = Plot {
        lines: trends.iter().map(|trend| line(context, trend)).collect(),
        uncovered: uncovered(context, trends),
        events: context.atlas.analyses.events.iter().map(|event| event.point).collect(),
        releases: marks.iter().map(|mark| (mark.point, mark.name.as_str())).collect(),
        ends: if trends.len() > 2 { Ends::OneRow } else { Ends::TwoRows },
    };
    let file = OverCommits {
        option: option::trend(&plot)?,
        commits: commits(context),
        series: option::readings(&plot),
    };
    let key = data::put(sink, &file)?;
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
