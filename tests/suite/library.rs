//! Tests the crate as a library: it includes nothing of the command line.

use std::process::Command;

/// The crates in a build for this and all other platforms.
fn dependencies(options: &[&str]) -> Vec<String> {
    let cargo = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--locked", "--edges", "normal,build", "--target", "all"])
        .args(["--prefix", "none", "--format", "{lib}"])
        .args(options)
        .output()
        .expect("cargo runs");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    String::from_utf8_lossy(&cargo.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn a_library_user_gets_nothing_of_the_command_line() {
    let of_the_command_line = [
        "anstream",
        "anstyle",
        "clap",
        "clap_complete",
        "ctrlc",
        "indicatif",
        "mimalloc",
        "signal_hook",
    ];
    let (all, library) = (dependencies(&[]), dependencies(&["--no-default-features"]));
    for name in of_the_command_line {
        assert!(all.iter().any(|found| found == name), "{name} is not the name of a dependency");
        assert!(!library.iter().any(|found| found == name), "the library depends on {name}");
    }
}
