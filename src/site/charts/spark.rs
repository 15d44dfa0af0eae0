//! Sparklines: a grey line with a dot at its end, blue, or orange and square where the end is worse
//! than the beginning; of the newest snapshots, worse than their median.
//!
//! A line over the whole timeline is drawn in units of snapshots, and the style sheet
//! `data/now.css` knows how wide one is. All such lines share one time axis, and a page keeps its
//! bytes from snapshot to snapshot while its own figures do not change.

use crate::report::Tally;
use crate::site::templates::Markup;
use crate::site::{escape, format};

/// Percentage points, or lines, that at least take the full height, so that noise does not look
/// like a mountain range.
const LEAST_RANGE: f64 = 4.0;
/// A line of the newest snapshots takes the room of at least this many steps, so that two points
/// do not look like a long history.
const LEAST_STEPS: usize = 11;
/// Right of every snapshot there will ever be. The picture is clipped at the newest one.
const FOREVER: &str = "1000000";

/// Coverage in percent over the timeline, or `None` if it never changed. A value lasts until the
/// next step; where nothing was measured, the line is interrupted.
pub fn coverage(steps: &[(usize, Tally)]) -> Option<Markup> {
    let (first, last) = ends(steps)?;
    let text = format!("{} to {}", format::percent(first), format::percent(last));
    let worse = last.percent() < first.percent();
    let value = |tally: Tally| tally.percent();
    lasting(steps, value, &Words { text, worse })
}

/// The number of uncovered lines over the timeline, or `None` if it never changed.
pub fn uncovered(steps: &[(usize, Tally)]) -> Option<Markup> {
    let (first, last) = ends(steps)?;
    let (before, now) = (first.missed(), last.missed());
    let text = format!("{} to {} uncovered lines", format::count(before), format::count(now));
    let value = |tally: Tally| (tally.total > 0).then_some(tally.missed() as f64);
    lasting(steps, value, &Words { text, worse: now > before })
}

/// Patch coverage of some snapshots of the timeline, or `None` if there is none. All such lines
/// share their vertical axis too, from 0 to 100 %.
pub fn patches(patches: &[(usize, Tally)]) -> Option<Markup> {
    let (first, last) = ends(patches)?;
    let measured = patches.iter().filter(|(_, tally)| tally.total > 0);
    let points = measured.map(|&(point, tally)| Some((point as f64, tally.percent()?)));
    let points: Vec<(f64, f64)> = points.collect::<Option<_>>()?;
    let scale = Scale { middle: 50.0, range: 100.0 };
    let path = straight(points.iter().map(|point| Some(*point)), &scale);
    let &(x, value) = points.last()?;
    let count = format::counted(points.len() as u64, "snapshot");
    let text = format!("{} to {} in {count}", format::percent(first), format::percent(last));
    let words = Words { text, worse: last.percent() < first.percent() };
    let line = format!("<path class=\"l x\" d=\"{path}\"/>");
    Some(picture(&line, " x", (x, scale.y(value)), &words))
}

/// Percentages of the newest snapshots; those that were not measured leave gaps. The target is
/// dotted where it is near. `name` is what is drawn, for the label.
pub fn newest(name: &str, series: &[Option<Tally>], target: Option<f64>) -> Option<Markup> {
    let known = || series.iter().flatten().copied().filter(|tally| tally.total > 0);
    let values: Vec<f64> = known().filter_map(Tally::percent).collect();
    let (first, last) = (known().next()?, known().next_back()?);
    let (low, high) = bounds(&values);
    let near =
        target.filter(|&target| target >= low - 1.0 && target <= high + (high - low).max(3.0));
    let scale = Scale::of(values.iter().copied().chain(near));

    let step = 100.0 / (series.len() - 1).max(LEAST_STEPS) as f64;
    let from = 100.0 - step * (series.len() - 1) as f64;
    let x = |at: usize| from + step * at as f64;
    let points = series.iter().enumerate();
    let points: Vec<Option<(f64, f64)>> =
        points.map(|(at, tally)| Some((x(at), tally.as_ref()?.percent()?))).collect();
    let path = straight(points.iter().copied(), &scale);
    let (end, value) = points.iter().rev().flatten().next()?;

    let target = near.map_or(String::new(), |target| {
        format!("<path class=\"t\" d=\"M0 {}H100\"/>", short(scale.y(target)))
    });
    let count = format::counted(series.len() as u64, "snapshot");
    let text =
        format!("{name} over {count}, {} to {}", format::percent(first), format::percent(last));
    let words = Words { text, worse: value < &median(values) };
    let line = format!("{target}<path class=\"l\" d=\"{path}\"/>");
    Some(picture(&line, "", (*end, scale.y(*value)), &words))
}

/// The middle value, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) }
}

/// The first and the last value that was measured.
fn ends(steps: &[(usize, Tally)]) -> Option<(Tally, Tally)> {
    let mut measured = steps.iter().map(|(_, tally)| *tally).filter(|tally| tally.total > 0);
    let first = measured.next()?;
    Some((first, measured.next_back().unwrap_or(first)))
}

/// A label in words, and whether the end is worse than the beginning.
struct Words {
    text: String,
    worse: bool,
}

/// The vertical scale: the picture is 28 high, and the line takes 24 of it.
struct Scale {
    middle: f64,
    range: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = bounds(&values.collect::<Vec<_>>());
        Self { middle: f64::midpoint(low, high), range: (high - low).max(LEAST_RANGE) }
    }

    fn y(&self, value: f64) -> f64 {
        14.0 - (value - self.middle) / self.range * 24.0
    }
}

fn bounds(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::MAX, f64::MIN), |(low, high), &v| (low.min(v), high.max(v)))
}

/// Values that last until the next step, in units of snapshots.
fn lasting(
    steps: &[(usize, Tally)],
    value: impl Fn(Tally) -> Option<f64>,
    words: &Words,
) -> Option<Markup> {
    let values: Vec<(usize, Option<f64>)> =
        steps.iter().map(|&(point, tally)| (point, value(tally))).collect();
    if values.iter().filter(|(_, value)| value.is_some()).count() < 2 {
        return None;
    }

    let scale = Scale::of(values.iter().filter_map(|(_, value)| *value));
    let mut path = String::with_capacity(10 * values.len());
    // The height that is drawn; a change too small to see is no step of the path.
    let mut drawn: Option<String> = None;
    for (point, value) in &values {
        let height = value.map(|value| short(scale.y(value)));
        let step = match (&drawn, &height) {
            (None, Some(height)) => format!("M{point} {height}"),
            (Some(old), Some(height)) if old != height => format!("H{point}V{height}"),
            (Some(_), None) => format!("H{point}"),
            _ => String::new(),
        };
        path.push_str(&step);
        drawn = height;
    }
    if drawn.is_some() {
        path.push('H');
        path.push_str(FOREVER);
    }

    let end = values.iter().rev().find_map(|(_, value)| *value)?;
    let line = format!("<svg width=\"100\" height=\"28\"><path class=\"l x\" d=\"{path}\"/></svg>");
    Some(picture(&line, "", (100.0, scale.y(end)), words))
}

/// Points joined by straight lines, with a gap where there is none.
fn straight(points: impl Iterator<Item = Option<(f64, f64)>>, scale: &Scale) -> String {
    let mut path = String::new();
    let mut pen = 'M';
    for point in points {
        let Some((x, value)) = point else {
            pen = 'M';
            continue;
        };
        path.push(pen);
        path.push_str(&short(x));
        path.push(' ');
        path.push_str(&short(scale.y(value)));
        pen = 'L';
    }
    path
}

/// A line with a dot at its end. `axis` is the class of the time axis that the dot is on.
fn picture(line: &str, axis: &str, (x, y): (f64, f64), words: &Words) -> Markup {
    let mark = if words.worse { "d w" } else { "d" };
    let (x, y, label) = (short(x), short(y), escape::escaped(&words.text));
    Markup(format!(
        "<svg class=\"spark\" viewBox=\"0 0 100 28\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{label}\">{line}<path class=\"{mark}{axis}\" d=\"M{x} {y}h0\"/></svg>"
    ))
}

/// A number with one decimal, which is left out if it is zero. Hand-written, since a site has
/// millions of them and formatting floats is slow.
fn short(number: f64) -> String {
    let tenths = (number * 10.0).round() as i64;
    let mut text = String::with_capacity(6);
    if tenths < 0 {
        text.push('-');
    }
    let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    text.push_str(itoa::Buffer::new().format(whole));
    if tenth != 0 {
        text.push('.');
        text.push_str(itoa::Buffer::new().format(tenth));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn tally(covered: u64) -> Tally {
        Tally { covered, total: 10 }
    }

    #[test]
    fn numbers_are_short() {
        let numbers = [0.0, 0.04, -0.04, 0.05, 9.96, 26.0, 81.818, -1.25, 100.0];
        assert_eq!(numbers.map(short), ["0", "0", "0", "0.1", "10", "26", "81.8", "-1.3", "100"]);
    }

    #[test]
    fn a_line_over_the_timeline_is_drawn_in_snapshots() {
        // 50, 70, 60 %: the range is 20 points, so 26, 2 and 14.
        let svg = coverage(&[(2, tally(5)), (5, tally(7)), (10, tally(6))]).expect("a line").0;
        assert!(svg.contains("class=\"l x\" d=\"M2 26H5V2H10V14H1000000\""), "{svg}");
        assert!(svg.contains("aria-label=\"50.0% to 60.0%\""), "{svg}");
        assert!(svg.contains("class=\"d\" d=\"M100 14h0\""), "{svg}");
        assert_eq!(coverage(&[(0, tally(5))]), None);
        assert_eq!(coverage(&[]), None);
    }

    #[test]
    fn a_line_is_interrupted_where_nothing_was_measured() {
        let svg = coverage(&[(0, tally(5)), (3, Tally::default()), (7, tally(7))]);
        let svg = svg.expect("two values").0;
        assert!(svg.contains("d=\"M0 26H3M7 2H1000000\""), "{svg}");
    }

    #[test]
    fn changes_too_small_to_see_are_no_steps() {
        let of = |covered| Tally { covered, total: 1_000_000 };
        let steps = [(0, of(500_000)), (1, of(500_001)), (2, of(500_002)), (3, of(900_000))];
        let svg = coverage(&steps).expect("a line").0;
        assert!(svg.contains("d=\"M0 26H3V2H1000000\""), "{svg}");
    }

    #[test]
    fn more_uncovered_lines_are_worse() {
        let svg = uncovered(&[(0, tally(5)), (1, tally(4))]).expect("two values").0;
        assert!(svg.contains("\"d w\"") && svg.contains("5 to 6 uncovered lines"), "{svg}");
        let svg = uncovered(&[(0, tally(4)), (1, tally(5))]).expect("two values").0;
        assert!(svg.contains("\"d\""), "{svg}");
    }

    #[test]
    fn patches_of_two_people_share_both_axes() {
        // 0 % is at 26, 100 % at 2, whatever else a person did.
        let svg = patches(&[(3, tally(0)), (7, tally(10))]).expect("two patches").0;
        assert!(svg.contains("class=\"l x\" d=\"M3 26L7 2\""), "{svg}");
        assert!(svg.contains("class=\"d x\" d=\"M7 2h0\""), "{svg}");
        let svg = patches(&[(7, tally(10))]).expect("one patch").0;
        assert!(svg.contains("class=\"d x\" d=\"M7 2h0\""), "{svg}");
        assert_eq!(patches(&[]), None);
    }

    #[test]
    fn the_newest_snapshots_keep_their_gaps_and_name_their_ends() {
        let series = [Some(tally(8)), None, Some(tally(9))];
        let svg = newest("<Lines>", &series, None).expect("two values").0;
        // Two steps of 100/11 at the right end; 80 % is at the bottom, 90 % at the top.
        assert!(svg.contains("d=\"M81.8 26M100 2\""), "{svg}");
        assert!(svg.contains("&lt;Lines&gt; over 3 snapshots, 80.0% to 90.0%"), "{svg}");
        assert_eq!(newest("x", &[None, None], None), None);
        let svg = newest("x", &[Some(tally(5)); 2], None).expect("two values").0;
        assert!(svg.contains("L100 14"), "a flat line runs in the middle: {svg}");
    }

    #[test]
    fn a_start_that_was_high_does_not_make_a_rising_line_worse() {
        let series = [10, 5, 6, 7, 8].map(tally).map(Some);
        let svg = newest("x", &series, None).expect("a line").0;
        assert!(svg.contains("class=\"d\""), "{svg}");
        let svg = newest("x", &[9, 8].map(tally).map(Some), None).expect("a line").0;
        assert!(svg.contains("class=\"d w\""), "{svg}");
    }

    #[test]
    fn a_near_target_is_dotted() {
        let series = [Some(tally(8)), Some(tally(9))];
        let dotted = |target| newest("x", &series, Some(target)).expect("a line").0;
        assert!(dotted(95.0).contains("class=\"t\" d=\"M0 2H100\""));
        assert!(!dotted(20.0).contains("class=\"t\""));
    }
}
