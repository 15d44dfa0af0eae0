//! Tests the command line: help, usage, exit codes, and the commands that store nothing.

use std::io::Write as _;

use serde_json::{Value, json};

use super::harness::{Project, Ran};

/// Covers one of two lines of `src/a.rs`.
pub(crate) const LCOV: &str = "SF:src/a.rs\nDA:1,3\nDA:2,0\nend_of_record\n";

/// A project with one commit, which contains `src/a.rs` with two lines.
pub(crate) fn project() -> Project {
    let project = Project::new();
    project.write("src/a.rs", "fn a() {}\nfn b() {}\n").commit("one");
    project
}

/// The JSON that a program printed.
#[track_caller]
pub(crate) fn parsed(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

#[test]
fn every_command_has_help_with_examples() {
    let project = Project::new();
    let help = project.covatlas(["--help"]).succeeds().stdout;
    assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{help}");
    for command in [
        "inspect",
        "record",
        "log",
        "show",
        "blame",
        "check",
        "export",
        "build",
        "import",
        "backfill",
        "prune",
        "demo",
        "formats",
        "completions",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        let own = project.covatlas([command, "--help"]).succeeds().stdout;
        assert!(own.contains("Examples:") && own.contains(&format!("covatlas {command}")), "{own}");
    }
}

#[test]
fn wrong_usage_could_not_run() {
    let project = Project::new();
    for arguments in [
        &["nonsense"][..],
        &["inspect"],
        &["record", "--change", "x"],
        &["show"],
        &["export"],
        &["export", "--format", "pdf"],
        &["backfill"],
        &["backfill", "--every", "0", "--", "true"],
        &["import", "auto"],
        &["import", "sonarcloud", "x.json"],
    ] {
        let ran = project.covatlas(arguments).exits(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("--help"), "{ran:?}");
    }
}

#[test]
fn formats_and_completions_come_from_the_definitions() {
    let project = Project::new();
    let formats = parsed(&project.covatlas(["formats", "--json"]).succeeds());
    assert_eq!(formats["schema"], "covatlas/formats/1");
    let names: Vec<&str> = formats["formats"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|f| f["name"].as_str())
        .collect();
    assert!(names.contains(&"lcov") && names.contains(&"cobertura"), "{names:?}");
    let listed = project.covatlas(["formats"]).succeeds().stdout;
    assert!(names.iter().all(|name| listed.contains(name)), "{listed}");
    for shell in ["bash", "fish", "zsh", "powershell", "elvish"] {
        assert!(
            project.covatlas(["completions", shell]).succeeds().stdout.contains("keep-going"),
            "{shell}"
        );
    }
}

#[test]
fn inspect_keeps_reports_apart_and_prints_the_good_ones() {
    let project = Project::new();
    project
        .write("a.info", LCOV)
        .write("b.info", "SF:b.c\nDA:1,1\nDA:x\nend_of_record\n")
        .write("bad.xml", "<project/>");
    let ran = project.covatlas(["inspect", "--json", "a.info", "bad.xml", "b.info"]).exits(2);
    assert!(ran.stderr.contains("bad.xml"), "{}", ran.stderr);
    let all = parsed(&ran);
    assert_eq!(all["reports"][1]["warnings"][0]["line"], 3);
    assert!(all["reports"][1]["warnings"][0]["message"].is_string());
    let first = json!({
        "path": "a.info", "format": "lcov", "files": 1,
        "dimensions": { "lines": { "covered": 1, "total": 2 } }, "warnings": [],
    });
    assert_eq!(all["schema"], "covatlas/inspect/1");
    assert_eq!(all["reports"][0], first);
    assert_eq!(all["reports"].as_array().map(Vec::len), Some(2));
    assert_eq!(all["warnings"], json!([]));
    let human = project.covatlas(["inspect", "a.info", "b.info"]).succeeds().stdout;
    assert!(human.contains("50.0%  1 of 2") && human.contains("line 3"), "{human}");
    assert!(!human.contains('\u{1b}'), "no colour where stdout is no terminal");
}

#[test]
fn inspect_takes_folders_globs_and_gzip() {
    let project = Project::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(LCOV.as_bytes()).expect("packs");
    project.write("out/1/a.info", LCOV).write("out/2/b.info.gz", packed.finish().expect("packs"));
    project.write("out/notes.txt", "no report").write("out/odd[1].info", LCOV);
    let paths = |arguments: &[&str]| {
        let all =
            parsed(&project.covatlas([&["inspect", "--json"], arguments].concat()).succeeds());
        let reports = all["reports"].as_array().expect("a list").clone();
        reports
            .iter()
            .map(|report| report["path"].as_str().expect("text").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(paths(&["out"]), ["out/1/a.info", "out/2/b.info.gz", "out/odd[1].info"]);
    assert_eq!(paths(&["out/*/*.info*"]), ["out/1/a.info", "out/2/b.info.gz"]);
    assert_eq!(
        paths(&["out/odd[1].info", "out/odd[1].info"]),
        ["out/odd[1].info"],
        "a name is tried before a glob"
    );
    project.write("empty/notes.txt", "no report");
    assert!(project.covatlas(["inspect", "empty"]).exits(2).stderr.contains("empty"));
    assert!(project.covatlas(["inspect", "*.nothing"]).exits(2).stderr.contains("*.nothing"));
    let ran = project.covatlas(["inspect", "empty", "*.nothing", "out"]).exits(2);
    assert!(ran.stdout.contains("out/1/a.info"), "the others are printed still: {ran:?}");
    assert!(project.covatlas(["inspect", "missing.info"]).exits(2).stderr.contains("missing.info"));
}

/// A workspace of packages that link to each other, as made by pnpm and lerna. A walk that follows
/// the links never ends.
#[cfg(unix)]
#[test]
fn a_glob_does_not_enter_links_to_folders() {
    use std::os::unix::fs::symlink;

    let project = Project::new();
    for (own, other) in [("p1", "p2"), ("p2", "p3"), ("p3", "p1")] {
        project
            .write(&format!("{own}/coverage/lcov.info"), LCOV)
            .write(&format!("{own}/node_modules/a/b.txt"), "");
        symlink(format!("../../{other}"), project.path(&format!("{own}/node_modules/{other}")))
            .expect("links");
    }
    project
        .write("mutants/a.meta", "{}")
        .write("here/reports/lcov.info", LCOV)
        .write("c/config", LCOV);
    symlink(".", project.path("mutants/again")).expect("links");
    symlink("here", project.path("named")).expect("links");
    symlink("../c/config", project.path("here/linked.info")).expect("links");
    let paths = |pattern: &str| {
        let all = parsed(&project.covatlas(["inspect", "--json", pattern]).succeeds());
        let reports = all["reports"].as_array().expect("a list").clone();
        reports
            .iter()
            .map(|report| report["path"].as_str().expect("text").to_owned())
            .collect::<Vec<_>>()
    };
    let own = ["p1/coverage/lcov.info", "p2/coverage/lcov.info", "p3/coverage/lcov.info"];
    assert_eq!(paths("**/coverage/lcov.info"), own);
    assert_eq!(paths("p?/**/lcov.info"), own);
    assert_eq!(
        paths("named/**/lcov.info"),
        ["named/reports/lcov.info"],
        "a link that is spelled out is entered"
    );
    assert_eq!(paths("here/*.info"), ["here/linked.info"], "a link to a file is a file");
    let ran = project.covatlas(["record", "--dry-run"]).exits(2);
    assert!(ran.stderr.contains("no report was named"), "{ran:?}");
}

/// Reading a named pipe without a writer would block for ever.
#[cfg(unix)]
#[test]
fn a_special_file_is_refused() {
    let project = Project::new();
    let made = std::process::Command::new("mkfifo")
        .arg(project.path("lcov.info"))
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    for name in ["lcov.info", "/dev/zero"] {
        let ran = project.covatlas(["inspect", name]).exits(2);
        assert!(ran.stderr.contains(name) && ran.stderr.contains("only regular files"), "{ran:?}");
    }
    std::fs::remove_file(project.path("lcov.info")).expect("it is there");
    let made = std::process::Command::new("mkfifo")
        .arg(project.path("covatlas.toml"))
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    project.write("lcov.info", LCOV).write("src/a.rs", "a\n").commit("one");
    let ran = project.covatlas(["record", "lcov.info"]).exits(2);
    assert!(
        ran.stderr.contains("covatlas.toml") && ran.stderr.contains("only regular files"),
        "{ran:?}"
    );
}

#[test]
fn a_named_format_is_taken_as_given() {
    let project = Project::new();
    project.write("a.txt", format!("\n\n# remark\n{LCOV}"));
    let ran = project.covatlas(["inspect", "--format", "lcov", "a.txt"]).succeeds();
    assert!(ran.stdout.contains("1 of 2"), "{ran:?}");
    let ran = project.covatlas(["inspect", "--format", "lcow", "a.txt"]).exits(2);
    assert!(ran.stderr.contains("lcow") && ran.stderr.contains("hint:"), "{ran:?}");
}

#[test]
fn outside_a_repository_and_before_the_first_commit_it_says_so() {
    let project = Project::new();
    project.write("lcov.info", LCOV);
    for arguments in [&["record", "lcov.info"][..], &["log"], &["build"], &["show", "src/a.rs"]] {
        let ran = project.covatlas(arguments).exits(2);
        assert!(ran.stderr.contains("no commit yet"), "{arguments:?}: {}", ran.stderr);
    }
    let outside = tempfile::tempdir().expect("a temporary folder");
    let ran = project.covatlas(["-C", outside.path().to_str().expect("UTF-8"), "log"]).exits(2);
    assert!(ran.stderr.contains("repository"), "{}", ran.stderr);
    assert!(project.covatlas(["-C", "missing", "log"]).exits(2).stderr.contains("missing"));
}

#[test]
fn a_mistake_in_the_configuration_names_its_line() {
    let project = project();
    project
        .write("lcov.info", LCOV)
        .write("covatlas.toml", "name = \"x\"\n[site]\nthmee = \"looks\"\n");
    for arguments in [&["record"][..], &["log"], &["build"]] {
        let ran = project.covatlas(arguments).exits(2);
        assert!(
            ran.stderr.contains("covatlas.toml line 3") && ran.stderr.contains("`theme`"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn the_configuration_of_a_bare_repository_is_its_commit_s() {
    let project = project();
    project.write("covatlas.toml", "[store]\nbranch = \"figures\"\n").commit("two");
    let bare = Project::clone_of(&project.address(), &["--bare"]);
    bare.write("../lcov.info", LCOV);
    bare.covatlas(["record", "--commit", "HEAD", "../lcov.info"]).succeeds();
    assert_eq!(
        bare.git(["for-each-ref", "--format=%(refname)", "refs/heads"]),
        "refs/heads/figures\nrefs/heads/main"
    );
}

#[test]
fn a_newer_store_is_refused_by_name() {
    let project = project();
    project.write("lcov.info", LCOV);
    project.git(["switch", "--quiet", "--orphan", "covatlas"]);
    project.write("FORMAT", "covatlas 2\n");
    project.git(["add", "FORMAT"]);
    project.git(["commit", "--quiet", "--message", "newer"]);
    project.switch("main");
    project.write("lcov.info", LCOV);
    for arguments in [&["record", "lcov.info"][..], &["log", "--json"], &["build"]] {
        let ran = project.covatlas(arguments).exits(2);
        assert!(
            ran.stderr.contains("covatlas 2") || ran.stderr.contains("format 2"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("hint:"), "{}", ran.stderr);
    }
}
