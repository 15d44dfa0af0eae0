//! The integration suite: one binary, a module a feature.

mod analysis;
mod harness;
mod tidy;
