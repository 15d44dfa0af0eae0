//! Where the labels of targets go: at the spot of their line that is farthest from every line of
//! the chart and from the labels placed before.

use super::axis::{Axis, Line};

/// Height of a label, in percent of the plot.
const HEIGHT: f64 = 6.0;
/// Width of a label, as a share of the plot.
const WIDTH: f64 = 0.25;

/// The place of a label along its line.
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

    /// Where a label at this place begins, as a share of the width.
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

/// A label with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spot {
    pub(super) text: String,
    pub(super) along: Along,
    pub(super) side: Side,
    /// The middle of the label, in percent from the top.
    pub(super) y: f64,
}

/// A place for the label of each target on the axis, by line.
pub(super) fn targets(lines: &[Line], axis: &Axis) -> Vec<Option<Spot>> {
    let mut taken: Vec<Spot> = Vec::new();
    let mut spots = Vec::new();
    for line in lines {
        let target = line.target.filter(|&target| axis.holds(target));
        let spot = target.map(|target| best(line, target, lines, (axis, &taken)));
        taken.extend(spot.clone());
        spots.push(spot);
    }
    spots
}

fn best(line: &Line, target: f64, lines: &[Line], (axis, taken): (&Axis, &[Spot])) -> Spot {
    let text = format!("target {target}, {}", line.name.to_lowercase());
    let mut spots = Vec::new();
    for side in [Side::Above, Side::Below] {
        for along in Along::ALL {
            let shift = if side == Side::Above { -HEIGHT / 2.0 } else { HEIGHT / 2.0 };
            spots.push(Spot { text: text.clone(), along, side, y: axis.y(target) + shift });
        }
    }
    let room = |spot: &Spot| room(spot, lines, axis, taken);
    // Of equals the first: above, at the start.
    let mut best = spots.remove(0);
    for spot in spots {
        if room(&spot) > room(&best) {
            best = spot;
        }
    }
    best
}

/// The distance of a label to the nearest line or label, in percent of the height; never more than
/// what is plenty, so that the first of many good places is taken.
fn room(spot: &Spot, lines: &[Line], axis: &Axis, taken: &[Spot]) -> f64 {
    let near = |y: f64| (y - spot.y).abs();
    let ys = lines.iter().flat_map(|line| {
        let count = line.series.len().max(2) - 1;
        let begin = (spot.along.begin() * count as f64).floor() as usize;
        let end = ((spot.along.begin() + WIDTH) * count as f64).ceil() as usize;
        let inside = line.series.iter().take(end + 1).skip(begin);
        inside.filter_map(|tally| Some(axis.y(tally.as_ref()?.percent()?)))
    });
    let labels = taken.iter().filter(|other| other.along == spot.along).map(|other| other.y);
    let outside =
        if spot.y < HEIGHT / 2.0 || spot.y > axis.height() - HEIGHT / 2.0 { 0.0 } else { 100.0 };
    ys.chain(labels).map(near).fold(outside, f64::min).min(HEIGHT * 1.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Dimension, Tally};

    fn line(dimension: Dimension, series: &[Option<Tally>], target: f64) -> Line<'_> {
        let facts = dimension.facts();
        let (id, name, stroke) = (facts.name, facts.title, &facts.stroke);
        Line { id, name, stroke, series, target: Some(target), carried: vec![] }
    }

    #[test]
    fn labels_of_equal_targets_do_not_meet() {
        let low = vec![Some(Tally { covered: 50, total: 100 }); 10];
        let lines = [line(Dimension::Lines, &low, 55.0), line(Dimension::Branches, &low, 55.0)];
        let axis = Axis::new(&lines, 100.0).expect("lines have values");
        let [Some(first), Some(second)] = &targets(&lines, &axis)[..] else { panic!("two labels") };
        assert!(first.along != second.along || (first.y - second.y).abs() >= HEIGHT, "{second:?}");
    }

    #[test]
    fn a_label_keeps_away_from_the_line() {
        // The line runs along its target in the first half, and far below in the second.
        let near = Some(Tally { covered: 80, total: 100 });
        let far = Some(Tally { covered: 40, total: 100 });
        let series: Vec<_> = [vec![near; 7], vec![far; 5]].concat();
        let lines = [line(Dimension::Lines, &series, 80.0)];
        let axis = Axis::new(&lines, 100.0).expect("the line has values");
        let spot = targets(&lines, &axis).remove(0).expect("the target is on the axis");
        assert_eq!(spot.along, Along::End);
    }
}
