//! The integration suite: one binary, a module a feature.

mod analysis;
mod arbitrary;
mod build;
mod cases;
mod cli;
mod click;
mod clones;
mod codec;
mod compare_page;
mod corpus;
mod export;
mod formats;
mod fuzz;
mod git;
mod harness;
mod history;
mod matching;
mod owners;
mod record;
mod recorded_tests;
mod site;
mod source_pages;
mod store;
mod tidy;
