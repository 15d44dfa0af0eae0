//! Sparklines of what changes rarely: a file, a directory.
//!
//! A step is one change and not one snapshot, so that the sparkline of a file that nobody changes
//! keeps its bytes from build to build.

use crate::report::Tally;
use crate::site::templates::Markup;
use crate::site::{escape, format};

/// A line spans at least so many steps, so that the slopes of a column compare.
const FEWEST: usize = 12;
/// Steps that are drawn: more do not show at this width.
pub const MOST: usize = 60;

/// What a line shows.
pub struct Spark<'s> {
    /// The values, oldest first.
    pub values: &'s [f64],
    /// The least range of values that takes the full height, so that noise stays small.
    pub range: f64,
    /// Whether the end is worse than the beginning.
    pub worse: bool,
    /// The same in words.
    pub label: &'s str,
}

impl Spark<'_> {
    /// The line; none for fewer than two values, which is "unchanged".
    pub fn svg(&self) -> Option<Markup> {
        let values = &self.values[self.values.len().saturating_sub(MOST)..];
        let last = values.len().checked_sub(1).filter(|&last| last > 0)?;
        let y = scale(values, self.range);
        let width = 100.0 / (values.len().max(FEWEST) - 1) as f64;
        let mut path = String::with_capacity(10 * values.len());
        for (at, &value) in values.iter().enumerate() {
            let x = 100.0 - width * (last - at) as f64;
            path.push(if at == 0 { 'M' } else { 'L' });
            push_short(&mut path, x);
            path.push(' ');
            push_short(&mut path, y(value));
        }
        Some(drawn(&path, y(values[last]), self.worse, self.label))
    }
}

/// The vertical scale: the middle of the values is the middle of the picture, and their range, or
/// `least` if that is larger, takes the full height.
fn scale(values: &[f64], least: f64) -> impl Fn(f64) -> f64 {
    let (low, high) =
        values.iter().fold((f64::MAX, f64::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    let range = (high - low).max(least);
    let middle = f64::midpoint(low, high);
    move |value| 14.0 - (value - middle) / range * 24.0
}

/// A path with a dot at its right end, at height `end`.
fn drawn(path: &str, end: f64, worse: bool, label: &str) -> Markup {
    let mut height = String::new();
    push_short(&mut height, end);
    let mark = if worse { "d w" } else { "d" };
    let label = escape::escaped(label);
    Markup(format!(
        "<svg class=\"spark\" viewBox=\"0 0 100 28\" preserveAspectRatio=\"none\" \
         role=\"img\" aria-label=\"{label}\"><path class=\"l\" d=\"{path}\"/>\
         <path class=\"{mark}\" d=\"M100 {height}h0\"/></svg>"
    ))
}

/// `80.0% to 85.6% in 3 steps`.
fn in_steps(first: Tally, last: Tally, values: &[f64]) -> String {
    let steps = format::counted(values.len() as u64 - 1, "step");
    format!("{} to {} in {steps}", format::percent(first), format::percent(last))
}

/// The line of a coverage in percent, a step a change. Steps where nothing was measured are left
/// out.
pub fn coverage(tallies: &[Tally]) -> Option<Markup> {
    let measured: Vec<Tally> = tallies.iter().copied().filter(|tally| tally.total > 0).collect();
    let values: Vec<f64> = measured.iter().filter_map(|tally| tally.percent()).collect();
    let (first, last) = (measured.first()?, measured.last()?);
    let label = in_steps(*first, *last, &values);
    Spark { values: &values, range: 5.0, worse: last.percent() < first.percent(), label: &label }
        .svg()
}

/// The line of a coverage in percent over all `points` of the timeline, so that the lines of a
/// column share one time axis: a value lasts until the point at which it changes.
pub fn over_time(steps: &[(usize, Tally)], points: usize) -> Option<Markup> {
    let measured: Vec<(usize, Tally)> =
        steps.iter().copied().filter(|(_, tally)| tally.total > 0).collect();
    let values: Vec<f64> = measured.iter().filter_map(|(_, tally)| tally.percent()).collect();
    let ((_, first), (_, last)) = (measured.first()?, measured.last()?);
    if values.len() < 2 {
        return None;
    }

    let y = scale(&values, 5.0);
    let width = 100.0 / (points.max(2) - 1) as f64;
    let mut path = String::with_capacity(10 * values.len());
    for (at, (&(point, _), &value)) in measured.iter().zip(&values).enumerate() {
        path.push(if at == 0 { 'M' } else { 'H' });
        push_short(&mut path, width * point as f64);
        path.push(if at == 0 { ' ' } else { 'V' });
        push_short(&mut path, y(value));
    }
    path.push_str("H100");

    let worse = last.percent() < first.percent();
    Some(drawn(&path, y(*values.last()?), worse, &in_steps(*first, *last, &values)))
}

/// The line of a number of uncovered lines, a step a change.
pub fn uncovered(tallies: &[Tally]) -> Option<Markup> {
    let values: Vec<f64> = tallies.iter().map(|tally| tally.missed() as f64).collect();
    let (first, last) = (tallies.first()?.missed(), tallies.last()?.missed());
    let label = format!("{} to {} uncovered lines", format::count(first), format::count(last));
    Spark { values: &values, range: 4.0, worse: last > first, label: &label }.svg()
}

/// Writes a number with one decimal, or none where it is zero. A site has millions of them, and
/// formatting floats is slow.
fn push_short(text: &mut String, number: f64) {
    let tenths = (number * 10.0).round() as i64;
    if tenths < 0 {
        text.push('-');
    }
    let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    text.push_str(itoa::Buffer::new().format(whole));
    if tenth != 0 {
        text.push('.');
        text.push_str(itoa::Buffer::new().format(tenth));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let short = |number| {
            let mut text = String::new();
            push_short(&mut text, number);
            text
        };
        let numbers = [0.0, 0.04, -0.04, 0.05, 9.96, 26.0, 81.818, -1.25, 100.0];
        assert_eq!(numbers.map(short), ["0", "0", "0", "0.1", "10", "26", "81.8", "-1.3", "100"]);
    }

    #[test]
    fn lines_over_time_share_their_axis() {
        let tally = |covered| Tally { covered, total: 10 };
        // Points 0 to 10: a change at point 5 is in the middle, whatever else changed.
        let svg = over_time(&[(0, tally(5)), (5, tally(7))], 11).expect("two values").0;
        assert!(svg.contains("d=\"M0 26H50V2H100\""), "{svg}");
        let svg = over_time(&[(2, tally(7)), (5, tally(5)), (10, tally(6))], 11);
        let svg = svg.expect("three values").0;
        assert!(svg.contains("d=\"M20 2H50V26H100V14H100\""), "{svg}");
        assert!(over_time(&[(0, tally(5))], 11).is_none());
    }

    #[test]
    fn a_line_ends_at_the_right_edge() {
        let tally = |covered| Tally { covered, total: 10 };
        let svg = coverage(&[tally(5), tally(7), tally(6)]).expect("three values").0;
        // 50, 70, 60 %: the range is 20 points, so 26, 2 and 14; a step is 100/11.
        assert!(svg.contains("d=\"M81.8 26L90.9 2L100 14\""), "{svg}");
        assert!(svg.contains("aria-label=\"50.0% to 60.0% in 2 steps\""), "{svg}");
        assert!(coverage(&[tally(5)]).is_none());
        assert!(coverage(&[]).is_none());
        assert!(uncovered(&[tally(5), tally(4)]).expect("two values").0.contains("\"d w\""));
    }
}
