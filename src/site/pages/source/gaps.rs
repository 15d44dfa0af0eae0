//! The gaps of a file as a list, grouped by their kind and the snapshot at which they began.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::line_history::LineHistory;
use crate::history::History;
use crate::report::{LineState, LineView};
use crate::site::code::Gap;
use crate::site::urls;

/// Gaps that are listed; the rest is counted.
const MOST: usize = 50;

/// The list, the newest snapshot first.
#[derive(Serialize)]
pub(super) struct Gaps {
    groups: Vec<Group>,
    more: usize,
}

/// Gaps of one kind since one snapshot.
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

/// What a gap is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Lost,
    Flaky,
    Never,
    Partial,
}

/// Lists the gaps of a page's file.
pub(super) fn list(
    gaps: &[Gap],
    views: &[LineView],
    lines: &BTreeMap<u32, LineHistory>,
    history: &History,
    page: &str,
) -> Gaps {
    let mut groups: BTreeMap<(std::cmp::Reverse<usize>, Kind), Vec<Place>> = BTreeMap::new();
    for gap in gaps.iter().take(MOST) {
        if let Some((since, kind)) = told(*gap, views, lines) {
            groups.entry((std::cmp::Reverse(since), kind)).or_default().push(place(*gap));
        }
    }
    let group = |((since, kind), places): ((std::cmp::Reverse<usize>, Kind), Vec<Place>)| {
        let commit = &history.points[since.0].commit;
        let (class, sign, word) = match kind {
            Kind::Lost => ("lost", "▼", "lost"),
            Kind::Flaky => ("flaky", "≈", "flaky"),
            Kind::Never => ("", "○", "uncovered"),
            Kind::Partial => ("partial", "◐", "partial"),
        };
        let href = urls::relative(page, &urls::commit(commit.id));
        let note = if kind == Kind::Never { "never run" } else { "" };
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

/// What a gap is and since which point, by those of its lines that do not run, or by all where all
/// do.
fn told(gap: Gap, views: &[LineView], lines: &BTreeMap<u32, LineHistory>) -> Option<(usize, Kind)> {
    let start = views.partition_point(|view| view.line.number < gap.first);
    let here: Vec<&LineView> =
        views[start..].iter().take_while(|view| view.line.number <= gap.last).collect();
    let partial = here.iter().all(|view| view.state != LineState::Uncovered);
    let wanted = here.iter().filter(|view| partial || view.state == LineState::Uncovered);
    let known: Vec<&LineHistory> = wanted.filter_map(|view| lines.get(&view.line.number)).collect();
    let lost = known
        .iter()
        .filter(|line| !line.covered && line.ever_covered())
        .map(|line| line.since)
        .max();
    let since = lost.or_else(|| known.iter().map(|line| line.since).min())?;
    let kind = match lost {
        _ if known.iter().any(|line| line.is_flaky()) => Kind::Flaky,
        _ if partial => Kind::Partial,
        Some(_) => Kind::Lost,
        None => Kind::Never,
    };
    Some((since, kind))
}
