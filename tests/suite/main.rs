//! The integration suite: one binary, a module a feature.

mod analysis;
mod corpus;
mod formats;
mod harness;
mod matching;
mod store;
mod tidy;
