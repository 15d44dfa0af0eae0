//! Mutants: small changes made to the source to see whether a test notices.
//!
//! The words are those of the mutation testing report schema of the Stryker team
//! (<https://github.com/stryker-mutator/mutation-testing-elements>), which other tools' map to.

use std::iter::Sum;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::report::Tally;

/// The result of a mutant, in ascending order of what a run proves, so that the larger of two
/// stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MutantStatus {
    /// It never ran: it does not compile, or failed in a way that proves nothing. No metric counts
    /// it.
    Invalid,
    /// It was not tried yet. No metric counts it.
    Pending,
    /// The tool was told to leave it out. No metric counts it.
    Ignored,
    /// No test ran its code.
    NoCoverage,
    /// Tests ran its code, and none failed.
    Survived,
    /// The tests did not end, which counts as noticed.
    Timeout,
    /// A test failed.
    Killed,
}

impl MutantStatus {
    /// Every status, in order.
    pub const ALL: [Self; 7] = [
        Self::Invalid,
        Self::Pending,
        Self::Ignored,
        Self::NoCoverage,
        Self::Survived,
        Self::Timeout,
        Self::Killed,
    ];

    /// Its name in JSON and in the store.
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

/// One mutant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mutant {
    /// The first line and column of the changed source, from 1; a line or column of 0 is unknown.
    pub start: (u32, u32),
    /// The last line and the column after it; the start where the tool does not say.
    pub end: (u32, u32),
    /// The tool's name for the kind of change.
    pub mutator: Box<str>,
    /// The replacement text, or the tool's description of the change; may be empty.
    pub replacement: Box<str>,
    /// Tells mutants apart that are alike in all of the above (`number` counts them).
    pub ordinal: u32,
    /// Its result.
    pub status: MutantStatus,
    /// A test that noticed it, where the tool names one; else empty.
    pub killed_by: Box<str>,
}

/// Numbers mutants of a file that are alike in place, mutator and replacement, in the order they
/// stand in the report.
pub(crate) fn number(mutants: &mut [Mutant]) {
    let mut seen = std::collections::HashMap::new();
    for mutant in mutants {
        let alike = (mutant.start, mutant.end, mutant.mutator.clone(), mutant.replacement.clone());
        let next: &mut u32 = seen.entry(alike).or_default();
        mutant.ordinal = *next;
        *next += 1;
    }
}

/// How many mutants met which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MutationTotals([u64; MutantStatus::ALL.len()]);

impl MutationTotals {
    /// How many have a status.
    pub fn of(&self, status: MutantStatus) -> u64 {
        self.0[status as usize]
    }

    /// Sets how many have a status.
    pub fn set(&mut self, status: MutantStatus, count: u64) {
        self.0[status as usize] = count;
    }

    /// The detected (killed or timed out) of the valid (those and the undetected: survived or never
    /// run).
    pub fn tally(&self) -> Tally {
        // What a report claims may be any number.
        let sum = |of: &[MutantStatus]| {
            of.iter().fold(0, |sum: u64, &status| sum.saturating_add(self.of(status)))
        };
        let covered = sum(&[MutantStatus::Killed, MutantStatus::Timeout]);
        let missed = sum(&[MutantStatus::Survived, MutantStatus::NoCoverage]);
        Tally { covered, total: covered.saturating_add(missed) }
    }

    /// The mutation score, 0 to 100, or `None` if no mutant is valid.
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

/// The counts by status, the strongest first, and the score in percent; statuses beyond the four
/// that every tool has are left out where none has them.
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
