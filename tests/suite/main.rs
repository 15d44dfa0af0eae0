//! The integration suite: one binary, a module a feature.

mod harness;
mod corpus;
mod tidy;
