//! The lines of a chart over commits, and the vertical axis that they share.

use crate::report::{Stroke, Tally};

/// A dimension over all points.
pub struct Line<'a> {
    /// The id of its series.
    pub id: &'static str,
    /// How it is drawn.
    pub stroke: &'static Stroke,
    /// The points at which it is carried.
    pub carried: Vec<usize>,
    /// Its name at the end of the line.
    pub name: &'a str,
    /// Its tally at every point.
    pub series: &'a [Option<Tally>],
    /// Its target in percent.
    pub target: Option<f64>,
}

/// The vertical axis: whole percents, a round step.
pub(super) struct Axis {
    pub(super) low: u32,
    pub(super) high: u32,
    pub(super) step: u32,
    height: f64,
}

impl Axis {
    /// An axis that holds every value, and every target that is not far off.
    pub(super) fn new(lines: &[Line], height: f64) -> Option<Self> {
        let values = || {
            lines.iter().flat_map(|line| {
                line.series.iter().filter_map(|tally| tally.and_then(Tally::percent))
            })
        };
        let (low, high) = values()
            .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return None;
        }
        let near = |target: &f64| *target > low - 10.0 && *target < high + 10.0;
        let targets = lines.iter().filter_map(|line| line.target).filter(near);
        let (low, high) =
            targets.fold((low, high), |(low, high), target| (low.min(target), high.max(target)));
        let step = [1, 2, 5, 10, 20, 25]
            .into_iter()
            .find(|&step| (high - low) / f64::from(step) <= 4.0)
            .unwrap_or(25);
        let floor = (low / f64::from(step)).floor() as u32 * step;
        let ceiling = ((high / f64::from(step)).ceil() as u32 * step)
            .clamp(floor + step, 100.max(floor + step));
        Some(Self { low: floor, high: ceiling, step, height })
    }

    pub(super) fn height(&self) -> f64 {
        self.height
    }

    pub(super) fn y(&self, percent: f64) -> f64 {
        self.height * (f64::from(self.high) - percent) / f64::from(self.high - self.low)
    }

    pub(super) fn holds(&self, percent: f64) -> bool {
        percent >= f64::from(self.low) && percent <= f64::from(self.high)
    }

    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        (self.low..=self.high).step_by(self.step as usize).map(f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Dimension;

    fn percent(covered: u64) -> Tally {
        Tally { covered, total: 100 }
    }

    fn line(series: &[Option<Tally>], target: Option<f64>) -> Line<'_> {
        let facts = Dimension::Lines.facts();
        Line {
            id: facts.name,
            stroke: &facts.stroke,
            carried: vec![],
            name: facts.title,
            series,
            target,
        }
    }

    #[test]
    fn the_axis_is_round_and_holds_near_targets() {
        let series = [82, 85].map(percent).map(Some);
        let axis = |target| Axis::new(&[line(&series, target)], 100.0).unwrap();
        let bounds = |axis: Axis| (axis.low, axis.high, axis.step);
        assert_eq!(bounds(axis(None)), (82, 85, 1));
        assert_eq!(bounds(axis(Some(88.0))), (82, 88, 2));
        assert_eq!(bounds(axis(Some(99.0))), (82, 85, 1));
        let all = [Some(percent(100)); 2];
        assert_eq!(bounds(Axis::new(&[line(&all, None)], 100.0).unwrap()), (100, 101, 1));
    }
}
