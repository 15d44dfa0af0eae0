//! Tests `--help` of every command, as printed at two widths.
//!
//! `COVATLAS_ACCEPT=1 cargo test --test suite help` updates the files in `tests/fixtures/help`.
//! Read the difference before you commit it.

use std::path::Path;
use std::{env, fs};

use super::harness::{Project, run};

/// The commands in the order in which `covatlas --help` lists them.
fn commands(help: &str) -> Vec<&str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let rows = listed.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    rows.filter_map(|row| row.split_whitespace().next()).filter(|name| *name != "help").collect()
}

#[test]
fn help_reads_as_it_was_reviewed() {
    let project = Project::new();
    let overview = project.covatlas(["--help"]).succeeds().stdout;
    let commands = commands(&overview);
    assert!(commands.len() >= 14, "{commands:?}");

    for width in [80, 100] {
        let mut text = String::new();
        for command in [None].into_iter().chain(commands.iter().copied().map(Some)) {
            let arguments = command.into_iter().chain(["--help"]);
            let mut covatlas = project.command();
            covatlas.args(arguments).env("COLUMNS", width.to_string());
            let help = run(&mut covatlas).succeeds().stdout;
            let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1);
            let is_example =
                |line: &str| line.starts_with("  covatlas") || line.starts_with("  open");
            let wrapped =
                examples.take_while(|line| !line.is_empty()).find(|line| !is_example(line));
            assert_eq!(wrapped, None, "an example of {command:?} is wrapped at {width} columns");
            let too_wide = help.lines().find(|line| line.chars().count() > width);
            assert_eq!(too_wide, None, "wider than {width} columns");
            let name = command.map_or(String::new(), |name| format!("{name} "));
            text.extend(["$ covatlas ", &name, "--help\n", &help, "\n"]);
        }
        compare(&text, &format!("{width}-columns.txt"));
    }
}

/// Compares a text with a file of `tests/fixtures/help`, or writes the file.
#[track_caller]
fn compare(text: &str, name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/help").join(name);
    if env::var_os("COVATLAS_ACCEPT").is_some() {
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder is ours");
        fs::write(&path, text).expect("the file is ours");
    }
    let reviewed = fs::read_to_string(&path).expect("the file was written with COVATLAS_ACCEPT=1");
    assert_eq!(text, reviewed, "help differs from {name}: see the top of tests/suite/help.rs");
}
