//! The shape of the tree, as a test: which module may use which, who may know which library, and
//! that every format, page and service is registered.
//!
//! A rule is a function from the parsed files to the faults it finds. The tests below apply all
//! rules to `src/`; those in `broken` show that each rule finds a fault that was made on purpose.

mod broken;
mod rules;
mod tree;

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

use self::rules::RULES;
use self::tree::{Source, Tree};

/// The files of `src/`.
pub(super) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = WalkDir::new(root.join("src")).sort_by_file_name().into_iter();
    let files = entries.map(|entry| entry.expect("src is readable").into_path());
    let rust = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));

    let source = |path: std::path::PathBuf| Source {
        name: path
            .strip_prefix(root)
            .expect("walked from the root")
            .display()
            .to_string()
            .replace('\\', "/"),
        text: fs::read_to_string(&path).expect("a source file is readable"),
    };
    rust.map(source).collect()
}

#[test]
fn the_tree_follows_its_rules() {
    let tree = Tree::parse(&sources());
    let faults: Vec<String> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
