//! Tests the test results that `record` stores: with coverage, alone, and in a history where
//! coverage is measured at other commits.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::cli::{LCOV, parsed, project};
use super::harness::Project;

/// A report of a real runner.
fn report(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports").join(name);
    fs::read_to_string(path).expect("the fixture is there")
}

/// pytest printed for this run: 1 failed, 4 passed, 1 skipped, 1 xfailed, 1 error, 1 rerun.
fn pytest() -> Value {
    json!({ "tests": 8, "passed": 4, "failures": 1, "errors": 1, "skipped": 2, "flaky": 1, "duration_us": 8000 })
}

/// A project with the file that pytest's tests are in, and its report.
fn tested() -> Project {
    let project = project();
    project.write("tests/test_shapes.py", "# tests\n").commit("tests");
    project.write("junit.xml", report("pytest-xunit1.junit.xml"));
    project
}

/// The files of the only part below a folder, by name, with their git ids.
fn stored(project: &Project, revision: &str, folder: &str) -> String {
    let commit = project.rev(revision);
    project.git([
        "ls-tree",
        "-r",
        &format!("covatlas:snapshots/{}/{}/default@default/{folder}", &commit[..2], &commit[2..]),
    ])
}

fn log(project: &Project) -> Vec<Value> {
    let log = parsed(&project.covatlas(["log", "--json"]).succeeds());
    log["snapshots"].as_array().expect("a list").clone()
}

#[test]
fn tests_alone_are_a_snapshot_that_says_that_there_is_no_coverage() {
    let project = tested();
    let recorded = parsed(&project.covatlas(["record", "junit.xml", "--json"]).succeeds());
    assert_eq!(
        (&recorded["tests"], &recorded["dimensions"], &recorded["files"]),
        (&pytest(), &json!({}), &json!(0))
    );
    let [point] = log(&project).try_into().expect("one snapshot");
    assert_eq!((&point["tests"], &point["dimensions"]), (&pytest(), &json!({})));
    assert_eq!((&point["suites"], &point["carried"]), (&json!(["default"]), &json!([])));

    let human = project.covatlas(["log"]).succeeds().stdout;
    assert!(
        human.contains("no coverage")
            && human.contains("8 tests, 2 failed")
            && !human.contains('%'),
        "{human}"
    );
    let human = project.covatlas(["record", "junit.xml"]).succeeds().stdout;
    let said =
        "8 tests: 4 passed (1 flaky), 1 failed, 1 with errors, 2 skipped, 8 ms\n  no coverage";
    assert!(human.contains("was already recorded") && human.contains(said), "{human}");

    project.covatlas(["build"]).succeeds();
    for page in [
        "index.html",
        "trust/index.html",
        "files/index.html",
        "commits/index.html",
        "trends/index.html",
    ] {
        let page = project.read(&format!("site/{page}"));
        assert!(![">0%", ">0.0", " 0.0%", "NaN"].iter().any(|zero| page.contains(zero)), "{page}");
    }
    assert!(
        project.read("site/trust/index.html").contains("8 tests, 2 failed"),
        "the suite is listed with its tests"
    );
    let ran = project.covatlas(["export", "--format", "lcov"]).exits(2);
    assert!(ran.stderr.contains("has no coverage"), "{}", ran.stderr);
    let ran = project.covatlas(["show", "src/a.rs"]).exits(2);
    assert!(ran.stderr.contains("was not measured"), "{}", ran.stderr);
}

#[test]
fn the_tests_of_a_file_are_shown_with_it() {
    let project = tested();
    project.covatlas(["record", "junit.xml"]).succeeds();
    let show = parsed(&project.covatlas(["show", "tests/test_shapes.py", "--json"]).succeeds());
    let tests = show["tests"].as_array().expect("a list");
    let flaky = json!({
        "recorded": "default", "suite": "test_shapes", "name": "test_flaky", "status": "passed", "retries": 1,
        "duration_us": 1000,
    });
    assert_eq!((tests.len(), tests.contains(&flaky)), (8, true), "{show}");
    assert_eq!((&show["lines"], &show["dimensions"]), (&json!([]), &json!({})));
    let human = project.covatlas(["show", "tests/test_shapes.py"]).succeeds().stdout;
    for line in [
        "its lines were not measured",
        "# tests",
        "! failed   test_square[3-8]  assert 9 == 8",
        "after 1 failed attempt",
    ] {
        assert!(human.contains(line), "{line}: {human}");
    }
}

#[test]
fn tests_alone_leave_the_coverage_of_their_suite_as_it_was() {
    let project = tested();
    project.write("lcov.info", LCOV).covatlas(["record", "lcov.info", "junit.xml"]).succeeds();
    project.commit("two");
    project.covatlas(["record", "junit.xml"]).succeeds();
    project.commit("three");
    project
        .write("lcov.info", LCOV.replace("DA:2,0", "DA:2,1"))
        .covatlas(["record", "lcov.info"])
        .succeeds();
    let lines = |covered: u64| json!({ "lines": { "covered": covered, "total": 2 } });
    let points: Vec<_> = log(&project)
        .into_iter()
        .map(|point| {
            (point["dimensions"].clone(), point["carried"].clone(), point["tests"].clone())
        })
        .collect();
    let wanted = [
        (lines(1), json!([]), pytest()),
        (lines(1), json!(["default"]), pytest()),
        (lines(2), json!([]), Value::Null),
    ];
    assert_eq!(points, wanted);
    project.covatlas(["build"]).succeeds();
}

#[test]
fn what_a_recording_takes_the_place_of_is_said() {
    let project = tested();
    project.write("lcov.info", LCOV).covatlas(["record", "lcov.info"]).succeeds();
    let ran = project.covatlas(["record", "junit.xml"]).succeeds();
    assert!(
        ran.stderr.contains("default@default") && ran.stderr.contains("whose lines these reports"),
        "{}",
        ran.stderr
    );
    let ran = project.covatlas(["record", "lcov.info"]).succeeds();
    assert!(ran.stderr.contains("whose tests these reports"), "{}", ran.stderr);
    let ran = project.covatlas(["record", "lcov.info", "junit.xml"]).succeeds();
    assert!(!ran.stderr.contains("takes the place"), "{}", ran.stderr);
}

#[test]
fn mutants_alone_are_a_snapshot() {
    let project = project();
    let location =
        json!({ "start": { "line": 2, "column": 1 }, "end": { "line": 2, "column": 3 } });
    let mutant = json!({ "id": "1", "mutatorName": "N", "replacement": "x", "location": location, "status": "Survived" });
    let file =
        json!({ "language": "rust", "source": "fn a() {}\nfn b() {}\n", "mutants": [mutant] });
    let stryker = json!({ "schemaVersion": "1", "thresholds": { "high": 80, "low": 60 }, "files": { "src/a.rs": file } });
    project.write("mutation.json", stryker.to_string());
    project.covatlas(["record", "mutation.json"]).succeeds();
    assert_eq!(log(&project)[0]["dimensions"], json!({ "mutation": { "covered": 0, "total": 1 } }));
    let human = project.covatlas(["log"]).succeeds().stdout;
    assert!(
        human.contains("mutation") && !human.contains("no coverage") && !human.contains("lines"),
        "{human}"
    );
    project.covatlas(["show", "src/a.rs"]).succeeds();
    project.covatlas(["build"]).succeeds();

    // The tests do not measure its lines, so lines that changed since the other suite measured them
    // stay unknown.
    let project = self::project();
    project
        .write("lcov.info", LCOV)
        .covatlas(["record", "--suite", "unit", "lcov.info"])
        .succeeds();
    project.write("src/a.rs", "fn a() {}\nfn new() {}\nfn b() {}\n").commit("two");
    project
        .write("mutation.json", stryker.to_string())
        .covatlas(["record", "--suite", "mutation", "mutation.json"])
        .succeeds();
    let show = parsed(&project.covatlas(["show", "src/a.rs", "--json"]).succeeds());
    let states: Vec<_> = show["lines"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| line["state"].clone())
        .collect();
    assert_eq!(states, ["covered", "unknown", "uncovered"]);
}

#[test]
fn the_same_reports_in_any_order_are_the_same_bytes() {
    let [one, other] = [tested(), tested()];
    for project in [&one, &other] {
        project
            .write("gotest.json", report("gotest.json"))
            .write("php.xml", report("phpunit.junit.xml"));
    }
    one.covatlas(["record", "junit.xml", "gotest.json", "php.xml"]).succeeds();
    other.covatlas(["record", "php.xml", "junit.xml", "gotest.json"]).succeeds();
    assert_eq!(stored(&one, "HEAD", "tests"), stored(&other, "HEAD", "tests"));
    let run = |project: &Project| {
        stored(project, "HEAD", "")
            .lines()
            .find(|line| line.ends_with("run.json"))
            .map(str::to_owned)
    };
    assert_eq!(run(&one), run(&other));
}

#[test]
fn what_goes_as_before_is_the_same_blob() {
    let project = tested();
    project.covatlas(["record", "junit.xml"]).succeeds();
    let mut before = stored(&project, "HEAD", "tests");
    let mut text = report("pytest-xunit1.junit.xml");
    // A slower run, then one in which a test of `test_shapes.TestTools` has another message.
    for (old, new, wanted) in [("0.001", "0.777", "durations"), ("R-1", "R-2", "cases/bd")] {
        assert!(text.contains(old), "{text}");
        text = text.replace(old, new);
        project.commit(new);
        project.write("junit.xml", &text).covatlas(["record", "junit.xml"]).succeeds();
        let after = stored(&project, "HEAD", "tests");
        let changed: Vec<_> =
            before.lines().zip(after.lines()).filter(|(old, new)| old != new).collect();
        assert!(matches!(changed[..], [(old, _)] if old.ends_with(wanted)), "{changed:?}");
        before = after;
    }
}

#[test]
fn a_report_that_is_given_twice_counts_once() {
    let project = tested();
    project.write("copy.xml", report("pytest-xunit1.junit.xml"));
    let ran = parsed(&project.covatlas(["record", "junit.xml", "copy.xml", "--json"]).succeeds());
    assert_eq!(ran["tests"], pytest());
    let said = &ran["warnings"][0]["message"];
    assert!(said.as_str().is_some_and(|said| said.contains("given before")), "{ran}");
}

#[test]
fn no_folder_of_the_machine_is_kept() {
    let project = tested();
    let root = project.root().display().to_string();
    let (file, message) =
        (format!("{root}/tests/test_shapes.py"), format!("in {root}/src/a.rs, line 2"));
    project.write(
        "executions.xml",
        format!(
            r#"<testExecutions version="1"><file path="{file}"><testCase name="a" duration="1"><failure message="{message}"/></testCase></file>
            <file path="/elsewhere/b.js"><testCase name="b" duration="1"/></file></testExecutions>"#
        ),
    );
    let ran = parsed(&project.covatlas(["record", "executions.xml", "--json"]).succeeds());
    let said =
        "1 test names a file that is none of the commit, for example `/elsewhere/b.js`: left out";
    assert_eq!(ran["warnings"], json!([{ "line": null, "message": said }]));
    let show = parsed(&project.covatlas(["show", "tests/test_shapes.py", "--json"]).succeeds());
    let test = json!({
        "recorded": "default", "suite": "tests/test_shapes.py", "name": "a", "status": "failed", "duration_us": 1000,
        "message": "in src/a.rs, line 2",
    });
    assert_eq!(show["tests"], json!([test]));
}

#[test]
fn tests_without_end_are_counted_and_cut() {
    let project = project();
    let long = "x".repeat(5000);
    let case = |number: usize| format!("<testcase classname=\"c\" name=\"{number}{long}\"/>");
    let cases = (0..40).map(case).collect::<Vec<_>>().concat();
    project
        .write("junit.xml", format!("<testsuite name=\"s\">{cases}</testsuite>"))
        .covatlas(["record", "junit.xml"])
        .succeeds();
    let listed = stored(&project, "HEAD", "tests/cases");
    let blob = listed.split_whitespace().nth(2).expect("an id");
    let text = project.git(["cat-file", "-p", blob]);
    assert!(text.len() < 45_000 && text.lines().count() == 42, "{} bytes", text.len());
    assert_eq!(log(&project)[0]["tests"]["tests"], 40);
}
