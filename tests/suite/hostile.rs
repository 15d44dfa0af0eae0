//! Tests a repository of a stranger, whose configuration, names and texts are not trusted.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use super::cli::{LCOV, parsed, project};
use super::harness::Project;

/// A project with a snapshot, beside a folder that contains a secret.
fn beside_a_secret() -> (Project, tempfile::TempDir) {
    let project = project();
    project.write("lcov.info", LCOV).covatlas(["record", "lcov.info"]).succeeds();
    let outside = tempfile::tempdir().expect("a folder");
    fs::create_dir(outside.path().join("static")).expect("a folder");
    for name in ["notes.md", "static/key.txt", "revs"] {
        fs::write(outside.path().join(name), "SECRET\n").expect("written");
    }
    (project, outside)
}

#[test]
fn the_configuration_stays_in_the_work_tree() {
    let (project, outside) = beside_a_secret();
    let far = outside.path().display().to_string();
    symlink(&far, project.path("linked")).expect("a link");
    symlink("/nowhere/at/all", project.path("dangling")).expect("a link");
    let settings = [
        ("content", far.as_str()),
        ("content", "linked"),
        ("content", "../"),
        ("content", "src/../../x"),
        ("theme", far.as_str()),
        ("theme", "linked"),
        ("out", far.as_str()),
        ("out", "../elsewhere"),
        ("out", "linked/site"),
        ("out", "dangling"),
        ("out", ".git/hooks2"),
        ("out", ".GIT/hooks2"),
        ("out", "src/../.git/hooks2"),
        ("content", ".git"),
    ];
    for (setting, value) in settings {
        project.write("covatlas.toml", format!("[site]\n{setting} = {value:?}\n"));
        let out: &[&str] = if setting == "out" { &["build"] } else { &["build", "--out", "o"] };
        let ran = project.covatlas(out).exits(2);
        assert!(
            ran.stderr.contains(&format!("site.{setting}")),
            "{setting} = {value}: {}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("SECRET"), "{}", ran.stderr);
    }
    assert!(!project.path(".git/hooks2").exists() && !outside.path().join("site").exists());
    // Paths inside are used, also through links. The command line may name any folder.
    project
        .write("docs/page.md", "# Page\n")
        .write("covatlas.toml", "[site]\ncontent = \"pages\"\nout = \"deep/site\"\n");
    symlink("docs", project.path("pages")).expect("a link");
    project.covatlas(["build"]).succeeds();
    assert!(project.path("deep/site/guide/page.html").is_file());
    project.covatlas(["build", "--out", &format!("{far}/site")]).succeeds();
}

#[test]
fn the_list_of_ignored_revisions_stays_in_the_work_tree_and_its_text_is_not_printed() {
    let (project, outside) = beside_a_secret();
    let far = outside.path().join("revs").display().to_string();
    project.write("covatlas.toml", format!("[blame]\nignore-revs = {far:?}\n"));
    let ran = project.covatlas(["blame", "src/a.rs"]).succeeds();
    assert!(
        ran.stderr.contains("cannot be read") && !ran.stderr.contains("SECRET"),
        "{}",
        ran.stderr
    );
    project.write("revs", "SECRET\n").write("covatlas.toml", "[blame]\nignore-revs = \"revs\"\n");
    let ran = project.covatlas(["blame", "src/a.rs"]).succeeds();
    assert!(
        ran.stderr.contains("line 1 of `revs`") && !ran.stderr.contains("SECRET"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_configuration_itself_is_a_file_of_the_work_tree() {
    let (project, outside) = beside_a_secret();
    symlink(outside.path().join("notes.md"), project.path("covatlas.toml")).expect("a link");
    let ran = project.covatlas(["log"]).exits(2);
    assert!(
        ran.stderr.contains("covatlas.toml") && !ran.stderr.contains("SECRET"),
        "{}",
        ran.stderr
    );
    fs::remove_file(project.path("covatlas.toml")).expect("removed");
    assert!(
        Command::new("mkfifo").arg(project.path("covatlas.toml")).status().expect("runs").success()
    );
    let ran = project.covatlas(["log"]).exits(2);
    assert!(ran.stderr.contains("only regular files"), "{}", ran.stderr);
}

#[test]
fn files_that_are_no_pages_are_not_read() {
    let (project, _outside) = beside_a_secret();
    project.write("docs/a.md", "# A\n").write("covatlas.toml", "[site]\ncontent = \"docs\"\n");
    // A sparse file that is larger than any memory.
    let video = fs::File::create(project.path("docs/video.mp4")).expect("made");
    video.set_len(1 << 42).expect("sparse");
    assert!(
        Command::new("mkfifo").arg(project.path("docs/pipe.md")).status().expect("runs").success()
    );
    project.covatlas(["build", "--out", "o"]).succeeds();
    assert!(project.path("o/guide/a.html").is_file());
    let page = fs::File::create(project.path("docs/large.md")).expect("made");
    page.set_len(1 << 42).expect("sparse");
    let ran = project.covatlas(["build", "--out", "o"]).exits(2);
    assert!(ran.stderr.contains("`large.md` has 4398046511104 bytes"), "{}", ran.stderr);
}

/// Characters that reorder or hide text, and one that starts a terminal command.
const HIDDEN: [char; 6] = ['\u{202e}', '\u{2066}', '\u{2028}', '\u{200b}', '\u{1b}', '\u{9b}'];

#[test]
fn no_printer_writes_hidden_characters() {
    let project = project();
    let hidden: String = HIDDEN.iter().collect();
    let name = format!("src/{}.rs", hidden.replace('\u{1b}', ""));
    project
        .write("src/a.rs", format!("let a = \"{hidden}\";\nlet b = 1;\n"))
        .write(&name, "x\ny\n");
    project.commit(&format!("fix {hidden} it"));
    project.write("lcov.info", format!("{LCOV}SF:{name}\nDA:1,0\nend_of_record\n"));
    project.covatlas(["record", "lcov.info"]).succeeds();
    project.write("covatlas.toml", format!("[site]\nout = \"si{}te\"\n", '\u{202e}'));

    let shows = |text: &str| text.contains(HIDDEN);
    let commands: [&[&str]; 6] = [
        &["log"],
        &["log", "--json"],
        &["show", "src/a.rs"],
        &["blame", "src/a.rs"],
        &["build"],
        &["show", &name, "--json"],
    ];
    for command in commands {
        let ran = project.covatlas(command).succeeds();
        assert!(
            !shows(&ran.stdout) && !shows(&ran.stderr),
            "{command:?}: {:?} {:?}",
            ran.stdout,
            ran.stderr
        );
    }
    // Programs still get the name itself.
    assert_eq!(
        parsed(&project.covatlas(["show", &name, "--json"]).succeeds())["path"],
        name.as_str()
    );
    let ran = project.covatlas(["build", "--out", "o"]).succeeds();
    assert!(ran.stderr.is_empty(), "{}", ran.stderr);
    for entry in walkdir::WalkDir::new(project.path("o")) {
        let path = entry.expect("readable").into_path();
        if path.extension().is_some_and(|ending| ending == "html" || ending == "js") {
            let text = fs::read_to_string(&path).expect("UTF-8");
            let own = path.starts_with(project.path("o/assets"));
            assert!(own || !shows(&text), "{}", path.display());
        }
    }
}

#[test]
fn lines_that_no_text_has_are_left_out() {
    let project = project();
    let far = "SF:src/a.rs\nDA:1,1\nDA:1073741825,1\nDA:4294967295,0\nFN:4294967294,f\nFNDA:0,f\nBRDA:4294967295,0,0,1\nend_of_record\n";
    let ran = project.write("lcov.info", far).covatlas(["record", "lcov.info"]).succeeds();
    assert!(ran.stderr.contains("4 records are of lines beyond 1073741824"), "{}", ran.stderr);
    let commands: [&[&str]; 4] = [
        &["build", "--out", "o"],
        &["show", "src/a.rs", "--history"],
        &["log", "--patch"],
        &["export", "--format", "covdir"],
    ];
    for command in commands {
        project.covatlas(command).succeeds();
    }
    let show = parsed(&project.covatlas(["show", "src/a.rs", "--json"]).succeeds());
    assert_eq!(show["lines"].as_array().map(Vec::len), Some(1));
}

#[test]
fn files_that_configure_are_small_and_no_pipes() {
    let project = project();
    project.write("lcov.info", LCOV).covatlas(["record", "lcov.info"]).succeeds();
    assert!(Command::new("mkfifo").arg(project.path(".mailmap")).status().expect("runs").success());
    project.covatlas(["log"]).succeeds();
    project.write("covatlas.toml", "#".repeat((1 << 20) + 1));
    let ran = project.covatlas(["log"]).exits(2);
    assert!(ran.stderr.contains("more than 1048576 bytes"), "{}", ran.stderr);
}

#[test]
fn a_shortage_of_threads_is_an_error() {
    let project = project();
    project.write("lcov.info", LCOV).covatlas(["record", "lcov.info"]).succeeds();
    let binary = env!("CARGO_BIN_EXE_covatlas");
    for command in ["build --out o", "record lcov.info --suite two"] {
        // Enough address space for the program itself, but not for a thread's stack.
        let script = format!("ulimit -v 60000; RUST_MIN_STACK=400000000 exec {binary} {command}");
        let ran = Command::new("sh")
            .args(["-c", &script])
            .current_dir(project.root())
            .output()
            .expect("runs");
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert!(matches!(ran.status.code(), Some(0 | 2)), "{command}: {:?} {stderr}", ran.status);
    }
}
