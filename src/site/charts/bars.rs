//! Diverging bars: what each of the last commits did to the number of uncovered lines. Fewer is up
//! and solid, more is down and hatched; the axis sits where both fit.

use serde::Serialize;

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// The bar in words.
    pub label: String,
    /// `up` (fewer uncovered lines), `down`, or empty for no change.
    pub class: &'static str,
    /// Its height in % of the plot.
    pub height: String,
}

/// The bars of a plot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bars {
    /// Where the axis sits, in % from the top.
    pub axis: String,
    /// The bars, oldest first.
    pub bars: Vec<Bar>,
    /// How many commits made it better.
    pub better: usize,
    /// How many made it worse.
    pub worse: usize,
}

/// A commit to draw: the change of its uncovered lines, and its label.
pub struct Step {
    /// Uncovered lines more (positive) or fewer.
    pub change: i64,
    /// The bar in words.
    pub label: String,
}

/// Scales the steps so that the best and the worst fit above and below one axis.
pub fn bars(steps: Vec<Step>) -> Bars {
    let most =
        |sign: i64| steps.iter().map(|step| (step.change * sign).max(0)).max().unwrap_or(0) as f64;
    let (up, down) = (most(-1), most(1));
    let whole = (up + down).max(1.0);
    let count = |sign: i64| steps.iter().filter(|step| step.change.signum() == sign).count();
    let (better, worse) = (count(-1), count(1));
    let axis = if up + down == 0.0 { 50.0 } else { up / whole * 100.0 };
    let bar = |step: Step| Bar {
        class: match step.change {
            0 => "",
            1.. => "down",
            _ => "up",
        },
        height: format!("{:.1}", step.change.unsigned_abs() as f64 / whole * 100.0),
        label: step.label,
    };
    Bars { axis: format!("{axis:.1}"), bars: steps.into_iter().map(bar).collect(), better, worse }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_sits_where_both_fit() {
        let step = |change| Step { change, label: String::new() };
        let plot = bars(vec![step(-30), step(0), step(10)]);
        assert_eq!((plot.axis.as_str(), plot.better, plot.worse), ("75.0", 1, 1));
        let drawn: Vec<_> = plot.bars.iter().map(|bar| (bar.class, bar.height.as_str())).collect();
        assert_eq!(drawn, [("up", "75.0"), ("", "0.0"), ("down", "25.0")]);
        assert_eq!(bars(vec![step(0)]).axis, "50.0");
    }
}
