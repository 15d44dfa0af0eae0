//! Tests what is recorded if a job checks out another commit than the one that CI names. Expected
//! commits are given by git, and expected branches by the clone.

use std::fs;

use serde_json::{Value, json};

use super::answers::{CHANGE, MERGED, branched, main_moves_on, patch, record, timeline};
use super::cli::parsed;
use crate::harness::{Project, run};

/// GitHub's variables in a run that was started by an event of the default branch (`schedule`,
/// `workflow_dispatch`, a comment).
fn run_of_main(
    project: &Project,
    name: &'static str,
    event: &Value,
) -> Vec<(&'static str, String)> {
    let path = project.beside("event.json");
    fs::write(&path, event.to_string()).expect("written");
    vec![
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_EVENT_NAME", name.to_owned()),
        ("GITHUB_EVENT_PATH", path.display().to_string()),
        ("GITHUB_SHA", project.rev("main")),
        ("GITHUB_REF", "refs/heads/main".to_owned()),
    ]
}

fn record_in(project: &Project, sections: &[(&str, &str)], variables: &[(&str, String)]) -> Value {
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    record(project, sections, &variables)
}

/// The recorded branch, merge base and change request, or null if there is none.
fn facts(recorded: &Value) -> Value {
    let [branch, merge_base, change] =
        ["branch", "merge_base", "change"].map(|field| &recorded[field]);
    json!([branch, merge_base, change])
}

#[test]
fn a_run_of_main_that_checks_out_another_branch_is_not_of_main() {
    let project = branched();
    let base = project.rev("main");
    for (event, checkout) in
        [("workflow_dispatch", &["topic"][..]), ("schedule", &["--detach", "topic"])]
    {
        project.git([&["switch", "--quiet"], checkout].concat());
        let ci = run_of_main(&project, event, &json!({}));
        let recorded = record_in(&project, CHANGE, &ci);
        let branch = if checkout.len() == 1 { json!("topic") } else { Value::Null };
        assert_eq!(facts(&recorded), json!([branch, base, null]), "{recorded}");
        let said = recorded["stderr"].as_str().expect("text");
        assert_eq!(said.contains("is not that one"), branch.is_null(), "{said}");
    }
    assert_eq!(timeline(&project), [base]);
    assert_eq!(patch(&project, &["main", "topic"]), "1/2");
}

#[test]
fn a_commit_that_the_job_made_is_of_its_branch() {
    let project = branched();
    let ci = run_of_main(&project, "push", &json!({}));
    project.git(["switch", "--quiet", "--detach", "main"]);
    project.write("a.py", "a1\na2\na3\na4\n").commit("generated in the job");
    assert_eq!(record_in(&project, CHANGE, &ci)["branch"], json!("main"));
    // On the branch itself, the run has that branch's ref.
    project.switch("main").write("a.py", "a1\na2\na3\na4\n").commit("once more");
    assert_eq!(facts(&record_in(&project, CHANGE, &ci)), json!(["main", null, null]));
}

#[test]
fn a_comment_on_a_pull_request_tests_what_its_job_checks_out() {
    let project = branched();
    let (base, head) = (project.rev("main"), project.rev("topic"));
    let pull = json!({ "issue": { "number": 7, "pull_request": { "url": "…" } } });
    let ci = run_of_main(&project, "issue_comment", &pull);
    let recorded = record_in(&project, &[("a.py", "11"), ("b.py", "11")], &ci);
    assert_eq!(facts(&recorded), json!(["main", null, null]), "main is checked out");

    project.git(["switch", "--quiet", "--detach", "topic"]);
    assert_eq!(facts(&record_in(&project, CHANGE, &ci)), json!([null, base, 7]));

    // The merge that GitHub made: its subject names the head and the base.
    let moved = main_moves_on(&project);
    project.git(["switch", "--quiet", "--detach", "main"]);
    project.git([
        "merge",
        "--quiet",
        "--no-ff",
        "-m",
        &format!("Merge {head} into {moved}"),
        "topic",
    ]);
    let recorded = record_in(&project, MERGED, &ci);
    assert_eq!((&recorded["head"], &facts(&recorded)), (&json!(head), &json!([null, moved, 7])));
    // A merge by the author of the change is the head itself.
    project.git(["switch", "--quiet", "--detach", "topic"]);
    project.merge("main");
    let recorded = record_in(&project, MERGED, &ci);
    assert_eq!((recorded.get("head"), facts(&recorded)), (None, json!([null, moved, 7])));
}

#[test]
fn reports_of_another_run_are_recorded_elsewhere_with_a_warning_only() {
    let project = branched();
    let head = project.rev("topic");
    let other =
        json!({ "event": "push", "head_branch": "topic", "head_sha": head, "pull_requests": [] });
    let ci = run_of_main(&project, "workflow_run", &json!({ "workflow_run": other }));
    project.switch("topic");
    assert!(
        !record_in(&project, CHANGE, &ci)["stderr"].as_str().expect("text").contains("warning")
    );
    let newer = project.write("a.py", "a1\na2\na3\na4\na5\n").commit("since then");
    let recorded = record_in(&project, &[("a.py", "11101")], &ci);
    assert_eq!(recorded["commit"], json!(newer));
    let said = recorded["stderr"].as_str().expect("text");
    assert!(said.contains(&head) && said.contains("is checked out"), "{said}");
}

#[test]
fn a_stated_branch_is_one_of_the_clone() {
    let project = branched();
    project.git(["tag", "v1", "main"]);
    let jenkins = |clone: &Project, branch: &str| {
        let head = clone.rev("HEAD");
        let ci = [
            ("JENKINS_URL", "https://ci.example.org/"),
            ("GIT_COMMIT", head.as_str()),
            ("GIT_BRANCH", branch),
        ];
        record(clone, &[("a.py", "11")], &ci)["branch"].clone()
    };
    let clone = Project::clone_of(&project.address(), &["--origin=upstream"]);
    clone.git(["switch", "--quiet", "--detach", "upstream/main"]);
    assert_eq!(jenkins(&clone, "upstream/main"), json!("main"));
    assert_eq!(jenkins(&clone, "v1"), Value::Null, "a tag is no branch");
    assert_eq!(jenkins(&clone, "upstream/gone"), json!("upstream/gone"), "no remote has it");
    clone.git(["branch", "upstream/main"]);
    assert_eq!(
        jenkins(&clone, "upstream/main"),
        json!("upstream/main"),
        "a branch of that very name"
    );
}

#[test]
fn a_run_of_the_default_branch_knows_more_than_an_old_ref() {
    let project = branched();
    let base = project.rev("main");
    let clone = Project::clone_of(&project.address(), &[]);
    clone.git(["fetch", "--quiet", "origin", "covatlas:covatlas"]);
    let moved = main_moves_on(&project);
    // A runner that keeps its clone fetches this for a pipeline.
    clone.git(["fetch", "--quiet", "--refmap=", "origin", "main:refs/pipelines/2"]);
    clone.git(["switch", "--quiet", "--detach", &moved]);
    let ci = |tested: &str, branch: &str| {
        let variables = [("GITLAB_CI", "true"), ("CI_DEFAULT_BRANCH", "main")];
        let own = [("CI_COMMIT_SHA", tested), ("CI_COMMIT_BRANCH", branch)];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        variables.into_iter().chain(own).map(owned).collect::<Vec<_>>()
    };
    let commits = |ci: Vec<(String, String)>| {
        let log = parsed(&run(clone.command().args(["log", "--json"]).envs(ci)).succeeds());
        log["snapshots"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|point| point["commit"].clone())
            .collect::<Vec<_>>()
    };
    let own = ci(&moved, "main");
    let variables: Vec<(&str, &str)> =
        own.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    record(&clone, &[("a.py", "11"), ("b.py", "1100")], &variables);
    assert_eq!(commits(own), [json!(base), json!(moved)]);
    assert_eq!(
        commits(ci(&moved, "other")),
        [json!(base)],
        "a run of another branch says nothing of main"
    );
    // Another branch is checked out in a run of main, and contains it.
    clone.git(["update-ref", "refs/remotes/origin/other", &moved]);
    assert_eq!(commits(ci(&base, "main")), [json!(base)]);
}

#[test]
fn a_revision_and_a_path_may_contain_an_at_sign() {
    let project = Project::new();
    project.write("@a/x.py", "1\n2\n").commit("one");
    record(&project, &[("@a/x.py", "10")], &[]);
    let first = project.rev("HEAD");
    let second = project.branch("bot/@a/x-2").write("@a/x.py", "1\n2\n3\n").commit("two");
    record(&project, &[("@a/x.py", "100")], &[]);
    let shown = |which: &str| {
        parsed(&project.covatlas(["show", "--json", which]).succeeds())["commit"].clone()
    };
    for revision in ["main", "HEAD~1", "@~1", "HEAD@{1}", "bot/@a/x-2~1"] {
        assert_eq!(project.rev(revision), first, "{revision}");
        assert_eq!(shown(&format!("@a/x.py@{revision}")), json!(first), "{revision}");
    }
    for revision in ["bot/@a/x-2", "@", "HEAD@{0}"] {
        assert_eq!(shown(&format!("@a/x.py@{revision}")), json!(second), "{revision}");
    }
    assert_eq!(shown("@a/x.py"), json!(first), "the newest of the default branch");
    let said = project.covatlas(["show", "@a/x.py@bot/@a/none"]).exits(2).stderr;
    assert!(said.contains("`a/none` does not name a commit"), "{said}");
}

#[test]
fn a_branch_that_was_fast_forwarded_is_exported_still() {
    let project = branched();
    project.switch("topic");
    record(&project, CHANGE, &[]);
    let exported =
        || project.covatlas(["export", "--format", "lcov", "--branch", "topic"]).succeeds().stdout;
    let before = exported();
    assert!(before.contains("DA:4,0"), "{before}");
    project.switch("main").git(["merge", "--quiet", "--ff-only", "topic"]);
    assert_eq!(timeline(&project).last(), Some(&project.rev("topic")));
    assert_eq!(exported(), before);
    project.covatlas(["export", "--format", "lcov", "--branch", "none"]).exits(2);
}
