//! Test reports: output of real runners for our own small tests (`tests/fixtures/make`), compared
//! with what the runners printed.

use std::path::Path;
use std::time::Duration;

use covatlas::report::TestStatus::{self, Error, Failed, Other, Passed, Skipped};
use covatlas::report::{Report, Test, TestSummary, TestTotals};

use super::{messages, sound};

fn fixture(name: &str) -> Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports").join(name);
    sound(&std::fs::read(path).expect("the fixture is there"))
}

fn totals([passed, failures, errors, skipped, other]: [u64; 5]) -> TestTotals {
    TestTotals {
        tests: passed + failures + errors + skipped + other,
        failures,
        errors,
        skipped,
        other,
    }
}

/// Tests and how many of them were flaky.
fn summary(report: &Report) -> (TestTotals, u64) {
    let summary = TestSummary::of(report.tests.as_ref().expect("a report of tests"));
    assert_eq!(summary.passed, summary.totals.passed());
    (summary.totals, summary.flaky)
}

fn case<'a>(report: &'a Report, name: &str) -> &'a Test {
    let cases = &report.tests.as_ref().expect("a report of tests").cases;
    cases
        .iter()
        .find(|case| &*case.name == name)
        .unwrap_or_else(|| panic!("no test {name:?} among {cases:?}"))
}

/// Passed, failed, with errors, skipped and other tests, and the flaky ones among the passed, as
/// the runners printed them when the fixtures were made. Comments note what a reporter loses.
const PRINTED: &[(&str, [u64; 5], u64)] = &[
    // 1 failed, 4 passed, 1 skipped, 1 xfailed, 1 error, 1 rerun
    ("pytest.junit.xml", [4, 1, 1, 2, 0], 1),
    ("pytest-xunit1.junit.xml", [4, 1, 1, 2, 0], 1),
    ("pytest.ctrf.json", [4, 2, 0, 2, 0], 1), // CTRF knows no errors
    // Tests: 2 failed, 1 skipped, 1 todo, 2 passed, 6 total; one of them at the second attempt
    ("jest.ctrf.json", [2, 2, 0, 0, 2], 1), // skipped is `pending` there, todo is `other`
    ("jest.junit.xml", [3, 2, 0, 1, 0], 0), // a todo test is a case without a result
    ("jest.sonar-tests.xml", [4, 2, 0, 0, 0], 0), // and so is a skipped one
    // Tests 2 failed | 2 passed | 1 skipped | 1 todo (6)
    ("vitest.junit.xml", [2, 2, 0, 2, 0], 0),
    ("vitest.sonar-tests.xml", [2, 1, 1, 2, 0], 0), // what throws is an error there
    // 1 passing, 1 pending, 2 failing
    ("mocha.junit.xml", [1, 2, 0, 1, 0], 0),
    // tests 4, pass 1, fail 1, skipped 1, todo 1
    ("node.junit.xml", [1, 1, 0, 2, 0], 0),
    // Tests: 6, Errors: 1, Failures: 1, Skipped: 1, Incomplete: 1, Risky: 1; what is risky is an
    // error in the log
    ("phpunit.junit.xml", [1, 1, 2, 2, 0], 0),
    // 3 tests run: 2 passed (1 flaky), 1 failed, 1 skipped; the log leaves out what was skipped
    ("nextest.junit.xml", [2, 1, 0, 0, 0], 1),
    // Tests run: 4, Failures: 1, Errors: 1, Skipped: 1
    ("ant.junit.xml", [1, 1, 1, 1, 0], 0),
    // 6 tests found, 1 skipped, 1 aborted, 2 successful, 2 failed; what throws is an error in the
    // log
    ("jupiter.junit.xml", [2, 1, 1, 2, 0], 0),
    // --- FAIL: TestSquare and TestSquare/large, --- PASS: TestSquare/small and TestLine, --- SKIP:
    // TestCircle
    ("gotest.json", [2, 2, 0, 1, 0], 0),
    // 6 scenarios (1 failed, 1 undefined, 1 pending, 1 skipped, 2 passed); what is undefined cannot
    // be run
    ("cucumber.json", [2, 1, 1, 2, 0], 0),
];

#[test]
fn every_runner_is_read_as_it_counts_itself() {
    for (name, counts, flaky) in PRINTED {
        assert_eq!(summary(&fixture(name)), (totals(*counts), *flaky), "{name}");
    }
}

#[test]
fn only_what_reporters_leave_out_is_warned_of() {
    for (name, ..) in PRINTED {
        let report = fixture(name);
        let wanted: &[_] = match *name {
            "jest.junit.xml" => &[(None, "the report states 5 tests, but lists 6: these count")],
            "gotest.json" => &[(
                None,
                "the package `example.com/areas/broken` could not be built: its tests are not known",
            )],
            _ => &[],
        };
        assert_eq!(messages(&report), wanted, "{name}");
    }
}

#[test]
fn tests_have_their_names_files_and_reasons() {
    let pytest = fixture("pytest-xunit1.junit.xml");
    let flaky = case(&pytest, "test_flaky");
    assert_eq!(
        (flaky.status, flaky.retries, flaky.file.as_deref()),
        (Passed, 1, Some("test_shapes.py"))
    );
    let large = case(&pytest, "test_square[3-8]");
    assert_eq!(
        (large.status, &*large.message),
        (Failed, "assert 9 == 8\n +  where 9 = area(3, 3)")
    );
    assert_eq!(case(&pytest, "test_noted").properties, [("requirement".into(), "R-1".into())]);
    assert_eq!(&*case(&pytest, "test_circle").message, "later & later");

    let php = fixture("phpunit.junit.xml");
    assert_eq!(&*case(&php, "testRuler").message, "RuntimeException: no ruler");
    assert_eq!(
        &*case(&php, "testSquare with data set \"three\"").message,
        "Failed asserting that 9 is identical to 8."
    );
    assert_eq!(case(&php, "testRuler").file.as_deref(), Some("phpunit/AreaTest.php"));

    let nextest = fixture("nextest.junit.xml");
    assert_eq!((case(&nextest, "flaky").retries, case(&nextest, "large").retries), (1, 2));
    let ctrf = fixture("jest.ctrf.json");
    assert_eq!(
        (case(&ctrf, "flaky").retries, case(&ctrf, "squares of a triangle").status),
        (1, Other)
    );
    assert_eq!((case(&fixture("cucumber.json"), "A cube").status), Error);
}

const SONAR: &str = include_str!("../../fuzz/seeds/sonar-tests/executions.xml");

#[test]
fn sonar_executions_are_tests_of_a_file() {
    let report = sound(SONAR.as_bytes());
    assert_eq!(report.format, "sonar-tests");
    let cases = &report.tests.as_ref().expect("tests").cases;
    let read: Vec<(&str, TestStatus, &str, Option<u64>)> = cases
        .iter()
        .map(|case| {
            let duration = case.duration.map(|duration| Duration::as_millis(&duration) as u64);
            (&*case.name, case.status, &*case.message, duration)
        })
        .collect();
    let wanted = [
        ("passes", Passed, "", Some(5)),
        ("waits", Skipped, "later & later", Some(0)),
        ("fails", Failed, "1 < 2", Some(100)),
        ("breaks", Error, "no", None), // the first result counts
    ];
    assert_eq!(read, wanted);
    assert!(
        cases
            .iter()
            .all(|case| &*case.suite == "test/a.js" && case.file.as_deref() == Some("test/a.js"))
    );
    assert_eq!(
        messages(&report),
        [(Some(9), "`1.5` is no whole number of milliseconds: left out")]
    );
}

#[test]
fn sonar_executions_of_old_or_of_later_are_read_with_a_word() {
    let old = sound(br#"<unitTest version="1"><file path="a"><testCase name="x" duration="1"/></file></unitTest>"#);
    assert_eq!((summary(&old).0, messages(&old)), (totals([1, 0, 0, 0, 0]), vec![]));
    let odd = sound(
        br#"<testExecutions version="2"><file><testCase duration="1"/></file></testExecutions>"#,
    );
    let wanted = [
        (Some(1), "the report's version is `2`: read as version 1"),
        (Some(1), "a <file> without a path: its tests are used"),
        (Some(1), "a test has no name: counted"),
    ];
    assert_eq!(messages(&odd), wanted);
    assert_eq!(summary(&odd).0, totals([1, 0, 0, 0, 0]));
    assert_eq!(
        messages(&sound(br#"<testExecutions version="1"/>"#)),
        [(None, "the report lists no test")]
    );
}

/// A suite with two cases of the same name, which declares this number of tests.
fn twice(stated: &str) -> Report {
    let failing = r#"<testcase classname="c" name="a"><failure message="no"/></testcase>"#;
    let cases =
        format!(r#"{failing}<testcase classname="c" name="b"/><testcase classname="c" name="a"/>"#);
    sound(format!(r#"<testsuite name="s" {stated}>{cases}</testsuite>"#).as_bytes())
}

#[test]
fn repeated_cases_are_attempts_only_where_their_suite_counts_them_once() {
    let joined = twice(r#"tests="2" failures="0""#);
    assert_eq!((summary(&joined), messages(&joined)), ((totals([2, 0, 0, 0, 0]), 1), vec![]));
    assert_eq!((case(&joined, "a").retries, &*case(&joined, "a").message), (1, ""));
    for stated in ["", r#"tests="3""#, r#"tests="1""#] {
        assert_eq!(summary(&twice(stated)), (totals([2, 1, 0, 0, 0]), 0), "{stated}");
    }
}

#[test]
fn tests_that_are_stated_and_not_listed_count_as_skipped_where_the_numbers_say_so() {
    let report = |stated: &str| {
        sound(
            format!(r#"<testsuites {stated}><testsuite name="s"><testcase name="a"/></testsuite></testsuites>"#)
                .as_bytes(),
        )
    };
    assert_eq!(summary(&report(r#"tests="3" skipped="2""#)).0, totals([1, 0, 0, 2, 0]));
    let odd = report(r#"tests="3" skipped="1""#);
    assert_eq!((summary(&odd).0, messages(&odd).len()), (totals([1, 0, 0, 0, 0]), 2));
}
