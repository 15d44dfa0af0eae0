//! The integration suite: one binary, a module a feature.

mod analysis;
mod codec;
mod corpus;
mod formats;
mod git;
mod harness;
mod history;
mod matching;
mod site;
mod store;
mod tidy;
