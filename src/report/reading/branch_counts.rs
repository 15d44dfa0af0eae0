//! Makes [`Branch`]es for formats that only say how many branches a line has and how many of them
//! were taken.
//!
//! The branches are numbered from 0, and the first ones count as taken at least once. Which ones
//! were taken is not known, so merged reports may understate.

use crate::report::reading::limits::Allowance;
use crate::report::{Arm, Branch, Hits};

/// Makes branches, within what a report may make of its counts.
#[derive(Debug, Default)]
pub(crate) struct BranchCounts {
    allowance: Allowance,
}

impl BranchCounts {
    /// Adds the branches of a line; false, and none, where more are taken than there are, or more
    /// than a report has.
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
