//! The integration suite: one binary, a module a feature.

mod corpus;
mod formats;
mod matching;
mod tidy;
