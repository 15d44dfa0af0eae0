//! The merge laws: how several reports of the same source become one.

use super::{FileCoverage, Report};

impl FileCoverage {
    /// Sorts every list and sums the hits of equal records.
    pub fn tidy(&mut self) {
        todo!()
    }

    /// Adds what another run says of the same text. Commutative and associative.
    pub fn merge(&mut self, other: Self) {
        todo!("{other:?}")
    }
}

/// Merges reports file by file.
pub fn merge(reports: Vec<Report>) -> std::collections::BTreeMap<String, FileCoverage> {
    todo!("{reports:?}")
}
