//! Counting: what a dimension is, and how much of it is covered.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Something that can be covered. The order is the order on every page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
}

impl Dimension {
    /// Every dimension, in order.
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

    /// What is known of it: its row in the table.
    pub fn facts(self) -> &'static Facts {
        &FACTS[self as usize].1
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

/// What is known of a dimension.
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
    /// How charts draw its line.
    pub stroke: Stroke,
    /// What is measured of it.
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

/// What is measured of a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// How many of how many.
    Tally,
    /// A number.
    Value {
        /// What it is counted in.
        unit: &'static str,
        /// Which direction is better.
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
const fn tally(names: [&'static str; 4], stroke: Stroke) -> Facts {
    let [name, title, unit, missed] = names;
    Facts { name, title, unit, missed, stroke, kind: Kind::Tally }
}

const fn stroke(color: &'static str, dash: &'static [u8], mark: &'static str) -> Stroke {
    Stroke { color, dash, mark }
}

/// The table of dimensions: everything that depends on which dimension it is. Columns: name, title,
/// unit, word for what is not covered; colour, dash, mark.
#[rustfmt::skip]
static FACTS: [(Dimension, Facts); 8] = [
    (Dimension::Lines, tally(["lines", "Lines", "line", "uncovered"], stroke("cov", &[], "●"))),
    (Dimension::Branches, tally(["branches", "Branches", "branch", "missed"], stroke("ink", &[5, 3], "■"))),
    (Dimension::Functions, tally(["functions", "Functions", "function", "uncovered"], stroke("part-ink", &[2, 2], "▲"))),
    (Dimension::Statements, tally(["statements", "Statements", "statement", "uncovered"], stroke("ink2", &[], "◆"))),
    (Dimension::Regions, tally(["regions", "Regions", "region", "uncovered"], stroke("cov-ink", &[8, 3, 2, 3], "○"))),
    (Dimension::Instructions, tally(["instructions", "Instructions", "instruction", "uncovered"], stroke("part-ink", &[6, 2, 2, 2], "□"))),
    (Dimension::Conditions, tally(["conditions", "Conditions", "condition", "uncovered"], stroke("edge", &[], "△"))),
    (Dimension::Mutation, tally(["mutation", "Mutation", "mutant", "uncovered"], stroke("ink2", &[2, 4], "◇"))),
];

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dimension {
    type Err = crate::Error;

    fn from_str(name: &str) -> crate::Result<Self> {
        let known = Self::ALL.into_iter().find(|dimension| dimension.name() == name);
        known.ok_or_else(|| crate::Error::new(format!("`{name}` is not a dimension")))
    }
}

impl Serialize for Dimension {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Dimension {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tally {
    /// Those that ran.
    pub covered: u64,
    /// All that could.
    pub total: u64,
}

impl Tally {
    /// The tally of a list by a predicate.
    pub fn of<T>(items: &[T], covered: impl Fn(&T) -> bool) -> Self {
        Self {
            covered: items.iter().filter(|item| covered(item)).count() as u64,
            total: items.len() as u64,
        }
    }

    /// Those that did not run.
    pub fn missed(self) -> u64 {
        self.total.saturating_sub(self.covered)
    }

    /// The share that ran, 0 to 100; none of none is no percentage, never 100.
    pub fn percent(self) -> Option<f64> {
        (self.total > 0).then(|| self.covered as f64 * 100.0 / self.total as f64)
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        // What a report claims may be any number.
        Self {
            covered: self.covered.saturating_add(other.covered),
            total: self.total.saturating_add(other.total),
        }
    }
}

/// A tally a dimension; a dimension that was not measured is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies(
    /// In the order of the dimensions. A history holds one for each state of each file, and a list
    /// of three is a third of the smallest map.
    Vec<(Dimension, Tally)>,
);

impl Tallies {
    /// The tally of a dimension, where it was measured.
    pub fn get(&self, dimension: &Dimension) -> Option<Tally> {
        self.0.iter().find(|(own, _)| own == dimension).map(|(_, tally)| *tally)
    }

    /// Adds to a dimension.
    pub fn add(&mut self, dimension: Dimension, tally: Tally) {
        let sum = self.entry(dimension);
        *sum = *sum + tally;
    }

    /// Sets a dimension.
    pub fn set(&mut self, dimension: Dimension, tally: Tally) {
        *self.entry(dimension) = tally;
    }

    fn entry(&mut self, dimension: Dimension) -> &mut Tally {
        let at = self.0.binary_search_by(|(own, _)| own.cmp(&dimension)).unwrap_or_else(|at| {
            self.0.reserve_exact(1);
            self.0.insert(at, (dimension, Tally::default()));
            at
        });
        &mut self.0[at].1
    }

    /// Adds every dimension of another.
    pub fn add_all(&mut self, other: &Self) {
        for (dimension, tally) in &other.0 {
            self.add(*dimension, *tally);
        }
    }

    /// The larger of each dimension: what two totals have together where it is not known what they
    /// share.
    #[must_use]
    pub fn larger(mut self, other: Self) -> Self {
        for (dimension, Tally { covered, total }) in other.0 {
            let known = self.entry(dimension);
            *known = Tally { covered: known.covered.max(covered), total: known.total.max(total) };
        }
        self
    }

    /// Takes away what was added before, so that a running sum can follow single files.
    pub fn subtract(&mut self, other: &Self) {
        for (dimension, tally) in &other.0 {
            if let Some((_, sum)) = self.0.iter_mut().find(|(own, _)| own == dimension) {
                sum.covered -= tally.covered.min(sum.covered);
                sum.total -= tally.total.min(sum.total);
            }
        }
        self.0.retain(|(dimension, sum)| sum.total > 0 || other.get(dimension).is_none());
    }

    /// The measured dimensions with their tallies, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Dimension, Tally)> {
        self.0.iter().map(|(dimension, tally)| (dimension, *tally))
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Tallies {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Tallies {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::<Dimension, Tally>::deserialize(deserializer).map(Self::from_iter)
    }
}

impl FromIterator<(Dimension, Tally)> for Tallies {
    fn from_iter<I: IntoIterator<Item = (Dimension, Tally)>>(all: I) -> Self {
        let mut tallies = Self::default();
        all.into_iter().for_each(|(dimension, tally)| tallies.set(dimension, tally));
        tallies
    }
}

impl Sum for Tallies {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let mut sum = Self::default();
        for tallies in all {
            for (dimension, tally) in tallies.0 {
                sum.add(dimension, tally);
            }
        }
        sum
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
}
