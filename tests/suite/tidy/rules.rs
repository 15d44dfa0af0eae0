//! The rules: each is a function from the parsed files to the faults it finds, as sentences.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{File, Tree};

/// A rule.
pub(super) type Rule = fn(&Tree) -> Vec<String>;

/// All rules.
pub(super) const RULES: &[Rule] = &[
    modules_are_in_order,
    no_circles,
    pages_stand_alone,
    entries_are_registered,
    libraries_have_one_place,
    only_commands_print,
    pure_stages_read_nothing,
    only_main_changes_the_process,
];

/// The pipeline: a module uses only what comes before it.
const ORDER: &[&str] = &[
    "report",
    "git",
    "forge",
    "store",
    "history",
    "config",
    "recording",
    "analysis",
    "check",
    "site",
    "publish",
    "monitor",
    "cli",
    "commands",
];

/// Modules that all others may use, and that use only each other.
const LEAVES: &[&str] = &["error", "files", "hidden", "parallel", "path", "program"];

/// A library and the only module that may name it.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("git2", &["git"]),
    ("minijinja", &["site", "templates"]),
    ("charming", &["site", "charts"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("indicatif", &["commands"]),
    ("anstream", &["commands"]),
];

/// Folders of plug-ins, and the constant that each of their modules puts into the folder's slice.
const PLUGINS: &[(&[&str], &str)] = &[
    (&["report", "formats"], "FORMAT"),
    (&["report", "histories"], "HISTORY"),
    (&["report", "export"], "EXPORT"),
    (&["check", "rules"], "RULE"),
    (&["site", "pages"], "PAGE"),
    (&["forge"], "SERVICE"),
];

/// Modules that get all they need as values.
const PURE: &[&str] = &["report", "forge", "history", "analysis", "check", "site"];

/// What reads a clock, the environment or the disk, or can write to a repository.
const IMPURE: &[&[&str]] = &[
    &["crate", "files"],
    &["crate", "program"],
    &["crate", "git", "RepoWriter"],
    &["crate", "store", "StoreWriter"],
    &["std", "env"],
    &["std", "fs"],
    &["std", "io", "stdin"],
    &["std", "net"],
    &["std", "process"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["jiff", "Timestamp", "now"],
    &["jiff", "Zoned", "now"],
    &["tempfile"],
    &["walkdir"],
];

/// What ends the process or changes what all of it shares.
const PROCESS: &[&[&str]] = &[
    &["std", "process", "abort"],
    &["std", "process", "exit"],
    &["std", "env", "remove_var"],
    &["std", "env", "set_current_dir"],
    &["std", "env", "set_var"],
];

fn modules_are_in_order(tree: &Tree) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for file in &tree.files {
        let Some(room) = file.room() else { continue };
        let own = ORDER.iter().position(|name| *name == room);
        if own.is_none() && !LEAVES.contains(&room) {
            faults.insert(format!("{}: `{room}` has no place in the order of modules", file.name));
        }
        for used in used_modules(tree, file).filter_map(|module| module.first()) {
            let later = ORDER
                .iter()
                .position(|name| name == used)
                .is_some_and(|used| own.is_none_or(|own| used > own));
            if later {
                faults
                    .insert(format!("{}: `{room}` uses `{used}`, which comes after it", file.name));
            }
        }
    }
    faults.into_iter().collect()
}

/// The modules inside the crate that a file uses.
fn used_modules<'t>(tree: &'t Tree, file: &'t File) -> impl Iterator<Item = &'t [String]> {
    file.uses.iter().filter_map(|path| tree.module_of(path))
}

/// The modules of one folder; for each the siblings that it uses, with all its reasons.
type Siblings<'t> = BTreeMap<&'t str, BTreeMap<&'t str, BTreeSet<String>>>;

fn no_circles(tree: &Tree) -> Vec<String> {
    let told = |siblings: &Siblings<'_>| {
        circles(siblings).iter().map(|circle| told(circle, siblings)).collect::<Vec<_>>()
    };
    folders(tree).values().flat_map(told).collect()
}

/// Which module uses which, folder by folder. A folder's own `mod.rs` is left out: a parent and its
/// children may use each other.
fn folders(tree: &Tree) -> BTreeMap<&[String], Siblings<'_>> {
    let mut folders: BTreeMap<&[String], Siblings<'_>> = BTreeMap::new();
    for file in &tree.files {
        for path in &file.uses {
            let Some(used) = tree.module_of(path) else { continue };
            let both = file.module.iter().zip(used);
            let (folder, rest) = file.module.split_at(both.take_while(|(a, b)| a == b).count());
            let Some((own, other)) = rest.first().zip(used.get(folder.len())) else { continue };
            let reasons = folders.entry(folder).or_default().entry(own).or_default();
            let reason = format!("{} uses {}", file.name, path.join("::"));
            reasons.entry(other).or_default().insert(reason);
        }
    }
    folders
}

/// The sets of modules that all reach each other.
fn circles<'t>(siblings: &Siblings<'t>) -> Vec<Vec<&'t str>> {
    let used = |module| siblings.get(module).into_iter().flat_map(BTreeMap::keys).copied();
    let reached = |from| {
        let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            next.extend(used(module).filter(|module| reached.insert(*module)));
        }
        reached
    };
    let all: BTreeMap<&str, BTreeSet<&str>> =
        siblings.keys().map(|module| (*module, reached(*module))).collect();

    let circle = |(module, reached): (&&'t str, &BTreeSet<&'t str>)| {
        let back = |other: &&str| all.get(other).is_some_and(|there| there.contains(module));
        reached.iter().copied().filter(back).collect::<Vec<_>>()
    };
    let found: BTreeSet<Vec<&str>> = all.iter().map(circle).collect();
    found.into_iter().filter(|circle| !circle.is_empty()).collect()
}

/// A circle as a sentence, with what makes it.
fn told(circle: &[&str], siblings: &Siblings<'_>) -> String {
    let inside = siblings.iter().filter(|(module, _)| circle.contains(module));
    let inner = inside.flat_map(|(_, used)| used).filter(|(other, _)| circle.contains(other));
    let reasons = inner.flat_map(|(_, reasons)| reasons.iter().take(3).map(String::as_str));
    let lines = [format!("{} use each other:", circle.join(", "))].into_iter();
    lines.chain(reasons.map(|reason| format!("  {reason}"))).collect::<Vec<_>>().join("\n")
}

fn pages_stand_alone(tree: &Tree) -> Vec<String> {
    let page = |module: &'_ [String]| match module {
        [site, pages, page, ..] if site == "site" && pages == "pages" => Some(page.clone()),
        _ => None,
    };
    let mut faults = BTreeSet::new();
    for file in &tree.files {
        let Some(own) = page(&file.module) else { continue };
        for other in used_modules(tree, file).filter_map(page).filter(|other| *other != own) {
            faults.insert(format!("{}: the page `{own}` uses the page `{other}`", file.name));
        }
    }
    faults.into_iter().collect()
}

fn entries_are_registered(tree: &Tree) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for (folder, entry) in PLUGINS {
        let Some(slice) = tree.files.iter().find(|file| file.module == *folder) else { continue };
        let is_plugin = |file: &&File| {
            file.module.len() == folder.len() + 1
                && file.module.starts_with(slice.module.as_slice())
        };
        for plugin in tree.files.iter().filter(is_plugin) {
            let path =
                [&["crate".to_owned()], plugin.module.as_slice(), &[(*entry).to_owned()]].concat();
            if !slice.uses.contains(&path) {
                faults.insert(format!(
                    "{}: its `{entry}` is not in the slice of {}",
                    plugin.name, slice.name
                ));
            }
        }
    }
    faults.into_iter().collect()
}

fn libraries_have_one_place(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for file in &tree.files {
        for (library, place) in LIBRARIES {
            let named = file.uses.iter().any(|path| path[0] == *library);
            let inside = file.module.iter().zip(*place).filter(|(own, place)| own == place).count();
            if named && inside < place.len() {
                faults.push(format!(
                    "{}: names {library}, which only src/{} may",
                    file.name,
                    place.join("/")
                ));
            }
        }
    }
    faults
}

fn only_commands_print(tree: &Tree) -> Vec<String> {
    let prints = |file: &&File| {
        let macros = ["print", "println", "eprint", "eprintln", "dbg"];
        macros.iter().any(|name| file.macros.contains(*name)) && file.room() != Some("commands")
    };
    tree.files.iter().filter(prints).map(|file| format!("{}: prints", file.name)).collect()
}

fn pure_stages_read_nothing(tree: &Tree) -> Vec<String> {
    let pure =
        tree.files.iter().filter(|file| file.room().is_some_and(|room| PURE.contains(&room)));
    let impure = |file: &File| {
        let found =
            IMPURE.iter().filter(|impure| file.uses.iter().any(|path| begins(path, impure)));
        found
            .map(|impure| format!("{}: a pure stage uses {}", file.name, impure.join("::")))
            .collect::<Vec<_>>()
    };
    pure.flat_map(impure).collect()
}

fn only_main_changes_the_process(tree: &Tree) -> Vec<String> {
    let library = tree.files.iter().filter(|file| file.name != "src/main.rs");
    let fault = |file: &File| {
        let named = PROCESS.iter().filter(|item| file.uses.iter().any(|path| begins(path, item)));
        named
            .map(|item| format!("{}: uses {}, which only main.rs may", file.name, item.join("::")))
            .collect::<Vec<_>>()
    };
    library.flat_map(fault).collect()
}

fn begins(path: &[String], start: &[&str]) -> bool {
    path.len() >= start.len() && path.iter().zip(start).all(|(one, other)| one == other)
}
