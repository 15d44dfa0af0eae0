//! Shows that each rule fails when it is broken: made-up files with one fault each.

use super::rules::RULES;
use super::tree::{Source, Tree};

/// The faults that all rules together find in some files, given as name and text.
fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let source =
        |(name, text): &(&str, &str)| Source { name: (*name).to_owned(), text: (*text).to_owned() };
    let tree = Tree::parse(&files.iter().map(source).collect::<Vec<_>>());
    RULES.iter().flat_map(|rule| rule(&tree)).collect()
}

/// Asserts that there is one fault, and that it begins with a text.
#[track_caller]
fn assert_fault(files: &[(&str, &str)], start: &str) {
    let faults = faults(files);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    assert!(faults[0].starts_with(start), "{faults:#?}");
}

/// Asserts that some code in `src/report/rows.rs` is a use of `git`, which comes after it.
#[track_caller]
fn assert_uses_git(code: &str) {
    let files = [
        ("src/lib.rs", "pub mod git; pub mod report; pub use git::Repo;"),
        ("src/git/mod.rs", "mod open; pub use open::Repo;"),
        ("src/git/open.rs", "pub struct Repo;"),
        ("src/report/mod.rs", "mod rows;"),
        ("src/report/rows.rs", code),
    ];
    assert_fault(&files, "src/report/rows.rs: `report` uses `git`");
}

#[test]
fn a_use_of_a_later_module_is_found_however_it_is_written() {
    assert_uses_git("use crate::git::Repo;");
    assert_uses_git("use crate::{git::{Repo as Opened}};");
    assert_uses_git("use crate::git;");
    assert_uses_git("use crate::git::*;");
    assert_uses_git("use super::super::git::Repo;");
    assert_uses_git("fn open() -> crate::git::Repo { todo!() }");
    assert_uses_git("fn open() { vec![1, crate::git::ONE]; }");
    assert_uses_git("#[derive(crate::git::Stored)] struct Row;");
    assert_uses_git("mod inner { fn open(_: super::super::super::git::Repo) {} }");
    assert_uses_git("fn open() { use crate::git::Repo; }");
    // A re-export at the root of the crate hides nothing.
    assert_uses_git("use crate::Repo;");
}

#[test]
fn a_module_without_a_place_in_the_order_is_found() {
    assert_fault(&[("src/helpers.rs", "")], "src/helpers.rs: `helpers` has no place");
}

#[test]
fn a_leaf_that_uses_a_module_is_found() {
    let files = [("src/path.rs", "use crate::report::Row;"), ("src/report.rs", "struct Row;")];
    assert_fault(&files, "src/path.rs: `path` uses `report`");
}

#[test]
fn unit_tests_may_use_anything() {
    let code = "#[cfg(test)] mod tests { use crate::site::Page; #[test] fn it() { println!() } }
        impl Row { #[cfg(test)] fn page() -> crate::site::Page { todo!() } }";
    let files = [("src/report.rs", code), ("src/site.rs", "pub struct Page;")];
    assert_eq!(faults(&files), Vec::<String>::new());
}

#[test]
fn a_circle_between_files_is_found() {
    let two = [
        ("src/git/mod.rs", "mod open; mod walk;"),
        ("src/git/open.rs", "use super::walk::Step;"),
        ("src/git/walk.rs", "use crate::git::open::Repo;"),
    ];
    assert_fault(&two, "open, walk use each other:");

    let three = [
        ("src/git/mod.rs", "mod a; mod b; mod c; pub use c::End;"),
        ("src/git/a.rs", "use super::b::x;"),
        ("src/git/b/mod.rs", "mod inner;"),
        ("src/git/b/inner.rs", "use crate::git::End;"), // of c, through its parent
        ("src/git/c.rs", "use super::a;"),
    ];
    assert_fault(&three, "a, b, c use each other:");
}

#[test]
fn a_parent_and_its_children_may_use_each_other() {
    let files = [
        ("src/git/mod.rs", "mod open; pub use open::Repo; pub struct Id;"),
        ("src/git/open.rs", "use super::Id; use super::walk::Walk; pub struct Repo;"),
        ("src/git/walk.rs", "use super::Id; pub struct Walk;"),
    ];
    assert_eq!(faults(&files), Vec::<String>::new());
}

#[test]
fn a_page_that_uses_a_page_is_found() {
    let files = [
        (
            "src/site/pages/mod.rs",
            "mod files; mod tests; const ALL: &[X] = &[files::PAGE, tests::PAGE];",
        ),
        ("src/site/pages/files/mod.rs", "mod row;"),
        ("src/site/pages/files/row.rs", "use crate::site::pages::tests::Row;"),
        ("src/site/pages/tests.rs", "pub struct Row;"),
    ];
    assert_fault(&files, "src/site/pages/files/row.rs: the page `files` uses the page `tests`");
}

#[test]
fn an_entry_that_is_in_no_slice_is_found() {
    for (folder, entry) in [
        ("report/formats", "FORMAT"),
        ("report/histories", "HISTORY"),
        ("report/export", "EXPORT"),
        ("check/rules", "RULE"),
        ("site/pages", "PAGE"),
        ("forge", "SERVICE"),
    ] {
        let slice = format!("mod one; mod two; const ALL: &[X] = &[one::{entry}, two::OTHER];");
        for two in [format!("src/{folder}/two.rs"), format!("src/{folder}/two/mod.rs")] {
            let files = [
                (&*format!("src/{folder}/mod.rs"), &*slice),
                (&*format!("src/{folder}/one.rs"), ""),
                (&*two, ""),
            ];
            assert_fault(&files, &format!("{two}: its `{entry}` is not in the slice"));
        }
    }
}

#[test]
fn a_library_outside_its_place_is_found() {
    let files = [("src/store.rs", "use git2::Oid;")];
    assert_fault(&files, "src/store.rs: names git2, which only src/git may");
    let files = [("src/site/code.rs", "fn draw(chart: charming::Chart) {}")];
    assert_fault(&files, "src/site/code.rs: names charming, which only src/site/charts may");
    let files = [("src/commands/log.rs", "#[derive(clap::Args)] struct Log;")];
    assert_fault(&files, "src/commands/log.rs: names clap, which only src/cli may");
}

#[test]
fn printing_outside_commands_is_found() {
    for print in ["println!(\"{}\", 1)", "std::eprint!()", "dbg!(1)"] {
        let code = format!("fn tell() {{ {print}; }}");
        assert_fault(&[("src/monitor.rs", &code)], "src/monitor.rs: prints");
        assert_eq!(faults(&[("src/commands/log.rs", &code)]), Vec::<String>::new());
    }
}

#[test]
fn a_pure_stage_that_reads_the_clock_the_environment_or_the_disk_is_found() {
    for (code, named) in [
        ("use std::fs;", "std::fs"),
        ("use std::{env, io};", "std::env"),
        ("fn now() { let now = std::time::Instant::now(); }", "std::time::Instant"),
        ("use jiff::Timestamp; fn now() { Timestamp::now(); }", "jiff::Timestamp::now"),
        ("use std::process::Command;", "std::process"),
        ("use crate::git::{Id, RepoWriter};", "crate::git::RepoWriter"),
        ("use crate::store::StoreWriter;", "crate::store::StoreWriter"),
    ] {
        for stage in ["report", "history", "analysis", "check", "site"] {
            let name = format!("src/{stage}/age.rs");
            let found = format!("{name}: a pure stage uses {named}");
            assert_fault(&[(&*name, code)], &found);
        }
    }
}

#[test]
fn what_ends_the_process_or_changes_its_folder_outside_main_is_found() {
    for (code, named) in [
        ("fn end() { std::process::exit(1) }", "std::process::exit"),
        ("use std::process; fn end() { process::abort() }", "std::process::abort"),
        ("use std::process::exit; fn end() { exit(1) }", "std::process::exit"),
        ("use std::env; fn go() { env::set_current_dir(1); }", "std::env::set_current_dir"),
    ] {
        let found = format!("src/commands/log.rs: uses {named}, which only main.rs may");
        assert_fault(&[("src/commands/log.rs", code)], &found);
        assert_eq!(faults(&[("src/main.rs", code)]), Vec::<String>::new());
    }
}
