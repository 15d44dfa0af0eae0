//! Charts: small ones as SVG and HTML made here, and the whole options of the interactive ones.
//! Numbers have fixed decimals, so that the same input gives the same bytes.

pub mod axis;
pub mod bars;
pub mod option;
mod patch;
pub mod spark;
mod target_labels;
pub mod treemap;
pub mod trend;
