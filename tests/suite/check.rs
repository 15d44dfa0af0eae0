//! Tests `check`: the newest snapshot against its targets, as text, JSON and exit codes.

use serde_json::{Value, json};

use super::cli::parsed;
use super::harness::{Project, numbered, section};

/// A project whose only file has 10 lines, of which 7 ran, with a configuration.
fn project(config: &str) -> Project {
    let project = Project::new();
    project.write("covatlas.toml", config).write("src/a.rs", numbered(10)).commit("one");
    record(&project, "unit", "1", "1111111000");
    project
}

fn record(project: &Project, suite: &str, part: &str, hits: &str) {
    project.write("lcov.info", section("src/a.rs", hits));
    project.covatlas(["record", "--suite", suite, "--part", part, "lcov.info"]).succeeds();
}

/// The finding about a dimension.
#[track_caller]
fn about(answer: &Value, dimension: &str) -> Value {
    let findings = answer["findings"].as_array().expect("a list");
    let found = findings.iter().find(|finding| finding["place"]["dimension"] == dimension);
    found.unwrap_or_else(|| panic!("nothing about {dimension}: {answer:#}")).clone()
}

#[test]
fn a_target_that_is_reached_passes() {
    let ran = project("[targets]\nlines = 70\n").covatlas(["check"]).succeeds();
    assert!(ran.stdout.contains("passed   Lines: 70.0%, the target is 70%"), "{ran:?}");
    assert!(ran.stdout.ends_with("\n1 passed\n"), "{ran:?}");
}

#[test]
fn a_target_that_is_missed_fails_and_says_by_how_much() {
    // 85 % of 10 lines is 8.5: 9 lines, 2 more than 7.
    let project = project("[targets]\nlines = 85\n");
    let ran = project.covatlas(["check"]).exits(1);
    let expected = "failed   Lines: 70.0%, 15.0 points below the target of 85%";
    assert!(ran.stdout.contains(expected) && ran.stdout.contains("cover 2 more lines"), "{ran:?}");
    assert!(ran.stderr.is_empty(), "a failed check is an answer and no error: {ran:?}");

    let answer = parsed(&project.covatlas(["check", "--json"]).exits(1));
    assert_eq!(
        (&answer["schema"], &answer["result"]),
        (&json!("covatlas/check/1"), &json!("failed"))
    );
    assert_eq!(answer["commit"], project.rev("main"));
    assert_eq!((&answer["branch"], &answer["rules"]), (&json!("main"), &json!(["targets"])));
    assert_eq!(
        about(&answer, "lines"),
        json!({
            "rule": "targets", "severity": "failure",
            "place": {"kind": "dimension", "dimension": "lines"},
            "message": "Lines: 70.0%, 15.0 points below the target of 85%",
            "measured": {"covered": 7, "total": 10}, "target": 85.0,
            "short": {"points": 15.0, "units": 2}, "advice": "cover 2 more lines",
        })
    );
}

#[test]
fn a_target_of_what_was_not_measured_fails() {
    let project = project("[targets]\nbranches = 50\n");
    let ran = project.covatlas(["check"]).exits(1);
    assert!(ran.stdout.contains("Branches: not measured, the target is 50% (lines were measured)"));
    let found = about(&parsed(&project.covatlas(["check", "--json"]).exits(1)), "branches");
    assert_eq!(found["severity"], "failure");
    assert_eq!(found.get("measured"), None, "what was not measured is absent, and not 0: {found}");
}

#[test]
fn a_target_of_a_custom_metric_is_not_passed_over() {
    let project = project("[targets]\nlines = 70\n\"metric:latency\" = 250\n");
    let ran = project.covatlas(["check"]).exits(1);
    assert!(ran.stdout.contains("Latency: not measured, the target is 250 (lines"), "{ran:?}");
    let found = about(&parsed(&project.covatlas(["check", "--json"]).exits(1)), "metric:latency");
    assert_eq!(found["severity"], "failure");
}

#[test]
fn nothing_fails_while_parts_of_a_suite_are_missing() {
    let config = "[targets]\nlines = 85\nbranches = 50\n[suites.e2e]\nparts = 4\n";
    let project = project(config);
    record(&project, "e2e", "1", "1111111000");

    let ran = project.covatlas(["check"]).succeeds();
    assert!(ran.stdout.contains("pending  waiting for 3 of 4 parts of `e2e`"), "{ran:?}");
    assert!(ran.stdout.contains("pending  Lines: 70.0% so far, 15.0 points below"), "{ran:?}");
    let answer = parsed(&project.covatlas(["check", "--json"]).succeeds());
    assert_eq!(answer["result"], "pending");
    assert_eq!(about(&answer, "branches")["severity"], "pending");
    assert_eq!(about(&answer, "lines").get("advice"), None, "the missing parts may reach it");

    for part in ["2", "3", "4"] {
        record(&project, "e2e", part, "0000000100");
    }
    let ran = project.covatlas(["check"]).exits(1);
    assert!(ran.stdout.contains("Lines: 80.0%, 5.0 points below"), "{ran:?}");
    assert!(!ran.stdout.contains("pending"), "{ran:?}");
}

#[test]
fn a_target_that_is_reached_without_the_missing_parts_passes() {
    let project = project("[targets]\nlines = 70\n[suites.unit]\nparts = 2\n");
    let answer = parsed(&project.covatlas(["check", "--json"]).succeeds());
    assert_eq!(
        (&answer["result"], &about(&answer, "lines")["severity"]),
        (&json!("pending"), &json!("pass"))
    );
}

#[test]
fn without_a_target_there_is_nothing_to_check() {
    let project = project("");
    let ran = project.covatlas(["check"]).succeeds();
    assert!(ran.stdout.starts_with("nothing to check"), "{ran:?}");
    assert!(ran.stderr.contains("[targets]") && ran.stderr.contains("lines = 80"), "{ran:?}");
    let answer = parsed(&project.covatlas(["check", "--json"]).succeeds());
    assert_eq!((&answer["result"], &answer["findings"]), (&json!("nothing-to-check"), &json!([])));
}

#[test]
fn a_check_that_cannot_run_exits_with_2() {
    let project = Project::new();
    project.write("covatlas.toml", "[targets]\nlines = 70\n").commit("one");
    let ran = project.covatlas(["check"]).exits(2);
    assert!(ran.stderr.contains("no snapshot of the branch `main`"), "{ran:?}");
    project.write("covatlas.toml", "[targets]\nlines = 700\n");
    project.covatlas(["check"]).exits(2);
}

#[test]
fn the_newest_snapshot_is_checked_and_newer_commits_are_counted() {
    let project = project("[targets]\nlines = 70\n");
    project.write("src/a.rs", numbered(11)).commit("two");
    project.commit("three");
    let ran = project.covatlas(["check"]).succeeds();
    assert!(ran.stdout.contains("; 2 newer commits were not measured"), "{ran:?}");
    assert_eq!(parsed(&project.covatlas(["check", "--json"]).succeeds())["newer_commits"], 2);

    record(&project, "unit", "1", "11111110000");
    project.covatlas(["check"]).exits(1);
}

/// `suite`, `part` and file names come from outside.
#[test]
fn control_characters_of_names_are_not_printed() {
    let project = Project::new();
    let config = "[targets]\nlines = 70\n[suites.\"e\\u202e2e\"]\nparts = 2\n";
    project.write("covatlas.toml", config).write("src/a.rs", numbered(10)).commit("one");
    record(&project, "e\u{202e}2e", "1", "1111111000");
    let ran = project.covatlas(["check"]).succeeds();
    assert!(ran.stdout.contains("waiting for 1 of 2 parts of `e[U+202E]2e`"), "{ran:?}");
}

/// A closed pipe does not change the exit code, but a full disk is an error.
#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_reported_by_the_exit_code() {
    use std::fs::File;
    use std::io::pipe;

    let project = project("[targets]\nlines = 85\n");
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    let status = project.command().arg("check").stdout(writer).status().expect("it runs");
    assert_eq!(status.code(), Some(1));

    let full = File::options().write(true).open("/dev/full").expect("the device is there");
    let output = project.command().arg("check").stdout(full).output().expect("it runs");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), stderr.contains("cannot write the result")), (Some(2), true));
}

#[test]
fn relative_paths_start_at_the_folder_of_the_option() {
    let project = project("[targets]\nlines = 85\n");
    let mut command = project.command();
    command.current_dir(project.root().parent().expect("it has one"));
    command.env("GIT_DIR", ".git").args(["-C", "repo", "check"]);
    super::harness::run(&mut command).exits(1);
}
