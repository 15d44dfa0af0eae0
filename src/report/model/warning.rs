//! A warning: part of an input was wrong, and the rest was used.

/// Something wrong with an input that did not stop the rest from being used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Warning {
    /// The line of the input, from 1, where one is to blame.
    pub line: Option<u64>,
    /// The problem, and how it was handled.
    pub message: String,
}
