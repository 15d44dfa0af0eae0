//! Tests `import` with documents as the tools' sources write them. Figures are arithmetic on paper.

use std::fs;

use covatlas::report::histories::{self, Document};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::cli::{LCOV, parsed};
use super::harness::{EPOCH, Project};

const HOUR: i64 = 3600;

/// Three commits of a file with four lines, an hour apart from 2024-01-01T00:00:00Z.
fn project() -> (Project, [String; 3]) {
    let project = Project::new();
    project.write("src/a.rs", "one\ntwo\nthree\nfour\n");
    let commits = ["one", "two", "three"].map(|subject| project.commit(subject));
    (project, commits)
}

fn import(project: &Project, arguments: &[&str]) -> Value {
    parsed(&project.covatlas([&["import", "--json"], arguments].concat()).succeeds())
}

/// `(commit, dimensions, matched)` of the imported snapshots, by time.
fn imported(answer: &Value) -> Vec<(String, Value, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let entries = answer["imported"].as_array().expect("a list").iter();
    entries
        .map(|entry| (text(&entry["commit"]), entry["dimensions"].clone(), text(&entry["matched"])))
        .collect()
}

fn reasons(answer: &Value) -> Vec<&str> {
    answer["skipped"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|entry| entry["reason"].as_str())
        .collect()
}

/// A file of `ReportGenerator`'s history: two classes of an assembly.
fn history_xml(date: &str, tag: &str, covered: u64) -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<coverage version="1.0" date="{date}" tag="{tag}">
  <assembly name="Shop">
    <class name="Shop.Cart" coveredlines="{covered}" coverablelines="10" totallines="40" coveredbranches="1" totalbranches="4" coveredcodeelements="2" totalcodeelements="3" />
    <class name="Shop.Till&lt;T&gt;" coveredlines="5" coverablelines="5" totallines="9" coveredbranches="2" totalbranches="2" coveredcodeelements="1" totalcodeelements="1" />
  </assembly>
</coverage>
"#
    )
}

#[test]
fn reportgenerator_states_totals_of_classes_and_a_time_or_a_commit() {
    let (project, [one, two, three]) = project();
    // Half an hour after the first commit, and the id of the third as a tag.
    project.write(
        "history/2024-01-01_00-30-00_CoverageHistory.xml",
        history_xml("2024-01-01_00-30-00", "build 7", 6),
    );
    project.write(
        "history/2024-01-02_00-00-00_CoverageHistory.xml",
        history_xml("2024-01-02_00-00-00", &three[..12], 9),
    );
    project.write(
        "history/2023-12-31_00-00-00_CoverageHistory.xml",
        history_xml("2023-12-31_00-00-00", "", 9),
    );
    project.write("history/other.xml", "<testsuites/>");
    let answer = import(&project, &["auto", "history"]);
    let totals = |covered: u64| {
        json!({
            "lines": { "covered": covered + 5, "total": 15 }, "branches": { "covered": 3, "total": 6 },
            "functions": { "covered": 3, "total": 4 },
        })
    };
    let expected = [(one, totals(6), "time".to_owned()), (three, totals(9), "id".to_owned())];
    assert_eq!(imported(&answer), expected);
    assert_eq!(reasons(&answer), ["it is older than the default branch"]);
    assert!(
        answer["warnings"][0]
            .as_str()
            .expect("a text")
            .starts_with("1 snapshot of the history state no commit")
    );

    // Totals without files are on the timeline, carried forward where nothing is measured, and
    // drawn.
    let log = parsed(&project.covatlas(["log", "--json"]).succeeds());
    let shown: Vec<&Value> = log["snapshots"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|point| &point["dimensions"])
        .collect();
    assert_eq!(shown, [&totals(6), &totals(9)]);
    project.covatlas(["build"]).succeeds();
    assert!(project.read("site/index.html").contains("93"), "14 of 15 lines are 93.3 %");

    // A measurement of files replaces them at once.
    project.write("a.info", LCOV);
    project.covatlas(["record", "a.info", "--commit", &two]).succeeds();
    let log = parsed(&project.covatlas(["log", "--json"]).succeeds());
    assert_eq!(log["snapshots"][1]["dimensions"], json!({ "lines": { "covered": 1, "total": 2 } }));

    let tip = project.rev("covatlas");
    let again = import(&project, &["reportgenerator", "history"]);
    assert_eq!((&again["result"], project.rev("covatlas")), (&json!("unchanged"), tip));
}

#[test]
fn the_commits_of_a_python_coverage_comment_branch_are_the_trend() {
    let project = Project::new();
    project.write("shapes.py", include_str!("../fixtures/sample/shapes.py"));
    let commits = ["one", "two", "three"].map(|subject| project.commit(subject));
    // coverage.py's own report. Its time, of another year, is not that of the data.
    let raw = include_str!("../fixtures/reports/coveragepy.json");
    project.git(["switch", "--quiet", "--orphan", "data"]);
    project
        .at(EPOCH + HOUR / 2)
        .write("data.json", r#"{"coverage": 100.0}"#)
        .commit("ci: Update coverage data");
    let data = |more: &str| {
        format!(r#"{{"coverage": 85.7, "raw_data": {raw}, "coverage_path": "."{more}}}"#)
    };
    project
        .at(EPOCH + HOUR + 60)
        .write("data.json", data(""))
        .write("endpoint.json", "{}")
        .commit("ci: Update coverage data");
    project
        .at(EPOCH + 3 * HOUR)
        .write("data.json", data(r#", "x": 1"#))
        .commit("ci: Update coverage data");
    project.switch("main");
    let answer = import(&project, &["auto", "data"]);
    let stated: Value = serde_json::from_str(raw).expect("JSON");
    let lines = json!({ "covered": stated["totals"]["covered_lines"], "total": stated["totals"]["num_statements"] });
    let found = imported(&answer);
    assert_eq!(
        found.iter().map(|(commit, ..)| commit).collect::<Vec<_>>(),
        [&commits[1], &commits[2]]
    );
    assert!(
        found
            .iter()
            .all(|(_, dimensions, matched)| dimensions["lines"] == lines && matched == "time"),
        "{found:?}"
    );
    assert_eq!(reasons(&answer), ["the report has only a percentage, without counts"]);
    let show = parsed(
        &project.covatlas(["show", "--json", &format!("shapes.py@{}", commits[1])]).succeeds(),
    );
    let missing = stated["files"]["shapes.py"]["missing_lines"].as_array().expect("a list").clone();
    let uncovered = show["lines"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|line| line["state"] == "uncovered");
    assert_eq!(uncovered.map(|line| line["n"].clone()).collect::<Vec<_>>(), missing);
}

/// A report of octocov on a commit: a file with Go's blocks, one with lines, and one with only
/// totals.
fn octocov(commit: &str) -> String {
    let block = |from: u32, to: u32, count: u32| json!({ "type": "statement", "start_line": from, "start_col": 2, "end_line": to, "end_col": 9, "num_stmt": 2, "count": count });
    let line = |number: u32, count: u32| json!({ "type": "loc", "start_line": number, "end_line": number, "count": count });
    let text = json!({
        "repository": "acme/shop", "ref": "refs/heads/main", "commit": commit,
        "coverage": { "type": "merged", "format": "Merged", "total": 10, "covered": 5, "files": [
            { "type": "statement", "file": "example.com/shop/main.go", "total": 4, "covered": 2, "blocks": [block(1, 2, 3), block(3, 3, 0)] },
            { "type": "loc", "file": "/build/src/a.rs", "normalized_path": "src/a.rs", "total": 3, "covered": 1, "blocks": [line(1, 7), line(2, 0), line(4, 0)] },
            { "type": "loc", "file": "src/b.rs", "total": 3, "covered": 2 },
        ] },
        "timestamp": "2024-01-01T05:00:00Z",
    });
    // The fields in the order in which Go writes them, that of the struct.
    let fields = ["repository", "ref", "commit", "coverage", "timestamp"]
        .map(|name| format!("\"{name}\": {}", text[name]));
    format!("{{{}}}", fields.join(", "))
}

#[test]
fn octocov_names_its_commits() {
    let (project, _) = project();
    project
        .write("go.mod", "module example.com/shop\n")
        .write("main.go", "a\nb\nc\n")
        .write("src/b.rs", "b\n");
    let commit = project.commit("more");
    project.git(["switch", "--quiet", "--orphan", "octocov"]);
    project
        .write("reports/acme/shop/report.json", octocov("beforehash"))
        .commit("Store coverage report");
    project
        .write("reports/acme/shop/report.json", octocov(&"9".repeat(40)))
        .commit("Store coverage report");
    project
        .write("reports/acme/shop/report.json", octocov(&commit))
        .commit("Store coverage report");
    project.write("elsewhere/report.json", octocov(&commit)).commit("of another path");
    project.switch("main");
    let answer = import(&project, &["octocov", "octocov:reports"]);
    // Lines: main.go 1 to 3 by its blocks (2 ran), a.rs 1 of 3, b.rs 2 of 3. Statements: 2 of 4.
    let dimensions = json!({ "lines": { "covered": 5, "total": 9 }, "statements": { "covered": 2, "total": 4 } });
    assert_eq!(imported(&answer), [(commit, dimensions, "id".to_owned())]);
    assert_eq!(answer["imported"][0]["time"], "2024-01-01T05:00:00Z");
    let unknown = |id: &str| format!("the commit `{id}` is not in this clone");
    assert_eq!(reasons(&answer), [unknown("beforehash"), unknown(&"9".repeat(40))]);
    assert_eq!(answer["warnings"], json!([]));
}

#[test]
fn codecov_states_totals_of_commits_and_lines_of_reports() {
    let (project, [one, two, three]) = project();
    let totals = |hits: u64| json!({ "files": 1, "lines": 4, "hits": hits, "misses": 3 - hits, "partials": 1, "coverage": 25.0, "branches": 0, "methods": 9 });
    let list = json!({ "count": 3, "next": null, "results": [
        { "commitid": one, "timestamp": "2024-01-01T00:10:00Z", "branch": "main", "totals": totals(1), "state": "complete" },
        { "commitid": two, "timestamp": "2024-01-01T01:10:00Z", "branch": "main", "totals": null, "state": "error" },
    ] });
    let files = json!([{ "name": "src/a.rs", "totals": totals(2), "line_coverage": [[1, 0], [2, 1], [3, 2], [4, 0]] }]);
    let report = json!({ "totals": totals(2), "files": files, "commit_file_url": format!("https://app.codecov.io/github/acme/shop/commit/{three}/tree/") });
    let nameless = json!({ "totals": totals(2), "files": files });
    project
        .write("commits.json", list.to_string())
        .write("report.json", report.to_string())
        .write("nameless.json", nameless.to_string());
    let answer = import(&project, &["codecov-api", "commits.json", "report.json", "nameless.json"]);
    // A partial line is no hit.
    let lines = |covered: u64| json!({ "lines": { "covered": covered, "total": 4 } });
    let mut found = imported(&answer);
    found.sort_by_key(|(_, dimensions, _)| dimensions["lines"]["covered"].as_u64());
    assert_eq!(
        found,
        [(one, lines(1), "id".to_owned()), (three.clone(), lines(2), "id".to_owned())]
    );
    assert_eq!(reasons(&answer), ["the report names no commit"]);
    let show =
        parsed(&project.covatlas(["show", "--json", &format!("src/a.rs@{three}")]).succeeds());
    let states: Vec<&Value> =
        show["lines"].as_array().expect("a list").iter().map(|line| &line["state"]).collect();
    assert_eq!(states, ["covered", "uncovered", "covered", "covered"]);
}

#[test]
fn what_was_measured_here_is_never_replaced() {
    let (project, [one, ..]) = project();
    project
        .write("a.info", LCOV)
        .covatlas(["record", "a.info", "--suite", "unit", "--part", "octocov", "--commit", &one])
        .succeeds();
    let tip = project.rev("covatlas");
    project.write("report.json", octocov(&one));
    let answer = import(&project, &["auto", "report.json", "--suite", "unit"]);
    assert_eq!((&answer["result"], project.rev("covatlas")), (&json!("unchanged"), tip.clone()));
    assert_eq!(reasons(&answer), [format!("suite `unit` was measured at {} itself", &one[..7])]);
    // Another suite does not interfere, and another import replaces an earlier one.
    let answer = import(&project, &["auto", "report.json"]);
    assert_eq!(
        (&answer["result"], answer["imported"][0]["part"].as_str()),
        (&json!("imported"), Some("octocov"))
    );
    project.write(
        "report.json",
        octocov(&one)
            .replace("\"count\":7", "\"count\":0")
            .replace("\"covered\":1,", "\"covered\":0,"),
    );
    assert_eq!(
        import(&project, &["auto", "report.json"])["imported"][0]["dimensions"]["lines"]["covered"],
        0
    );
}

#[test]
fn what_was_imported_is_pushed_where_that_is_asked_for() {
    let (project, [.., three]) = project();
    let clone = Project::clone_of(&project.address(), &[]);
    clone.write("octocov.json", octocov(&three));
    let dry = import(&clone, &["octocov", "--push", "--dry-run", "octocov.json"]);
    assert_eq!(dry.get("pushed"), None);
    let answer = import(&clone, &["octocov", "--push", "octocov.json"]);
    assert_eq!(answer["pushed"], "origin");
    let log = |project: &Project| parsed(&project.covatlas(["log", "--json"]).succeeds());
    assert_eq!(log(&project)["snapshots"], log(&clone)["snapshots"]);
    let failed = clone.covatlas(["import", "octocov", "--push=nowhere", "octocov.json"]).exits(2);
    assert!(
        failed.stderr.contains("are in the local branch `covatlas`, but were not pushed"),
        "{}",
        failed.stderr
    );
}

#[test]
fn a_dry_run_imports_nothing_and_what_is_no_history_is_said() {
    let (project, [one, ..]) = project();
    project
        .write("report.json", octocov(&one))
        .write("other.json", "{}")
        .write("empty/readme.md", "");
    let answer = import(&project, &["auto", "report.json", "--dry-run"]);
    assert_eq!(
        (&answer["schema"], &answer["result"]),
        (&json!("covatlas/import/1"), &json!("dry-run"))
    );
    project.try_git(["rev-parse", "--verify", "covatlas"]).exits(128);
    assert_eq!(
        reasons(&import(&project, &["auto", "other.json"])),
        ["it is not a known kind of history"]
    );
    let said = project.covatlas(["import", "auto", "empty"]).exits(2).stderr;
    assert!(said.contains("found no history in empty") && said.contains("-historydir"), "{said}");
    let said = project.covatlas(["import", "auto", "nowhere"]).exits(2).stderr;
    assert!(said.contains("`nowhere` is not a file or folder either"), "{said}");
    project
        .write("report.json", "{\"repository\": 1, \"ref\": \"\", \"commit\": ")
        .covatlas(["import", "octocov", "report.json"])
        .succeeds();
}

/// A document of each history.
fn documents() -> Vec<String> {
    let raw = include_str!("../fixtures/reports/coveragepy.json");
    let id = "1".repeat(40);
    vec![
        history_xml("2024-01-01_00-30-00", "", 6),
        octocov(&id),
        format!(r#"{{"coverage": 85.7, "raw_data": {raw}, "coverage_path": "lib"}}"#),
        format!(
            r#"[{{"commitid": "{id}", "totals": {{"lines": 4, "hits": 3}}, "report": {{"files": [{{"name": "a", "line_coverage": [[1, 2], [4294967295, 0]]}}]}}}}]"#
        ),
    ]
}

proptest! {
    /// Whatever a document contains, it is either read or refused.
    #[test]
    fn damaged_documents_are_errors(which in 0..4usize, cut in 0..100usize, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = documents().swap_remove(which).into_bytes();
        let at = at.index(bytes.len());
        match cut {
            0..50 => bytes[at] = byte,
            50..75 => bytes.truncate(at),
            _ => drop(bytes.drain(at..(at + cut).min(bytes.len()))),
        }
        let Ok(text) = histories::text(&bytes) else { return Ok(()) };
        for history in histories::HISTORIES {
            for measured in (history.read)(&Document { text: &text, time: Some(EPOCH) }).unwrap_or_default() {
                for (_, tally) in measured.report.tallies().iter() {
                    prop_assert!(tally.covered <= tally.total);
                }
            }
        }
    }
}

#[test]
fn each_document_is_known_for_its_own() {
    let names: Vec<&str> = documents()
        .iter()
        .filter_map(|text| Some(histories::sniff(text.as_bytes())?.name))
        .collect();
    assert_eq!(names, ["reportgenerator", "octocov", "python-coverage-comment", "codecov-api"]);
    // Reports of runs are not histories, although some begin alike.
    let reports =
        walkdir::WalkDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/reports"));
    let reports = reports.into_iter().map(|entry| entry.expect("an entry").into_path());
    for report in reports.filter(|path| path.is_file()) {
        let bytes = fs::read(&report).expect("a file");
        let text = histories::text(&bytes).unwrap_or_default();
        assert_eq!(
            histories::sniff(&text).map(|history| history.name),
            None,
            "{}",
            report.display()
        );
    }
}
