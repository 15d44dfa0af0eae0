//! Files that are taken for reports and are none, with the command that makes a report of each.

use crate::Error;
use crate::report::reading::xml;

/// A kind of file that is no report.
struct NotReport {
    /// Its first bytes are one of these.
    starts: &'static [&'static [u8]],
    what: &'static str,
    command: &'static str,
}

const LLVM: &str = "llvm-profdata merge -sparse *.profraw -o all.profdata && llvm-cov export -format=lcov \
                    -instr-profile=all.profdata BINARY > lcov.info";
const GCC: &str =
    "lcov --capture --directory . --output-file lcov.info, or: gcovr --json coverage.json";

/// By their first bytes, which each tool's source gives.
const NOT_REPORTS: &[NotReport] = &[
    NotReport {
        starts: &[b"SQLite format 3\0", b"!coverage.py: This is a private format"],
        what: "a database, as coverage.py's `.coverage` is",
        command: "coverage json, or: coverage xml (after: coverage combine, where there are several)",
    },
    NotReport {
        starts: &[b"\x01\xc0\xc0"],
        what: "JaCoCo's execution data (jacoco.exec)",
        command: "mvn jacoco:report, or: gradle jacocoTestReport, or: java -jar jacococli.jar report jacoco.exec --classfiles \
                  target/classes --xml jacoco.xml",
    },
    NotReport {
        starts: &[b"\x81rforpl\xff", b"\xfflprofr\x81", b"\x81Rforpl\xff", b"\xfflprofR\x81"],
        what: "a raw profile of LLVM (.profraw)",
        command: LLVM,
    },
    NotReport {
        starts: &[b"\x81iforpl\xff", b"\xfflprofi\x81"],
        what: "an indexed profile of LLVM (.profdata)",
        command: "llvm-cov export -format=lcov -instr-profile=all.profdata BINARY > lcov.info",
    },
    NotReport { starts: &[b"adcg", b"gcda"], what: "gcc's counts (.gcda)", command: GCC },
    NotReport {
        starts: &[b"oncg", b"gcno"],
        what: "gcc's notes of a program's blocks (.gcno)",
        command: GCC,
    },
    NotReport {
        starts: &[b"        -:    0:Source:"],
        what: "gcov's text for people (.gcov)",
        command: "gcov --json-format, or: gcovr --json coverage.json",
    },
    NotReport {
        starts: &[b"\0cvm", b"\0cwm"],
        what: "Go's binary coverage data (GOCOVERDIR)",
        command: "go tool covdata textfmt -i=FOLDER -o=coverage.out",
    },
    NotReport {
        starts: &[b"\xac\xed\0\x05"],
        what: "serialized Java objects, as Cobertura's cobertura.ser is",
        command: "cobertura-report.sh --datafile cobertura.ser --format xml --destination .",
    },
    NotReport {
        starts: &[b"<?php"],
        what: "a PHP program, as PHPUnit's `--coverage-php` writes",
        command: "phpcov merge --clover clover.xml FOLDER, or: phpunit --coverage-clover clover.xml",
    },
    NotReport {
        starts: &[b"# Coverage data, format version"],
        what: "scoverage's data of a compiler run",
        command: "sbt coverageReport",
    },
    NotReport {
        starts: &[b"{\"type\":\"CodeCoverage\""],
        what: "the raw coverage of the Dart VM",
        command: "dart run coverage:format_coverage --lcov --in=coverage --out=lcov.info --report-on=lib",
    },
    NotReport {
        starts: &[b"GROUP,PACKAGE,CLASS,"],
        what: "JaCoCo's table of classes (CSV), which has no lines",
        command: "the jacoco.xml that JaCoCo writes beside it",
    },
    NotReport {
        starts: &[b"filename,line_total,"],
        what: "gcovr's table of files (CSV), which has no lines",
        command: "gcovr --json coverage.json, or: gcovr --cobertura coverage.xml",
    },
    NotReport {
        starts: &[b"{\"Packages\":["],
        what: "gocov's JSON, whose positions are bytes of a Go package",
        command: "the profile it was made from: go test -coverprofile=coverage.out ./...",
    },
    NotReport {
        starts: &[b"{\"result\":{\"line\"", b"{\"result\":{\"covered_percent\""],
        what: "SimpleCov's percentage of the last run",
        command: "coverage/.resultset.json, or coverage/coverage.json",
    },
    NotReport {
        starts: &[b"<!DOCTYPE html", b"<!doctype html", b"<html"],
        what: "a page for people",
        command: "XML, JSON or LCOV, which most tools write beside their pages",
    },
];

/// XML files by the name of their root: what they are, and what to do instead.
const XML_ROOTS: &[(&str, &str, &str)] = &[
    (
        "crap_result",
        "PHPUnit's change risk of methods (crap4j)",
        "phpunit --coverage-clover clover.xml",
    ),
    ("phpunit", "PHPUnit's XML for its own pages", "phpunit --coverage-clover clover.xml"),
    (
        "CoverageReport",
        "ReportGenerator's summary, which has no lines",
        "reportgenerator -reporttypes:Cobertura",
    ),
    (
        "test-results",
        "NUnit 2's results",
        "nunit3-console --result=TestResult.xml, or: dotnet test --logger trx",
    ),
];

/// The error for a file that no format recognises, if it is a known kind of file.
pub(crate) fn explain(head: &[u8]) -> Option<Error> {
    let text = if head.starts_with(b"        -:") { head } else { head.trim_ascii_start() };
    let dense: Vec<u8> =
        text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(64).collect();
    let starts = |kind: &&NotReport| {
        kind.starts.iter().any(|start| {
            text.starts_with(start) || head.starts_with(start) || dense.starts_with(start)
        })
    };
    let by_start = NOT_REPORTS.iter().find(starts).map(|kind| (kind.what, kind.command));
    let by_root = || {
        let root = xml::root(text)?;
        XML_ROOTS.iter().find(|(name, ..)| *name == root).map(|&(_, what, command)| (what, command))
    };
    let (what, command) = by_start.or_else(by_root)?;
    Some(Error::new(format!("it is {what}, and no report")).hint(format!("use instead: {command}")))
}

/// The error for a file whose name alone tells what it is.
pub(crate) fn explain_name(name: &str) -> Option<Error> {
    let (what, command) = match name.rsplit_once('.')?.1 {
        "coverage" if name != ".coverage" => (
            "Visual Studio's binary coverage",
            "dotnet-coverage merge --output-format cobertura --output coverage.xml FILE.coverage",
        ),
        "dcvr" => (
            "a snapshot of dotCover",
            "dotCover report --Source=FILE.dcvr --Output=dotcover.xml --ReportType=DetailedXML",
        ),
        "xcresult" => (
            "Xcode's result bundle",
            "xcrun xccov view --report --json FILE.xcresult > coverage.json",
        ),
        "exec" | "ec" => (
            "JaCoCo's execution data",
            "java -jar jacococli.jar report FILE --classfiles target/classes --xml jacoco.xml",
        ),
        _ => return None,
    };
    Some(Error::new(format!("it is {what}, and no report")).hint(format!("use instead: {command}")))
}
