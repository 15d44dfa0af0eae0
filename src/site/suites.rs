//! The suites of a point: measured, carried forward or missing, in the words that the dashboard and
//! the page on data quality use.

use serde::Serialize;

use crate::config::Config;
use crate::history::{CARRY, History, Point, SuiteSource, SuiteState, Tested};
use crate::report::{Dimension, Tallies};
use crate::site::format;

/// A suite as a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// The class of its mark: empty for merged, `carried`, `miss`.
    pub mark: &'static str,
    /// The word beside its name.
    pub word: &'static str,
    /// Its own figures, or where they come from.
    pub figures: String,
    /// Its age and expiry, its parts.
    pub note: String,
}

/// The card of every suite of a point, then of every part that holds tests alone.
pub fn cards(config: &Config, history: &History, point: &Point) -> Vec<Card> {
    let suites = point.suites.iter().map(|suite| card(config, history, suite));
    suites.chain(point.tested.iter().map(tested)).collect()
}

fn tested(tested: &Tested) -> Card {
    let tests = tested.run.tests.unwrap_or_default().totals;
    let failed = match tests.failures.saturating_add(tests.errors) {
        0 => String::new(),
        failed => format!(", {} failed", format::count(failed)),
    };
    Card {
        name: tested.part.key.suite.clone(),
        mark: "",
        word: "tests",
        figures: format!("{}{failed}", format::counted(tests.tests, "test")),
        note: "without coverage".to_owned(),
    }
}

fn card(config: &Config, history: &History, suite: &SuiteState) -> Card {
    let commit = |at: usize| {
        history.points.get(at).map_or_else(String::new, |point| point.commit.id.short())
    };
    let (mark, word, figures, note) = match suite.source {
        SuiteSource::Measured => match waiting(suite) {
            Some(waiting) => ("carried", "incomplete", sums(&suite.totals), waiting),
            None => (
                "",
                "merged",
                sums(&suite.totals),
                format::counted(suite.parts.len() as u64, "part"),
            ),
        },
        SuiteSource::Carried { from, age } => {
            let carry =
                config.suites.get(&suite.name).and_then(|suite| suite.carry).unwrap_or(CARRY);
            let old = format::counted(age as u64, "snapshot");
            (
                "carried",
                "carried",
                format!("carried forward from {}", commit(from)),
                format!("{old} old, dropped after {carry} snapshots"),
            )
        }
        SuiteSource::Missing { last } => (
            "miss",
            "missing",
            "not part of the figures".to_owned(),
            format!("last measured at {}", commit(last)),
        ),
    };
    Card { name: suite.name.clone(), mark, word, figures, note }
}

/// `3 of 4 parts recorded`, for a suite with fewer parts than were declared.
pub fn waiting(suite: &SuiteState) -> Option<String> {
    let declared = suite.declared.filter(|_| !suite.is_complete())?;
    Some(format!("{} of {declared} parts recorded", suite.parts.len()))
}

/// `4,219 of 4,924 lines`, of the first dimension.
fn sums(totals: &Tallies) -> String {
    let first = totals.iter().next();
    first.map_or_else(
        || "nothing measured".to_owned(),
        |(dimension, tally)| {
            format!(
                "{} of {}",
                format::count(tally.covered),
                format::counted(tally.total, dimension.unit())
            )
        },
    )
}

/// How many snapshots old a dimension's figures are at a point, where no suite measured it there.
pub fn carried(point: &Point, dimension: &Dimension) -> Option<usize> {
    let measured = |suite: &SuiteState| {
        suite.source == SuiteSource::Measured && suite.totals.get(dimension).is_some()
    };
    if point.suites.iter().any(measured) || point.totals.get(dimension).is_none() {
        return None;
    }
    let ages = point.suites.iter().filter_map(|suite| match suite.source {
        SuiteSource::Carried { age, .. } => Some(age),
        _ => None,
    });
    ages.min()
}
