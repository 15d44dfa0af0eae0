//! The trend of each dimension: its value at every point, the points worth a mark, and the start of
//! the window that it is judged on.

use std::cmp::Reverse;

use crate::history::{History, Point};
use crate::report::{Dimension, Tally};

/// The days that "lately" means on every page: the window is from the newest snapshot that is at
/// least so old.
pub const WINDOW_DAYS: i64 = 30;

/// A direction is judged on the window, but never on fewer than this many of the newest points
/// where there are so many: the normal approximation of the Mann–Kendall test wants 10 (Gilbert
/// 1987, section 16.4).
const LEAST_POINTS: usize = 10;

/// Nor on more than this many: the test looks at every pair.
const MAX_POINTS: usize = 500;

/// A change of less than this many percentage points over the series is drawn as 0.0, so it is no
/// direction.
const VISIBLE: f64 = 0.05;

/// Seconds.
const DAY: i64 = 24 * 60 * 60;

/// The two-sided 5 % quantile of the standard normal distribution.
const Z_5_PERCENT: f64 = 1.959_964;

/// A dimension over the whole timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// The dimension.
    pub dimension: Dimension,
    /// Its tally at the newest point.
    pub now: Tally,
    /// Its tally at the point before, where it was measured.
    pub before: Option<Tally>,
    /// Its tally at the start of the window, and that point's index, or `None` if that is the
    /// newest point.
    pub window: Option<(usize, Tally)>,
    /// Its tally at every point, or `None` if it was not measured.
    pub series: Vec<Option<Tally>>,
    /// The word for its direction.
    pub word: Word,
    /// How fast it rises or falls; none for every other word.
    pub pace: Option<Pace>,
}

/// How fast a series rises or falls, by Sen's slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Percentage points, negative where it falls.
    pub points: f64,
    /// In what time.
    pub over: Over,
}

/// The time that a [`Pace`] is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Thirty days.
    Month,
    /// All snapshots that the direction is judged on: they span less than [`LEAST_DAYS`], too
    /// little to say it of a month.
    Judged,
}

/// A pace per month is given only if the judged points span this many days.
pub const LEAST_DAYS: i64 = 14;

/// The direction of a series: a robust slope against its noise, never two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// ↗
    Rising,
    /// →
    Flat,
    /// ↘
    Falling,
    /// ≈
    Noisy,
    /// Too few points to say.
    Young,
}

/// A point worth a number on the trend chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The point.
    pub point: usize,
    /// Uncovered lines more (positive) or fewer (negative) than at the point before.
    pub uncovered: i64,
    /// Lines more or fewer than at the point before.
    pub lines: i64,
}

/// The trend of every dimension measured at the newest point.
pub fn trends(history: &History) -> Vec<Trend> {
    let Some(latest) = history.latest() else { return Vec::new() };
    let series =
        |dimension| history.points.iter().map(|point| point.totals.get(dimension)).collect();
    latest.totals.iter().map(|(dimension, _)| of(history, dimension, series(dimension))).collect()
}

/// The trend of a series with an entry a point.
pub fn of(history: &History, dimension: &Dimension, series: Vec<Option<Tally>>) -> Trend {
    let newest = series.len() - 1;
    let start = window_start(history).filter(|&start| start < newest);
    let percents: Vec<f64> =
        judged(&series, start).iter().filter_map(|tally| tally.and_then(Tally::percent)).collect();
    let (word, change) = direction(&percents);
    Trend {
        dimension: *dimension,
        now: series[newest].unwrap_or_default(),
        before: newest.checked_sub(1).and_then(|before| series[before]),
        window: start.and_then(|start| Some((start, series[start]?))),
        word,
        pace: matches!(word, Word::Rising | Word::Falling).then(|| pace(history, change)),
        series,
    }
}

/// The pace of a change over the judged points.
fn pace(history: &History, change: f64) -> Pace {
    let times = judged_from(history).map(|from| &history.points[from..]).into_iter().flatten();
    let times: Vec<i64> = times.map(|point| point.commit.time).collect();
    let span = times.last().unwrap_or(&0) - times.first().unwrap_or(&0);
    if span < LEAST_DAYS * DAY {
        return Pace { points: change, over: Over::Judged };
    }
    Pace { points: change / span as f64 * (WINDOW_DAYS * DAY) as f64, over: Over::Month }
}

/// The part of a series that its direction is judged on: the window, within [`LEAST_POINTS`] and
/// [`MAX_POINTS`]. "Where is it going" is asked about lately; over all of a long history almost
/// every project rises.
fn judged(series: &[Option<Tally>], start: Option<usize>) -> &[Option<Tally>] {
    &series[series.len() - judged_count(series.len(), start)..]
}

fn judged_count(points: usize, start: Option<usize>) -> usize {
    (points - start.unwrap_or(0)).clamp(LEAST_POINTS, MAX_POINTS).min(points)
}

/// The first of the points on which the words are judged; none without points.
pub fn judged_from(history: &History) -> Option<usize> {
    let points = history.points.len();
    let start = window_start(history).filter(|start| start + 1 < points);
    (points > 0).then(|| points - judged_count(points, start))
}

/// The direction of a series of percentages, oldest first.
///
/// Rising or falling where the Mann–Kendall test with correction for ties rejects "no trend" at 5
/// %, two-sided, and Sen's slope adds up to a change that can be seen. Otherwise noisy where at
/// least half of the steps can be seen and together are more than three times the net change; else
/// flat. Under four points the test cannot reject: young.
pub fn word(percents: &[f64]) -> Word {
    direction(percents).0
}

/// The word, and the change that Sen's slope adds up to over the series.
fn direction(percents: &[f64]) -> (Word, f64) {
    match percents {
        [] | [_] | [_, _] | [_, _, _] => return (Word::Young, 0.0),
        [first, rest @ ..] if rest.iter().all(|value| value.total_cmp(first).is_eq()) => {
            return (Word::Flat, 0.0);
        }
        _ => {}
    }
    // Sen's slope looks at every pair and sorts: only where the test, which is cheaper, has found a
    // direction.
    if kendall_z(percents).abs() > Z_5_PERCENT {
        let change = sen_slope(percents) * (percents.len() - 1) as f64;
        if change.abs() >= VISIBLE {
            return (if change > 0.0 { Word::Rising } else { Word::Falling }, change);
        }
    }
    let mut steps: Vec<f64> = percents.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let net = (percents[percents.len() - 1] - percents[0]).abs();
    let travelled: f64 = steps.iter().sum();
    let noisy = median(&mut steps) >= VISIBLE && travelled > 3.0 * net;
    (if noisy { Word::Noisy } else { Word::Flat }, 0.0)
}

/// The standard score of the Mann–Kendall test (Mann 1945, Kendall 1975; in this form Gilbert 1987,
/// equations 16.2 to 16.5): S is the number of rising pairs less that of falling ones, its variance
/// under "no trend" is `(n(n−1)(2n+5) − Σ t(t−1)(2t+5)) / 18` over the groups of t equal values,
/// and one is taken off S for continuity.
fn kendall_z(values: &[f64]) -> f64 {
    let s: i64 =
        pairs(values).map(|(_, change)| i64::from(change > 0.0) - i64::from(change < 0.0)).sum();
    let term = |count: usize| (count * (count - 1) * (2 * count + 5)) as f64;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: f64 =
        sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(|group| term(group.len())).sum();
    let variance = (term(values.len()) - ties) / 18.0;
    if s == 0 || variance <= 0.0 { 0.0 } else { (s - s.signum()) as f64 / variance.sqrt() }
}

/// The median of the slopes between all pairs (Sen 1968), in units a step.
fn sen_slope(values: &[f64]) -> f64 {
    let mut slopes: Vec<f64> =
        pairs(values).map(|(distance, change)| change / distance as f64).collect();
    median(&mut slopes)
}

/// Every pair of values, the earlier first: their distance in steps and the change between them.
fn pairs(values: &[f64]) -> impl Iterator<Item = (usize, f64)> + '_ {
    let later = move |from: usize| {
        values[from + 1..].iter().enumerate().map(move |(step, to)| (step + 1, to - values[from]))
    };
    (0..values.len()).flat_map(later)
}

/// The middle value, or the mean of the two in the middle; 0 of nothing.
fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let even = values.len().is_multiple_of(2);
    let (below, &mut middle, _) = values.select_nth_unstable_by(values.len() / 2, f64::total_cmp);
    if even {
        f64::midpoint(below.iter().copied().fold(f64::MIN, f64::max), middle)
    } else {
        middle
    }
}

/// Up to five points at which the number of uncovered lines moved most, oldest first.
pub fn events(history: &History) -> Vec<Event> {
    let mut events = steps(history);
    events.sort_by_key(|event| (Reverse(event.uncovered.unsigned_abs()), Reverse(event.point)));
    events.truncate(5);
    events.sort_by_key(|event| event.point);
    events
}

/// Every point at which the number of uncovered lines moved, oldest first.
pub fn steps(history: &History) -> Vec<Event> {
    let pairs = history.points.windows(2).enumerate();
    pairs.filter_map(|(before, pair)| event(before + 1, &pair[0], &pair[1])).collect()
}

fn event(point: usize, before: &Point, after: &Point) -> Option<Event> {
    let (before, after) =
        (before.totals.get(&Dimension::Lines)?, after.totals.get(&Dimension::Lines)?);
    let uncovered = after.missed().cast_signed() - before.missed().cast_signed();
    let lines = after.total.cast_signed() - before.total.cast_signed();
    (uncovered != 0).then_some(Event { point, uncovered, lines })
}

/// The point at which the window of [`WINDOW_DAYS`] begins, counted back from the newest snapshot's
/// commit time: the newest point that is at least so old, or the first where all are younger. None
/// only without points.
pub fn window_start(history: &History) -> Option<usize> {
    start_of(history, WINDOW_DAYS)
}

/// The same for a window of any number of days.
pub fn start_of(history: &History, days: i64) -> Option<usize> {
    let newest = history.latest()?.commit.time;
    let old = |point: &Point| newest - point.commit.time >= days * DAY;
    Some(history.points.iter().rposition(old).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-9, "{got} is not {want}");
    }

    #[test]
    fn kendall_by_hand() {
        // n = 5, all pairs rise: S = 10, variance 5·4·15/18 = 50/3, Z = 9/√(50/3).
        close(kendall_z(&[1.0, 2.0, 3.0, 4.0, 5.0]), 9.0 / (50.0f64 / 3.0).sqrt());
        // Ties 3 and 2: variance (300 − 3·2·11 − 2·1·9)/18 = 12; S = 6.
        close(kendall_z(&[1.0, 1.0, 1.0, 2.0, 2.0]), 5.0 / 12.0f64.sqrt());
        close(kendall_z(&[3.0; 9]), 0.0);
    }

    #[test]
    fn sen_by_hand() {
        // Slopes 1, 2, 3, 3, 4, 5 between the pairs of 0, 1, 4, 9.
        close(sen_slope(&[0.0, 1.0, 4.0, 9.0]), 3.0);
        // An outlier moves no median: slopes are 1 but for those of the outlier.
        close(sen_slope(&[0.0, 1.0, 2.0, 90.0, 4.0, 5.0, 6.0]), 1.0);
    }

    /// Expected values of pymannkendall 1.4's `original_test`.
    #[test]
    fn kendall_and_sen_as_a_peer_has_them() {
        let percents = [81.2, 81.2, 81.5, 80.9, 81.7, 82.0, 82.0, 81.6, 82.4, 82.4, 82.9, 82.8];
        close(kendall_z(&percents), 3.314_946_639_716_142_2);
        close(sen_slope(&percents), 0.158_571_428_571_427_9);
        assert_eq!(word(&percents), Word::Rising);
    }

    #[test]
    fn words() {
        assert_eq!(word(&[80.0, 81.0, 82.0]), Word::Young);
        // Four points cannot reject at 5 %: Z = 5/√(26/3) = 1.70.
        assert_eq!(word(&[80.0, 81.0, 82.0, 83.0]), Word::Flat);
        assert_eq!(word(&[80.0, 81.0, 82.0, 83.0, 84.0]), Word::Rising);
        assert_eq!(word(&[84.0, 83.0, 82.0, 81.0, 80.0]), Word::Falling);
        assert_eq!(word(&[80.0; 12]), Word::Flat);
        // Significant, but 0.004 points in all.
        assert_eq!(word(&[80.0, 80.001, 80.002, 80.003, 80.004]), Word::Flat);
        assert_eq!(word(&[80.0, 82.0, 79.0, 83.0, 80.0, 82.0, 80.0]), Word::Noisy);
        // One dip that was mended is an event, not noise.
        assert_eq!(word(&[80.0, 80.0, 80.0, 70.0, 80.0, 80.0, 80.0]), Word::Flat);
    }
}
