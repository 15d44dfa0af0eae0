//! The trend as a picture made at build time: percentages above, uncovered lines below on the same
//! commits, and under both the scale bar of months. The interactive chart takes its place when
//! scripts run.

use std::fmt::Write as _;

use super::axis::{Axis, Line};
use super::target_labels::{self, Side};
use crate::report::Stroke;
use crate::site::templates::Markup;
use crate::site::{escape, format};

/// The data that is drawn.
#[derive(Default)]
pub struct Plot<'a> {
    /// The lines, which differ in stroke and end mark.
    pub lines: Vec<Line<'a>>,
    /// The number of uncovered things at every point, drawn below; none leaves the whole height to
    /// the lines.
    pub uncovered: Option<Vec<Option<u64>>>,
    /// Points with a number, in order.
    pub events: Vec<usize>,
    /// Points with a name.
    pub releases: Vec<(usize, &'a str)>,
    /// How lines are named at their ends.
    pub ends: Ends,
}

/// The labels at the ends of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ends {
    /// None: the panel names its only line.
    #[default]
    Bare,
    /// The value above the name.
    TwoRows,
    /// Both in one row, for more lines than two.
    OneRow,
}

impl Ends {
    /// The least distance between two labels, in percent of the height.
    fn distance(self, lines: usize) -> f64 {
        match self {
            Ends::Bare | Ends::TwoRows => 13.0,
            Ends::OneRow if lines > 4 => 6.0,
            Ends::OneRow => 6.5,
        }
    }
}

/// The part of the height that lines take where uncovered things are drawn below.
const UPPER: f64 = 80.0;

/// The picture with its labels: it stands in `.plot`, and `.neat` with `.months` follow it
/// ([`scale_bar`]).
pub fn plot(plot: &Plot) -> Markup {
    let high = if plot.uncovered.is_some() { UPPER } else { 100.0 };
    let Some(axis) = Axis::new(&plot.lines, high) else { return Markup(String::new()) };
    let mut marks = String::new();
    let mut labels = String::new();
    for tick in axis.ticks() {
        let y = axis.y(tick);
        let _ = write!(marks, r#"<path class="g" d="M0 {y:.2}H100"/>"#);
        let _ = write!(labels, r#"<span class="lab y" style="--y:{y:.2}">{tick}%</span>"#);
    }
    push_targets(&mut marks, &mut labels, plot, &axis);
    if let Some(uncovered) = &plot.uncovered {
        push_uncovered(&mut marks, &mut labels, uncovered);
    }
    push_lines(&mut marks, &mut labels, plot, &axis);
    let count = plot.lines.first().map_or(0, |line| line.series.len());
    let events = numbers(&plot.events, &plot.releases, count);
    Markup(format!(
        r#"<svg class="lines" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{marks}</svg>{events}{labels}"#
    ))
}

/// The dotted targets. The panel of a single line names its target itself: on a small plot a label
/// would cover the line.
fn push_targets(marks: &mut String, labels: &mut String, plot: &Plot, axis: &Axis) {
    for target in target_labels::targets(&plot.lines, axis) {
        let _ = write!(marks, r#"<path class="tg" d="M0 {:.2}H100"/>"#, axis.y(target.percent));
        let Some(spot) = target.spot.filter(|_| plot.ends != Ends::Bare) else { continue };
        let side = if spot.side == Side::Above { "" } else { " under" };
        let _ = write!(
            labels,
            r#"<span class="lab t{side}" style="--x:{:.0};--y:{:.2}">{}</span>"#,
            spot.along.begin() * 100.0,
            spot.y,
            escape::escaped(&target.text())
        );
    }
}

/// The lines with the marks and labels at their ends.
fn push_lines(marks: &mut String, labels: &mut String, plot: &Plot, axis: &Axis) {
    let mut ends = Vec::new();
    for line in &plot.lines {
        let Stroke { color, dash, mark } = line.stroke;
        let points = line.series.iter();
        let points = points.map(|tally| Some(axis.y(tally.as_ref()?.percent()?)));
        let lengths: Vec<String> = dash.iter().map(u8::to_string).collect();
        let _ = write!(
            marks,
            r#"<path class="ln" stroke="var(--{color})" stroke-dasharray="{}" d="{}"/>"#,
            lengths.join(" "),
            path(points)
        );
        if let Some(tally) = line.series.last().copied().flatten() {
            let y = axis.y(tally.percent().unwrap_or_default());
            let square = matches!(*mark, "■" | "□" | "◆" | "◇");
            let cap = if square { "square" } else { "round" };
            let _ = write!(
                marks,
                r#"<path class="dot" stroke="var(--{color})" stroke-linecap="{cap}" d="M100 {y:.2}h0"/>"#
            );
            let name = escape::escaped(line.name);
            ends.push((y, format!("<b>{}</b> {mark} {name}", format::percent(tally))));
        }
    }

    let class = if plot.ends == Ends::OneRow { "lab e i" } else { "lab e" };
    if plot.ends != Ends::Bare {
        for (y, text) in apart(ends, plot.ends.distance(plot.lines.len()), axis.height()) {
            let _ = write!(labels, r#"<span class="{class}" style="--y:{y:.2}">{text}</span>"#);
        }
    }
}

/// The height of the text under the scale bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Months, the year where it begins, and the number of points.
    Counted,
    /// Months alone, for small plots.
    Short,
}

/// The black and white bar, a segment a month, and the months' names.
pub fn scale_bar(times: &[i64], names: Names) -> Markup {
    let months: Vec<&[i64]> =
        times.chunk_by(|a, b| format::month_number(*a) == format::month_number(*b)).collect();
    let (mut bar, mut words) = (String::new(), String::new());
    let mut year = 0;
    for month in &months {
        let _ = write!(bar, r#"<i style="--n:{}"></i>"#, month.len());
        let this = format::month_number(month[0]) / 100;
        let name = format::month(month[0]);
        // A name needs about a tenth of the width, a year as much again.
        let text = match month.len() * 10 >= times.len() {
            false => String::new(),
            true if names == Names::Short => name,
            true if this != year => format!("{name} {this} · {}", month.len()),
            true => format!("{name} · {}", month.len()),
        };
        if !text.is_empty() {
            year = this;
        }
        let _ = write!(words, r#"<span style="--n:{}">{text}</span>"#, month.len());
    }
    Markup(format!(
        r#"<div class="neat" aria-hidden="true">{bar}</div><div class="months">{words}</div>"#
    ))
}

fn x(at: usize, count: usize) -> f64 {
    if count < 2 { 100.0 } else { 100.0 * at as f64 / (count - 1) as f64 }
}

fn path(points: impl ExactSizeIterator<Item = Option<f64>>) -> String {
    let count = points.len();
    let mut path = String::new();
    let mut pen = 'M';
    for (at, y) in points.enumerate() {
        match y {
            Some(y) => {
                let _ = write!(path, "{pen}{:.2} {y:.2}", x(at, count));
                pen = 'L';
            }
            None => pen = 'M',
        }
    }
    path
}

/// The lower plot: counts from 0, hatched, since hatching means not covered.
fn push_uncovered(marks: &mut String, labels: &mut String, uncovered: &[Option<u64>]) {
    let most = uncovered.iter().flatten().copied().max().unwrap_or(0).max(1);
    let (top, bottom) = (UPPER + 8.0, 100.0);
    let y = |count: u64| bottom - (bottom - top) * count as f64 / most as f64;
    marks.push_str(
        r#"<pattern id="hatch" width=".8" height="3.4" patternUnits="userSpaceOnUse"><line x1="0" y1="3.4" x2=".8" y2="0" stroke="var(--gap)" stroke-opacity=".35" vector-effect="non-scaling-stroke"/></pattern>"#,
    );
    for run in runs(uncovered) {
        let at =
            |(at, count): &(usize, u64)| format!("{:.2},{:.2}", x(*at, uncovered.len()), y(*count));
        let edge: Vec<String> = run.iter().map(at).collect();
        let [from, to] = [run[0].0, run[run.len() - 1].0].map(|at| x(at, uncovered.len()));
        let _ = write!(
            marks,
            r#"<polygon points="{from:.2},100 {} {to:.2},100" fill="url(#hatch)"/><path class="un" d="M{}"/>"#,
            edge.join(" "),
            edge.join("L").replace(',', " ")
        );
    }
    let _ = write!(marks, r#"<path class="g" d="M0 100H100"/>"#);
    let _ = write!(
        labels,
        r#"<span class="lab y" style="--y:{top:.2}">{}</span>"#,
        format::count(most)
    );
    labels.push_str(r#"<span class="lab y" style="--y:100">0</span>"#);
    if let Some(last) = uncovered.last().copied().flatten() {
        let _ = write!(
            labels,
            r#"<span class="lab e" style="--y:{:.2}"><b>{}</b>▨ Uncovered</span>"#,
            y(last).max(UPPER + 14.0),
            format::count(last)
        );
    }
}

/// The measured stretches of a series, as points and values.
fn runs(series: &[Option<u64>]) -> Vec<Vec<(usize, u64)>> {
    let known = series.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?)));
    let known: Vec<(usize, u64)> = known.collect();
    known.chunk_by(|a, b| a.0 + 1 == b.0).map(<[_]>::to_vec).collect()
}

/// Labels at the ends of lines, pushed apart so that none covers another: downward, and up again
/// from the bottom.
fn apart(mut ends: Vec<(f64, String)>, distance: f64, bottom: f64) -> Vec<(f64, String)> {
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    for at in 1..ends.len() {
        ends[at].0 = ends[at].0.max(ends[at - 1].0 + distance);
    }
    let mut limit = bottom;
    for end in ends.iter_mut().rev() {
        end.0 = end.0.min(limit);
        limit = end.0 - distance;
    }
    ends
}

/// Numbers over the plot. They stand in a picture of their own that is not stretched, so that
/// digits keep their shape.
fn numbers(points: &[usize], releases: &[(usize, &str)], count: usize) -> String {
    if points.is_empty() && releases.is_empty() {
        return String::new();
    }
    let mut marks = String::new();
    for (point, name) in releases {
        let x = x(*point, count);
        let name = escape::escaped(name);
        // The name runs up along its line; the picture is not scaled, so that a percentage and
        // pixels go together.
        let _ = write!(
            marks,
            r#"<line class="rl" x1="{x:.2}%" x2="{x:.2}%" y1="0" y2="100%"/><svg x="{x:.2}%" y="12" overflow="visible"><text transform="rotate(90)" y="-4" font-size="11" fill="var(--ink2)">{name}</text></svg>"#,
        );
    }
    for (at, &point) in points.iter().enumerate() {
        let x = x(point, count);
        let _ = write!(
            marks,
            r#"<line x1="{x:.2}%" x2="{x:.2}%" y1="8" y2="100%" stroke="var(--edge)" stroke-opacity=".6"/><circle cx="{x:.2}%" cy="0" r="8" fill="var(--sheet)" stroke="var(--edge)"/><text x="{x:.2}%" y="4" text-anchor="middle" font-size="11" font-weight="600" fill="currentColor">{}</text>"#,
            at + 1
        );
    }
    format!(r#"<svg class="lines" aria-hidden="true">{marks}</svg>"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_never_meet_and_stay_inside() {
        let ends = |ys: &[f64]| apart(ys.iter().map(|y| (*y, String::new())).collect(), 8.0, 76.0);
        let ys: Vec<f64> = ends(&[70.0, 71.0, 20.0]).into_iter().map(|(y, _)| y).collect();
        assert_eq!(ys, [20.0, 68.0, 76.0]);
    }

    #[test]
    fn gaps_split_the_line() {
        assert_eq!(path([Some(1.0), None, Some(3.0)].into_iter()), "M0.00 1.00M100.00 3.00");
        assert_eq!(runs(&[Some(1), Some(2), None, Some(4)]), [vec![(0, 1), (1, 2)], vec![(3, 4)]]);
    }

    #[test]
    fn months_are_counted() {
        // 30 and 31 July, 1 August 2026.
        let Markup(bar) = scale_bar(&[1_785_412_800, 1_785_499_200, 1_785_585_600], Names::Counted);
        assert!(bar.contains(r#"<i style="--n:2"></i><i style="--n:1"></i>"#), "{bar}");
        assert!(bar.contains("Jul 2026 · 2") && bar.contains(">Aug · 1<"), "{bar}");
    }
}
