//! The integration suite: one binary, a module a feature.

mod corpus;
mod matching;
mod tidy;
