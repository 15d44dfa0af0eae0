//! Bytes to [`Report`]: the model, the formats, the merge laws, and how a report's paths find the
//! files git tracks.
//!
//! In: a stream of bytes and, optionally, the name of a format. Out: a [`Report`] with warnings, or
//! an error that names the line. This module reads no disk: the caller opens the file.

mod allowance;
mod arms;
mod cells;
pub mod contexts;
mod dotnet_tests;
pub mod export;
mod far_lines;
pub mod formats;
pub mod histories;
pub mod hits;
mod input;
mod json;
mod lenient;
pub mod merge;
pub mod model;
pub mod mutants;
pub(crate) mod not_reports;
mod number;
pub mod one_run;
pub mod path;
pub mod paths;
mod rows;
mod same_tests;
mod sets;
pub mod stated;
pub mod tally;
pub mod tests;
mod warnings;
mod xml;

pub use contexts::{Contexts, TestId};
pub use far_lines::LAST_LINE;
pub use hits::Hits;
pub use model::{
    Arm, Block, Branch, Condition, FileCoverage, Function, Instructions, Line, LineState, LineView,
    Region, Report, Stated, Summary,
};
pub use mutants::{Mutant, MutantStatus, MutationTotals};
pub use same_tests::{TestReport, repeated_tests};
pub use tally::{Dimension, Tallies, Tally};
pub use tests::{Test, TestStatus, TestSummary, TestTotals, Tests};
pub use warnings::Warning;
