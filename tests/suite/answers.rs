//! Tests which snapshot, which base and which branch are used. Expected figures are arithmetic on
//! paper, and expected commits are given by git.

use std::fs;

use covatlas::git::Repo;
use covatlas::store::Store;
use serde_json::{Value, json};

use super::cli::parsed;
use crate::harness::{Project, Ran, run, section};

/// The change adds two lines to a.py: line 3, which runs, and line 4, which does not.
pub(super) const CHANGE: &[(&str, &str)] = &[("a.py", "1110"), ("b.py", "11")];
/// The change together with lines that another author added to b.py on `main`, which do not run.
pub(super) const MERGED: &[(&str, &str)] = &[("a.py", "1110"), ("b.py", "1100")];

type Variables<'a> = &'a [(&'a str, &'a str)];

pub(super) fn record(project: &Project, sections: &[(&str, &str)], ci: Variables<'_>) -> Value {
    let ran = try_record(project, sections, ci).succeeds();
    let mut recorded = parsed(&ran);
    recorded["stderr"] = json!(ran.stderr);
    recorded
}

fn try_record(project: &Project, sections: &[(&str, &str)], ci: Variables<'_>) -> Ran {
    let text: Vec<String> = sections.iter().map(|(path, hits)| section(path, hits)).collect();
    let report = project.beside("report.info");
    fs::write(&report, text.concat()).expect("writable");
    let mut command = project.command();
    run(command.args(["record", "--json"]).arg(report).envs(ci.iter().copied()))
}

/// Patch coverage in lines, as `covered/total`, or empty if no code was added.
pub(super) fn patch(project: &Project, arguments: &[&str]) -> String {
    let compared =
        parsed(&project.covatlas([&["compare", "--json"], arguments].concat()).succeeds());
    let lines = &compared["patch"]["lines"];
    if lines.is_null() { String::new() } else { format!("{}/{}", lines["covered"], lines["total"]) }
}

pub(super) fn timeline(project: &Project) -> Vec<String> {
    let log = parsed(&project.covatlas(["log", "--json"]).succeeds());
    let snapshots = log["snapshots"].as_array().expect("a list").iter();
    snapshots.map(|point| point["commit"].as_str().expect("an id").to_owned()).collect()
}

/// `main` with a snapshot, and the branch `topic`, which adds two lines to a.py.
pub(super) fn branched() -> Project {
    let project = Project::new();
    project.write("a.py", "a1\na2\n").write("b.py", "b1\nb2\n").commit("base");
    record(&project, &[("a.py", "11"), ("b.py", "11")], &[]);
    project.branch("topic").write("a.py", "a1\na2\na3\na4\n").commit("topic");
    project.switch("main");
    project
}

/// Another author adds two lines to b.py on `main`.
pub(super) fn main_moves_on(project: &Project) -> String {
    project.switch("main").write("b.py", "b1\nb2\nb3\nb4\n").commit("another author's")
}

/// The merge of a pull request of `topic` into another branch, checked out, and GitHub's variables
/// in its run.
fn tested_merge(project: &Project, target: &str) -> (String, Vec<(&'static str, String)>) {
    let (head, base) = (project.rev("topic"), project.rev(target));
    project.git(["switch", "--quiet", "--detach", target]);
    let merge = project.merge("topic");
    let pull =
        json!({ "number": 7, "head": { "sha": head }, "base": { "sha": base, "ref": target } });
    let event = project.beside("event.json");
    fs::write(&event, json!({ "pull_request": pull }).to_string()).expect("written");
    let variables = vec![
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
        ("GITHUB_EVENT_PATH", event.display().to_string()),
        ("GITHUB_SHA", merge.clone()),
        ("GITHUB_REF", "refs/pull/7/merge".to_owned()),
        ("GITHUB_HEAD_REF", "topic".to_owned()),
        ("GITHUB_BASE_REF", target.to_owned()),
    ];
    (merge, variables)
}

fn record_merge(
    project: &Project,
    sections: &[(&str, &str)],
    variables: &[(&str, String)],
) -> Value {
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    record(project, sections, &variables)
}

#[test]
fn lines_of_others_are_never_those_of_a_change() {
    let project = branched();
    let moved = main_moves_on(&project);
    let (merge, ci) = tested_merge(&project, "main");
    let recorded = record_merge(&project, MERGED, &ci);
    assert_eq!(
        (&recorded["head"], &recorded["merge_base"]),
        (&json!(project.rev("topic")), &json!(moved))
    );
    assert_eq!(patch(&project, &["main", "topic"]), "1/2");
    assert_eq!(patch(&project, &["main", &merge]), "1/2");
    // Against an older base, and against a branch that lacks later commits of main.
    project.git(["branch", "release", "main~1"]);
    assert_eq!(patch(&project, &["release", "topic"]), "1/2");
    // Without the merge itself, as in every clone except that of the job.
    project.switch("main");
    let clone = Project::clone_of(&project.address(), &[]);
    clone.git(["fetch", "--quiet", "origin", "covatlas:covatlas"]);
    assert!(clone.try_git(["cat-file", "-e", &merge]).code != Some(0), "it was fetched");
    assert_eq!(patch(&clone, &["origin/main", "origin/topic"]), "1/2");
    assert_eq!(patch(&clone, &["origin/release", "origin/topic"]), "1/2");
}

#[test]
fn patch_coverage_needs_no_snapshot_of_the_base() {
    let project = Project::new();
    project.write("a.py", "a1\na2\n").write("b.py", "b1\nb2\n").commit("base");
    record(&project, &[("a.py", "11"), ("b.py", "11")], &[]);
    let unmeasured = main_moves_on(&project);
    project.branch("topic").write("a.py", "a1\na2\na3\na4\n").commit("topic");
    record(&project, MERGED, &[]);
    let compared = parsed(&project.covatlas(["compare", "main", "--json"]).succeeds());
    assert_eq!(compared["patch"], json!({"lines": {"covered": 1, "total": 2}}));
    assert_eq!(
        (&compared["base"], &compared["base_snapshot"]),
        (&json!(unmeasured), &json!(project.rev("main~1")))
    );
    // b3 and b4 came with the commit that was not measured. They are newly counted, not added.
    assert_eq!(compared["categories"]["lines"]["UIC"], json!(2));
    let project = Project::new();
    project.write("a.py", "a1\n").commit("never measured");
    project.branch("topic").write("a.py", "a1\na2\n").commit("topic");
    record(&project, &[("a.py", "10")], &[]);
    let compared = parsed(&project.covatlas(["compare", "main", "--json"]).succeeds());
    assert_eq!(
        compared["categories"],
        json!({"lines": {"UNC": 1}}),
        "of a1 nothing was known before"
    );
}

#[test]
fn of_two_merges_of_one_head_the_newer_answers_whatever_their_ids() {
    for attempt in 0..4 {
        let project = branched();
        let (first, ci) = tested_merge(&project, "main");
        record_merge(&project, &[("a.py", "1100"), ("b.py", "11")], &ci);
        main_moves_on(&project);
        project.write("README", attempt.to_string()).commit("so that the ids differ");
        let (second, ci) = tested_merge(&project, "main");
        record_merge(&project, MERGED, &ci);
        assert_eq!(patch(&project, &["main", "topic"]), "1/2", "{first} {second}");
    }
}

#[test]
fn the_commit_before_answers_with_its_own_text_and_merge_base() {
    let project = branched();
    project.switch("topic");
    record(&project, CHANGE, &[]);
    let measured = project.rev("HEAD");
    main_moves_on(&project);
    project.switch("topic").merge("main");
    let compared = parsed(&project.covatlas(["compare", "main", "--json"]).succeeds());
    assert_eq!(
        (&compared["head"], &compared["base"]),
        (&json!(measured), &json!(project.rev("main~1")))
    );
    assert_eq!(compared["patch"], json!({"lines": {"covered": 1, "total": 2}}));
    // The last commit but one of a change request was tested as a merge.
    let project = branched();
    let (merge, ci) = tested_merge(&project, "main");
    record_merge(&project, CHANGE, &ci);
    project.switch("topic").write("a.py", "a1\na2\na3\na4\na5\n").commit("not measured");
    let compared = parsed(&project.covatlas(["compare", "main", "--json"]).succeeds());
    assert_eq!(
        (&compared["head"], &compared["patch"]["lines"]["total"]),
        (&json!(merge), &json!(2))
    );
}

#[test]
fn what_was_not_measured_or_has_landed_has_no_patch_coverage() {
    let project = branched();
    let ran = project.covatlas(["compare", "main", "topic"]).exits(2);
    assert!(ran.stderr.contains("no commit between"), "{}", ran.stderr);
    project.switch("topic");
    record(&project, CHANGE, &[]);
    project.switch("main").merge("topic");
    project.write("a.py", "a1\n").commit("main goes on");
    assert_eq!(patch(&project, &["main", "topic"]), "", "it is part of main");
}

#[test]
fn show_and_export_know_snapshots_off_the_timeline() {
    let project = branched();
    let head = project.rev("topic");
    let (merge, ci) = tested_merge(&project, "main");
    record_merge(&project, CHANGE, &ci);
    for commit in [&head, &merge] {
        let shown =
            parsed(&project.covatlas(["show", "--json", &format!("a.py@{commit}")]).succeeds());
        let states: Vec<&str> = shown["lines"]
            .as_array()
            .expect("lines")
            .iter()
            .map(|line| line["state"].as_str().expect(""))
            .collect();
        assert_eq!(states, ["covered", "covered", "covered", "uncovered"]);
        let exported =
            project.covatlas(["export", "--format", "lcov", "--commit", commit]).succeeds();
        assert!(exported.stdout.contains("DA:4,0"), "{}", exported.stdout);
    }
    // The branch was deleted: its commit is gone, and may be abbreviated.
    project.switch("main").git(["branch", "--delete", "--force", "topic"]);
    let clone = Project::clone_of(&project.address(), &[]);
    clone.git(["fetch", "--quiet", "origin", "covatlas:covatlas"]);
    let shown = clone.covatlas(["show", &format!("a.py@{}", &head[..8])]).succeeds();
    assert!(shown.stdout.contains("a4") && shown.stderr.contains("CI tested"), "{shown:?}");
    clone.covatlas(["show", "a.py@0000000"]).exits(2);
    clone.covatlas(["show", &format!("none.py@{head}")]).exits(2);
}

#[test]
fn what_ci_says_of_another_commit_is_not_recorded() {
    let project = branched();
    let (_, ci) = tested_merge(&project, "main");
    // The job checks out the base in order to measure it too.
    project.switch("main");
    let recorded = record_merge(&project, &[("a.py", "11")], &ci);
    let facts = ["head", "merge_base", "change"].map(|field| recorded.get(field).cloned());
    assert_eq!((facts, &recorded["branch"]), ([None, None, None], &json!("main")), "{recorded}");
    assert!(recorded["stderr"].as_str().expect("text").contains("does not contain"), "{recorded}");
    // The head that CI names is not in the merge.
    let (merge, ci) = tested_merge(&project, "main");
    let event = json!({ "pull_request": { "number": 7, "head": { "sha": "1".repeat(40) } } });
    fs::write(project.beside("event.json"), event.to_string()).expect("written");
    let recorded = record_merge(&project, CHANGE, &ci);
    assert_eq!((&recorded["commit"], recorded.get("head")), (&json!(merge), None));
    assert!(recorded["stderr"].as_str().expect("text").contains("as the head"), "{recorded}");
}

#[test]
fn reports_of_another_run_are_recorded_for_its_commit() {
    let project = branched();
    let (head, tip) = (project.rev("topic"), project.rev("main"));
    let event = project.beside("event.json");
    let other = json!({ "event": "pull_request", "head_branch": "topic", "head_sha": head, "pull_requests": [{ "number": 7 }] });
    fs::write(&event, json!({ "workflow_run": other }).to_string()).expect("written");
    let ci = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "workflow_run"),
        ("GITHUB_EVENT_PATH", event.to_str().expect("UTF-8")),
        ("GITHUB_SHA", &tip),
        ("GITHUB_REF", "refs/heads/main"),
    ];
    let recorded = record(&project, CHANGE, &ci);
    assert_eq!((&recorded["commit"], &recorded["branch"]), (&json!(head), &json!("topic")));
    assert_eq!((&recorded["change"], &recorded["merge_base"]), (&json!(7), &json!(tip)));
    assert_eq!(timeline(&project), [tip.as_str()]);
    let clone = Project::clone_of(&project.address(), &["--single-branch"]);
    let ran = try_record(&clone, CHANGE, &ci).exits(2);
    assert!(ran.stderr.contains(&format!("git fetch origin {head}")), "{}", ran.stderr);
}

#[test]
fn a_merge_that_ci_made_here_is_told_from_one_that_was_pushed() {
    let project = branched();
    let (head, moved) = (project.rev("topic"), main_moves_on(&project));
    project.git(["switch", "--quiet", "--detach", "topic"]);
    let merge = project.merge("main");
    let ci = [
        ("JENKINS_URL", "https://ci.example.org/"),
        ("GIT_COMMIT", merge.as_str()),
        ("CHANGE_ID", "7"),
        ("CHANGE_BRANCH", "topic"),
        ("CHANGE_TARGET", "main"),
    ];
    let recorded = record(&project, MERGED, &ci);
    assert_eq!((&recorded["head"], &recorded["merge_base"]), (&json!(head), &json!(moved)));
    project.git(["update-ref", "refs/remotes/origin/PR-7", &merge]);
    let recorded = record(&project, MERGED, &ci);
    assert_eq!(
        (recorded.get("head"), &recorded["merge_base"]),
        (None, &json!(moved)),
        "its author merged main"
    );
}

#[test]
fn every_command_takes_the_default_branch_that_ci_names() {
    let project = Project::new();
    project.write("a.py", "a1\n").commit("base");
    project.git(["branch", "--quiet", "--move", "master"]);
    let tip = project.branch("develop").write("a.py", "a1\na2\n").commit("develop");
    let ci =
        [("GITLAB_CI", "true"), ("CI_DEFAULT_BRANCH", "develop"), ("CI_COMMIT_BRANCH", "develop")];
    record(&project, &[("a.py", "10")], &ci);
    let site = project.beside("site");
    let site = site.to_str().expect("UTF-8");
    let commands: [&[&str]; 4] = [
        &["log", "--json"],
        &["export", "--format", "lcov"],
        &["show", "a.py"],
        &["build", "--out", site],
    ];
    for arguments in commands {
        let ran = run(project.command().args(arguments).envs(ci)).succeeds();
        assert!(arguments[0] != "log" || ran.stdout.contains(&tip), "{}", ran.stdout);
    }
    let trust = fs::read_to_string(format!("{site}/trust/index.html")).expect("a page");
    assert!(trust.contains("develop") && trust.contains("CI"), "the page names the source");
    // A clone of the job of a change request does not have the branch. Nothing else is taken for
    // the timeline.
    project.git(["branch", "topic"]);
    let clone =
        Project::clone_of(&project.address(), &["--depth=1", "--single-branch", "--branch=topic"]);
    clone.git(["remote", "set-head", "origin", "--delete"]);
    let job = [("GITLAB_CI", "true"), ("CI_DEFAULT_BRANCH", "main"), ("CI_MERGE_REQUEST_IID", "7")];
    record(&clone, &[("a.py", "10")], &job);
    let ran = run(clone.command().arg("log").envs(job)).exits(2);
    assert!(ran.stderr.contains("git fetch origin main:"), "{}", ran.stderr);
}

#[test]
fn cells_of_a_matrix_have_parts_of_their_own() {
    let project = Project::new();
    project.write("a.py", "a1\na2\n").commit("base");
    let cell = |axis: &'static str, build: &'static str, hits| {
        let jenkins = [
            ("JENKINS_URL", "https://ci.example.org/"),
            ("JOB_NAME", "shop"),
            ("STAGE_NAME", "Test"),
        ];
        let own = [("PLATFORM", axis), ("BUILD_NUMBER", build), ("NODE_NAME", build)];
        record(&project, &[("a.py", hits)], &[&jenkins[..], &own].concat());
    };
    cell("linux", "7", "11");
    cell("windows", "7", "11");
    cell("linux", "8", "10");
    cell("windows", "8", "00");
    let log = parsed(&project.covatlas(["log", "--json"]).succeeds());
    assert_eq!(
        log["snapshots"][0]["dimensions"]["lines"],
        json!({"covered": 1, "total": 2}),
        "run again: replaced"
    );
    let repo = Repo::discover(project.root()).expect("a repository");
    let store = Store::open(&repo, "covatlas").expect("a store");
    assert_eq!(store.list().expect("readable").len(), 2);
}

#[test]
fn the_first_merge_base_is_the_one_that_git_takes() {
    let project = branched();
    project.git(["branch", "early", "topic"]);
    main_moves_on(&project);
    project.git(["branch", "late", "main"]);
    project.merge("early");
    project.switch("topic").merge("late");
    let repo = Repo::discover(project.root()).expect("a repository");
    let id = |name: &str| repo.resolve(name).expect("a commit");
    let mut ours: Vec<String> = repo
        .merge_bases(id("main"), id("topic"))
        .expect("some")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(ours[0], project.git(["merge-base", "main", "topic"]));
    let all = project.git(["merge-base", "--all", "main", "topic"]);
    let mut all: Vec<&str> = all.lines().collect();
    all.sort_unstable();
    ours.sort();
    assert_eq!(ours, all);
    project.write("a.py", "a1\na2\na3\na4\na5\n").commit("more");
    record(&project, &[("a.py", "11101"), ("b.py", "1100")], &[]);
    let compared = parsed(&project.covatlas(["compare", "main", "--json"]).succeeds());
    assert!(
        compared["warnings"][0].as_str().expect("text").contains("several merge bases"),
        "{compared}"
    );
}
