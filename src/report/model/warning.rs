//! Warnings about inputs.

/// A problem in an input that did not stop the rest from being used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Warning {
    /// The line of the input, from 1, if the problem is on one line.
    pub line: Option<u64>,
    /// The problem, and how it was handled.
    pub message: String,
}
