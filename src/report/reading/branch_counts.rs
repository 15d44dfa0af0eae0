//! Makes [`Branch`]es for formats that only say how many branches a line has and how many of them
//! were taken.
//!
//! The branches are numbered from 0, and the first ones count as taken at least once. Which ones
//! really were taken is unknown, so merged reports may understate coverage.

use crate::report::reading::limits::Allowance;
use crate::report::{Arm, Branch, Hits};

/// Makes branches, up to the number that [`Allowance`] permits.
#[derive(Debug, Default)]
pub(crate) struct BranchCounts {
    allowance: Allowance,
}

impl BranchCounts {
    /// Adds the branches of a line. Adds nothing and returns false if more are taken than there
    /// are, or if there are too many for this report.
    pub(crate) fn add(
        &mut self,
        list: &mut Vec<Branch>,
        line: u32,
        taken: u32,
        total: u32,
    ) -> bool {
        if taken > total || !self.allowance.grants(total.into(), 1) {
            return false;
        }
        list.extend((0..total).map(|index| {
            let hits = if index < taken { Hits::at_least(1) } else { Hits::ZERO };
            Branch { line, block: 0, arm: Arm::Index(index), hits }
        }));
        true
    }
}
