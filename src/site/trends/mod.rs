//! Parts that every page with a trend shares.

pub mod chart;
pub mod events;
pub mod panel;
pub mod table;
