//! The rows of a table of uncovered lines by age, youngest first, with the words for the bounds of
//! each age.

use serde::Serialize;

use crate::analysis::ages::Ages;
use crate::report::Tally;

/// Uncovered lines of an age.
#[derive(Serialize)]
pub struct Age {
    /// `30 to 90 days`
    pub label: String,
    /// Their share of all that are uncovered.
    pub share: Tally,
}

/// The bins with something in them.
pub fn rows(ages: Ages) -> Vec<Age> {
    let bins = ages.bins.iter().enumerate().filter(|(_, lines)| **lines > 0);
    bins.map(|(bin, &covered)| Age {
        label: label(bin),
        share: Tally { covered, total: ages.total() },
    })
    .collect()
}

/// The bounds of a bin.
pub fn label(bin: usize) -> String {
    let bounds = Ages::BOUNDS;
    match (bin.checked_sub(1).map(|before| bounds[before]), bounds.get(bin)) {
        (None, Some(to)) => format!("under {to} days"),
        (Some(from), Some(to)) => format!("{from} to {to} days"),
        (from, None) => format!("{} days and more", from.unwrap_or_default()),
    }
}
