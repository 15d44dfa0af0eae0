//! Features that charming 0.6 cannot express, added to the JSON of an option: one function per gap.

use serde_json::{Map, Value, json};

use super::axis::{Axis, Line};
use super::target_labels::{self, Side, Target};
use super::trend::Plot;
use crate::report::Tally;
use crate::site::format;

/// Numbers of events closer than this share of the width would overlap.
const NEAR: f64 = 0.05;
/// Charts up to this width, in pixels, have no labels of targets.
const NARROW: u32 = 560;

/// Adds everything that is missing to the option of a plot.
pub(super) fn all(option: &mut Value, plot: &Plot, axis: &Axis) {
    fonts(option);
    tooltip(option);
    axes(option);
    zoom(option);
    for (at, line) in plot.lines.iter().enumerate() {
        let series = &mut option["series"][at];
        series["data"] = percents(line);
        series["lineStyle"]["type"] = dash(line.stroke.dash);
        end_label(series);
    }
    if let Some(counts) = &plot.uncovered {
        let series = &mut option["series"][plot.lines.len()];
        series["data"] = json!(counts);
        series["itemStyle"]["decal"] = hatch();
        end_label(series);
    }
    marks(option, plot, axis);
    if plot.lines.iter().any(|line| line.target.is_some()) {
        media(option, plot);
    }
}

/// Overwrites or adds members of an object.
fn add(object: &mut Value, members: Value) {
    if let (Some(object), Value::Object(members)) = (object.as_object_mut(), members) {
        object.extend(members);
    }
}

/// `Chart` has no `textStyle`.
fn fonts(option: &mut Value) {
    add(option, json!({"textStyle": {"fontFamily": "@font", "color": "var(--ink)"}}));
}

/// `Tooltip` lacks everything but its border and background.
fn tooltip(option: &mut Value) {
    add(
        &mut option["tooltip"],
        json!({
            "confine": true,
            "transitionDuration": 0,
            "padding": [8, 12],
            "textStyle": {"color": "var(--ink)", "fontSize": 12},
            "extraCssText": "box-shadow:none;border-radius:6px",
        }),
    );
    // `Chart::axis_pointer` makes a list, of which ECharts takes only the first member.
    add(
        option,
        json!({"axisPointer": {"link": [{"xAxisIndex": "all"}], "label": {"show": false}}}),
    );
}

/// `AxisLine` takes colours only as segments of a gauge.
fn axes(option: &mut Value) {
    let pointer = json!({"show": true, "triggerTooltip": true, "lineStyle":
        {"color": "var(--edge)", "type": "solid"}, "label": {"show": false}});
    let each = |option: &mut Value, name: &str, members: Value| match &mut option[name] {
        Value::Array(all) => all.iter_mut().for_each(|one| add(one, members.clone())),
        one => add(one, members),
    };
    let line = json!({"lineStyle": {"color": "var(--edge)"}});
    each(option, "xAxis", json!({"axisPointer": pointer, "axisLine": line}));
    let split = json!({"lineStyle": {"color": "var(--rule)"}});
    each(option, "yAxis", json!({"axisLine": {"show": false}, "splitLine": split}));
}

/// `DataZoom` has no styles for handles and no keys for the wheel.
fn zoom(option: &mut Value) {
    let zoom = option.get_mut("dataZoom").and_then(Value::as_array_mut);
    let Some([slider, inside]) = zoom.map(Vec::as_mut_slice) else {
        return;
    };
    let shadow = |line: &str, area: &str| json!({"lineStyle": {"color": line}, "areaStyle": {"color": area}});
    add(
        slider,
        json!({
            "height": 22,
            "showDetail": false,
            "dataBackground": shadow("var(--edge)", "var(--inset)"),
            "selectedDataBackground": shadow("var(--cov)", "var(--cov-tint)"),
            "handleStyle": {"color": "var(--sheet)", "borderColor": "var(--ink2)"},
            "moveHandleSize": 4,
            "moveHandleStyle": {"color": "var(--edge)"},
        }),
    );
    add(inside, json!({"zoomOnMouseWheel": "ctrl", "moveOnMouseWheel": false}));
}

/// A `DataPoint` is 328 bytes, so data is written here: plain values, with a hollow mark where a
/// value is carried and the mark of the line at its end.
fn percents(line: &Line) -> Value {
    let last = line.series.iter().rposition(Option::is_some);
    let symbol = match line.stroke.mark {
        "■" => "rect",
        "▲" => "triangle",
        "◆" => "diamond",
        _ => "circle",
    };
    let point = |(at, tally): (usize, &Option<_>)| match percent(*tally) {
        Some(value) if line.carried.contains(&at) => {
            json!({"value": value, "symbol": "emptyCircle", "symbolSize": 5})
        }
        Some(value) if Some(at) == last => {
            json!({"value": value, "symbol": symbol, "symbolSize": 8})
        }
        value => json!(value),
    };
    line.series.iter().enumerate().map(point).collect()
}

/// `LineStyleType` knows no lengths of dashes.
fn dash(lengths: &[u8]) -> Value {
    if lengths.is_empty() { json!("solid") } else { json!(lengths) }
}

/// `Line` has no `endLabel`, no `labelLayout` and no `showAllSymbol`.
fn end_label(series: &mut Value) {
    let value = |size: u8| json!({"fontSize": size, "fontWeight": 600, "lineHeight": 18, "color": "var(--ink)"});
    add(
        series,
        json!({
            "showAllSymbol": true,
            "endLabel": {"show": true, "color": "var(--ink)", "fontSize": 11, "lineHeight": 15,
                "rich": {"v": value(15), "w": value(13)}, "formatter": "@end"},
            "labelLayout": {"moveOverlap": "shiftY"},
        }),
    );
}

/// `ItemStyle` has no `decal`: the hatching that means "not covered".
fn hatch() -> Value {
    json!({"symbol": "rect", "symbolSize": 1, "dashArrayX": [1, 0], "dashArrayY": [1, 5],
        "rotation": -std::f64::consts::FRAC_PI_4, "color": "var(--gap)"})
}

/// `MarkLineData` has no style of its own, and takes no index of a category axis.
fn marks(option: &mut Value, plot: &Plot, axis: &Axis) {
    for found in target_labels::targets(&plot.lines, axis) {
        option["series"][found.line]["markLine"]["data"] = json!([target(&found)]);
    }
    let Some(first) = option.pointer_mut("/series/0/markLine") else { return };
    let releases = plot.releases.iter().map(|(point, name)| release(*point, name));
    let vertical = releases.chain(events(plot)).collect::<Vec<_>>();
    match first["data"].as_array_mut() {
        Some(data) => data.extend(vertical),
        None => first["data"] = Value::Array(vertical),
    }
}

fn dotted() -> Value {
    json!({"color": "var(--edge)", "type": [1, 3], "width": 1})
}

/// A target, with its label where it covers no line.
fn target(target: &Target) -> Value {
    let label = match target.spot {
        Some(spot) => {
            let side = if spot.side == Side::Above { "Top" } else { "Bottom" };
            json!({"position": format!("inside{}{side}", spot.along.name()),
                "formatter": "{b}", "fontSize": 11, "color": "var(--ink2)"})
        }
        None => json!({"show": false}),
    };
    json!({"name": target.text(), "yAxis": target.percent, "lineStyle": dotted(), "label": label})
}

/// On a narrow chart the labels of targets would cover the lines: their marks show labels only
/// where the chart is wider.
fn media(option: &mut Value, plot: &Plot) {
    let labels = |show: bool| -> Value {
        let series = plot.lines.iter();
        series.map(|line| json!({"id": line.id, "markLine": {"label": {"show": show}}})).collect()
    };
    let narrow = json!({"query": {"maxWidth": NARROW}, "option": {"series": labels(false)}});
    let wide = json!({"option": {"series": labels(true)}});
    add(option, json!({"media": [narrow, wide]}));
}

fn release(point: usize, name: &str) -> Value {
    let label = json!({"show": true, "position": "insideEndTop", "formatter": "{b}",
        "fontSize": 11, "color": "var(--ink2)"});
    json!({"name": name, "xAxis": point, "lineStyle": dotted(), "label": label})
}

/// Numbers above the plot. Numbers that would cover each other become one, `2–4`, at the last of
/// their lines.
fn events(plot: &Plot) -> Vec<Value> {
    let commits = plot.lines.first().map_or(0, |line| line.series.len()).max(2) - 1;
    let mut first = 1;
    let mut marks = Vec::new();
    for (at, &point) in plot.events.iter().enumerate() {
        let number = at + 1;
        let next = plot.events.get(at + 1);
        let name = match next {
            Some(next) if ((next - point) as f64) < NEAR * commits as f64 => String::new(),
            _ if first == number => number.to_string(),
            _ => format!("{first}–{number}"),
        };
        if !name.is_empty() {
            first = number + 1;
        }
        marks.push(event(point, &name));
    }
    marks
}

fn event(point: usize, name: &str) -> Value {
    let (width, shift) = if name.chars().count() > 1 { (28, -10) } else { (16, 0) };
    let label: Map<String, Value> = [
        ("show", json!(!name.is_empty())),
        ("position", json!("end")),
        ("distance", json!(4)),
        ("formatter", json!("{b}")),
        ("fontSize", json!(11)),
        ("fontWeight", json!(600)),
        ("color", json!("var(--ink)")),
        ("backgroundColor", json!("var(--sheet)")),
        ("borderColor", json!("var(--edge)")),
        ("borderWidth", json!(1)),
        ("borderRadius", json!(9)),
        ("offset", json!([shift, 0])),
        ("width", json!(width)),
        ("height", json!(16)),
        ("lineHeight", json!(16)),
        ("align", json!("center")),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into_iter()
    .collect();
    json!({"name": name, "xAxis": point,
        "lineStyle": {"type": "solid", "color": "var(--edge)", "width": 1}, "label": label})
}

/// A percentage with two decimals, rounded down as everywhere; `None` if it was not measured.
fn percent(tally: Option<Tally>) -> Option<f64> {
    let tally = tally.filter(|tally| tally.total > 0)?;
    format::drawn(tally).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_down() {
        assert_eq!(percent(Some(Tally { covered: 2, total: 3 })), Some(66.66));
        assert_eq!(percent(Some(Tally::default())), None);
    }
}
