//! Skeletons of interactive charts, and the columns that the page's script fills them with. The
//! only user of charming.
//!
//! What charming leaves out or writes amiss is patched in the JSON; what needs the reader's theme
//! is left to the script (the theme's README states the contract).

use std::collections::BTreeMap;

use charming::Chart;
use charming::component::Axis;
use charming::element::{AxisType, MarkLine, MarkLineData, MarkLineVariant, Tooltip, Trigger};
use charming::series::Line;
use serde::Serialize;
use serde_json::{Value, json};

use crate::report::Tally;
use crate::site::format;
use crate::{Error, Result};

/// The data file of a chart over commits.
#[derive(Serialize)]
pub struct OverCommits {
    /// The ECharts option without data.
    pub option: Value,
    /// The commits, columnar.
    pub commits: Commits,
    /// A value a commit, by series; null where it was not measured.
    pub series: BTreeMap<String, Vec<Option<f64>>>,
    /// The commits at which a series is carried.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub carried: BTreeMap<String, Vec<usize>>,
    /// `percent` or `count`, by series.
    pub format: BTreeMap<String, &'static str>,
    /// The commits that have a number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<usize>,
}

/// The commits of a chart; every list has one entry a commit. Links are relative to the site's
/// root.
#[derive(Default, Serialize)]
pub struct Commits {
    /// Abbreviated ids.
    pub short: Vec<String>,
    /// Times, RFC 3339.
    pub date: Vec<String>,
    /// First lines of the messages.
    pub subject: Vec<String>,
    /// Their pages; absent where commits have none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub href: Vec<String>,
}

/// A line of a chart over commits.
pub struct Series<'a> {
    /// What the data calls it.
    pub id: &'a str,
    /// What the reader reads.
    pub name: &'a str,
    /// Its target.
    pub target: Option<f64>,
}

/// A mark at a commit: a release.
pub struct Mark {
    /// The commit's index.
    pub point: usize,
    /// Its name.
    pub name: String,
}

/// The skeleton of a line chart over commits, with targets and releases.
pub fn lines(series: &[Series], marks: &[Mark]) -> Result<Value> {
    let mut chart = Chart::new()
        .tooltip(Tooltip::new().trigger(Trigger::Axis))
        .x_axis(Axis::new().type_(AxisType::Category));
    for one in series {
        let mut line = Line::new().id(one.id).name(one.name);
        if let Some(target) = one.target {
            let label = format!("target {target}, {}", one.name.to_lowercase());
            let data =
                vec![MarkLineVariant::Simple(MarkLineData::new().y_axis(target).name(label))];
            line = line.mark_line(MarkLine::new().data(data));
        }
        chart = chart.series(line);
    }
    let mut option = serde_json::to_value(&chart)
        .map_err(|cause| Error::new("writing a chart's skeleton").because(cause))?;
    mark(&mut option, marks);
    Ok(option)
}

/// Adds vertical marks to the first series: charming's mark lines take no place on a category axis
/// by index.
fn mark(option: &mut Value, marks: &[Mark]) {
    let Some(first) = option.pointer_mut("/series/0").filter(|_| !marks.is_empty()) else { return };
    let lines = marks.iter().map(|mark| {
        let label = json!({"show": true, "position": "insideEndTop", "formatter": "{b}"});
        json!({"name": mark.name, "xAxis": mark.point, "label": label})
    });
    match first.pointer_mut("/markLine/data").and_then(Value::as_array_mut) {
        Some(data) => data.extend(lines),
        None => first["markLine"] = json!({"data": lines.collect::<Vec<_>>()}),
    }
}

/// A percentage with two decimals, rounded down as everywhere, or `None` if it was not measured.
pub fn percent(tally: Option<Tally>) -> Option<f64> {
    let tally = tally.filter(|tally| tally.total > 0)?;
    format::drawn(tally).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_skeleton_names_series_targets_and_releases() {
        let series = [
            Series { id: "lines", name: "Lines", target: Some(88.0) },
            Series { id: "branches", name: "Branches", target: None },
        ];
        let option = lines(&series, &[Mark { point: 7, name: "1.0".to_owned() }]).unwrap();
        assert_eq!(option["series"][0]["id"], "lines");
        assert_eq!(option["series"][0]["markLine"]["data"][0]["yAxis"], 88.0);
        assert_eq!(option["series"][0]["markLine"]["data"][1]["xAxis"], 7);
        assert_eq!(option["series"][1]["name"], "Branches");
        assert_eq!(option["tooltip"]["trigger"], "axis");
        assert_eq!(option["series"][0].get("data"), None);
    }

    #[test]
    fn percentages_are_rounded_down() {
        assert_eq!(percent(Some(Tally { covered: 2, total: 3 })), Some(66.66));
        assert_eq!(percent(Some(Tally::default())), None);
    }
}
