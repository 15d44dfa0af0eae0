//! The dimensions of coverage, and one table with the facts of each.
//!
//! Custom metrics have a table of their own in `metric`, which grows while the process runs.

mod metric;

use std::fmt;
use std::str::FromStr;

pub use metric::Metric;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Something that is measured. The order is the order on every page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Dimension {
    /// Lines of code.
    Lines,
    /// Ways out of decisions.
    Branches,
    /// Functions and methods.
    Functions,
    /// Statements, where the tool's headline counts them (Go, Istanbul).
    Statements,
    /// Regions of code, where the tool's headline counts them (llvm-cov).
    Regions,
    /// Instructions of a virtual machine, where the tool's headline counts them (`JaCoCo`).
    Instructions,
    /// Conditions that were shown to decide an outcome on their own (MC/DC).
    Conditions,
    /// Mutants: detected, of all valid ones.
    Mutation,
    /// Something that the project measures itself, after all others.
    Metric(Metric),
}

impl Dimension {
    /// Every dimension but custom metrics, in order.
    pub const ALL: [Self; 8] = [
        Self::Lines,
        Self::Branches,
        Self::Functions,
        Self::Statements,
        Self::Regions,
        Self::Instructions,
        Self::Conditions,
        Self::Mutation,
    ];

    /// The custom metric of a name, which is written without `metric:`.
    ///
    /// # Errors
    /// When the name is not allowed, or this process knows too many metrics.
    pub fn metric(name: &str) -> Result<Self> {
        Metric::named(name).map(Self::Metric)
    }

    /// The custom metric of a name, with what it is counted in (`ms`; empty for a bare number) and
    /// the direction that is better.
    ///
    /// # Errors
    /// As [`Self::metric`], and when the metric was described in another way before.
    pub fn described_metric(name: &str, unit: &str, better: Better) -> Result<Self> {
        let metric = Metric::named(name)?;
        metric.describe(unit, better)?;
        Ok(Self::Metric(metric))
    }

    /// Its facts: its row in the table.
    pub fn facts(self) -> &'static Facts {
        if let Self::Metric(metric) = self {
            return metric.facts();
        }
        let row = FACTS.iter().find(|(dimension, _)| *dimension == self);
        &row.expect("the table has a row for every dimension but metrics").1
    }

    /// Its name in JSON, URLs and configuration.
    pub fn name(&self) -> &'static str {
        self.facts().name
    }

    /// Its title on pages.
    pub fn title(&self) -> &'static str {
        self.facts().title
    }

    /// The word for one of its units.
    pub fn unit(&self) -> &'static str {
        self.facts().unit
    }
}

/// The facts of a dimension.
#[derive(Debug)]
pub struct Facts {
    /// Its name in JSON, URLs and configuration.
    pub name: &'static str,
    /// Its title on pages.
    pub title: &'static str,
    /// The word for one of its units.
    pub unit: &'static str,
    /// The word for units that are not covered.
    pub missed: &'static str,
    /// What to do with a unit to have it covered.
    pub verb: &'static str,
    /// How charts draw its line.
    pub stroke: Stroke,
    /// The kind of measurement.
    pub kind: Kind,
}

/// A line of a chart. Dash and mark differ, so that colour is never the only difference.
#[derive(Debug)]
pub struct Stroke {
    /// The theme's colour.
    pub color: &'static str,
    /// Lengths of dashes and spaces; empty for a solid line.
    pub dash: &'static [u8],
    /// The mark at the end of the line and beside its name.
    pub mark: &'static str,
}

/// The kind of measurement of a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// How many of how many.
    Tally,
    /// A number.
    Value {
        /// Its unit.
        unit: &'static str,
        /// The direction that is better.
        better: Better,
    },
}

/// The direction in which a value improves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// A row of the table for a dimension that is a tally.
const fn tally(names: [&'static str; 5], stroke: Stroke) -> Facts {
    let [name, title, unit, missed, verb] = names;
    Facts { name, title, unit, missed, verb, stroke, kind: Kind::Tally }
}

const fn stroke(color: &'static str, dash: &'static [u8], mark: &'static str) -> Stroke {
    Stroke { color, dash, mark }
}

/// The table of dimensions: everything that depends on which dimension it is. Columns: name, title,
/// unit, word for what is not covered, verb; colour, dash, mark.
#[rustfmt::skip]
static FACTS: [(Dimension, Facts); 8] = [
    (Dimension::Lines, tally(["lines", "Lines", "line", "uncovered", "cover"], stroke("cov", &[], "●"))),
    (Dimension::Branches, tally(["branches", "Branches", "branch", "missed", "cover"], stroke("ink", &[5, 3], "■"))),
    (Dimension::Functions, tally(["functions", "Functions", "function", "uncovered", "cover"], stroke("part-ink", &[2, 2], "▲"))),
    (Dimension::Statements, tally(["statements", "Statements", "statement", "uncovered", "cover"], stroke("ink2", &[], "◆"))),
    (Dimension::Regions, tally(["regions", "Regions", "region", "uncovered", "cover"], stroke("cov-ink", &[8, 3, 2, 3], "○"))),
    (Dimension::Instructions, tally(["instructions", "Instructions", "instruction", "uncovered", "cover"], stroke("part-ink", &[6, 2, 2, 2], "□"))),
    (Dimension::Conditions, tally(["conditions", "Conditions", "condition", "uncovered", "cover"], stroke("edge", &[], "△"))),
    (Dimension::Mutation, tally(["mutation", "Mutation", "mutant", "uncovered", "kill"], stroke("ink2", &[2, 4], "◇"))),
];

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dimension {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        if let Some(metric) = name.strip_prefix(metric::PREFIX) {
            return Self::metric(metric);
        }
        let known = Self::ALL.into_iter().find(|dimension| dimension.name() == name);
        known.ok_or_else(|| {
            let known = Self::ALL.map(|dimension| dimension.name()).join(", ");
            Error::new(format!("`{name}` is not a dimension"))
                .hint(format!("known are {known}, and `{}<name>`", metric::PREFIX))
        })
    }
}

impl Serialize for Dimension {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Dimension {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(|error: Error| {
            let reasons = std::iter::once(error.to_string());
            let hints = error.hints().into_iter().map(str::to_owned);
            serde::de::Error::custom(reasons.chain(hints).collect::<Vec<_>>().join(": "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_per_dimension_in_their_order() {
        assert_eq!(
            FACTS.iter().map(|(dimension, _)| *dimension).collect::<Vec<_>>(),
            Dimension::ALL
        );
    }

    #[test]
    fn no_two_lines_of_a_chart_look_alike() {
        for (at, (one, facts)) in FACTS.iter().enumerate() {
            for (other, others) in &FACTS[at + 1..] {
                let (a, b) = (&facts.stroke, &others.stroke);
                assert_ne!(a.mark, b.mark, "{one} and {other}");
                assert_ne!((a.color, a.dash), (b.color, b.dash), "{one} and {other}");
            }
        }
    }

    #[test]
    fn a_metric_is_a_small_key_with_a_row_of_its_own() {
        let latency = Dimension::described_metric("latency-p99", "ms", Better::Lower);
        let latency = latency.expect("it can be described");
        assert!(size_of::<Dimension>() <= 4);
        assert_eq!("metric:latency-p99".parse::<Dimension>().ok(), Some(latency));
        let kind = Kind::Value { unit: "ms", better: Better::Lower };
        assert_eq!((latency.name(), latency.title()), ("metric:latency-p99", "Latency p99"));
        assert_eq!((latency.unit(), latency.facts().kind), ("ms", kind));

        let again = Dimension::described_metric("latency-p99", "ms", Better::Lower);
        assert_eq!(again.ok(), Some(latency));
        for (unit, better) in [("s", Better::Lower), ("ms", Better::Higher)] {
            assert!(Dimension::described_metric("latency-p99", unit, better).is_err());
        }
        assert!(Dimension::described_metric("hostile", "\u{202e}ms", Better::Lower).is_err());
    }

    #[test]
    fn a_metric_may_be_described_after_it_was_named() {
        let named = Dimension::metric("size").expect("it can be named");
        assert_eq!(named.facts().kind, Kind::Value { unit: "", better: Better::Higher });
        let described = Dimension::described_metric("size", "kB", Better::Lower);
        assert_eq!(described.ok(), Some(named));
        assert_eq!(named.facts().kind, Kind::Value { unit: "kB", better: Better::Lower });
    }

    #[test]
    fn metrics_come_last_and_by_name_whichever_was_named_first() {
        let [second, first] =
            ["zebra", "ant"].map(|name| Dimension::metric(name).expect("it can be named"));
        let mut all = vec![second, Dimension::Mutation, first, Dimension::Lines];
        all.sort();
        assert_eq!(all, [Dimension::Lines, Dimension::Mutation, first, second]);
    }

    #[test]
    fn json_has_metrics_by_their_names() {
        let metric = Dimension::metric("json").expect("it can be named");
        let json = serde_json::to_string(&metric).expect("it is a text");
        assert_eq!(json, "\"metric:json\"");
        assert_eq!(serde_json::from_str::<Dimension>(&json).ok(), Some(metric));
        for hostile in ["metric:", "metric:a/../b", "metric:A", "metric:<script>", "metrics:a"] {
            assert!(hostile.parse::<Dimension>().is_err(), "{hostile}");
        }
    }

    #[test]
    fn threads_that_name_the_same_metric_get_the_same_key() {
        let name = |_| std::thread::spawn(|| Dimension::metric("raced").expect("it can be named"));
        let threads: Vec<_> = (0..8).map(name).collect();
        let keys: Vec<Dimension> =
            threads.into_iter().map(|thread| thread.join().expect("it ends")).collect();
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "{keys:?}");
    }
}
