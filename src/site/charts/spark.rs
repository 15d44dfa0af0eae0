//! Sparklines: a grey line with a dot at its end, blue, or orange and square where the end lies
//! below the line's median.

use std::fmt::Write as _;

use crate::report::Tally;
use crate::site::templates::Markup;
use crate::site::{escape, format};

/// A line takes the room of at least so many steps, so that two points do not look like a long
/// history.
const LEAST_STEPS: usize = 11;

/// The axis spans at least so many percentage points, so that noise does not look like a mountain
/// range.
const LEAST_SPAN: f64 = 2.0;

/// A sparkline of percentages, oldest first; points that were not measured leave gaps. The target
/// is dotted where it is near. `name` is what is drawn, for the label in words.
pub fn spark(name: &str, series: &[Option<Tally>], target: Option<f64>) -> Markup {
    let values: Vec<Option<f64>> =
        series.iter().map(|tally| tally.and_then(Tally::percent)).collect();
    let known = || values.iter().flatten().copied();
    let (Some(first), Some(last)) = (known().next(), known().next_back()) else {
        return Markup(String::new());
    };
    let (low, high) =
        known().fold((first, first), |(low, high), value| (low.min(value), high.max(value)));
    let near =
        target.filter(|&target| target >= low - 1.0 && target <= high + (high - low).max(3.0));
    let (low, high) = near.map_or((low, high), |target| (low.min(target), high.max(target)));
    let span = (high - low).max(LEAST_SPAN);
    let low =
        if high - low < LEAST_SPAN { f64::midpoint(low, high) - LEAST_SPAN / 2.0 } else { low };
    let y = |value: f64| 26.0 - (value - low) / span * 24.0;
    let step = 100.0 / (series.len() - 1).max(LEAST_STEPS) as f64;
    let from = 100.0 - step * (series.len() - 1) as f64;
    let mut path = String::new();
    let mut end = (0.0, 0.0);
    let mut pen = 'M';
    for (at, value) in values.iter().enumerate() {
        let Some(value) = value else {
            pen = 'M';
            continue;
        };
        end = (from + step * at as f64, y(*value));
        let _ = write!(path, "{pen}{:.1} {:.1}", end.0, end.1);
        pen = 'L';
    }
    let ends = [series.iter().flatten().next(), series.iter().flatten().next_back()];
    let [Some(first_text), Some(last_text)] =
        ends.map(|tally| tally.map(|&tally| format::percent(tally)))
    else {
        return Markup(String::new());
    };
    let label = format!(
        "{name} over {}, {first_text} to {last_text}",
        format::counted(series.len() as u64, "snapshot")
    );
    let target = near.map_or(String::new(), |target| {
        format!(r#"<path class="t" d="M0 {0:.1}H100"/>"#, y(target))
    });
    let worse = if last < median(known().collect()) { " w" } else { "" };
    Markup(format!(
        r#"<svg class="spark" viewBox="0 0 100 28" preserveAspectRatio="none" role="img" aria-label="{}">{target}<path class="l" d="{path}"/><path class="d{worse}" d="M{:.1} {:.1}h0"/></svg>"#,
        escape::escaped(&label),
        end.0,
        end.1,
    ))
}

/// The middle value, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(covered: u64) -> Tally {
        Tally { covered, total: 100 }
    }

    #[test]
    fn a_line_keeps_its_gaps_and_names_its_ends() {
        let Markup(svg) = spark("<Lines>", &[Some(percent(80)), None, Some(percent(90))], None);
        // Two steps of 100/11 at the right end; 80 % is at the bottom, 90 % at the top.
        assert!(svg.contains(r#"d="M81.8 26.0M100.0 2.0""#), "{svg}");
        assert!(svg.contains("&lt;Lines&gt; over 3 snapshots, 80.0% to 90.0%"), "{svg}");
        assert!(svg.contains(r#"class="d""#), "{svg}");
        assert!(
            spark("x", &[Some(percent(90)), Some(percent(80))], None).0.contains(r#"class="d w""#)
        );
        assert_eq!(spark("x", &[None, None], None).0, "");
    }

    #[test]
    fn a_flat_line_runs_in_the_middle() {
        assert!(spark("x", &[Some(percent(50)); 2], None).0.contains("L100.0 14.0"));
    }
}
