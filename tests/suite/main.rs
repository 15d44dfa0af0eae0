//! The integration suite: one binary, a module a feature.

mod analysis;
mod corpus;
mod harness;
mod store;
mod tidy;
