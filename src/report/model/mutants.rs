//! Mutants: small changes made to the source to see whether a test notices.
//!
//! The terms are those of the mutation testing report schema of the Stryker team
//! (<https://github.com/stryker-mutator/mutation-testing-elements>); the terms of other tools map
//! to them.

use std::iter::Sum;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::report::Tally;

/// The result of a mutant. The order is by how much a result proves, so that the larger of two
/// results wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MutantStatus {
    /// It never ran, because it does not compile or failed in a way that proves nothing. No metric
    /// counts it.
    Invalid,
    /// It has not been tried yet. No metric counts it.
    Pending,
    /// The tool was told to leave it out. No metric counts it.
    Ignored,
    /// No test ran its code.
    NoCoverage,
    /// Tests ran its code, and none failed.
    Survived,
    /// The tests did not finish, which counts as detected.
    Timeout,
    /// A test failed.
    Killed,
}

impl MutantStatus {
    /// Every status, in ascending order.
    pub const ALL: [Self; 7] = [
        Self::Invalid,
        Self::Pending,
        Self::Ignored,
        Self::NoCoverage,
        Self::Survived,
        Self::Timeout,
        Self::Killed,
    ];

    /// The name in JSON and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Pending => "pending",
            Self::Ignored => "ignored",
            Self::NoCoverage => "no_coverage",
            Self::Survived => "survived",
            Self::Timeout => "timeout",
            Self::Killed => "killed",
        }
    }
}

/// A mutant and its result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mutant {
    /// The first line and column of the changed source, from 1; a line or column of 0 is unknown.
    pub start: (u32, u32),
    /// The last line and the column after it. Equal to the start if the tool does not give an end.
    pub end: (u32, u32),
    /// The tool's name for the kind of change.
    pub mutator: Box<str>,
    /// The replacement text, or the tool's description of the change; may be empty.
    pub replacement: Box<str>,
    /// Distinguishes mutants that are alike in all of the above. `number` assigns it.
    pub ordinal: u32,
    /// The result.
    pub status: MutantStatus,
    /// A test that detected it, or empty if the tool names none.
    pub killed_by: Box<str>,
}

/// Numbers the mutants of a file that have the same position, mutator and replacement, in report
/// order.
pub(crate) fn number(mutants: &mut [Mutant]) {
    let mut seen = std::collections::HashMap::new();
    for mutant in mutants {
        let alike = (mutant.start, mutant.end, mutant.mutator.clone(), mutant.replacement.clone());
        let next: &mut u32 = seen.entry(alike).or_default();
        mutant.ordinal = *next;
        *next += 1;
    }
}

/// The number of mutants with each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MutationTotals([u64; MutantStatus::ALL.len()]);

impl MutationTotals {
    /// The number of mutants with a status.
    pub fn of(&self, status: MutantStatus) -> u64 {
        self.0[status as usize]
    }

    /// Sets the number of mutants with a status.
    pub fn set(&mut self, status: MutantStatus, count: u64) {
        self.0[status as usize] = count;
    }

    /// Detected mutants (killed or timed out) of all valid ones (detected, survived or without
    /// coverage).
    pub fn tally(&self) -> Tally {
        // A report may claim any number, so the sum must not overflow.
        let sum = |of: &[MutantStatus]| {
            of.iter().fold(0, |sum: u64, &status| sum.saturating_add(self.of(status)))
        };
        let covered = sum(&[MutantStatus::Killed, MutantStatus::Timeout]);
        let missed = sum(&[MutantStatus::Survived, MutantStatus::NoCoverage]);
        Tally { covered, total: covered.saturating_add(missed) }
    }

    /// The mutation score, from 0 to 100, or `None` if no mutant is valid.
    pub fn score(&self) -> Option<f64> {
        self.tally().percent()
    }
}

impl FromIterator<MutantStatus> for MutationTotals {
    fn from_iter<I: IntoIterator<Item = MutantStatus>>(all: I) -> Self {
        let mut totals = Self::default();
        for status in all {
            totals.0[status as usize] += 1;
        }
        totals
    }
}

impl Sum for MutationTotals {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, next| {
            Self(std::array::from_fn(|at| sum.0[at].saturating_add(next.0[at])))
        })
    }
}

/// Writes the counts by status, strongest first, and the score in percent. Statuses other than the
/// four that every tool has are left out when they are 0.
impl Serialize for MutationTotals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let always = |status| status >= MutantStatus::NoCoverage;
        let mut object =
            serializer.serialize_struct("MutationTotals", MutantStatus::ALL.len() + 1)?;
        for status in MutantStatus::ALL.into_iter().rev() {
            if always(status) || self.of(status) > 0 {
                object.serialize_field(status.name(), &self.of(status))?;
            }
        }
        object.serialize_field("score", &self.score())?;
        object.end()
    }
}
