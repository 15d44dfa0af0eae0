//! How the uncovered lines before became those after, in rows that add up.

use serde::Serialize;

use crate::analysis::patch::Balance;
use crate::site::figures;

/// A row of the balance.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub(super) label: &'static str,
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// The rows between `before` and `after` uncovered lines. What the lines themselves do not explain (a suite that is carried,
/// lines of unknown coverage) is a row too, so the sum is always right.
pub(super) fn rows(balance: &Balance, before: u64, after: u64) -> Vec<Row> {
    let steps = [
        ("Added, not covered", signed(balance.added_uncovered)),
        ("Lost elsewhere", signed(balance.lost)),
        ("Newly measured, not covered", signed(balance.newly_uncovered)),
        ("Won elsewhere", -signed(balance.won)),
        ("Removed, was not covered", -signed(balance.removed_uncovered)),
    ];
    let explained: i64 = steps.iter().map(|(_, change)| change).sum();
    let other = figures::difference(before, after) - explained;
    let mut rows: Vec<Row> = steps.into_iter().map(|(label, change)| row(label, change)).collect();
    if other != 0 {
        rows.push(row("Suites or unknown lines", other));
    }
    rows
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn row(label: &'static str, change: i64) -> Row {
    let number = figures::count(change.unsigned_abs());
    match change {
        0 => Row { label, class: "same", text: number },
        more @ 1.. => Row { label, class: "down", text: format!("+{}", figures::count(more.unsigned_abs())) },
        _ => Row { label, class: "up", text: format!("−{number}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| row.text.as_str()).collect()
    }

    #[test]
    fn the_rows_add_up() {
        let balance =
            Balance { added_covered: 9, added_uncovered: 3, lost: 8, removed_uncovered: 8, ..Balance::default() };
        // 716 + 3 + 8 − 8 = 719
        assert_eq!(texts(&rows(&balance, 716, 719)), ["+3", "+8", "0", "0", "−8"]);
    }

    #[test]
    fn what_is_left_over_is_said() {
        let balance = Balance { won: 2, ..Balance::default() };
        assert_eq!(texts(&rows(&balance, 10, 1500)), ["0", "0", "0", "−2", "0", "+1,492"]);
    }
}
