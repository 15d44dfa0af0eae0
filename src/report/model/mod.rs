//! The model of what is measured: files with their lines, branches and functions, mutants, tests,
//! and the totals that a report declares.

pub mod contexts;
pub mod dimension;
pub mod hits;
pub(crate) mod line_sets;
pub mod mutants;
pub mod report;
pub mod tally;
pub mod tests;
pub mod warning;
