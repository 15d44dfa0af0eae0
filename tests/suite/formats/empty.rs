//! Reports without content, and files that are not reports.

use covatlas::report::Dimension;

use super::{chain, functions, hits_of, messages, of, read, sound};

/// What tools write when they measured nothing: an empty report of their format.
#[test]
fn a_report_of_nothing_is_read() {
    for (text, format) in [
        ("{}\n", "istanbul"),
        ("[]", "xccov"),
        ("null", "xccov"),
        ("{\"result\": []}", "v8"),
        ("<coverage/>", "cobertura"),
        ("<?xml version=\"1.0\"?>\n<coverage version=\"1\">\n</coverage>", "sonar"),
        ("<report name=\"a\"/>", "jacoco"),
        ("mode: set\n", "gocover"),
        ("TN:\n", "lcov"),
        ("{\"RSpec\": {\"coverage\": {}, \"timestamp\": 1}}", "simplecov"),
        ("{\"meta\": {\"show_contexts\": false}, \"files\": {}, \"totals\": {}}", "coveragepy"),
        ("<coverage line-rate=\"0\"><packages/></coverage>", "cobertura"),
    ] {
        let report = sound(text.as_bytes());
        assert_eq!((report.format, report.files.len()), (format, 0), "{text}");
    }
    assert!(messages(&sound(b"{}"))[0].1.contains("the tool found nothing to report"));
}

/// The first bytes are those that each tool's source gives.
#[test]
fn a_file_that_is_no_report_is_told_what_makes_one() {
    for (bytes, command) in [
        (&b"SQLite format 3\0\x10\0"[..], "coverage json"),
        (b"\x01\xc0\xc0\x10\x07", "jacococli.jar report"),
        (b"\x81rforpl\xff\x08\0", "llvm-profdata merge"),
        (b"\x81iforpl\xff\x0c\0", "llvm-cov export"),
        (b"adcg*42A", "gcovr --json"),
        (b"oncg*42A", "lcov --capture"),
        (b"\0cvm\x01\0\0\0", "go tool covdata textfmt"),
        (b"        -:    0:Source:a.c\n", "gcov --json-format"),
        (b"<!DOCTYPE html>\n<html></html>", "XML, JSON or LCOV"),
        (b"{\"type\":\"CodeCoverage\",\"coverage\":[]}", "format_coverage --lcov"),
        (b"GROUP,PACKAGE,CLASS,INSTRUCTION_MISSED\n", "jacoco.xml"),
        (b"filename,line_total,line_covered\n", "gcovr --json"),
        (b"{\n  \"result\": {\n    \"line\": 80.0\n  }\n}\n", ".resultset.json"),
        (b"{\"Packages\":[{\"Name\":\"m\"}]}", "go test -coverprofile"),
        (
            b"<?xml version=\"1.0\"?>\n<crap_result><project>a</project></crap_result>",
            "--coverage-clover",
        ),
        (
            b"<phpunit xmlns=\"https://schema.phpunit.de/coverage/1.0\"><project/></phpunit>",
            "--coverage-clover",
        ),
        (b"<CoverageReport scope=\"Summary\"/>", "-reporttypes:Cobertura"),
        (b"<test-results name=\"a\" total=\"1\"/>", "--logger trx"),
    ] {
        let error = read(bytes).expect_err("it is not a report");
        assert!(chain(&error).contains("not a report"), "{}", chain(&error));
        assert!(error.hints().iter().any(|hint| hint.contains(command)), "{:?}", error.hints());
    }
}

const TARPAULIN: &[u8] = include_bytes!("../../fuzz/seeds/tarpaulin/small.json");
const COVERLET: &[u8] = include_bytes!("../../fuzz/seeds/coverlet/small.json");

/// Modelled on tarpaulin's src/report/mod.rs and coverlet's Reporters, since the tools are not
/// available here.
#[test]
fn tarpaulins_and_coverlets_json() {
    let report = sound(TARPAULIN);
    assert_eq!((report.format, messages(&report)), ("tarpaulin", vec![]));
    assert_eq!(hits_of(&report.files["/w/src/lib.rs"]), [(1, 3), (4, 0)]);
    let report = sound(COVERLET);
    assert_eq!((report.format, messages(&report)), ("coverlet", vec![]));
    let file = &report.files["/w/src/Basket.cs"];
    assert_eq!(hits_of(file), [(10, 2), (11, 2), (13, 0), (20, 0)]);
    let add = "System.Void Shop.Basket::Add(System.Int32)";
    assert_eq!(
        functions(file),
        [(10, add, Some(13), 2), (20, "System.Int32 Shop.Basket::Total()", Some(20), 0)]
    );
    assert_eq!(report.tallies().get(&Dimension::Branches), Some(of(1, 2)));
}

/// `Path::components` separates a drive and its root.
#[test]
fn tarpaulins_paths_of_windows() {
    let report = sound(
        br#"{"files":[{"path":["C:","\\","w","lib.rs"],"content":"","traces":[{"line":1,"stats":{"Line":1}}]}]}"#,
    );
    assert_eq!(report.files.keys().collect::<Vec<_>>(), ["C:/w/lib.rs"]);
}

/// `CalculateMethodCoverage` of coverlet counts a method if any of its lines ran. An example is a
/// constructor whose first line is the initializer of a field that never ran.
#[test]
fn coverlets_methods_ran_if_a_line_of_theirs_did() {
    let text = r#"{"m.dll":{"/w/A.cs":{"N.A":{"System.Void N.A::.ctor()":{"Lines":{"4":0,"7":2,"8":3},"Branches":[]}}}}}"#;
    assert_eq!(
        functions(&sound(text.as_bytes()).files["/w/A.cs"]),
        [(4, "System.Void N.A::.ctor()", Some(8), 2)]
    );
}

/// The statuses are those of the formats' own documentation.
#[test]
fn tests_of_xunit_and_nunit() {
    let xunit = sound(include_bytes!("../../fuzz/seeds/xunit/small.xml"));
    let totals = xunit.tests.as_ref().expect("tests").totals();
    assert_eq!((totals.tests, totals.failures, totals.errors, totals.skipped), (3, 1, 0, 1));
    let first = &xunit.tests.as_ref().expect("tests").cases[0];
    assert_eq!((&*first.suite, &*first.name), ("Shop.BasketTests", "Adds(count: 1)"));
    assert_eq!(messages(&xunit), []);
    let nunit = sound(include_bytes!("../../fuzz/seeds/nunit/small.xml"));
    let tests = nunit.tests.as_ref().expect("tests");
    let totals = tests.totals();
    assert_eq!((totals.tests, totals.failures, totals.errors, totals.skipped), (4, 1, 1, 1));
    assert_eq!((&*tests.cases[1].name, &*tests.cases[1].message), ("Sums", "Expected: 3"));
}

/// `parseBALine` of Bazel's LcovParser.java: 2 is taken, 1 is not, 0 was not reached.
#[test]
fn bazels_branches_have_no_numbers() {
    let report = sound(b"SF:a.cc\nBA:3,2\nBA:3,1\nBA:5,0\nBA:5,0\nDA:3,1\nDA:5,0\nend_of_record\n");
    assert_eq!(
        (report.tallies().get(&Dimension::Branches), messages(&report)),
        (Some(of(1, 4)), vec![])
    );
}
