//! Tests what `build` and `demo` write to disk.

use std::collections::BTreeMap;
use std::fs;
#[cfg(target_os = "linux")]
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::SystemTime;

use serde_json::json;
use walkdir::WalkDir;

use super::cli::{LCOV, parsed, project};
use super::harness::{Project, run};

/// Every file below a folder with its bytes and its modification time.
fn files(folder: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let all = WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("readable"))
        .filter(|entry| entry.file_type().is_file());
    all.map(|entry| {
        let name = entry.path().strip_prefix(folder).expect("inside").display().to_string();
        let modified = entry.metadata().expect("there").modified().expect("known");
        (name, (fs::read(entry.path()).expect("readable"), modified))
    })
    .collect()
}

fn recorded() -> Project {
    let project = project();
    project.write("lcov.info", LCOV).covatlas(["record", "lcov.info"]).succeeds();
    project
}

#[test]
fn a_second_build_touches_nothing() {
    let project = recorded();
    let ran = project.covatlas(["build"]).succeeds();
    assert!(
        ran.stdout.contains("index.html") && ran.stdout.contains("0 removed"),
        "{}",
        ran.stdout
    );
    let first = files(&project.path("site"));
    assert!(
        first.contains_key("index.html") && first.contains_key(".nojekyll"),
        "{:?}",
        first.keys()
    );
    let ran = project.covatlas(["build"]).succeeds();
    assert!(ran.stdout.contains("; 0 written"), "{}", ran.stdout);
    let mut second = files(&project.path("site"));
    second.insert(".covatlas-site".to_owned(), first[".covatlas-site"].clone()); // written last, at every build
    assert!(first == second);
    project.covatlas(["build", "--out", "elsewhere"]).succeeds();
    let bytes = |site: &BTreeMap<String, (Vec<u8>, SystemTime)>| {
        site.values().map(|(bytes, _)| bytes.clone()).collect::<Vec<_>>()
    };
    assert!(
        bytes(&first) == bytes(&files(&project.path("elsewhere"))),
        "the same bytes wherever it is built"
    );
}

#[test]
fn stale_pages_go_and_foreign_folders_stay() {
    let project = recorded();
    project.covatlas(["build", "--out", "out"]).succeeds();
    project.write("out/mine.txt", "kept");
    let manifest = project.read("out/.covatlas-site");
    project
        .write("out/.covatlas-site", format!("{manifest}old/page.html\t\t\t1\n"))
        .write("out/old/page.html", "x");
    let ran = project.covatlas(["build", "--out", "out"]).succeeds();
    assert!(ran.stdout.contains("1 removed"), "{}", ran.stdout);
    assert!(!project.path("out/old").exists() && project.path("out/mine.txt").exists());
    let ran = project.covatlas(["build", "--out", "src"]).exits(2);
    assert!(
        ran.stderr.contains("src") && ran.stderr.contains("a.rs") && ran.stderr.contains("--out"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_file_in_the_folder_s_place_is_named() {
    let project = recorded();
    for out in ["lcov.info", "lcov.info/below"] {
        let ran = project.covatlas(["build", "--out", out]).exits(2);
        assert!(ran.stderr.contains(out), "{}", ran.stderr);
    }
    assert_eq!(project.read("lcov.info"), LCOV);
}

#[test]
fn the_folder_comes_from_the_configuration() {
    let project = recorded();
    project.write("covatlas.toml", "[site]\nout = \"public\"\n");
    fs::create_dir(project.path("inside")).expect("made");
    project.covatlas(["-C", "inside", "build"]).succeeds();
    assert!(project.path("public/index.html").exists() && !project.path("inside/public").exists());
    project.write("covatlas.toml", "[site]\ntheme = \"missing\"\n");
    assert!(project.covatlas(["build"]).exits(2).stderr.contains("missing"));
}

#[test]
fn the_demo_is_a_repository_with_its_history_and_a_site() {
    let folder = Project::new();
    let ran = folder.covatlas(["demo"]).succeeds();
    assert!(ran.stdout.contains("covatlas-demo/site/index.html"), "{}", ran.stdout);
    assert!(folder.path("covatlas-demo/site/index.html").exists());
    assert_eq!(folder.git(["-C", "covatlas-demo", "status", "--porcelain"]), "");
    assert_eq!(
        folder.git(["-C", "covatlas-demo", "for-each-ref", "--format=%(refname)"]).lines().count(),
        4,
        "main, covatlas, two tags"
    );
    folder.git(["-C", "covatlas-demo", "fsck", "--strict"]);
    let chain =
        folder.git(["-C", "covatlas-demo", "rev-list", "--first-parent", "--reverse", "main"]);
    let log = parsed(&folder.covatlas(["-C", "covatlas-demo", "log", "--json"]).succeeds());
    let snapshots = log["snapshots"].as_array().expect("a list");
    let commits: Vec<&str> =
        snapshots.iter().filter_map(|snapshot| snapshot["commit"].as_str()).collect();
    assert_eq!(commits, chain.lines().collect::<Vec<_>>(), "one at every commit of main");
    assert!(snapshots.iter().any(|snapshot| snapshot["carried"] == json!(["scenarios"])));

    let first = files(&folder.path("covatlas-demo/site"));
    folder.covatlas(["demo"]).succeeds();
    let second = files(&folder.path("covatlas-demo/site"));
    let pages = |site: BTreeMap<String, (Vec<u8>, SystemTime)>| {
        site.into_iter().map(|(name, (bytes, _))| (name, bytes)).collect::<Vec<_>>()
    };
    assert!(pages(first) == pages(second), "a demo over an earlier one is the same");
}

#[test]
fn the_demo_takes_no_folder_of_others() {
    let project = project();
    let ran = project.covatlas(["demo", "src"]).exits(2);
    assert!(ran.stderr.contains("src") && project.path("src/a.rs").exists(), "{}", ran.stderr);
    project.covatlas(["demo", "new/folder"]).succeeds();
    assert!(project.path("new/folder/site/index.html").exists());
}

#[test]
fn the_library_tracks_and_reports_without_the_program() {
    let project = project();
    project.write("lcov.info", LCOV);
    let monitor = covatlas::Monitor::open(project.root()).expect("opens");
    assert!(monitor.coverage().expect_err("nothing yet").hints()[0].contains("covatlas record"));
    let snapshot = monitor.track(&[project.path("lcov.info")]).expect("tracks");
    assert_eq!(snapshot.key.commit.to_string(), project.rev("HEAD"));
    assert_eq!(monitor.coverage().expect("covers"), snapshot.run.totals);
    let error = monitor.write_report(project.path("report.html")).expect_err("one file");
    assert!(
        error.to_string().contains("report.html") && !project.path("report.html").exists(),
        "{error}"
    );
    assert!(monitor.write_report(project.path("site")).expect("writes").files > 1);
}

/// The manifest's paths with their keys, and the digest at the start of a cache.
fn keys_and_cache(project: &Project) -> (BTreeMap<String, String>, Vec<u8>) {
    let manifest = fs::read_to_string(project.path("site/.covatlas-site")).expect("a manifest");
    let keys = manifest.lines().skip(1).map(|line| {
        let mut fields = line.split('\t').map(str::to_owned);
        (fields.next().expect("a path"), fields.next().expect("a key"))
    });
    let cache = fs::read(project.path(".git/covatlas/timeline")).expect("a cache");
    (keys.collect(), cache[..32].to_vec())
}

#[test]
#[cfg(target_os = "linux")] // where a program may have bytes after its end
fn a_changed_program_trusts_neither_pages_nor_caches_of_another_one() {
    let project = recorded();
    project.covatlas(["build"]).succeeds();
    let (keys, cache) = keys_and_cache(&project);

    let changed = project.path("changed");
    let mut program = fs::read(env!("CARGO_BIN_EXE_covatlas")).expect("the program is readable");
    program.push(0);
    fs::write(&changed, program).expect("there is room");
    fs::set_permissions(&changed, PermissionsExt::from_mode(0o755)).expect("it is ours");
    let build = || {
        let mut command = project.command_of(&changed);
        run(command.arg("build")).succeeds();
        keys_and_cache(&project)
    };

    let (other_keys, other_cache) = build();
    assert_ne!(cache, other_cache);
    for (path, key) in &keys {
        assert!(key.is_empty() || *key != other_keys[path], "{path} was kept");
    }
    assert_eq!(build(), (other_keys, other_cache), "its own are trusted");
}
