//! Tests `record`, and what `log` and `show` print afterwards.

use std::fs;

use serde_json::{Value, json};

use super::cli::{LCOV, parsed, project};
use super::harness::{Project, eventually};

/// The parts in a store, as `<suite>@<part>`, by git's own listing.
fn parts(project: &Project) -> Vec<String> {
    let listed =
        project.try_git(["ls-tree", "-r", "-d", "--name-only", "covatlas", "snapshots/"]).stdout;
    listed
        .lines()
        .filter(|path| path.split('/').count() == 4)
        .map(|path| path.rsplit('/').next().expect("four").to_owned())
        .collect()
}

/// A file of the only part in the store.
fn stored(project: &Project, file: &str) -> String {
    let commit = project.rev("HEAD");
    let part = parts(project).pop().expect("one part");
    project.git([
        "show",
        &format!("covatlas:snapshots/{}/{}/{part}/{file}", &commit[..2], &commit[2..]),
    ])
}

fn run_json(project: &Project) -> Value {
    serde_json::from_str(&stored(project, "run.json")).expect("JSON")
}

#[test]
fn a_report_is_recorded_logged_and_shown() {
    let project = project();
    let commit = project.rev("HEAD");
    project.write(
        "lcov.info",
        format!(
            "{}BRDA:1,0,0,1\nBRDA:1,0,1,0\nend_of_record\n",
            LCOV.trim_end_matches("end_of_record\n")
        ),
    );
    let recorded =
        parsed(&project.covatlas(["record", "--json", "--suite", "unit", "lcov.info"]).succeeds());
    assert_eq!(recorded["schema"], "covatlas/record/1");
    assert_eq!((&recorded["commit"], &recorded["result"]), (&json!(commit), &json!("recorded")));
    assert_eq!(
        (&recorded["suite"], &recorded["part"], &recorded["branch"]),
        (&json!("unit"), &json!("default"), &json!("main"))
    );

    let log = parsed(&project.covatlas(["log", "--json"]).succeeds());
    let snapshot = json!({
        "commit": commit, "time": "2024-01-01T00:00:00Z", "subject": "one", "suites": ["unit"], "carried": [],
        "dimensions": { "lines": { "covered": 1, "total": 2 }, "branches": { "covered": 1, "total": 2 } },
    });
    assert_eq!(log["schema"], "covatlas/log/1");
    assert_eq!(log["snapshots"], json!([snapshot]));

    let show = parsed(&project.covatlas(["show", "--json", "src/a.rs"]).succeeds());
    assert_eq!(
        (&show["schema"], &show["path"], &show["commit"]),
        (&json!("covatlas/show/1"), &json!("src/a.rs"), &json!(commit))
    );
    let lines = json!([
        { "n": 1, "state": "partial", "hits": 2, "exact": false, "branches": { "covered": 1, "total": 2 } },
        { "n": 2, "state": "uncovered", "hits": 0, "exact": true, "branches": { "covered": 0, "total": 0 } },
    ]);
    assert_eq!(show["lines"], lines, "three hits are kept as two or more");
    let human = project.covatlas(["show", &format!("src/a.rs@{commit}")]).succeeds().stdout;
    assert!(human.contains("2+ ~ fn a() {}") && human.contains("0 ! fn b() {}"), "{human}");
}

#[test]
fn log_is_oldest_first_as_json_and_newest_first_for_people() {
    let project = project();
    project.write("lcov.info", LCOV).covatlas(["record", "lcov.info"]).succeeds();
    let second = project.write("src/a.rs", "fn a() {}\nfn b() {} // tested\n").commit("two");
    project
        .write("lcov.info", LCOV.replace("DA:2,0", "DA:2,1"))
        .covatlas(["record", "lcov.info"])
        .succeeds();
    let log = parsed(&project.covatlas(["log", "--json"]).succeeds());
    assert_eq!(log["snapshots"][1]["commit"], json!(second));
    assert_eq!(log["snapshots"][1]["dimensions"]["lines"], json!({ "covered": 2, "total": 2 }));
    let human = project.covatlas(["log"]).succeeds().stdout;
    let lines: Vec<&str> = human.lines().collect();
    assert!(
        lines[0].contains("two") && lines[0].contains("+50.0") && lines[1].contains("one"),
        "{human}"
    );
}

#[test]
fn a_file_that_was_not_measured_is_told_from_the_nearest() {
    let project = project();
    project.write("lcov.info", LCOV).covatlas(["record", "lcov.info"]).succeeds();
    let ran = project.covatlas(["show", "src/b.rs"]).exits(2);
    assert!(ran.stderr.contains("did you mean `src/a.rs`?"), "{}", ran.stderr);
    let unmeasured = project.commit("two");
    let ran = project.covatlas(["show", &format!("src/a.rs@{unmeasured}")]).succeeds();
    assert!(ran.stderr.contains("has no snapshot") && ran.stdout.contains("fn b() {}"), "{ran:?}");
    project.covatlas(["show", "src/a.rs@no-such-branch"]).exits(2);
}

#[test]
fn without_a_data_branch_there_is_nothing_to_log_and_nothing_to_build() {
    let project = project();
    assert_eq!(parsed(&project.covatlas(["log", "--json"]).succeeds())["snapshots"], json!([]));
    assert!(project.covatlas(["log"]).succeeds().stderr.contains("covatlas record"));
    for arguments in [&["build"][..], &["show", "src/a.rs"]] {
        let ran = project.covatlas(arguments).exits(2);
        assert!(
            ran.stderr.contains("no snapshot") && ran.stderr.contains("covatlas record"),
            "{}",
            ran.stderr
        );
    }
    assert!(!project.path("site").exists());
}

#[test]
fn reports_are_found_in_their_usual_places_and_named() {
    let project = project();
    let ran = project.covatlas(["record"]).exits(2);
    assert!(ran.stderr.contains("no report was named"), "{}", ran.stderr);
    project.write("coverage/lcov.info", LCOV).write("coverage.xml", "<project/>");
    let ran = project.covatlas(["record"]).succeeds();
    assert!(
        ran.stderr.contains("found coverage/lcov.info") && !ran.stderr.contains("coverage.xml"),
        "{}",
        ran.stderr
    );
    fs::create_dir(project.path("inside")).expect("made");
    let quiet = project.covatlas(["-C", "inside", "record", "--quiet"]).succeeds();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
}

#[test]
fn the_same_again_makes_no_commit_and_another_part_adds() {
    let project = project();
    project.write("lcov.info", LCOV).covatlas(["record", "lcov.info"]).succeeds();
    let first = project.rev("covatlas");
    let again = parsed(&project.covatlas(["record", "lcov.info", "--json"]).succeeds());
    assert_eq!((again["result"].as_str(), project.rev("covatlas")), (Some("unchanged"), first));
    project.write("other.info", LCOV.replace("DA:2,0", "DA:2,1"));
    project.covatlas(["record", "other.info", "--part", "two"]).succeeds();
    assert_eq!(parts(&project), ["default@default", "default@two"]);
    let log = parsed(&project.covatlas(["log", "--json"]).succeeds());
    assert_eq!(log["snapshots"][0]["dimensions"]["lines"], json!({ "covered": 2, "total": 2 }));
}

#[test]
fn several_reports_of_one_call_are_summed() {
    let project = project();
    project.write("a.info", LCOV).write("b.info", LCOV.replace("DA:2,0", "DA:2,1"));
    let ran = parsed(&project.covatlas(["record", "a.info", "b.info", "--json"]).succeeds());
    assert_eq!(ran["dimensions"]["lines"], json!({ "covered": 2, "total": 2 }));
    assert_eq!(run_json(&project)["inputs"].as_array().map(Vec::len), Some(2));
}

#[test]
fn names_that_would_leave_their_folder_are_refused() {
    let project = project();
    project.write("lcov.info", LCOV);
    for (flag, name) in [("--suite", "a/b"), ("--part", "a@b"), ("--suite", ""), ("--part", "a\nb")]
    {
        let ran = project.covatlas(["record", "lcov.info", flag, name]).exits(2);
        assert!(ran.stderr.starts_with("error:"), "{}", ran.stderr);
    }
    project.try_git(["rev-parse", "--verify", "covatlas"]).exits(128);
}

#[test]
fn paths_that_match_nothing_are_said_and_kept() {
    let project = project();
    project.write("lcov.info", format!("{LCOV}SF:/usr/include/stdio.h\nDA:1,1\nend_of_record\n"));
    let ran = project.covatlas(["record", "lcov.info"]).succeeds();
    assert!(ran.stdout.contains("left out: 1 path (a header of the system"), "{}", ran.stdout);
    assert_eq!(run_json(&project)["unmatched"][0]["path"], "/usr/include/stdio.h");

    let foreign = super::cli::project();
    foreign.write("lcov.info", "SF:lib/a.rs\nDA:1,1\nend_of_record\n");
    let ran = foreign.covatlas(["record", "lcov.info"]).exits(2);
    assert!(
        ran.stderr.contains("lib/a.rs")
            && ran.stderr.contains("`\"lib/\" = \"src/\"` under [paths]"),
        "{}",
        ran.stderr
    );
    foreign.try_git(["rev-parse", "--verify", "covatlas"]).exits(128);
    foreign.write("covatlas.toml", "[paths]\n\"lib/\" = \"src/\"\n");
    foreign.covatlas(["record", "lcov.info"]).succeeds();
}

#[test]
fn an_unreadable_report_stops_the_recording_unless_told_to_go_on() {
    let project = project();
    let torn = "<?xml version=\"1.0\"?><coverage line-rate=\"1\"><packages><package name=\"a\"><classes><class filename=\"src/a.rs\"><lines><line numb";
    project
        .write("a.info", LCOV)
        .write("torn.xml", torn)
        .write("foreign.xml", "<project/>")
        .write("empty.info", "");
    let ran =
        project.covatlas(["record", "a.info", "torn.xml", "foreign.xml", "empty.info"]).exits(2);
    assert!(
        ["torn.xml", "foreign.xml", "empty.info", "--keep-going"]
            .iter()
            .all(|word| ran.stderr.contains(word)),
        "{}",
        ran.stderr
    );
    project.try_git(["rev-parse", "--verify", "covatlas"]).exits(128);
    project.covatlas(["record", "torn.xml", "--keep-going"]).exits(2);
    let ran = project.covatlas(["record", "a.info", "torn.xml", "--keep-going"]).succeeds();
    assert!(ran.stderr.contains("torn.xml"), "{}", ran.stderr);
    assert_eq!(parts(&project), ["default@default"]);
}

#[test]
fn a_half_good_report_is_used_and_its_warnings_are_kept() {
    let project = project();
    project.write("lcov.info", "SF:src/a.rs\nDA:1,1\nDA:2,0\nDA:3");
    let ran = project.covatlas(["record", "lcov.info"]).succeeds();
    assert!(ran.stderr.contains("warning:") && ran.stderr.contains("line 4"), "{}", ran.stderr);
    let warnings = run_json(&project)["warnings"].clone();
    assert_eq!(warnings[0]["line"], 4);
    assert!(
        warnings[0]["message"].as_str().is_some_and(|text| text.starts_with("lcov.info:")),
        "{warnings}"
    );
}

#[test]
fn a_commit_that_does_not_exist_is_named() {
    let project = project();
    project.write("lcov.info", LCOV);
    let ran = project.covatlas(["record", "lcov.info", "--commit", "deadbeef"]).exits(2);
    assert!(ran.stderr.contains("deadbeef") && ran.stderr.contains("hint:"), "{}", ran.stderr);
}

#[test]
fn measured_files_that_were_edited_are_said_and_kept() {
    let project = project();
    project
        .write("lcov.info", LCOV)
        .write("src/a.rs", "fn a() {}\nfn b() { }\n")
        .write("README.md", "new, but not measured");
    let ran = project.covatlas(["record", "lcov.info"]).succeeds();
    assert!(ran.stderr.contains("src/a.rs") && !ran.stderr.contains("README"), "{}", ran.stderr);
    assert_eq!(run_json(&project)["dirty"], json!(["src/a.rs"]));
}

#[test]
fn a_dry_run_says_and_stores_nothing() {
    let project = project();
    project.write("lcov.info", LCOV);
    let ran = project.covatlas(["record", "lcov.info", "--dry-run"]).succeeds();
    assert!(ran.stdout.contains("would record") && ran.stdout.contains("50.0%"), "{}", ran.stdout);
    assert_eq!(
        parsed(&project.covatlas(["record", "lcov.info", "--dry-run", "--json"]).succeeds())["result"],
        "dry-run"
    );
    project.try_git(["rev-parse", "--verify", "covatlas"]).exits(128);
}

#[test]
fn a_bare_repository_needs_the_commit() {
    let project = project();
    let bare = Project::clone_of(&project.address(), &["--bare"]);
    bare.write("../lcov.info", LCOV);
    let ran = bare.covatlas(["record", "../lcov.info"]).exits(2);
    assert!(ran.stderr.contains("bare") && ran.stderr.contains("--commit"), "{}", ran.stderr);
    bare.covatlas(["record", "../lcov.info", "--commit", "main"]).succeeds();
    assert_eq!(parts(&bare), ["default@default"]);
}

#[test]
fn linked_worktrees_submodules_and_sha256_work() {
    let project = project();
    let linked = project.beside("linked");
    let name = linked.to_str().expect("UTF-8").to_owned();
    project.git(["worktree", "add", "--quiet", "--detach", &name]);
    fs::write(linked.join("lcov.info"), LCOV).expect("written");
    project.covatlas(["-C", &name, "record", "lcov.info"]).succeeds();
    assert_eq!(parts(&project), ["default@default"]);

    let outer = Project::new();
    outer.git(["submodule", "--quiet", "add", &project.address(), "inner"]);
    outer.commit("a submodule");
    outer.write("inner/lcov.info", LCOV);
    outer.covatlas(["-C", "inner", "record", "lcov.info"]).succeeds();
    outer.git(["-C", "inner", "rev-parse", "--verify", "covatlas"]);
    outer.try_git(["rev-parse", "--verify", "covatlas"]).exits(128);

    let modern = Project::init(&["--object-format=sha256"]);
    modern.write("src/a.rs", "fn a() {}\nfn b() {}\n").commit("one");
    modern.write("lcov.info", LCOV).covatlas(["record", "lcov.info"]).succeeds();
    let log = parsed(&modern.covatlas(["log", "--json"]).succeeds());
    assert_eq!(log["snapshots"][0]["commit"], json!(modern.rev("HEAD")));
}

#[test]
fn a_shallow_clone_records_and_pushes() {
    let origin = project();
    let tip = origin.write("src/a.rs", "fn a() {}\nfn b() {}\n\n").commit("two");
    let clone = Project::clone_of(&origin.address(), &["--depth=1"]);
    clone.write("lcov.info", LCOV).covatlas(["record", "--push=origin", "lcov.info"]).succeeds();
    assert_eq!(parts(&origin), ["default@default"]);
    let log = parsed(&origin.covatlas(["log", "--json"]).succeeds());
    assert_eq!(log["snapshots"][0]["commit"], json!(tip));
}

#[test]
fn recorders_that_push_at_once_all_arrive() {
    let origin = project();
    let clones: Vec<Project> = (0..3).map(|_| Project::clone_of(&origin.address(), &[])).collect();
    let jobs = clones.iter().enumerate().map(|(job, clone)| {
        clone.write("lcov.info", LCOV);
        let part = format!("job-{job}");
        clone
            .command()
            .args(["record", "lcov.info", "--push", "--part", &part])
            .spawn()
            .expect("started")
    });
    for mut job in jobs.collect::<Vec<_>>() {
        assert!(job.wait().expect("ended").success());
    }
    assert_eq!(parts(&origin), ["default@job-0", "default@job-1", "default@job-2"]);
}

#[test]
fn a_remote_that_is_not_there_loses_nothing() {
    let project = project();
    project.write("lcov.info", LCOV);
    let ran = project.covatlas(["record", "lcov.info", "--push=nowhere"]).exits(2);
    assert!(ran.stderr.contains("nowhere"), "{}", ran.stderr);
    assert_eq!(parts(&project), ["default@default"], "what was recorded stays");
}

#[test]
fn push_before_a_report_takes_it_for_a_report() {
    let origin = project();
    let clone = Project::clone_of(&origin.address(), &[]);
    clone.write("lcov.info", LCOV).covatlas(["record", "--push", "lcov.info"]).succeeds();
    assert_eq!(parts(&origin), ["default@default"]);
}

#[test]
fn a_locked_branch_is_waited_for_and_then_named() {
    let project = project();
    project.write("lcov.info", LCOV).covatlas(["record", "lcov.info"]).succeeds();
    project.write(".git/refs/heads/covatlas.lock", "");
    let mut waiting = project.command();
    waiting.args(["record", "lcov.info", "--part", "two"]);
    let mut waiting = waiting.spawn().expect("started");
    project.remove(".git/refs/heads/covatlas.lock");
    assert!(waiting.wait().expect("ended").success());
    eventually("the part", || parts(&project) == ["default@default", "default@two"]);
    project.write(".git/refs/heads/covatlas.lock", "");
    let ran = project.covatlas(["record", "lcov.info", "--part", "three"]).exits(2);
    assert!(ran.stderr.contains("covatlas.lock"), "{}", ran.stderr);
}

/// GitHub Actions' variables for a pull request, with the event that they name.
fn github(project: &Project, head: &str, base: &str) -> std::process::Command {
    let event = json!({
        "pull_request": { "number": 7, "head": { "sha": head }, "base": { "sha": base } },
        "repository": { "default_branch": "main" },
    });
    let place = project.beside("event.json");
    fs::write(&place, event.to_string()).expect("written");
    let mut command = project.command();
    command.env("GITHUB_EVENT_PATH", place).envs([
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_JOB", "test"),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_HEAD_REF", "topic"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "o/r"),
        ("GITHUB_RUN_ID", "1"),
    ]);
    command
}

#[test]
fn a_pull_request_keeps_tested_head_and_base_apart_and_its_sources() {
    let project = project();
    project.branch("topic").write("src/a.rs", "fn a() {}\nfn c() {}\n");
    let head = project.commit("change");
    project.switch("main").write("README.md", "other work");
    let base = project.commit("two");
    project.git(["switch", "--quiet", "--detach"]);
    let tested = project.merge("topic");
    project.write("lcov.info", LCOV);
    let mut command = github(&project, &head, &base);
    let ran = super::harness::run(command.env("GITHUB_SHA", &tested).args([
        "record",
        "lcov.info",
        "--json",
    ]))
    .succeeds();
    let ran = parsed(&ran);
    assert_eq!(
        (&ran["commit"], &ran["head"], &ran["merge_base"]),
        (&json!(tested), &json!(head), &json!(base))
    );
    assert_eq!((&ran["branch"], &ran["change"]), (&json!("topic"), &json!(7)));
    let part = ran["part"].as_str().expect("a name");
    assert!(part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_hexdigit()), "{part}");
    assert_eq!(stored(&project, "source/src/a.rs"), "fn a() {}\nfn c() {}");
    assert!(stored(&project, "provenance.json").contains("https://github.com/o/r/actions/runs/1"));
    assert_eq!(
        parsed(&project.covatlas(["log", "--json"]).succeeds())["snapshots"],
        json!([]),
        "not on the timeline"
    );
}

#[test]
fn a_pull_request_in_a_shallow_clone_takes_the_base_from_the_event() {
    let origin = project();
    let base = origin.rev("HEAD");
    origin.branch("topic").write("src/a.rs", "fn a() {}\nfn c() {}\n");
    let head = origin.commit("change");
    origin.switch("main").branch("merged");
    let tested = origin.merge("topic");
    let clone = Project::clone_of(&origin.address(), &["--depth=1", "--branch=merged"]);
    clone.write("lcov.info", LCOV);
    let mut command = github(&clone, &head, &base);
    let ran = super::harness::run(command.env("GITHUB_SHA", &tested).args([
        "record",
        "lcov.info",
        "--json",
    ]))
    .succeeds();
    assert_eq!(parsed(&ran)["merge_base"], json!(base), "{}", ran.stderr);
    assert_eq!(stored(&clone, "source/src/a.rs"), "fn a() {}\nfn c() {}");
}

#[test]
fn a_branch_outside_ci_hangs_off_its_merge_base() {
    let project = project();
    let base = project.rev("HEAD");
    project.branch("topic").write("src/a.rs", "fn a() {}\nfn c() {}\n").commit("change");
    project.write("lcov.info", LCOV);
    let ran =
        parsed(&project.covatlas(["record", "lcov.info", "--json", "--change", "3"]).succeeds());
    assert_eq!(
        (&ran["merge_base"], &ran["branch"], &ran["change"]),
        (&json!(base), &json!("topic"), &json!(3))
    );
}

#[test]
fn lines_beyond_the_end_of_a_file_are_said() {
    let project = project();
    project.write("lcov.info", LCOV.replace("end_of_record", "DA:50,1\nend_of_record"));
    let said = project.covatlas(["record", "lcov.info"]).succeeds().stderr;
    assert!(said.contains("lines beyond the end of src/a.rs"), "{said}");
    assert!(
        run_json(&project)["warnings"][0]["message"]
            .as_str()
            .is_some_and(|text| text.contains("src/a.rs"))
    );
}

#[test]
fn the_folder_of_the_report_then_of_the_command_tells_where_paths_start() {
    let project = project();
    for package in ["packages/api", "packages/web"] {
        project.write(&format!("{package}/src/index.ts"), "a\nb\n");
    }
    project.commit("two packages");
    let report = "SF:src/index.ts\nDA:1,1\nDA:2,0\nend_of_record\n";
    project.write("packages/web/coverage/lcov.info", report).write("lcov.info", report);

    let web = parsed(
        &project.covatlas(["record", "packages/web/coverage/lcov.info", "--json"]).succeeds(),
    );
    let found = json!([{ "by": "folder", "to": "packages/web/", "files": 1 }]);
    assert_eq!(web["found"], found);

    let ran = project.covatlas(["record", "lcov.info", "--dry-run"]).exits(2);
    assert!(
        ran.stderr.contains("fits packages/api/src/index.ts and packages/web/src/index.ts alike"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("--root"), "{}", ran.stderr);

    let given =
        project.covatlas(["record", "lcov.info", "--root", "packages/api", "--json"]).succeeds();
    assert_eq!(
        parsed(&given)["found"][0],
        json!({ "by": "rule", "to": "packages/api/", "files": 1 })
    );
    project.covatlas(["record", "lcov.info", "--root", "../elsewhere"]).exits(2);
}

#[test]
fn the_configuration_gives_reports_and_suites_a_root() {
    let project = project();
    for package in ["packages/api", "packages/web"] {
        project.write(&format!("{package}/src/index.ts"), "a\nb\n");
    }
    let config = "[[reports]]\nfiles = [\"web-*.info\"]\nroot = \"packages/web\"\n[suites.api]\nroot = \"packages/api\"\n";
    project.write("covatlas.toml", config);
    project.commit("two packages");
    let report = "SF:src/index.ts\nDA:1,1\nend_of_record\n";
    project.write("web-1.info", report).write("lcov.info", report);

    let to = |arguments: &[&str]| {
        let ran = project.covatlas(["record", "--json"].iter().chain(arguments)).succeeds();
        parsed(&ran)["found"][0]["to"].as_str().map(str::to_owned)
    };
    assert_eq!(to(&["web-1.info", "--suite", "api"]).as_deref(), Some("packages/web/"));
    assert_eq!(to(&["lcov.info", "--suite", "api"]).as_deref(), Some("packages/api/"));
    project.covatlas(["record", "lcov.info"]).exits(2);
    project.write("covatlas.toml", "[suites.api]\nroot = \"../x\"\n");
    project.covatlas(["record", "lcov.info"]).exits(2);
}

#[test]
fn links_modules_and_packages_of_the_commit_are_read() {
    let project = project();
    project
        .write("real/m.py", "a\nb\n")
        .write("core/go.mod", "module example.com/shop\n")
        .write("core/db.go", "a\n");
    project
        .write("packages/ui/package.json", "{\"name\": \"@acme/ui\"}")
        .write("packages/ui/src/button.ts", "a\n");
    std::os::unix::fs::symlink("real", project.path("link")).expect("a link");
    project.commit("sources");
    let section = |path: &str| format!("SF:{path}\nDA:1,1\nend_of_record\n");
    let paths = ["link/m.py", "example.com/shop/db.go", "/w/node_modules/@acme/ui/src/button.ts"];
    project.write("lcov.info", paths.map(section).concat());
    let ran = parsed(&project.covatlas(["record", "lcov.info", "--json"]).succeeds());
    assert_eq!(ran["files"], 3, "{ran}");
    assert!(
        ran["found"].as_array().is_some_and(|found| found.iter().all(|way| way["by"] == "name")),
        "{ran}"
    );
}

#[test]
fn the_same_reports_in_another_order_are_the_same_snapshot() {
    let project = project();
    project
        .write("a/x/one.c", "a\n")
        .write("a/x/two.c", "a\n")
        .write("b/y/three.c", "a\n")
        .commit("sources");
    let section = |path: &str| format!("SF:{path}\nDA:1,1\nend_of_record\n");
    project.write(
        "one.info",
        ["/app/x/one.c", "/app/x/two.c", "/usr/include/x.h"].map(section).concat(),
    );
    project.write("two.info", ["/srv/b/y/three.c", "/nowhere/z.c"].map(section).concat());
    let run = |reports: [&str; 2]| {
        project.covatlas(["record"].iter().chain(&reports)).succeeds();
        run_json(&project)
    };
    let forth = run(["one.info", "two.info"]);
    assert_eq!(forth, run(["two.info", "one.info"]));
    assert_eq!(forth["unmatched"].as_array().map(Vec::len), Some(2));
}
