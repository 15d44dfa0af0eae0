//! Shared code to read inputs: encodings, XML, JSON, rows of text, numbers, and limits on the
//! memory that a small input may use.

pub(crate) mod branch_counts;
pub(crate) mod declared_totals;
pub(crate) mod dotnet_tests;
pub(crate) mod far_lines;
pub(crate) mod input;
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod not_reports;
pub(crate) mod number;
pub(crate) mod per_line;
pub(crate) mod rows;
pub(crate) mod warnings;
pub(crate) mod xml;
