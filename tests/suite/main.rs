//! The integration suite: one binary, a module a feature.

mod analysis;
mod codec;
mod corpus;
mod git;
mod harness;
mod history;
mod store;
mod tidy;
