//! Tests incomplete clones (partial, shallow), and pushes between several clones.

use std::fs;

use serde_json::{Value, json};

use super::cli::{LCOV, parsed, project};
use super::harness::{Project, run};

/// The parts in the store of a repository, by git's own listing.
fn parts(project: &Project) -> Vec<String> {
    let listed = project.git(["ls-tree", "-r", "--name-only", "covatlas", "snapshots/"]);
    let runs = listed.lines().filter_map(|path| path.strip_suffix("/run.json"));
    let mut parts: Vec<String> =
        runs.map(|path| path.rsplit('/').next().expect("a name").to_owned()).collect();
    parts.sort();
    parts
}

fn record(project: &Project, arguments: &[&str]) {
    project.write("lcov.info", LCOV);
    project.covatlas([&["record", "lcov.info"], arguments].concat()).succeeds();
}

/// A project with three recorded commits: a file that is edited, one that is moved and edited, a
/// suite that is carried forward, and a Go module. Its URL serves partial clones.
fn served() -> Project {
    let project = project();
    project.git(["config", "uploadpack.allowFilter", "true"]);
    project.git(["config", "uploadpack.allowAnySHA1InWant", "true"]);
    project
        .write("go.mod", "module example.com/a\n")
        .write("src/old.rs", "1\n2\n3\n4\n5\n6\n7\n8\n")
        .commit("module");
    let moved = |path: &str| format!("{LCOV}SF:{path}\nDA:1,1\nDA:8,0\nend_of_record\n");
    project.write("lcov.info", moved("src/old.rs"));
    project.covatlas(["record", "lcov.info"]).succeeds();
    project.covatlas(["record", "lcov.info", "--suite", "carried"]).succeeds();
    project.git(["mv", "src/old.rs", "src/new.rs"]);
    project
        .write("src/new.rs", "1\n2\n3\nfour\n5\n6\n7\n8\n")
        .write("src/a.rs", "fn a() {}\n\nfn b() {}\n");
    fs::remove_file(project.path("lcov.info")).expect("it was written above");
    project.commit("move");
    project.write("lcov.info", moved("src/new.rs"));
    project.covatlas(["record", "lcov.info"]).succeeds();
    project
}

#[test]
fn a_partial_clone_logs_shows_and_builds_what_a_full_one_does() {
    let project = served();
    let partial =
        || Project::clone_of(&project.address(), &["--filter=blob:none", "--no-checkout"]);
    let full = Project::clone_of(&project.address(), &[]);

    let log = partial().covatlas(["log", "--json"]).succeeds();
    assert!(log.stderr.contains("missing from this partial clone"), "{}", log.stderr);
    assert_eq!(parsed(&log), parsed(&full.covatlas(["log", "--json"]).succeeds()));
    let show =
        |clone: &Project| parsed(&clone.covatlas(["show", "src/new.rs", "--json"]).succeeds());
    assert_eq!(show(&partial()), show(&full));

    let clone = partial();
    for each in [&clone, &full] {
        let built = each.covatlas(["build", "--out", "../site"]).succeeds();
        assert!(!built.stderr.contains("warning"), "{}", built.stderr);
    }
    let page = |clone: &Project| {
        fs::read(clone.beside("site").join("files/src/new.rs.html")).expect("the page")
    };
    assert!(page(&clone) == page(&full), "the page of a file is the same");
    let trust = |clone: &Project| {
        fs::read_to_string(clone.beside("site").join("trust/index.html")).expect("the page")
    };
    let (said, whole) = (trust(&clone), trust(&full));
    assert!(said.contains("full history<br>partial: missing file contents were fetched"), "{said}");
    assert!(whole.contains("full history</dd>"), "{whole}");
    let again = clone.covatlas(["build", "--out", "../site"]).succeeds();
    assert!(!again.stderr.contains("missing from"), "nothing is fetched twice: {}", again.stderr);
}

#[test]
fn a_rewritten_branch_says_which_snapshots_it_left_behind() {
    let project = project();
    record(&project, &[]);
    let gone = project.rev("HEAD");
    project.git(["commit", "--quiet", "--amend", "--message", "another"]);
    record(&project, &["--suite", "other"]);
    let log = parsed(&project.covatlas(["log", "--json"]).succeeds());
    assert_eq!(log["snapshots"].as_array().map(Vec::len), Some(1));
    let said = format!(
        "the snapshot of {} was recorded on the branch `main`, and it does not lead there now",
        &gone[..7]
    );
    assert!(log["warnings"].to_string().contains(&said), "{}", log["warnings"]);
    project.covatlas(["build", "--out", "site"]).succeeds();
    assert!(project.read("site/trust/index.html").contains(&gone[..7]));
}

#[test]
fn a_partial_clone_compares_as_a_full_one_does() {
    let project = served();
    let full = Project::clone_of(&project.address(), &[]);
    let compare = |clone: &Project| clone.covatlas(["compare", "HEAD~1", "HEAD", "--json"]);
    let partial = Project::clone_of(&project.address(), &["--filter=blob:none", "--no-checkout"]);
    assert_eq!(parsed(&compare(&partial).succeeds()), parsed(&compare(&full).succeeds()));
    // Trees are read by the thousand, so if they are missing, the error names the command that
    // fetches them.
    let treeless = Project::clone_of(&project.address(), &["--filter=tree:0", "--no-checkout"]);
    let refused = compare(&treeless).exits(2);
    assert!(
        refused.stderr.contains("git fetch --refetch --no-filter origin"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_bare_partial_clone_reads_its_configuration_and_records_in_a_go_module() {
    let project = served();
    project
        .remove("lcov.info")
        .write("covatlas.toml", "name = \"from the commit\"\n")
        .commit("configuration");
    let bare = Project::clone_of(&project.address(), &["--filter=blob:none", "--bare"]);
    bare.write("lcov.info", LCOV);
    bare.covatlas(["record", "lcov.info", "--commit", "main", "--suite", "late"]).succeeds();
    bare.covatlas(["build", "--out", "../site"]).succeeds();
    let index = fs::read_to_string(bare.beside("site").join("index.html")).expect("the page");
    assert!(index.contains("from the commit"));
}

#[test]
fn a_shallow_clone_says_how_many_snapshots_it_leaves_out() {
    let project = served();
    let shallow = Project::clone_of(&project.address(), &["--depth=1", "--no-single-branch"]);
    let log = parsed(&shallow.covatlas(["log", "--json"]).succeeds());
    assert_eq!(log["snapshots"].as_array().map(Vec::len), Some(1));
    let warnings = log["warnings"].to_string();
    assert!(
        warnings.contains("1 snapshot is of a commit that this shallow clone leaves out"),
        "{warnings}"
    );
    assert!(warnings.contains("git fetch --unshallow"), "{warnings}");
    shallow.git(["fetch", "--quiet", "--unshallow"]);
    let log = parsed(&shallow.covatlas(["log", "--json"]).succeeds());
    assert_eq!(
        (log["snapshots"].as_array().map(Vec::len), &log["warnings"]),
        (Some(2), &json!([]))
    );
}

/// The command that a clone without the snapshots is told to run.
const COMMAND: &str = "git fetch origin covatlas:refs/remotes/origin/covatlas";

#[test]
fn a_clone_of_one_branch_is_told_how_to_fetch_the_snapshots() {
    let project = served();
    let single = Project::clone_of(&project.address(), &["--single-branch"]);
    for command in ["log", "build"] {
        let ran = single.covatlas([command]);
        assert!(ran.stderr.contains(COMMAND), "{}", ran.stderr);
    }
    single.git(COMMAND.split(' ').skip(1));
    assert_eq!(
        parsed(&single.covatlas(["log", "--json"]).succeeds())["snapshots"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}

#[test]
fn a_push_to_a_second_address_keeps_what_only_the_first_has() {
    let (one, two) = (project(), project());
    let (first, second) = (Project::init(&["--bare"]), Project::init(&["--bare"]));
    record(&one, &["--part=a", &format!("--push={}", first.address())]);
    record(&one, &["--part=b", &format!("--push={}", first.address())]);
    record(&two, &["--part=c", &format!("--push={}", second.address())]);
    record(&one, &["--part=d", &format!("--push={}", second.address())]);
    let all = ["default@a", "default@b", "default@c", "default@d"];
    assert_eq!(parts(&one), all);
    assert_eq!(parts(&second), all);
}

#[test]
fn a_remote_that_moved_to_another_server_takes_nothing_away() {
    let (one, two) = (project(), project());
    let (old, new) = (Project::init(&["--bare"]), Project::init(&["--bare"]));
    one.git(["remote", "add", "origin", &old.address()]);
    record(&one, &["--part=a", "--push"]);
    record(&one, &["--part=b", "--push"]);
    record(&two, &["--part=c", &format!("--push={}", new.address())]);
    one.git(["remote", "set-url", "origin", &new.address()]);
    record(&one, &["--part=d", "--push"]);
    let all = ["default@a", "default@b", "default@c", "default@d"];
    assert_eq!(parts(&one), all);
    assert_eq!(parts(&new), all);
}

#[test]
fn a_job_that_runs_again_in_a_fresh_clone_adds_no_commit_to_the_remote() {
    let origin = project();
    let job = || {
        let clone = Project::clone_of(&origin.address(), &["--single-branch", "--branch=main"]);
        record(&clone, &["--part=job", "--push"]);
        origin.rev("covatlas")
    };
    let first = job();
    assert_eq!(job(), first);
}

#[test]
fn a_remote_is_never_an_option_of_git() {
    let project = project();
    let trap = project.beside("trap");
    project.write("lcov.info", LCOV);
    let push = format!("--push=--receive-pack=touch {}", trap.display());
    let ran = project.covatlas(["record", "lcov.info", &push]).exits(2);
    assert!(ran.stderr.contains("is not a remote") && !trap.exists(), "{}", ran.stderr);
}

#[test]
fn a_token_in_an_address_is_not_printed() {
    let project = project();
    project.write("lcov.info", LCOV);
    // Port 1 refuses connections immediately.
    let ran = project
        .covatlas(["record", "lcov.info", "--push=http://ada:s3cret@127.0.0.1:1/a.git"])
        .exits(2);
    assert!(ran.stderr.contains("127.0.0.1:1") && !ran.stderr.contains("s3cret"), "{}", ran.stderr);
}

#[test]
fn a_failed_push_says_that_the_snapshot_is_recorded_here() {
    let project = project();
    project.write("lcov.info", LCOV);
    let ran = project.covatlas(["record", "lcov.info", "--push=nowhere"]).exits(2);
    assert!(
        ran.stderr.contains("the snapshots are in the local branch `covatlas`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_shallow_merge_names_the_base_better_than_a_stale_event() {
    let origin = project();
    let stale = origin.rev("HEAD");
    let head = origin.branch("topic").write("src/a.rs", "fn a() {}\nfn c() {}\n").commit("change");
    let base = origin.switch("main").write("README.md", "newer").commit("two");
    origin.branch("merged");
    let tested = origin.merge("topic");
    let clone = Project::clone_of(&origin.address(), &["--depth=1", "--branch=merged"]);
    clone.write("lcov.info", LCOV);
    let event = clone.beside("event.json");
    let pull = json!({ "pull_request": { "number": 7, "head": { "sha": head }, "base": { "sha": stale } } });
    fs::write(&event, pull.to_string()).expect("written");
    let mut command = clone.command();
    command.env("GITHUB_EVENT_PATH", event).env("GITHUB_SHA", tested);
    command.envs([
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_BASE_REF", "main"),
    ]);
    let ran: Value = parsed(&run(command.args(["record", "lcov.info", "--json"])).succeeds());
    assert_eq!(ran["merge_base"], json!(base));
}

#[test]
fn a_file_of_a_submodule_is_not_the_file_here_that_ends_alike() {
    let inner = project();
    let outer = project();
    outer.git(["submodule", "--quiet", "add", &inner.address(), "vendor/inner"]);
    outer.commit("a submodule");
    let inside = outer.path("vendor/inner/src/a.rs").display().to_string();
    let report = format!(
        "SF:src/a.rs\nDA:1,0\nend_of_record\nSF:vendor/inner/src/a.rs\nDA:1,1\nend_of_record\nSF:{inside}\nDA:1,1\nend_of_record\n"
    );
    outer.write("mixed.info", report);
    let ran = parsed(&outer.covatlas(["record", "mixed.info", "--json"]).succeeds());
    assert_eq!(ran["dimensions"]["lines"], json!({ "covered": 0, "total": 1 }));
    assert_eq!(ran["unmatched"].as_array().map(Vec::len), Some(2), "{}", ran["unmatched"]);
}

#[test]
fn the_branch_of_the_snapshots_is_no_source_to_record() {
    let project = project();
    record(&project, &[]);
    project.remove("lcov.info").switch("covatlas").write("lcov.info", LCOV);
    let ran = project.covatlas(["record", "lcov.info"]).exits(2);
    assert!(ran.stderr.contains("contains snapshots"), "{}", ran.stderr);
    project.git(["switch", "--quiet", "--detach"]);
    project.covatlas(["record", "lcov.info", "--commit", "main", "--part=2"]).succeeds();
}

#[test]
fn a_store_branch_that_git_would_refuse_is_refused() {
    let project = project();
    for name in ["HEAD", "-x", "", "a:b", "../x", "a b"] {
        project
            .write("covatlas.toml", format!("[store]\nbranch = \"{name}\"\n"))
            .write("lcov.info", LCOV);
        let ran = project.covatlas(["record", "lcov.info"]).exits(2);
        assert!(ran.stderr.contains("covatlas.toml"), "{name}: {}", ran.stderr);
    }
}

#[test]
fn a_configuration_in_another_encoding_names_the_line() {
    let project = project();
    project.write("covatlas.toml", b"# one\nname = \"caf\xe9\"\n");
    let ran = project.covatlas(["log"]).exits(2);
    assert!(ran.stderr.contains("line 2 is not UTF-8"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_report_that_links_lead_to_again_is_read_once() {
    let project = project();
    project.write("out/lcov.info", LCOV);
    std::os::unix::fs::symlink(".", project.path("out/loop")).expect("links");
    let read = |arguments: &[&str]| {
        let ran = project.covatlas([&["inspect", "--json"], arguments].concat()).succeeds();
        parsed(&ran)["reports"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|report| report["path"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(read(&["out/**/*.info"]), ["out/lcov.info"]);
    assert_eq!(
        read(&["out/lcov.info", "./out/lcov.info", "out/../out/lcov.info"]),
        ["out/lcov.info"]
    );
}

#[test]
fn a_fetch_or_push_visits_no_submodule() {
    let (inner, outer) = (project(), project());
    outer.git(["submodule", "--quiet", "add", &inner.address(), "inner"]);
    outer.commit("a submodule");
    let remote = Project::init(&["--bare"]);
    outer.git(["remote", "add", "origin", &remote.address()]);
    for (setting, value) in [("submodule.recurse", "true"), ("push.recurseSubmodules", "on-demand")]
    {
        outer.git(["config", setting, value]);
    }
    // Fetching the submodule would fail: its own remote is gone, and its commit exists nowhere
    // else.
    outer.git(["-C", "inner", "config", "remote.origin.url", "nowhere"]);
    outer.git([
        "-C",
        "inner",
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=a@b.c",
        "commit",
        "--allow-empty",
        "-qm",
        "new",
    ]);
    outer.git(["add", "inner"]);
    outer.commit("moved submodule");
    record(&outer, &["--push"]);
    record(&outer, &["--push", "--part=2"]);
    assert_eq!(parts(&remote), ["default@2", "default@default"]);
}
