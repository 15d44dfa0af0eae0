//! A panel with the trend of one dimension: its picture, and its direction in words. The macro
//! `small` of `chart.html` draws it.

use serde::Serialize;

use crate::analysis::trend::{self, Over, Pace, Trend, Word};
use crate::report::Tally;
use crate::site::charts::axis::Line;
use crate::site::charts::option::Mark;
use crate::site::charts::trend::{self as picture, Names, Plot};
use crate::site::format::{self, Delta};
use crate::site::templates::Markup;
use crate::site::{Context, suites};

/// Releases are named on the chart as long as there is room for their names.
const RELEASES: usize = 8;

/// The trend of one dimension.
#[derive(Serialize)]
pub struct Panel {
    id: &'static str,
    name: String,
    now: Tally,
    target: Option<String>,
    plot: Markup,
    scale: Markup,
    label: String,
    /// From where to where over the whole timeline, and between which bounds.
    whole: String,
    lately: Option<Lately>,
    /// The releases that are marked, oldest first; empty without any.
    releases: String,
    word: Delta,
    /// The word with the pace.
    paced: Delta,
}

/// The window: from where to where, and the change.
#[derive(Serialize)]
struct Lately {
    text: String,
    change: Delta,
}

/// Draws the panel of a trend.
pub fn draw(context: &Context, trend: &Trend) -> Panel {
    let name = trend.dimension.title().to_owned();
    let times: Vec<i64> =
        context.atlas.history.points.iter().map(|point| point.commit.time).collect();
    let marks = releases(context);
    let plot = Plot {
        lines: vec![line(context, trend)],
        releases: marks.iter().map(|mark| (mark.point, "")).collect(), // no room for names: they stand below
        ..Plot::default()
    };
    let percents = || trend.series.iter().flatten().copied().filter(|tally| tally.total > 0);
    let by = |a: &Tally, b: &Tally| {
        (u128::from(a.covered) * u128::from(b.total))
            .cmp(&(u128::from(b.covered) * u128::from(a.total)))
    };
    let range = match (percents().min_by(by), percents().max_by(by)) {
        (Some(low), Some(high)) => {
            format!(", between {} and {}", format::percent(low), format::percent(high))
        }
        _ => String::new(),
    };
    let points = &context.atlas.history.points;
    let first = trend.series.iter().flatten().next().copied().unwrap_or_default();
    let count = format::counted(trend.series.len() as u64, "snapshot");
    let whole = format!(
        "Over {count}: {} to {}{range}.",
        format::percent(first),
        format::percent(trend.now)
    );
    Panel {
        id: trend.dimension.name(),
        now: trend.now,
        target: context.atlas.config.targets.get(&trend.dimension).map(f64::to_string),
        plot: picture::plot(&plot),
        scale: picture::scale_bar(&times, Names::Short),
        label: in_words(trend),
        whole,
        lately: trend.window.map(|(from, before)| Lately {
            text: format!(
                "Since {}: {} to {}",
                format::day(points[from].commit.time),
                format::percent(before),
                format::percent(trend.now)
            ),
            change: Delta::points(&trend.dimension, before, trend.now),
        }),
        releases: marks.iter().map(|mark| mark.name.as_str()).collect::<Vec<_>>().join(", "),
        word: word(trend.word),
        paced: paced(trend),
        name,
    }
}

/// The line of a trend, with the target of its dimension.
pub fn line<'a>(context: &Context, trend: &'a Trend) -> Line<'a> {
    let facts = trend.dimension.facts();
    let points = context.atlas.history.points.iter().enumerate();
    let carried = points.filter(|(_, point)| suites::carried(point, &trend.dimension).is_some());
    Line {
        id: facts.name,
        name: facts.title,
        stroke: &facts.stroke,
        series: &trend.series,
        target: context.atlas.config.targets.get(&trend.dimension).copied(),
        carried: carried.map(|(at, _)| at).collect(),
    }
}

/// The newest releases, each at the first point that holds it.
pub fn releases(context: &Context) -> Vec<Mark> {
    let points = context.atlas.history.points.iter().enumerate();
    let marks = points.flat_map(|(point, at)| {
        at.releases.iter().map(move |name| Mark { point, name: name.clone() })
    });
    let mut marks: Vec<Mark> = marks.collect();
    marks.split_off(marks.len().saturating_sub(RELEASES))
}

/// `Lines rose from 81.8% to 85.6% over 60 snapshots.`
pub fn in_words(trend: &Trend) -> String {
    let known = || trend.series.iter().flatten();
    let (Some(first), Some(last)) = (known().next(), known().next_back()) else {
        return String::new();
    };
    let verb = match last.percent().partial_cmp(&first.percent()) {
        Some(std::cmp::Ordering::Greater) => "rose",
        Some(std::cmp::Ordering::Less) => "fell",
        _ => "went",
    };
    let count = format::counted(trend.series.len() as u64, "snapshot");
    format!(
        "{} {verb} from {} to {} over {count}.",
        trend.dimension.title().to_owned(),
        format::percent(*first),
        format::percent(*last)
    )
}

/// `Judged on the last 10 snapshots, since 3 Jul 2026`: on what the words rest.
pub fn judged(context: &Context) -> String {
    let points = &context.atlas.history.points;
    let from = trend::judged_from(context.atlas.history).unwrap_or(0);
    let day = format::day(points[from].commit.time);
    match points.len() - from {
        all if all == points.len() => {
            format!("Judged on {}", format::counted(all as u64, "snapshot"))
        }
        last => {
            format!("Judged on the last {}, since {day}", format::counted(last as u64, "snapshot"))
        }
    }
}

/// The word of a trend with its arrow.
pub fn word(word: Word) -> Delta {
    let (class, text) = match word {
        Word::Rising => ("up", "↗ rising"),
        Word::Flat => ("same", "→ flat"),
        Word::Falling => ("down", "↘ falling"),
        Word::Noisy => ("same", "≈ noisy"),
        Word::Young => ("same", "not enough data"),
    };
    Delta { class, text: text.to_owned() }
}

/// The word with the pace: `↗ rising by 0.2 points per month`.
pub fn paced(trend: &Trend) -> Delta {
    let Delta { class, text } = word(trend.word);
    let Some(Pace { points, over }) = trend.pace else { return Delta { class, text } };
    let points = match points.abs() {
        small if small < 0.05 => "less than 0.1 points".to_owned(),
        points => format!("{points:.1} points"),
    };
    let over = match over {
        Over::Month => "per month",
        Over::Judged => "over these snapshots",
    };
    Delta { class, text: format!("{text} by {points} {over}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Dimension;

    #[test]
    fn a_pace_is_said_in_words() {
        let tally = Tally { covered: 8, total: 10 };
        let trend = |word, pace| {
            let series = vec![Some(tally)];
            Trend {
                dimension: Dimension::Lines,
                now: tally,
                before: None,
                window: None,
                series,
                word,
                pace,
            }
        };
        let month = |points| Some(Pace { points, over: Over::Month });
        assert_eq!(
            paced(&trend(Word::Rising, month(0.24))).text,
            "↗ rising by 0.2 points per month"
        );
        assert_eq!(
            paced(&trend(Word::Falling, month(-0.01))).text,
            "↘ falling by less than 0.1 points per month"
        );
        let judged = Some(Pace { points: -1.5, over: Over::Judged });
        assert_eq!(
            paced(&trend(Word::Falling, judged)).text,
            "↘ falling by 1.5 points over these snapshots"
        );
        assert_eq!(paced(&trend(Word::Flat, None)), word(Word::Flat));
    }
}
