//! Bytes to [`Report`]: the model, the formats, the merge laws, and how a report's paths find the files git tracks.
//!
//! In: a stream of bytes and, optionally, the name of a format. Out: a [`Report`] with warnings, or an error that
//! names the line. This module reads no disk: the caller opens the file.

pub mod formats;
mod input;
pub mod matching;
pub mod merge;
pub mod model;
mod nearest;
mod number;
pub mod path;
mod rows;
mod suffixes;
pub mod tally;
mod warnings;
mod xml;

pub use model::{Arm, Block, Branch, FileCoverage, Function, Hits, Line, LineState, LineView, Report, Warning};
pub use tally::{Dimension, Tallies, Tally};
