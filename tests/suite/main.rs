//! The integration suite: one binary, a module a feature.

mod analysis;
mod corpus;
mod harness;
mod history;
mod source_pages;
mod store;
mod tidy;
