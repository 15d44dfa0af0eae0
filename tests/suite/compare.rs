//! Tests `compare` on real repositories. Expected figures are arithmetic on paper.

use serde_json::{Value, json};

use super::cli::parsed;
use crate::harness::{Project, numbered, section};

fn record(project: &Project, suite: &str, sections: &[(&str, &str)], more: &[&str]) {
    let text: Vec<String> = sections.iter().map(|(path, hits)| section(path, hits)).collect();
    let report = project.beside("report.info");
    std::fs::write(&report, text.concat()).expect("writable");
    let arguments = [&["record", "--suite", suite, report.to_str().expect("UTF-8")], more].concat();
    project.covatlas(arguments).succeeds();
}

fn compare(project: &Project, arguments: &[&str]) -> Value {
    parsed(&project.covatlas([&["compare", "--json"], arguments].concat()).succeeds())
}

/// Two snapshots on `main`: two lines are added to a.py and one is deleted, b.py moves to lib/b.py,
/// c.py is deleted, and d.py loses coverage.
fn project() -> Project {
    let project = Project::new();
    let b = numbered(20);
    project
        .write("a.py", "one\ntwo\nthree\n")
        .write("b.py", &b)
        .write("c.py", "c\n")
        .write("d.py", "d\ne\n");
    project.commit("first");
    record(
        &project,
        "unit",
        &[("a.py", "101"), ("b.py", "11"), ("c.py", "0"), ("d.py", "11")],
        &[],
    );
    project
        .write("a.py", "zero\none\nnew\nthree\n")
        .write("lib/b.py", &b)
        .remove("b.py")
        .remove("c.py");
    project.commit("second");
    record(&project, "unit", &[("a.py", "0111"), ("lib/b.py", "11"), ("d.py", "10")], &[]);
    project
}

#[test]
fn every_line_is_in_its_category() {
    let project = project();
    let compared = compare(&project, &["HEAD~1"]);
    assert_eq!(compared["schema"], "covatlas/compare/1");
    assert_eq!(
        (&compared["base"], &compared["head"]),
        (&json!(project.rev("HEAD~1")), &json!(project.rev("HEAD")))
    );
    // Added: `zero` did not run, `new` did. Deleted: `two` and c.py, which did not run. Lost: line
    // 2 of d.py.
    assert_eq!(compared["patch"], json!({"lines": {"covered": 1, "total": 2}}));
    assert_eq!(
        compared["categories"],
        json!({"lines": {"UNC": 1, "LBC": 1, "GNC": 1, "CBC": 5, "DUB": 2}})
    );
    let files: Vec<_> =
        compared["files"].as_array().expect("a list").iter().map(|file| &file["path"]).collect();
    assert_eq!(files, ["a.py", "c.py", "d.py"], "a rename alone changes nothing");
    assert_eq!(compared["files"][0]["uncovered"], json!([[1, 1]]));
    assert_eq!(compared["files"][2]["lost"], json!([[2, 2]]));
    assert_eq!(compared["warnings"], json!([]));
}

#[test]
fn a_file_that_is_measured_no_more_is_not_a_deleted_one() {
    let project = project();
    project.write("README", "text\n").remove("d.py").commit("third");
    record(&project, "unit", &[("a.py", "0111")], &[]);
    let compared = compare(&project, &["HEAD~1"]);
    // lib/b.py exists but is not measured. d.py is deleted, and one of its two lines was covered.
    assert_eq!(
        compared["categories"],
        json!({"lines": {"UBC": 1, "CBC": 3, "ECB": 2, "DUB": 1, "DCB": 1}})
    );
}

#[test]
fn the_log_says_it_of_every_snapshot() {
    let project = project();
    project.write("README", "text\n").commit("third");
    record(&project, "unit", &[("a.py", "0111"), ("lib/b.py", "11"), ("d.py", "11")], &[]);
    let log = parsed(&project.covatlas(["log", "--patch", "--json"]).succeeds());
    let snapshots = log["snapshots"].as_array().expect("a list");
    assert_eq!(
        snapshots[0].get("patch").or(snapshots[0].get("categories")),
        None,
        "nothing is known before the first"
    );
    assert_eq!(snapshots[1]["patch"], compare(&project, &["HEAD~2", "HEAD~1"])["patch"]);
    // Like `compare`, except for the two lines of lib/b.py, which the commit moved but did not
    // change.
    assert_eq!(
        snapshots[1]["categories"],
        json!({"lines": {"UNC": 1, "LBC": 1, "GNC": 1, "CBC": 3, "DUB": 2}})
    );
    // Line 2 of d.py is gained; the commit added no code.
    assert_eq!(snapshots[2]["patch"], json!({}));
    assert_eq!(snapshots[2]["categories"], json!({"lines": {"GBC": 1, "CBC": 1}}));
    let text = project.covatlas(["log", "--patch"]).succeeds().stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].contains("patch no code")
            && lines[1].contains("patch 1 of 2")
            && !lines[2].contains("patch"),
        "{text}"
    );
    let plain = parsed(&project.covatlas(["log", "--json"]).succeeds());
    assert_eq!(plain["snapshots"][1].get("patch"), None, "only where it was asked for");
}

#[test]
fn the_answer_names_the_lines() {
    let shown = project().covatlas(["compare", "HEAD~1"]).succeeds().stdout;
    for wanted in ["1 of 2 added lines", "50.0%", "a.py:1", "d.py:2", "LBC"] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
}

#[test]
fn a_renamed_file_keeps_its_lines() {
    let project = project();
    let b = numbered(20);
    project.write("lib/b.py", format!("first\n{b}")).commit("third");
    record(&project, "unit", &[("a.py", "0111"), ("lib/b.py", "110"), ("d.py", "10")], &[]);
    let compared = compare(&project, &["HEAD~2"]);
    let moved = compared["files"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|file| file["path"] == "lib/b.py");
    let moved = moved.expect("its first line is new and its second is lost");
    assert_eq!(moved["renamed_from"], "b.py");
    assert_eq!(moved["categories"], json!({"lines": {"LBC": 1, "GNC": 1, "CBC": 1}}));
}

#[test]
fn a_change_that_adds_no_code_has_no_patch_coverage() {
    let project = project();
    project.write("README", "text\n").commit("third");
    record(&project, "unit", &[("a.py", "0111"), ("lib/b.py", "11"), ("d.py", "10")], &[]);
    assert_eq!(compare(&project, &["HEAD~1"])["patch"], json!({}));
    let shown = project.covatlas(["compare", "HEAD~1"]).succeeds().stdout;
    assert!(shown.contains("no code was added") && !shown.contains('%'), "{shown}");
}

#[test]
fn a_branch_is_compared_from_its_merge_base_and_through_what_ci_tested() {
    let project = project();
    project.branch("topic").write("a.py", "zero\none\nnew\nthree\ntopic\n");
    let head = project.commit("on the branch");
    project.switch("main").write("d.py", "d\ne\nmain\n").commit("on main");
    record(&project, "unit", &[("a.py", "0111"), ("lib/b.py", "11"), ("d.py", "101")], &[]);
    // CI tests a merge of both, which is on no branch.
    project.git(["switch", "--quiet", "--detach", "main"]);
    let merge = project.merge("topic");
    let text =
        [section("a.py", "01111"), section("lib/b.py", "11"), section("d.py", "101")].concat();
    let report = project.beside("report.info");
    std::fs::write(&report, text).expect("writable");
    let mut ci = project.command();
    ci.args(["record", "--suite", "unit", "--part", "x", report.to_str().expect("UTF-8")]).envs([
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_HEAD_REF", "topic"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_SHA", merge.as_str()),
    ]);
    crate::harness::run(&mut ci).succeeds();
    project.switch("topic");
    // The branch itself has no snapshot, so that of the merge is used, whose merge base with main
    // is main itself.
    let against = compare(&project, &["main", "topic"]);
    assert_eq!((&against["base"], &against["head"]), (&json!(project.rev("main")), &json!(merge)));
    assert_eq!(
        against["patch"],
        json!({"lines": {"covered": 1, "total": 1}}),
        "d.py:3 is not the branch's"
    );
    assert!(
        against["warnings"][0].as_str().expect("a sentence").contains("CI tested"),
        "{against}"
    );
    // The merge that was tested, against main, its first parent.
    let tested = compare(&project, &["main", &merge]);
    assert_eq!((&tested["base"], &tested["head"]), (&json!(project.rev("main")), &json!(merge)));
    assert_eq!(tested["patch"], json!({"lines": {"covered": 1, "total": 1}}));
    assert_ne!(head, merge);
}

#[test]
fn a_commit_without_a_snapshot_is_stood_for_by_the_one_before() {
    let project = project();
    project.write("README", "one\n").commit("third");
    project.write("README", "two\n").commit("fourth");
    let compared = compare(&project, &["HEAD~3"]);
    assert_eq!(compared["head"], json!(project.rev("HEAD~2")));
    let warning = compared["warnings"][0].as_str().expect("a sentence");
    assert!(warning.contains("2 commits before"), "{warning}");
}

#[test]
fn added_code_counts_in_all_suites_and_the_rest_in_those_of_both() {
    let project = project();
    record(&project, "slow", &[("a.py", "1111")], &[]);
    let compared = compare(&project, &["HEAD~1"]);
    assert_eq!(
        (&compared["suites"], &compared["patch_suites"]),
        (&json!(["unit"]), &json!(["slow", "unit"]))
    );
    assert_eq!(
        compared["patch"]["lines"],
        json!({"covered": 2, "total": 2}),
        "`zero` runs in the slow suite"
    );
    assert_eq!(compared["categories"]["lines"]["LBC"], json!(1), "of d.py, in the suite `unit`");
    assert!(compared["warnings"][0].as_str().expect("a sentence").contains("`slow`"), "{compared}");
    project.write("x.py", "x\n").commit("third");
    record(&project, "slow", &[("x.py", "1")], &[]);
    let compared = compare(&project, &[&project.rev("HEAD~2"), "HEAD"]);
    // No suite was measured at both, so nothing is known about the files of `unit`.
    assert_eq!(
        (&compared["suites"], &compared["categories"]),
        (&json!([]), &json!({"lines": {"GNC": 1}}))
    );
}

#[test]
fn what_cannot_be_compared_is_said() {
    let project = Project::new();
    project.write("a.py", "one\n").commit("first");
    assert!(
        project.covatlas(["compare", "HEAD"]).exits(2).stderr.contains("no snapshot was recorded")
    );
    let project = self::project();
    assert!(
        project
            .covatlas(["compare", "nowhere"])
            .exits(2)
            .stderr
            .contains("`nowhere` does not name a commit")
    );
    project.git(["switch", "--quiet", "--orphan", "other"]);
    project.write("z.py", "z\n").commit("apart");
    assert!(project.covatlas(["compare", "main"]).exits(2).stderr.contains("no common history"));
    project.switch("main");
    let clone = Project::clone_of(&project.address(), &["--depth=1", "--branch=main"]);
    clone.git(["fetch", "--quiet", "origin", "covatlas:covatlas"]);
    clone.write("more", "x\n").commit("third");
    clone.git(["update-ref", "-d", "refs/heads/covatlas"]);
    clone.git(["update-ref", "-d", "refs/remotes/origin/covatlas"]);
    assert!(
        clone.covatlas(["compare", "HEAD"]).exits(2).stderr.contains("no snapshot was recorded")
    );
}
