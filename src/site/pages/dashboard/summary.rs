//! The opening of the dashboard: what a reader would tell a colleague, the worst news included.

use serde::Serialize;

use crate::analysis::differential::Category;
use crate::analysis::patch::Patch;
use crate::analysis::trend::{Event, Trend, WINDOW_DAYS, Word};
use crate::history::{History, SuiteSource};
use crate::report::Dimension;
use crate::site::format;

/// The first sentence and what follows it.
pub(super) struct Opening {
    pub(super) first: String,
    pub(super) rest: Vec<Piece>,
}

/// A piece of running text, perhaps a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) href: Option<String>,
}

impl Piece {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), href: None }
    }
}

impl From<String> for Piece {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

/// The data of the sentences.
pub(super) struct Facts<'a> {
    pub(super) history: &'a History,
    pub(super) trends: &'a [Trend],
    pub(super) headline: Dimension,
    /// The target of the headline dimension.
    pub(super) target: Option<f64>,
    pub(super) patch: Option<&'a Patch>,
    pub(super) unmatched: usize,
    /// The file with most uncovered units: its name, its page, and how many it has.
    pub(super) largest: Option<(&'a String, Option<&'a String>, u64)>,
    /// What added most uncovered lines lately, and the page of its commit.
    pub(super) worst: Option<(&'a Event, Option<String>)>,
}

pub(super) fn opening(facts: &Facts) -> Opening {
    let headline = facts.trends.iter().find(|trend| trend.dimension == facts.headline);
    let Some(headline) = headline.filter(|trend| trend.now.total > 0) else {
        let first = "No coverage was measured.".to_owned();
        return Opening {
            first,
            rest: vec![Piece::plain("The reports of this snapshot contain no code.")],
        };
    };
    let plain = |sentence: Option<String>| sentence.map(|text| vec![Piece::from(text)]);
    let newest = facts.history.points.len().saturating_sub(1);
    let latest = facts.patch.and_then(latest);
    // If the latest change is the worst one, it gets one sentence, not two.
    let worst = facts.worst.as_ref().filter(|(step, _)| latest.is_none() || step.point != newest);
    let rest = [
        plain(Some(movement(facts.history, headline))),
        worst.map(|(step, href)| setback(facts.history, step, href.clone())),
        facts.largest.and_then(|largest| hoard(largest, headline)),
        plain(falling(facts.trends)),
        plain(latest),
        plain(suites(facts.history)),
        plain(unmatched(facts.unmatched)),
    ];
    Opening {
        first: standing(headline, facts.target),
        rest: rest.into_iter().flatten().collect::<Vec<_>>().join(&Piece::plain(" ")),
    }
}

fn standing(trend: &Trend, target: Option<f64>) -> String {
    let units = format::plural(trend.dimension.unit());
    let percent = trend.now.percent().unwrap_or_default();
    let goal = match target {
        Some(target) if percent < target => {
            format!(", {} points short of the target", to_go(percent, target))
        }
        Some(target) => format!(", and the target of {target} is met"),
        None => String::new(),
    };
    format!("{} of {units} are covered{goal}.", format::percent(trend.now))
}

/// The points missing to a target, at least 0.1.
pub(super) fn to_go(percent: f64, target: f64) -> String {
    format!("{:.1}", (target - percent).max(0.1))
}

fn movement(history: &History, trend: &Trend) -> String {
    let units = format::plural(trend.dimension.unit());
    let Some((from, before)) = trend.window else {
        return match history.points.len() {
            1 => "This is the first snapshot: trends begin with the next.".to_owned(),
            _ => format!("{} {units} are uncovered.", format::count(trend.now.missed())),
        };
    };
    let (old, new) = (before.missed(), trend.now.missed());
    let since = since(history, from);
    let [old_text, new_text] = [old, new].map(format::count);
    match new.cmp(&old) {
        std::cmp::Ordering::Less => {
            format!("{since} the number of uncovered {units} fell from {old_text} to {new_text}.")
        }
        std::cmp::Ordering::Greater => {
            format!("{since} the number of uncovered {units} rose from {old_text} to {new_text}.")
        }
        std::cmp::Ordering::Equal => {
            format!("{since} the number of uncovered {units} stayed at {new_text}.")
        }
    }
}

/// `Over 30 days`, or `Since 3 May 2026` where the nearest snapshot is much older or younger.
fn since(history: &History, from: usize) -> String {
    let [start, end] = [from, history.points.len() - 1].map(|at| history.points[at].commit.time);
    let days = (end - start) / (24 * 60 * 60);
    if (WINDOW_DAYS..=WINDOW_DAYS + 7).contains(&days) {
        format!("Over {WINDOW_DAYS} days")
    } else {
        format!("Since {}", format::day(start))
    }
}

/// Names a file that has a fifth or more of all that is uncovered.
fn hoard(
    (name, href, missed): (&String, Option<&String>, u64),
    headline: &Trend,
) -> Option<Vec<Piece>> {
    let all = headline.now.missed();
    let worth = missed < all && missed * 5 >= all && all >= 10;
    let units = format::plural(&format!("uncovered {}", headline.dimension.unit()));
    let text = format!(" alone has {} of the {units}.", format::count(missed));
    worth.then(|| vec![Piece { text: name.clone(), href: href.cloned() }, Piece::from(text)])
}

/// The commit that set coverage back most.
fn setback(history: &History, step: &Event, href: Option<String>) -> Vec<Piece> {
    let lines = format::more_or_fewer(step.uncovered, "uncovered line");
    let text = history.points[step.point].commit.id.short();
    vec![
        Piece::plain("The largest step back in that time was "),
        Piece { text, href },
        Piece::from(format!(", with {lines}.")),
    ]
}

fn falling(trends: &[Trend]) -> Option<String> {
    let falling: Vec<&str> = trends
        .iter()
        .filter(|trend| trend.word == Word::Falling)
        .map(|trend| trend.dimension.name())
        .collect();
    match falling.as_slice() {
        [] => None,
        [one] if trends.len() > 1 => Some(format!("Only the coverage of {one} is falling.")),
        [rest @ .., last] if !rest.is_empty() => {
            Some(format!("The coverage of {} and {last} is falling.", rest.join(", ")))
        }
        _ => Some("Coverage is falling.".to_owned()),
    }
}

fn latest(patch: &Patch) -> Option<String> {
    if patch.counts.lines.get(Category::LostBaseline) > 0 {
        let lost =
            format::counted(patch.counts.lines.get(Category::LostBaseline), "unchanged line");
        return Some(format!("With the latest change, {lost} lost coverage."));
    }
    let lines = format::counted(patch.lines.total, "line");
    match (patch.lines.missed(), patch.lines.total) {
        (0, _) => None,
        (1, 1) => Some("The latest change added 1 line, uncovered.".to_owned()),
        (missed, total) if missed == total => {
            Some(format!("The latest change added {lines}, all uncovered."))
        }
        (missed, _) => {
            let verb = if missed == 1 { "is" } else { "are" };
            let missed = format::count(missed);
            Some(format!("The latest change added {lines}, {missed} of which {verb} uncovered."))
        }
    }
}

fn suites(history: &History) -> Option<String> {
    let suites = &history.latest()?.suites;
    let count = |wanted: fn(&SuiteSource) -> bool| {
        suites.iter().filter(|suite| wanted(&suite.source)).count()
    };
    let merged = count(|source| matches!(source, SuiteSource::Measured));
    let carried = count(|source| matches!(source, SuiteSource::Carried { .. }));
    let missing = count(|source| matches!(source, SuiteSource::Missing { .. }));
    if carried + missing == 0 {
        return None;
    }
    let (suites_word, were) = if merged == 1 { ("suite", "was") } else { ("suites", "were") };
    let first = number(merged);
    let first = first[..1].to_uppercase() + &first[1..];
    let of = |names: Vec<&str>, word: &str| match names.as_slice() {
        [] => None,
        [name] => Some(format!("{name} is {word}")),
        [one, other] => Some(format!("{one} and {other} are {word}")),
        more => Some(format!("{} are {word}", number(more.len()))),
    };
    let names = |wanted: fn(&SuiteSource) -> bool| {
        suites
            .iter()
            .filter(|suite| wanted(&suite.source))
            .map(|suite| suite.name.as_str())
            .collect::<Vec<_>>()
    };
    let others = [
        of(names(|source| matches!(source, SuiteSource::Carried { .. })), "carried forward"),
        of(names(|source| matches!(source, SuiteSource::Missing { .. })), "missing"),
    ];
    let others: Vec<String> = others.into_iter().flatten().collect();
    Some(format!("{first} {suites_word} {were} measured at this commit; {}.", others.join(", ")))
}

fn unmatched(count: usize) -> Option<String> {
    let verb = if count == 1 { "matches" } else { "match" };
    (count > 0).then(|| {
        format!(
            "{} in the reports {verb} no file of the repository.",
            format::counted(count as u64, "path")
        )
    })
}

/// Small numbers in words.
fn number(count: usize) -> String {
    const WORDS: [&str; 10] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    WORDS.get(count).map_or_else(|| format::count(count as u64), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Tally;

    fn trend(covered: u64, total: u64, word: Word) -> Trend {
        let now = Tally { covered, total };
        Trend {
            dimension: Dimension::Lines,
            now,
            before: None,
            window: None,
            series: vec![Some(now)],
            word,
            pace: None,
        }
    }

    fn facts<'a>(history: &'a History, trends: &'a [Trend]) -> Facts<'a> {
        Facts {
            history,
            trends,
            headline: Dimension::Lines,
            target: None,
            patch: None,
            unmatched: 0,
            largest: None,
            worst: None,
        }
    }

    #[test]
    fn the_first_sentence_measures_against_the_target() {
        let history = History::default();
        let trends = [trend(4219, 4924, Word::Flat)];
        let first = |target| opening(&Facts { target, ..facts(&history, &trends) }).first;
        assert_eq!(first(None), "85.6% of lines are covered.");
        // 88 − 85.682… = 2.317…
        assert_eq!(
            first(Some(88.0)),
            "85.6% of lines are covered, 2.3 points short of the target."
        );
        // 85.6 % is shown, 85.682 % is meant: the target is met.
        assert_eq!(
            first(Some(85.68)),
            "85.6% of lines are covered, and the target of 85.68 is met."
        );
        assert_eq!(
            first(Some(85.69)),
            "85.6% of lines are covered, 0.1 points short of the target."
        );
    }

    #[test]
    fn the_worst_news_is_named() {
        let history = History::default();
        let mut branches = trend(1, 2, Word::Falling);
        branches.dimension = Dimension::Branches;
        let trends = [trend(80, 100, Word::Rising), branches];
        let mut patch = Patch::default();
        patch.counts.lines.count(Category::LostBaseline, 1);
        let name = "a.rs".to_owned();
        let bad = Facts {
            patch: Some(&patch),
            unmatched: 1,
            largest: Some((&name, None, 4)),
            ..facts(&history, &trends)
        };
        assert_eq!(
            opening(&bad).rest.iter().map(|piece| piece.text.as_str()).collect::<String>(),
            "20 lines are uncovered. a.rs alone has 4 of the uncovered lines. Only the coverage of branches is falling. \
             With the latest change, 1 unchanged line lost coverage. 1 path in the reports matches no file of the repository."
        );
    }
}
