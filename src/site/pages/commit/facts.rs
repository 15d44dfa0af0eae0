//! The facts on a commit page that come from the timeline alone.

use serde::Serialize;

use crate::git::Id;
use crate::history::Point;
use crate::report::{Dimension, Tally};
use crate::site::context::Web;
use crate::site::format::{self, Delta};
use crate::site::suites::{self, Card};
use crate::site::{Context, message, urls};

/// Commits without a snapshot that are named.
const MAX_SKIPPED: usize = 10;

/// The part of the view that needs no record.
#[derive(Serialize)]
pub(super) struct Facts {
    index: String,
    /// Where it is compared with any other.
    compare: String,
    id: String,
    short: String,
    subject: String,
    body: Vec<Vec<String>>,
    author: Option<String>,
    time: i64,
    number: u64,
    tags: Vec<String>,
    prev: Option<Link>,
    next: Option<Link>,
    skipped: Vec<String>,
    more_skipped: u64,
    lines: Tally,
    before: Option<Tally>,
    delta: Option<Delta>,
    uncovered: Option<Delta>,
    /// Its page on the forge.
    web: Option<Web>,
    suites: Vec<Card>,
    target: Option<String>,
}

#[derive(Serialize)]
struct Link {
    text: String,
    href: String,
}

/// Gathers the facts of a point.
pub(super) fn facts(context: &Context, point: usize) -> Facts {
    let points = &context.atlas.history.points;
    let Point { commit, skipped, releases, .. } = &points[point];
    let page = urls::commit(commit.id);
    let link = |other: usize| {
        let id = points.get(other)?.commit.id;
        Some(Link { text: id.short(), href: urls::relative(&page, &urls::commit(id)) })
    };
    let lines = |point: &Point| point.totals.get(&Dimension::Lines).unwrap_or_default();
    let now = lines(&points[point]);
    let before = point.checked_sub(1).map(|before| lines(&points[before]));
    Facts {
        index: urls::relative(&page, "commits/index.html"),
        compare: urls::relative(&page, &format!("{}#{}..", urls::COMPARE, commit.id)),
        id: commit.id.to_string(),
        short: commit.id.short(),
        subject: message::without_addresses(&commit.subject),
        body: message::paragraphs(&commit.body, context.is_anonymous()),
        author: context.author(commit),
        time: commit.time,
        number: point as u64 + 1,
        tags: releases.clone(),
        prev: point.checked_sub(1).and_then(link),
        next: link(point + 1),
        skipped: skipped.iter().take(MAX_SKIPPED).map(Id::short).collect(),
        more_skipped: skipped.len().saturating_sub(MAX_SKIPPED) as u64,
        lines: now,
        before,
        delta: before.map(|before| Delta::hundredths(&Dimension::Lines, before, now)),
        uncovered: before
            .map(|before| Delta::uncovered(format::difference(before.missed(), now.missed()))),
        web: context.web_commit(commit.id),
        suites: suites::cards(context.atlas.config, context.atlas.history, &points[point]),
        target: context.atlas.config.targets.get(&Dimension::Lines).map(f64::to_string),
    }
}
