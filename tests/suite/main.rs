//! The integration suite: one binary, a module a feature.

mod git;
mod harness;
mod store;
mod corpus;
mod tidy;
