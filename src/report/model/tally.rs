//! Counting: how much of a dimension is covered.

use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::report::model::dimension::Dimension;

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

/// One tally per dimension; a dimension that was not measured is absent.
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
