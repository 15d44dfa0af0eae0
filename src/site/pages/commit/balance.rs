//! How the uncovered lines before became those after, in rows that add up.

use serde::Serialize;

use crate::analysis::differential::{Categories, Category};
use crate::site::format;

/// A row of the balance.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub(super) label: &'static str,
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// The rows between `before` and `after` uncovered lines. What the lines themselves do not explain
/// (a suite that is carried, lines of unknown coverage) is a row too, so the sum is always right.
pub(super) fn rows(counts: &Categories, before: u64, after: u64) -> Vec<Row> {
    let steps = [
        ("Added, not covered", signed(counts.get(Category::UncoveredNew))),
        ("Lost elsewhere", signed(counts.get(Category::LostBaseline))),
        ("Newly measured, not covered", signed(counts.get(Category::UncoveredIncluded))),
        ("Gained elsewhere", -signed(counts.get(Category::GainedBaseline))),
        ("Removed, was not covered", -signed(counts.removed().missed())),
    ];
    let explained: i64 = steps.iter().map(|(_, change)| change).sum();
    let other = format::difference(before, after) - explained;
    let mut rows: Vec<Row> = steps.into_iter().map(|(label, change)| row(label, change)).collect();
    if other != 0 {
        rows.push(row("Other suites or unknown lines", other));
    }
    rows
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn row(label: &'static str, change: i64) -> Row {
    let number = format::count(change.unsigned_abs());
    match change {
        0 => Row { label, class: "same", text: number },
        more @ 1.. => {
            Row { label, class: "down", text: format!("+{}", format::count(more.unsigned_abs())) }
        }
        _ => Row { label, class: "up", text: format!("−{number}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn categories(counts: &[(Category, u64)]) -> Categories {
        let mut categories = Categories::default();
        for &(category, number) in counts {
            categories.count(category, number);
        }
        categories
    }

    fn texts(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| row.text.as_str()).collect()
    }

    #[test]
    fn the_rows_add_up() {
        let counts = [
            (Category::GainedNew, 9),
            (Category::UncoveredNew, 3),
            (Category::LostBaseline, 8),
            (Category::DeletedUncovered, 6),
            (Category::ExcludedUncovered, 2),
        ];
        // 716 + 3 + 8 − 8 = 719
        assert_eq!(texts(&rows(&categories(&counts), 716, 719)), ["+3", "+8", "0", "0", "−8"]);
    }

    #[test]
    fn what_is_left_over_is_said() {
        let counts = categories(&[(Category::GainedBaseline, 2)]);
        assert_eq!(texts(&rows(&counts, 10, 1500)), ["0", "0", "0", "−2", "0", "+1,492"]);
    }
}
