//! Charts: small ones as SVG and HTML made here, and the skeletons of the interactive ones, which
//! the page's script fills with late data. Numbers have fixed decimals, so that the same input
//! gives the same bytes.

pub mod bars;
pub mod option;
pub mod spark;
pub mod steps;
pub mod treemap;
pub mod trend;
