//! The gaps of a file as a list: where each is, since when it has been one, and whether it was ever covered.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::line_history::LineHistory;
use crate::history::History;
use crate::report::{LineState, LineView};
use crate::site::code::Gap;
use crate::site::urls;

/// Gaps that are listed; the rest is counted.
const MOST: usize = 100;

/// The list.
#[derive(Serialize)]
pub(super) struct Gaps {
    rows: Vec<Row>,
    more: usize,
}

#[derive(Serialize)]
struct Row {
    first: u32,
    last: u32,
    /// The class of its chip and the sign in it.
    class: &'static str,
    sign: &'static str,
    word: &'static str,
    /// How often its lines became covered or uncovered while their text stayed.
    flips: usize,
    /// The snapshot since which it has been so.
    short: String,
    href: String,
    time: i64,
}

/// Lists the gaps of a page's file.
pub(super) fn list(
    gaps: &[Gap],
    views: &[LineView],
    lines: &BTreeMap<u32, LineHistory>,
    history: &History,
    page: &str,
) -> Gaps {
    let row = |gap: &Gap| row(*gap, views, lines, history, page);
    Gaps { rows: gaps.iter().take(MOST).filter_map(row).collect(), more: gaps.len().saturating_sub(MOST) }
}

fn row(gap: Gap, views: &[LineView], lines: &BTreeMap<u32, LineHistory>, history: &History, page: &str) -> Option<Row> {
    let start = views.partition_point(|view| view.line.number < gap.first);
    let here = views[start..].iter().take_while(|view| view.line.number <= gap.last);
    let uncovered: Vec<u32> =
        here.clone().filter(|view| view.state == LineState::Uncovered).map(|view| view.line.number).collect();
    let all: Vec<u32> = here.map(|view| view.line.number).collect();
    let told = if uncovered.is_empty() { &all } else { &uncovered };
    let known: Vec<&LineHistory> = told.iter().filter_map(|line| lines.get(line)).collect();
    let lost = known.iter().filter(|line| !line.covered && line.ever_covered()).map(|line| line.since).max();
    let since = lost.or_else(|| known.iter().map(|line| line.since).min())?;
    let (class, sign, word) = match (known.iter().any(|line| line.is_flaky()), uncovered.is_empty(), lost) {
        (true, ..) => ("flaky", "≈", "flaky"),
        (_, true, _) => ("partial", "◐", "partial"),
        (_, _, Some(_)) => ("lost", "▼", "lost"),
        _ => ("", "○", "never covered"),
    };
    let commit = &history.points[since].commit;
    Some(Row {
        first: gap.first,
        last: gap.last,
        class,
        sign,
        word,
        flips: known.iter().map(|line| line.flips.len()).max().unwrap_or_default(),
        short: commit.id.short(),
        href: urls::relative(page, &urls::commit(commit.id)),
        time: commit.time,
    })
}
