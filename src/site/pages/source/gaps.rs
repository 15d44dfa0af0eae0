//! The gaps of a file as a list, grouped by their class and the snapshot at which they began.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::gaps::{Class, Gap, classify};
use crate::analysis::line_history::LineHistory;
use crate::history::History;
use crate::report::LineView;
use crate::site::urls;

/// Gaps that are listed; the rest is counted.
const MOST: usize = 50;

/// The list, the newest snapshot first.
#[derive(Serialize)]
pub(super) struct Gaps {
    groups: Vec<Group>,
    more: usize,
}

/// Gaps of one class since one snapshot.
#[derive(Serialize)]
struct Group {
    /// The class of its chip, and the sign and word in it.
    class: &'static str,
    sign: &'static str,
    word: &'static str,
    /// What follows the commit: that the lines never ran.
    note: &'static str,
    /// Whether the first snapshot found them so already.
    from_start: bool,
    /// The snapshot at which they became so.
    short: String,
    href: String,
    time: i64,
    /// Where they are: `12`, or `12-L14` for more than a line, as the address of a line has it.
    places: Vec<Place>,
}

#[derive(Serialize)]
struct Place {
    anchor: String,
    text: String,
}

/// Lists the gaps of a page's file.
pub(super) fn list(
    gaps: &[Gap],
    views: &[LineView],
    lines: &BTreeMap<u32, LineHistory>,
    history: &History,
    page: &str,
) -> Gaps {
    let mut groups: BTreeMap<(Reverse<usize>, Class), Vec<Place>> = BTreeMap::new();
    for gap in gaps.iter().take(MOST) {
        if let Some((since, class)) = classify(*gap, views, lines) {
            groups.entry((Reverse(since), class)).or_default().push(place(*gap));
        }
    }
    let group = |((since, kind), places): ((Reverse<usize>, Class), Vec<Place>)| {
        let commit = &history.points[since.0].commit;
        let (class, sign, word) = match kind {
            Class::Lost => ("lost", "▼", "lost"),
            Class::Flaky => ("flaky", "≈", "flaky"),
            Class::Never => ("", "○", "uncovered"),
            Class::Partial => ("partial", "◐", "partial"),
        };
        let href = urls::relative(page, &urls::commit(commit.id));
        let note = if kind == Class::Never { "never run" } else { "" };
        let (short, time) = (commit.id.short(), commit.time);
        let from_start = since.0 == 0;
        Group { class, sign, word, note, from_start, short, href, time, places }
    };
    Gaps { groups: groups.into_iter().map(group).collect(), more: gaps.len().saturating_sub(MOST) }
}

fn place(gap: Gap) -> Place {
    match gap {
        Gap { first, last } if first == last => {
            Place { anchor: first.to_string(), text: first.to_string() }
        }
        Gap { first, last } => {
            Place { anchor: format!("{first}-L{last}"), text: format!("{first}–{last}") }
        }
    }
}
