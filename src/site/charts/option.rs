//! The interactive trend chart: its whole ECharts option. The only user of charming.
//!
//! What charming cannot express is in `patch.rs`. The page's script replaces
//! `var(--token)` by the theme's colours and `@name` by its functions, and decides nothing else.

use std::collections::BTreeMap;

use charming::Chart;
use charming::component::{Axis as Scale, DataZoom, DataZoomType, Grid};
use charming::element::{
    AreaStyle, AxisLabel, AxisTick, AxisType, BoundaryGap, Emphasis, ItemStyle, LineStyle,
    MarkLine, Sampling, Symbol, Tooltip, Trigger,
};
use charming::series::Line as Drawn;
use serde::Serialize;
use serde_json::Value;

use super::axis::{Axis, Line};
use super::patch;
use super::trend::{Ends, Plot};
use crate::{Error, Result};

/// Room at the left of the plots, for the labels of the axis.
const LEFT: i64 = 48;
/// Height of the lower plot, of counts.
const LOWER: i64 = 52;
/// With more commits than this, the chart has a slider to zoom.
const MAX_COMMITS: usize = 120;
/// With more commits than this, a line is drawn with fewer points.
const MAX_POINTS: usize = 500;

/// The data file of a chart over commits.
#[derive(Serialize)]
pub struct OverCommits {
    /// The ECharts option.
    pub option: Value,
    /// The commits, columnar.
    pub commits: Commits,
    /// The texts of the tooltip and of the label at the end of a line, by series.
    pub series: BTreeMap<&'static str, Reading>,
}

/// How a series is read.
#[derive(Serialize)]
pub struct Reading {
    /// Its mark and name.
    pub name: String,
    /// The format of its values: `percent` or `count`.
    pub format: &'static str,
    /// The label at the end of its line; `#` is replaced by the value.
    pub end: String,
    /// The commits at which it is carried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<usize>,
}

/// The commits of a chart; every list has one entry per commit. Links are relative to the site's
/// root.
#[derive(Default, Serialize)]
pub struct Commits {
    /// Abbreviated ids.
    pub short: Vec<String>,
    /// Times, RFC 3339.
    pub date: Vec<String>,
    /// First lines of the messages.
    pub subject: Vec<String>,
    /// Their pages; absent if commits have none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub href: Vec<String>,
}

/// A mark at a commit: a release.
pub struct Mark {
    /// The commit's index.
    pub point: usize,
    /// Its name.
    pub name: String,
}

/// The whole option of a trend chart: percentages above, counts below, on the same commits.
pub fn trend(plot: &Plot) -> Result<Value> {
    let Some(axis) = Axis::new(&plot.lines, 100.0) else { return Ok(Value::Null) };
    let commits = plot.lines.first().map_or(0, |line| line.series.len());
    let frame = Frame {
        right: if plot.ends == Ends::OneRow { 140 } else { 96 },
        foot: if commits > MAX_COMMITS { 40 } else { 8 },
        commits,
    };

    let mut chart = Chart::new().animation(false).background_color("transparent");
    chart = chart.tooltip(tooltip()).grid(frame.upper(plot.uncovered.is_some()));
    chart = chart.x_axis(frame.commits_axis(0)).y_axis(percents(&axis));
    if plot.uncovered.is_some() {
        chart = chart.grid(frame.lower()).x_axis(frame.commits_axis(1)).y_axis(counts());
    }
    for line in &plot.lines {
        chart = chart.series(sampled(percent_line(line), commits));
    }
    if plot.uncovered.is_some() {
        chart = chart.series(sampled(uncovered_line(), commits));
    }
    if commits > MAX_COMMITS {
        chart = chart.data_zoom(frame.slider()).data_zoom(inside());
    }

    let mut option = serde_json::to_value(&chart)
        .map_err(|cause| Error::new("writing the option of a chart").because(cause))?;
    patch::all(&mut option, plot, &axis);
    Ok(option)
}

/// Where the plots are.
struct Frame {
    right: i64,
    foot: i64,
    commits: usize,
}

impl Frame {
    fn grid(&self) -> Grid {
        Grid::new().left(LEFT).right(self.right)
    }

    fn upper(&self, has_counts: bool) -> Grid {
        let below = if has_counts { LOWER + 24 } else { 0 };
        self.grid().top(28).bottom(self.foot + below)
    }

    fn lower(&self) -> Grid {
        self.grid().height(LOWER).bottom(self.foot)
    }

    fn commits_axis(&self, grid: usize) -> Scale {
        Scale::new()
            .type_(AxisType::Category)
            .grid_index(grid as f64)
            .boundary_gap(BoundaryGap::CategoryAxis(false))
            .axis_label(AxisLabel::new().show(false))
            .axis_tick(AxisTick::new().show(false))
            .data((0..self.commits).map(|at| at.to_string()).collect())
    }

    fn slider(&self) -> DataZoom {
        DataZoom::new()
            .type_(DataZoomType::Slider)
            .x_axis_index("all")
            .left(LEFT)
            .right(self.right)
            .bottom(4)
            .brush_select(false)
            .border_color("var(--rule)")
            .filler_color("transparent")
    }
}

/// Zooming on the plot itself, with Ctrl and the wheel.
fn inside() -> DataZoom {
    DataZoom::new().type_(DataZoomType::Inside).x_axis_index("all")
}

fn tooltip() -> Tooltip {
    Tooltip::new()
        .trigger(Trigger::Axis)
        .formatter("@tip")
        .background_color("var(--sheet)")
        .border_color("var(--edge)")
        .border_width(1)
}

fn value_axis(grid: usize, format: &'static str) -> Scale {
    let label = AxisLabel::new().font_size(11).color("var(--ink2)").formatter(format);
    Scale::new().type_(AxisType::Value).grid_index(grid as f64).axis_label(label)
}

/// The axis of percentages, as in the static picture.
fn percents(axis: &Axis) -> Scale {
    let bound = i64::from;
    value_axis(0, "@tick").min(bound(axis.low)).max(bound(axis.high)).interval(f64::from(axis.step))
}

/// The axis of counts begins at 0, which is its only tick beside the largest value.
fn counts() -> Scale {
    value_axis(1, "@count").min(0).split_number(1)
}

fn percent_line(line: &Line) -> Drawn {
    let color = format!("var(--{})", line.stroke.color);
    let width = if line.stroke.dash.is_empty() { 2.0 } else { 1.5 };
    let style = LineStyle::new().color(color.as_str()).width(width);
    let mark = MarkLine::new().silent(true).symbol(vec![Symbol::None]);
    base(line.id, line.name)
        .line_style(style)
        .item_style(ItemStyle::new().color(color.as_str()).border_color(color.as_str()))
        .mark_line(mark)
}

/// The area of what is uncovered: hatched, and paler than the lines.
fn uncovered_line() -> Drawn {
    base("uncovered", "Uncovered")
        .x_axis_index(1)
        .y_axis_index(1)
        .line_style(LineStyle::new().color("var(--gap)").width(1).opacity(0.7))
        .item_style(ItemStyle::new().color("var(--gap)").border_color("var(--gap)"))
        .area_style(AreaStyle::new().color("transparent").opacity(0.35))
}

/// Draws fewer points than there are commits, where those would not show.
fn sampled(line: Drawn, commits: usize) -> Drawn {
    if commits > MAX_POINTS { line.sampling(Sampling::Lttb) } else { line }
}

fn base(id: &str, name: &str) -> Drawn {
    Drawn::new()
        .id(id)
        .name(name)
        .symbol(Symbol::None)
        .connect_nulls(false)
        .emphasis(Emphasis::new().disabled(true))
}

/// The texts of the tooltip and the labels for each series of a plot.
pub fn readings(plot: &Plot) -> BTreeMap<&'static str, Reading> {
    let line = |line: &Line| {
        let name = format!("{} {}", line.stroke.mark, line.name);
        let end = match plot.ends {
            Ends::OneRow => format!("{{w|#}} {name}"),
            _ => format!("{{v|#}}\n{name}"),
        };
        (line.id, Reading { name, format: "percent", end, carried: line.carried.clone() })
    };
    let uncovered = plot.uncovered.as_ref().map(|_| {
        let name = "▨ Uncovered".to_owned();
        let end = format!("{{v|#}}\n{name}");
        ("uncovered", Reading { name, format: "count", end, carried: Vec::new() })
    });
    plot.lines.iter().map(line).chain(uncovered).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::{Dimension, Tally};

    const fn tally(covered: u64) -> Tally {
        Tally { covered, total: 100 }
    }

    fn line(dimension: Dimension, series: &[Option<Tally>], target: Option<f64>) -> Line<'_> {
        let facts = dimension.facts();
        let (id, name, stroke) = (facts.name, facts.title, &facts.stroke);
        Line { id, name, stroke, series, target, carried: vec![] }
    }

    #[test]
    fn long_histories_can_be_zoomed_and_are_sampled() {
        let series = vec![Some(tally(80)); 501];
        let of = |commits: usize| {
            let lines = vec![line(Dimension::Lines, &series[..commits], None)];
            trend(&Plot { lines, ..Plot::default() }).expect("the option can be written")
        };
        assert_eq!(of(120).get("dataZoom"), None);
        let zoomed = of(121);
        let zoom = zoomed["dataZoom"].as_array().expect("a slider and a wheel");
        assert_eq!([&zoom[0]["type"], &zoom[1]["type"]], ["slider", "inside"]);
        assert_eq!(zoom[1]["zoomOnMouseWheel"], "ctrl");
        assert_eq!(of(500)["series"][0].get("sampling"), None);
        assert_eq!(of(501)["series"][0]["sampling"], "lttb");
    }

    #[test]
    fn numbers_that_would_cover_each_other_become_one() {
        let series = vec![Some(tally(80)); 101];
        let lines = vec![line(Dimension::Lines, &series, None)];
        let plot = Plot { lines, events: vec![10, 50, 52, 54], ..Plot::default() };
        let option = trend(&plot).expect("the option can be written");
        let marks = option["series"][0]["markLine"]["data"].as_array().expect("four marks");
        let names: Vec<_> = marks.iter().map(|mark| mark["name"].clone()).collect();
        assert_eq!(names, ["1", "", "", "2–4"]);
        assert_eq!(marks[1]["label"]["show"], json!(false));
    }

    #[test]
    fn an_end_label_is_one_row_where_there_are_many() {
        let series = [Some(tally(80))];
        let lines = || vec![line(Dimension::Branches, &series, None)];
        let two = Plot { lines: lines(), ends: Ends::TwoRows, ..Plot::default() };
        assert_eq!(readings(&two)["branches"].end, "{v|#}\n■ Branches");
        let one = Plot { lines: lines(), ends: Ends::OneRow, ..Plot::default() };
        assert_eq!(readings(&one)["branches"].end, "{w|#} ■ Branches");
    }
}
