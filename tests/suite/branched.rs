//! Tests snapshots off the timeline on the page that compares. Expected figures are arithmetic on
//! paper.

use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::harness::{Project, section};

fn record(project: &Project, files: &[(&str, &str)], more: &[&str]) {
    let report = project.beside("report.info");
    let sections: Vec<String> = files.iter().map(|(path, hits)| section(path, hits)).collect();
    std::fs::write(&report, sections.concat()).expect("writable");
    project.covatlas([&["record", report.to_str().expect("UTF-8")], more].concat()).succeeds();
}

/// The data files of a site, by key.
fn data(project: &Project) -> impl Fn(&str) -> Value {
    project.covatlas(["build", "--out", "site"]).succeeds();
    let files = WalkDir::new(project.path("site/data")).into_iter().filter_map(Result::ok);
    let texts: Vec<String> =
        files.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect();
    move |key: &str| {
        let start = format!("__cov(\"{key}\",");
        let text = texts
            .iter()
            .find_map(|text| text.strip_prefix(&start))
            .unwrap_or_else(|| panic!("{key} is there"));
        serde_json::from_str(text.trim_end().trim_end_matches(')')).expect("it is JSON")
    }
}

/// The index of the page that compares, and the lists of the snapshots off the timeline.
fn beside(project: &Project) -> (Value, Value) {
    let data = data(project);
    let page = project.read("site/compare/index.html");
    let key = page
        .split("data-compare=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("the key")
        .to_owned();
    let index = data(&key);
    let lists = index["beside"][1].as_str().map(&data).unwrap_or_default();
    (index, lists)
}

/// a.py and b.py on `main` in two suites, then a branch that edits a.py, deletes b.py and adds
/// c.py, measured by only one suite.
fn project() -> Project {
    let project = Project::new();
    project.write("a.py", "one\ntwo\nthree\n").write("b.py", "x\ny\n").commit("first");
    record(&project, &[("a.py", "101"), ("b.py", "11")], &["--suite", "unit"]);
    record(&project, &[("a.py", "111"), ("b.py", "00")], &["--suite", "e2e"]);
    project.git(["checkout", "-qb", "feature"]);
    project
        .write("a.py", "one\ntwo\nTHREE\nfour\n")
        .remove("b.py")
        .write("c.py", "z\n")
        .commit("feature");
    record(&project, &[("a.py", "1001"), ("c.py", "1")], &["--suite", "unit", "--change", "7"]);
    project.git(["checkout", "-q", "main"]);
    project.write("README", "text\n").commit("second");
    record(&project, &[("a.py", "101"), ("b.py", "11")], &["--suite", "unit"]);
    project
}

#[test]
fn a_branch_is_what_its_base_is_but_for_the_files_that_differ() {
    let project = project();
    let (index, lists) = beside(&project);
    assert_eq!(index["commits"]["id"][2], json!(project.rev("feature")));
    assert_eq!(
        (&index["commits"]["subject"][2], &index["commits"]["tags"][2]),
        (&json!("feature"), &json!("#7, feature"))
    );
    assert_eq!(index["beside"][0], json!([0]), "its base is the first snapshot");
    // a.py: `one` ran, `two` ran in the suite that is carried forward, `THREE` did not, `four` did.
    // b.py is deleted, c.py is new.
    assert_eq!(lists, json!([[0, 0, 3, 4, 1, -1, 4, 3, 1, 1]]));
    assert_eq!(index["totals"]["lines"], json!([[5, 5], [5, 5], [4, 5]]));
    assert_eq!(beside(&project).1, lists, "what was kept gives the same");
}

#[test]
fn a_branch_that_was_deleted_after_it_was_squashed_is_known_by_its_records() {
    let project = project();
    let clone = Project::clone_of(&project.address(), &["--single-branch"]);
    clone.git(["fetch", "--quiet", "origin", "covatlas:covatlas"]);
    let (index, lists) = beside(&clone);
    assert_eq!(index["commits"]["id"][2], json!(project.rev("feature")));
    assert_eq!(
        (&index["commits"]["date"][2], &index["commits"]["subject"][2]),
        (&json!(""), &json!(""))
    );
    // It is not known here that b.py was deleted, so the other suite's record of it is carried
    // forward.
    assert_eq!(lists, json!([[0, 0, 3, 4, 1, 0, 0, 2, 4, 3, 1, 1]]));
}

#[test]
fn a_branch_whose_records_were_changed_by_hand_is_left_out() {
    let project = project();
    let store = project.beside("store");
    let store = store.to_str().expect("UTF-8");
    project.git(["worktree", "add", "--quiet", store, "covatlas"]);
    let files = WalkDir::new(store).into_iter().filter_map(Result::ok);
    let record = files
        .into_iter()
        .find(|file| file.path().ends_with("files/c.py"))
        .expect("the branch's own file");
    let text = std::fs::read_to_string(record.path()).expect("readable");
    assert!(text.ends_with("lines\n+1 1\n"), "{text}");
    std::fs::write(record.path(), text + "lines\n+1 1\n").expect("writable"); // its only line twice
    project.git(["-C", store, "commit", "--quiet", "--all", "--message", "by hand"]);
    assert_eq!(beside(&project).0.get("beside"), None);
}

#[test]
fn a_timeline_without_branches_has_no_such_list() {
    let project = Project::new();
    project.write("a.py", "one\n").commit("first");
    record(&project, &[("a.py", "1")], &[]);
    project.write("a.py", "two\n").commit("second");
    record(&project, &[("a.py", "1")], &[]);
    assert_eq!(beside(&project).0.get("beside"), None);
}
