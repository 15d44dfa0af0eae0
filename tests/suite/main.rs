//! The integration suite: one binary, a module a feature.

mod analysis;
mod arbitrary;
#[cfg(unix)] // its commands are scripts of sh
mod backfill;
mod blame;
mod branched;
mod build;
mod cases;
mod cli;
mod click;
mod clones;
mod codec;
mod compare;
mod compare_page;
mod contributors;
mod corpus;
mod export;
mod formats;
mod fuzz;
mod git;
mod git_setups;
mod harness;
mod histories;
mod history;
mod import;
mod line_history;
mod matching;
mod one_run;
mod owners;
mod prune;
mod record;
mod recorded_tests;
mod site;
mod source_pages;
mod store;
mod tidy;
