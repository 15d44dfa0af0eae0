//! The integration suite: one binary, a module a feature.

mod analysis;
mod tidy;
