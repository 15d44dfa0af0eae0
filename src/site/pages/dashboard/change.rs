//! The latest change: its patch coverage, what was lost elsewhere, and what the last commits did to
//! the uncovered lines.

use serde::Serialize;

use crate::analysis::differential::Category;
use crate::analysis::patch::Patch;
use crate::history::Point;
use crate::report::{Dimension, Tally};
use crate::site::charts::bars::{self, Bars, Step};
use crate::site::format::{self, Delta};
use crate::site::{Context, message};

/// So many of the last commits have a bar.
const BARS: usize = 20;

#[derive(Serialize)]
pub(super) struct Change {
    subject: String,
    short: String,
    author: Option<String>,
    time: i64,
    href: Option<String>,
    skipped: Option<String>,
    /// `None` if it could not be computed.
    patch: Option<Figures>,
    /// Why not.
    problem: Option<String>,
    project: Option<Delta>,
    uncovered: Option<Delta>,
    bars: Bars,
    first_day: Option<i64>,
}

#[derive(Serialize)]
struct Figures {
    lines: Tally,
    branches: Tally,
    lost: u64,
    gained: u64,
}

pub(super) fn change(context: &Context, page: &str, patch: &Result<Patch, String>) -> Change {
    let latest = context.latest;
    let trend = context.atlas.analyses.trends.first();
    let before = trend.and_then(|trend| Some((trend.before?, trend)));
    let patch_figures = patch.as_ref().ok().map(|patch| Figures {
        lines: patch.lines,
        branches: patch.branches,
        lost: patch.counts.lines.get(Category::LostBaseline),
        gained: patch.counts.lines.get(Category::GainedBaseline),
    });
    let points = &context.atlas.history.points;
    Change {
        subject: if latest.commit.subject.is_empty() {
            "(no message)".to_owned()
        } else {
            message::without_addresses(&latest.commit.subject)
        },
        short: latest.commit.id.short(),
        author: context.author(&latest.commit),
        time: latest.commit.time,
        href: context.commit_link(page, latest.commit.id),
        skipped: (!latest.skipped.is_empty()).then(|| {
            format!(
                "includes {} that {} not measured separately",
                format::counted(latest.skipped.len() as u64, "commit"),
                if latest.skipped.len() == 1 { "was" } else { "were" }
            )
        }),
        patch: patch_figures,
        problem: patch.as_ref().err().cloned(),
        project: before.map(|(before, trend)| Delta::points(&trend.dimension, before, trend.now)),
        uncovered: before.map(|(before, trend)| {
            Delta::uncovered(format::difference(before.missed(), trend.now.missed()))
        }),
        bars: bars::bars(steps(context)),
        first_day: points
            .len()
            .checked_sub(BARS.min(points.len() - 1))
            .and_then(|at| points.get(at))
            .map(|point| point.commit.time),
    }
}

fn steps(context: &Context) -> Vec<Step> {
    let points = &context.atlas.history.points;
    let from = points.len().saturating_sub(BARS + 1);
    points[from..].windows(2).filter_map(|pair| step(&pair[0], &pair[1])).collect()
}

fn step(before: &Point, after: &Point) -> Option<Step> {
    let [old, new] = [before, after].map(|point| point.totals.get(&Dimension::Lines));
    let change = format::difference(old?.missed(), new?.missed());
    let words = if change == 0 {
        "no change".to_owned()
    } else {
        format::more_or_fewer(change, "uncovered line")
    };
    Some(Step { change, label: format!("{}: {words}", after.commit.id.short()) })
}
