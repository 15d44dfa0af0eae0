//! The shape of the tree, stated as a test: which module may use which, who may know which library,
//! and that every format and page is registered.

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

/// The pipeline from left to right: a module uses only what stands to its left (and `error`, and
/// the crate's root).
const ORDER: &[&[&str]] = &[
    &["report"],
    &["git"],
    &["forge"],
    &["store"],
    &["history"],
    &["config"],
    &["recording"],
    &["analysis"],
    &["site"],
    &["publish"],
    &["monitor"],
    &["cli"],
    &["commands"],
];

/// A library and the only place that may name it.
const KNOWS: &[(&str, &str)] = &[
    ("git2", "src/git"),
    ("minijinja", "src/site/templates"),
    ("charming", "src/site/charts"),
    ("clap", "src/cli"),
];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = WalkDir::new(root.join("src"))
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("src is readable"));
    let rust = files.filter(|entry| entry.path().extension().is_some_and(|ext| ext == "rs"));
    rust.map(|entry| {
        let name =
            entry.path().strip_prefix(root).expect("walked from the root").display().to_string();
        (name, fs::read_to_string(entry.path()).expect("a source file is readable"))
    })
    .collect()
}

/// The code of a file: without comments and without its unit tests.
fn code(text: &str) -> String {
    let production = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = production.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn module(file: &str) -> &str {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    inside.split(['/', '.']).next().unwrap_or(inside)
}

fn rank(module: &str) -> Option<usize> {
    ORDER.iter().position(|rank| rank.contains(&module))
}

#[test]
fn modules_use_only_what_stands_to_their_left() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let Some(own) = rank(module(&file)) else { continue };
        for used in code(&text).split("crate::").skip(1) {
            let used =
                used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            if rank(used).is_some_and(|used| used > own) {
                wrong.push(format!("{file} uses crate::{used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the pipeline's direction:\n{}", wrong.join("\n"));
}

#[test]
fn each_library_is_known_in_one_place() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (library, place) in KNOWS {
            let names = [format!("{library}::"), format!("use {library};")];
            if !file.starts_with(place)
                && names.iter().any(|name| code(&text).contains(name.as_str()))
            {
                wrong.push(format!("{file} names {library}, which belongs in {place}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_commands_print_and_pure_stages_read_nothing() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let code = code(&text);
        let place = module(&file);
        let printing = ["println!", "eprintln!", "print!("].iter().any(|call| code.contains(call));
        if printing && !matches!(place, "commands" | "main") {
            wrong.push(format!("{file} prints"));
        }
        let impure = [
            "std::fs",
            "fs::",
            "std::env",
            "env::var",
            "SystemTime",
            "Instant::now",
            "Timestamp::now",
        ];
        let pure = matches!(place, "report" | "forge" | "history" | "analysis" | "site");
        let named = |call: &str| {
            let before = code.match_indices(call).map(|(at, _)| code[..at].chars().next_back());
            before.into_iter().any(|before| !before.is_some_and(char::is_alphanumeric))
        };
        for call in impure.iter().filter(|call| pure && named(call)) {
            wrong.push(format!("{file} is a pure stage and uses {call}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The files of a folder of plug-ins, by module name, and the text of its `mod.rs`.
fn registered(folder: &str) -> (Vec<String>, String) {
    let all = sources();
    let mods = all
        .iter()
        .find(|(file, _)| *file == format!("{folder}/mod.rs"))
        .map(|(_, text)| code(text));
    let names = all
        .iter()
        .filter_map(|(file, _)| file.strip_prefix(&format!("{folder}/"))?.strip_suffix(".rs"));
    let names =
        names.filter(|name| *name != "mod" && !name.contains('/')).map(str::to_owned).collect();
    (names, mods.unwrap_or_default())
}

#[test]
fn every_format_page_and_service_has_its_entry() {
    for (folder, entry) in [
        ("src/report/formats", "FORMAT"),
        ("src/report/histories", "HISTORY"),
        ("src/report/export", "EXPORT"),
        ("src/site/pages", "PAGE"),
        ("src/forge", "SERVICE"),
    ] {
        let (names, mods) = registered(folder);
        for name in names {
            assert!(
                mods.contains(&format!("{name}::{entry}")),
                "{folder}/{name}.rs is not in the slice of {folder}/mod.rs"
            );
        }
    }
}
