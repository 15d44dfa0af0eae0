//! Turns bytes into a [`Report`]: the model, the formats, merging, and matching the paths of a
//! report to tracked files.
//!
//! This module does not touch the disk: the caller opens the file and passes a stream of bytes. Bad
//! input becomes an error that names the line, or a warning in the report.

pub mod export;
pub mod figures;
pub mod formats;
pub mod histories;
pub mod merge;
pub mod model;
pub mod one_run;
pub mod paths;
pub(crate) mod reading;

pub use model::contexts::{Contexts, TestId};
pub use model::dimension::{Better, Dimension, Facts, Kind, Metric, Stroke};
pub use model::hits::Hits;
pub use model::mutants::{Mutant, MutantStatus, MutationTotals};
pub use model::report::{
    Arm, Block, Branch, Condition, DeclaredTotals, FileCoverage, Function, Instructions, Line,
    LineState, LineView, Region, Report, Summary,
};
pub use model::tally::{Tallies, Tally};
pub use model::tests::{Test, TestStatus, TestSummary, TestTotals, Tests};
pub use model::warning::Warning;
pub use one_run::same_tests::{TestReport, repeated_tests};
pub use reading::far_lines::LAST_LINE;
