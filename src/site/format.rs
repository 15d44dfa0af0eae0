//! Numbers and dates as the pages write them.
//!
//! Changes of percentages are points, changes of counts name what is counted. Dates are UTC.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;

pub use crate::report::figures::{count, counted, percent, plural, tenth};
use crate::report::{Dimension, Tally};

/// What a column of percentages sorts by: six digits, nothing for 0 of 0.
pub fn sorted_by(tally: Tally) -> String {
    tally.percent().map_or(String::new(), |percent| format!("{percent:.6}"))
}

/// A percentage for drawing, with two decimals, rounded down so that a gap never disappears; `0.00`
/// for 0 of 0.
pub fn drawn(tally: Tally) -> String {
    let parts =
        u128::from(tally.covered.min(tally.total)) * 10_000 / u128::from(tally.total.max(1));
    format!("{}.{:02}", parts / 100, parts % 100)
}

/// The level of the hypsometric tint: 1 below 50 %, then from 50, 70, 80, 90, 95; 7 is all; 0 is
/// none.
pub fn level(tally: Tally) -> u8 {
    let (covered, total) = (u128::from(tally.covered) * 100, u128::from(tally.total));
    if total == 0 {
        return 0;
    }
    if covered >= total * 100 {
        return 7;
    }
    1 + [50, 70, 80, 90, 95].iter().filter(|bound| covered >= total * *bound).count() as u8
}

/// `20 Aug 2026`, from seconds since 1970 UTC.
pub fn day(seconds: i64) -> String {
    to_bytes(seconds, "%-d %b %Y")
}

/// `20 Aug 2026, 09:12 UTC`
pub fn minute(seconds: i64) -> String {
    to_bytes(seconds, "%-d %b %Y, %H:%M UTC")
}

/// `2026-08-20T09:12:00Z`
pub fn rfc3339(seconds: i64) -> String {
    to_bytes(seconds, "%Y-%m-%dT%H:%M:%SZ")
}

/// `Aug`
pub fn month(seconds: i64) -> String {
    to_bytes(seconds, "%b")
}

/// Year and month as one number that sorts, 202608.
pub fn month_number(seconds: i64) -> i32 {
    at(seconds).map_or(0, |time| i32::from(time.year()) * 100 + i32::from(time.month()))
}

fn at(seconds: i64) -> Option<jiff::civil::DateTime> {
    Timestamp::from_second(seconds).ok().map(|time| Offset::UTC.to_datetime(time))
}

fn to_bytes(seconds: i64, format: &str) -> String {
    at(seconds)
        .map_or_else(|| "an unknown date".to_owned(), |time| time.strftime(format).to_string())
}

/// A change, ready to be shown: a class (`up`, `down`, `same`) and its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delta {
    /// `up` for better, `down` for worse, `same`.
    pub class: &'static str,
    /// `▲ 1.0 points`, `+1 line`, `▼ 13 lines`, `3 more`, `same`.
    pub text: String,
}

impl Delta {
    /// No change.
    pub fn same() -> Self {
        Self { class: "same", text: "same".to_owned() }
    }

    /// The change of a percentage in points; below 0.05 points the count that changed, or `same`.
    pub fn points(dimension: &Dimension, before: Tally, after: Tally) -> Self {
        let (Some(old), Some(new)) = (before.percent(), after.percent()) else {
            return Self::same();
        };
        let change = new - old;
        if change.abs() >= 0.05 {
            let (class, mark) = if change > 0.0 { ("up", "▲") } else { ("down", "▼") };
            return Self { class, text: format!("{mark} {:.1} points", change.abs()) };
        }
        let covered = difference(before.covered, after.covered);
        let missed = difference(before.missed(), after.missed());
        let uncovered = format!("uncovered {}", dimension.unit());
        match (change > 0.0, change < 0.0) {
            (true, _) if covered > 0 => {
                let units = counted(covered.unsigned_abs(), dimension.unit());
                Self { class: "up", text: format!("+{units}") }
            }
            (true, _) => Self { class: "up", text: more_or_fewer(missed, &uncovered) },
            (_, true) if missed > 0 => {
                Self { class: "down", text: more_or_fewer(missed, &uncovered) }
            }
            // Less covered code, but no more uncovered: nobody lost anything.
            _ => Self::same(),
        }
    }

    /// The change of a percentage in hundredths of points, for single commits: `▲ 0.07 points`,
    /// between the percentages as they are printed ([`drawn`]), so that a reader's own subtraction
    /// agrees; below that as [`Self::points`].
    pub fn hundredths(dimension: &Dimension, before: Tally, after: Tally) -> Self {
        let parts = |tally: Tally| {
            i128::from(tally.covered.min(tally.total)) * 10_000 / i128::from(tally.total.max(1))
        };
        let change = parts(after) - parts(before);
        if before.total == 0 || after.total == 0 || change == 0 {
            return Self::points(dimension, before, after);
        }
        let (class, mark) = if change > 0 { ("up", "▲") } else { ("down", "▼") };
        Self {
            class,
            text: format!("{mark} {}.{:02} points", change.abs() / 100, change.abs() % 100),
        }
    }

    /// The change of a number of uncovered things, in words: `3 more`, `2 fewer`, `same`.
    pub fn uncovered(change: i64) -> Self {
        match change {
            0 => Self::same(),
            more @ 1.. => {
                Self { class: "down", text: format!("{} more", count(more.unsigned_abs())) }
            }
            fewer => Self { class: "up", text: format!("{} fewer", count(fewer.unsigned_abs())) },
        }
    }

    /// The number of lines gained (positive) or lost: `▲ 4 lines`, `▼ 13 lines`.
    pub fn gained(lines: i64) -> Self {
        let number = counted(lines.unsigned_abs(), "line");
        match lines {
            0 => Self::same(),
            1.. => Self { class: "up", text: format!("▲ {number}") },
            _ => Self { class: "down", text: format!("▼ {number}") },
        }
    }
}

/// `3 more uncovered lines`, `1 fewer uncovered line`.
pub fn more_or_fewer(change: i64, unit: &str) -> String {
    let number = change.unsigned_abs();
    let units = if number == 1 { unit.to_owned() } else { plural(unit) };
    format!("{} {} {units}", count(number), if change > 0 { "more" } else { "fewer" })
}

/// `after` − `before`.
pub fn difference(before: u64, after: u64) -> i64 {
    i64::try_from(i128::from(after) - i128::from(before)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(covered: u64, total: u64) -> Tally {
        Tally { covered, total }
    }

    #[test]
    fn percentages_are_rounded_down() {
        // 4219 / 4924 = 0.856823…
        assert_eq!(percent(tally(4219, 4924)), "85.6%");
        assert_eq!(percent(tally(9999, 10_000)), "99.9%");
        assert_eq!(percent(tally(u64::MAX - 1, u64::MAX)), "99.9%");
        assert_eq!(percent(tally(10_000, 10_000)), "100.0%");
        assert_eq!(percent(tally(0, 7)), "0.0%");
        assert_eq!(percent(tally(0, 0)), "n/a");
        assert_eq!(drawn(tally(4219, 4924)), "85.68");
    }

    #[test]
    fn counts_have_thousands() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "branch"), "1 branch");
        assert_eq!(counted(2, "branch"), "2 branches");
    }

    #[test]
    fn levels_have_fixed_bounds() {
        let of = |covered| level(tally(covered, 1000));
        assert_eq!(
            [0, 499, 500, 699, 700, 800, 900, 950, 999, 1000].map(of),
            [1, 1, 2, 2, 3, 4, 5, 6, 6, 7]
        );
        assert_eq!(level(tally(0, 0)), 0);
    }

    #[test]
    fn small_changes_are_counts() {
        let points = |before, after| Delta::points(&Dimension::Lines, before, after).text;
        assert_eq!(points(tally(80, 100), tally(81, 100)), "▲ 1.0 points");
        assert_eq!(points(tally(800, 1000), tally(794, 1000)), "▼ 0.6 points");
        assert_eq!(points(tally(8000, 10_000), tally(8001, 10_000)), "+1 line");
        assert_eq!(points(tally(8000, 10_000), tally(8000, 10_002)), "2 more uncovered lines");
        assert_eq!(points(tally(8000, 10_000), tally(8000, 10_000)), "same");
        assert_eq!(points(tally(0, 0), tally(8, 10)), "same");
        // 590/717 to 562/683, 82.287 to 82.284 %: removed code, of which 6 lines were uncovered.
        assert_eq!(points(tally(590, 717), tally(562, 683)), "same");
    }

    #[test]
    fn a_commit_moves_hundredths() {
        let hundredths = |before, after| Delta::hundredths(&Dimension::Lines, before, after).text;
        // 4216/4932 = 85.482…, 4213/4932 = 85.421…: printed as 85.48 and 85.42.
        assert_eq!(hundredths(tally(4216, 4932), tally(4213, 4932)), "▼ 0.06 points");
        assert_eq!(hundredths(tally(99_990, 100_000), tally(99_991, 100_000)), "+1 line");
        assert_eq!(hundredths(tally(0, 0), tally(1, 2)), "same");
        assert_eq!(hundredths(tally(1, 2), tally(2, 2)), "▲ 50.00 points");
    }

    #[test]
    fn dates_are_utc() {
        // `date -u -d @1787217120` prints 2026-08-20 09:12:00.
        assert_eq!(day(1_787_217_120), "20 Aug 2026");
        assert_eq!(rfc3339(1_787_217_120), "2026-08-20T09:12:00Z");
        assert_eq!(day(0), "1 Jan 1970");
        assert_eq!(month_number(1_787_217_120), 202_608);
        assert_eq!(day(i64::MAX), "an unknown date");
    }
}
