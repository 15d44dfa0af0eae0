//! Where the labels of targets are drawn: on their dotted lines, clear of the lines of the chart
//! and of other labels. Lines with the same target share a label. Where there is no room, the
//! target is drawn without one; tables and panels name it too.

use super::axis::{Axis, Line};

/// Height of a label, in percent of the plot.
const HEIGHT: f64 = 6.0;
/// Width of a label, as a share of the plot.
const WIDTH: f64 = 0.25;
/// Least distance of anything else to the middle of a label, in percent of the plot.
const CLEAR: f64 = HEIGHT / 2.0 + 0.5;
/// Distance that is plenty, so that the first of many good spots is taken.
const PLENTY: f64 = HEIGHT * 1.5;

/// A target on the axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    /// The first line that has it.
    pub(super) line: usize,
    pub(super) percent: f64,
    /// The marks of its lines.
    pub(super) marks: Vec<&'static str>,
    /// The label, or `None` if it has no room.
    pub(super) spot: Option<Spot>,
}

impl Target {
    /// `● ▲ target 95`
    pub(super) fn text(&self) -> String {
        format!("{} target {}", self.marks.join(" "), self.percent)
    }
}

/// A spot along a target's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Along {
    Start,
    Middle,
    End,
}

impl Along {
    const ALL: [Self; 3] = [Self::Start, Self::Middle, Self::End];

    /// Its name in ECharts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Middle => "Middle",
            Self::End => "End",
        }
    }

    /// Where a label here begins, as a share of the width.
    pub(super) fn begin(self) -> f64 {
        match self {
            Self::Start => 0.0,
            Self::Middle => 0.5 - WIDTH / 2.0,
            Self::End => 1.0 - WIDTH,
        }
    }
}

/// The side of its line that a label is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Above,
    Below,
}

/// Where a label is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    pub(super) along: Along,
    pub(super) side: Side,
    /// The middle of the label, in percent from the top.
    pub(super) y: f64,
}

/// The targets on the axis, each value once, with their labels.
pub(super) fn targets(lines: &[Line], axis: &Axis) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(percent) = line.target.filter(|&target| axis.holds(target)) else { continue };
        let mark = line.stroke.mark;
        match targets.iter_mut().find(|target| target.percent.total_cmp(&percent).is_eq()) {
            Some(equal) => equal.marks.push(mark),
            None => targets.push(Target { line: at, percent, marks: vec![mark], spot: None }),
        }
    }

    for at in 0..targets.len() {
        targets[at].spot = best(&targets, at, lines, axis);
    }
    targets
}

/// The spot with most room for a label; of equals the first: above, at the start.
fn best(targets: &[Target], at: usize, lines: &[Line], axis: &Axis) -> Option<Spot> {
    let middle = axis.y(targets[at].percent);
    let spots = [(Side::Above, -HEIGHT / 2.0), (Side::Below, HEIGHT / 2.0)];
    let spots = spots
        .into_iter()
        .flat_map(|(side, shift)| Along::ALL.map(|along| Spot { along, side, y: middle + shift }));

    let mut best: Option<(Spot, f64)> = None;
    for spot in spots {
        let others = targets.iter().filter(|other| other.line != targets[at].line);
        let room = others
            .map(|other| distance_to_target(&spot, other, axis))
            .chain(lines.iter().map(|line| distance_to_line(&spot, line, axis)))
            .fold(distance_to_edge(&spot, axis), f64::min);
        if room >= CLEAR && best.is_none_or(|(_, most)| room > most) {
            best = Some((spot, room));
        }
    }
    best.map(|(spot, _)| spot)
}

/// Nothing where the label would leave the plot, plenty elsewhere.
fn distance_to_edge(spot: &Spot, axis: &Axis) -> f64 {
    let is_inside = spot.y >= HEIGHT / 2.0 && spot.y <= axis.height() - HEIGHT / 2.0;
    if is_inside { PLENTY } else { 0.0 }
}

/// The distance to another target's line, and to its label.
fn distance_to_target(spot: &Spot, other: &Target, axis: &Axis) -> f64 {
    let line = (axis.y(other.percent) - spot.y).abs();
    let label = other.spot.filter(|label| label.along == spot.along);
    // Two labels need the height of both halves.
    let label = label.map(|label| (label.y - spot.y).abs() - HEIGHT / 2.0);
    label.map_or(line, |label| label.min(line))
}

/// The distance to a line of the chart, on the part of the plot that the label is on.
fn distance_to_line(spot: &Spot, line: &Line, axis: &Axis) -> f64 {
    let last = line.series.len().saturating_sub(1).max(1) as f64;
    let (begin, end) = (spot.along.begin(), spot.along.begin() + WIDTH);
    let height = |at: usize| Some(axis.y(line.series.get(at)?.as_ref()?.percent()?));

    let mut nearest = f64::MAX;
    for at in 0..line.series.len() {
        let (from, to) = (at as f64 / last, (at + 1) as f64 / last);
        let Some(y) = height(at).filter(|_| from <= end && to >= begin) else { continue };
        // A point alone, or the part of the stroke to the next one that is on the label's part.
        let next = height(at + 1).unwrap_or(y);
        let at_x = |x: f64| y + (next - y) * ((x - from) / (to - from)).clamp(0.0, 1.0);
        let (a, b) = (at_x(begin), at_x(end));
        let outside = (a.min(b) - spot.y).max(spot.y - a.max(b));
        nearest = nearest.min(outside.max(0.0));
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Dimension, Tally};

    const fn percent(covered: u64) -> Tally {
        Tally { covered, total: 100 }
    }

    fn line(dimension: Dimension, series: &[Option<Tally>], target: f64) -> Line<'_> {
        let facts = dimension.facts();
        let (id, name, stroke) = (facts.name, facts.title, &facts.stroke);
        Line { id, name, stroke, series, target: Some(target), carried: vec![] }
    }

    /// The targets of lines that run far below them.
    fn of_values(values: &[f64]) -> Vec<Target> {
        let low = [Some(percent(50)); 10];
        let dimensions = [Dimension::Lines, Dimension::Branches, Dimension::Functions];
        let pairs = dimensions.into_iter().zip(values);
        let lines: Vec<Line> = pairs.map(|(name, &target)| line(name, &low, target)).collect();
        let axis = Axis::new(&lines, 100.0).expect("lines have values");
        targets(&lines, &axis)
    }

    #[test]
    fn equal_targets_share_a_label() {
        let texts = |values| of_values(values).iter().map(Target::text).collect::<Vec<_>>();
        assert_eq!(texts(&[55.0, 55.0, 55.0]), ["● ■ ▲ target 55"]);
        assert_eq!(texts(&[55.0, 53.0, 55.0]), ["● ▲ target 55", "■ target 53"]);
    }

    #[test]
    fn labels_of_close_targets_do_not_meet() {
        for values in [[55.0, 54.9, 54.8], [55.0, 54.5, 54.0], [55.0, 57.0, 59.0]] {
            let targets = of_values(&values);
            let spots: Vec<Spot> = targets.iter().filter_map(|target| target.spot).collect();
            assert!(!spots.is_empty(), "{values:?}");
            for (at, a) in spots.iter().enumerate() {
                for b in &spots[at + 1..] {
                    let is_apart = a.along != b.along || (a.y - b.y).abs() >= HEIGHT;
                    assert!(is_apart, "{a:?} and {b:?} of {values:?}");
                }
            }
        }
    }

    #[test]
    fn a_label_keeps_away_from_the_line() {
        // The line runs along its target in the first half, and far below in the second.
        let series = [vec![Some(percent(80)); 7], vec![Some(percent(40)); 5]].concat();
        let lines = [line(Dimension::Lines, &series, 80.0)];
        let axis = Axis::new(&lines, 100.0).expect("the line has values");
        let spot = targets(&lines, &axis)[0].spot.expect("there is room at the end");
        assert_eq!(spot.along, Along::End);
    }

    #[test]
    fn a_line_that_crosses_between_two_points_is_seen() {
        // At both ends the line is far from its target, but it crosses the label at the start.
        let series = [100, 20, 20, 20, 100].map(percent).map(Some);
        let lines = [line(Dimension::Lines, &series, 60.0)];
        let axis = Axis::new(&lines, 100.0).expect("the line has values");
        let spot = targets(&lines, &axis)[0].spot.expect("there is room in the middle");
        assert_eq!(spot.along, Along::Middle);
    }

    #[test]
    fn a_label_without_room_is_left_out() {
        let series: Vec<_> =
            (0..20).map(|at| Some(percent(if at % 2 == 0 { 100 } else { 20 }))).collect();
        let lines = [line(Dimension::Lines, &series, 60.0)];
        let axis = Axis::new(&lines, 100.0).expect("the line has values");
        let found = targets(&lines, &axis);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].spot, None);
    }
}
