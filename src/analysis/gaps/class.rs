//! The class of a gap, from the histories of its lines.

use std::collections::BTreeMap;

use crate::analysis::gaps::Gap;
use crate::analysis::line_history::LineHistory;
use crate::report::{LineState, LineView};

/// The class of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A line was covered before, and its text is the same.
    Lost,
    /// A line changes between covered and uncovered, and nobody changed it.
    Flaky,
    /// No line was ever covered.
    Never,
    /// Every line runs, and some of their branches do not.
    Partial,
}

/// The class of a gap, and the point since which it has this class. The lines that do not run
/// decide, or all lines if all run. `None` if the history of none of them is known.
pub fn classify(
    gap: Gap,
    views: &[LineView],
    lines: &BTreeMap<u32, LineHistory>,
) -> Option<(usize, Class)> {
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
    let class = match lost {
        _ if known.iter().any(|line| line.is_flaky()) => Class::Flaky,
        _ if partial => Class::Partial,
        Some(_) => Class::Lost,
        None => Class::Never,
    };
    Some((since, class))
}
