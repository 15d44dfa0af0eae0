//! Parts that every page with a trend shares.

pub mod panel;
