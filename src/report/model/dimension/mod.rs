//! What can be measured: the dimensions, and one table of what is known of each.

use std::fmt;
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
