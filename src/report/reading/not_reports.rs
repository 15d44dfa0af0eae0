//! Recognises files that are often mistaken for reports, and names the command that makes a report
//! of each.

use crate::Error;
use crate::report::reading::xml;

/// A kind of file that is not a report.
struct NotReport {
    what: &'static str,
    /// The command that makes a report of it, or the file to use in its place.
    instead: &'static str,
}

impl NotReport {
    fn error(&self) -> Error {
        Error::new(format!("this is {}, not a report", self.what))
            .hint(format!("use instead: {}", self.instead))
    }
}

const LLVM: &str = "llvm-profdata merge -sparse *.profraw -o all.profdata && llvm-cov export \
                    -format=lcov -instr-profile=all.profdata BINARY > lcov.info";
const GCC: &str =
    "lcov --capture --directory . --output-file lcov.info, or: gcovr --json coverage.json";

/// Kinds that are recognised by their first bytes, which are those in each tool's source.
const BY_START: &[(&[&[u8]], NotReport)] = &[
    (
        &[b"SQLite format 3\0", b"!coverage.py: This is a private format"],
        NotReport {
            what: "a database, like coverage.py's `.coverage`",
            instead: "coverage json, or: coverage xml (after coverage combine, if there are \
several)",
        },
    ),
    (
        &[b"\x01\xc0\xc0"],
        NotReport {
            what: "JaCoCo's execution data (jacoco.exec)",
            instead: "mvn jacoco:report, or: gradle jacocoTestReport, or: java -jar \
jacococli.jar report jacoco.exec --classfiles target/classes --xml \
jacoco.xml",
        },
    ),
    (
        &[b"\x81rforpl\xff", b"\xfflprofr\x81", b"\x81Rforpl\xff", b"\xfflprofR\x81"],
        NotReport { what: "a raw profile of LLVM (.profraw)", instead: LLVM },
    ),
    (
        &[b"\x81iforpl\xff", b"\xfflprofi\x81"],
        NotReport {
            what: "an indexed profile of LLVM (.profdata)",
            instead: "llvm-cov export -format=lcov -instr-profile=all.profdata BINARY > lcov.info",
        },
    ),
    (&[b"adcg", b"gcda"], NotReport { what: "gcc's counts (.gcda)", instead: GCC }),
    (&[b"oncg", b"gcno"], NotReport { what: "gcc's graph of a program (.gcno)", instead: GCC }),
    (
        &[b"        -:    0:Source:"],
        NotReport {
            what: "gcov's human-readable output (.gcov)",
            instead: "gcov --json-format, or: gcovr --json coverage.json",
        },
    ),
    (
        &[b"\0cvm", b"\0cwm"],
        NotReport {
            what: "Go's binary coverage data (GOCOVERDIR)",
            instead: "go tool covdata textfmt -i=FOLDER -o=coverage.out",
        },
    ),
    (
        &[b"\xac\xed\0\x05"],
        NotReport {
            what: "serialized Java objects, like Cobertura's cobertura.ser",
            instead: "cobertura-report.sh --datafile cobertura.ser --format xml --destination .",
        },
    ),
    (
        &[b"<?php"],
        NotReport {
            what: "a PHP program, like the output of PHPUnit's `--coverage-php`",
            instead: "phpcov merge --clover clover.xml FOLDER, or: phpunit --coverage-clover \
clover.xml",
        },
    ),
    (
        &[b"# Coverage data, format version"],
        NotReport {
            what: "the data of a compiler run with scoverage",
            instead: "sbt coverageReport",
        },
    ),
    (
        &[b"{\"type\":\"CodeCoverage\""],
        NotReport {
            what: "the raw coverage of the Dart VM",
            instead: "dart run coverage:format_coverage --lcov --in=coverage --out=lcov.info \
--report-on=lib",
        },
    ),
    (
        &[b"GROUP,PACKAGE,CLASS,"],
        NotReport {
            what: "JaCoCo's table of classes (CSV), which has no lines",
            instead: "the jacoco.xml that JaCoCo writes beside it",
        },
    ),
    (
        &[b"filename,line_total,"],
        NotReport {
            what: "gcovr's table of files (CSV), which has no lines",
            instead: "gcovr --json coverage.json, or: gcovr --cobertura coverage.xml",
        },
    ),
    (
        &[b"{\"Packages\":["],
        NotReport {
            what: "gocov's JSON, whose positions are byte offsets in a Go package",
            instead: "the profile it was made from: go test -coverprofile=coverage.out ./...",
        },
    ),
    (
        &[b"{\"result\":{\"line\"", b"{\"result\":{\"covered_percent\""],
        NotReport {
            what: "SimpleCov's percentage of the last run",
            instead: "coverage/.resultset.json, or coverage/coverage.json",
        },
    ),
    (
        &[b"<!DOCTYPE html", b"<!doctype html", b"<html"],
        NotReport {
            what: "an HTML page",
            instead: "XML, JSON or LCOV, which most tools write beside their pages",
        },
    ),
];

/// XML files that are recognised by the name of their root.
const BY_ROOT: &[(&str, NotReport)] = &[
    (
        "crap_result",
        NotReport {
            what: "PHPUnit's change risk of methods (crap4j)",
            instead: "phpunit --coverage-clover clover.xml",
        },
    ),
    (
        "phpunit",
        NotReport {
            what: "the XML that PHPUnit makes its own pages from",
            instead: "phpunit --coverage-clover clover.xml",
        },
    ),
    (
        "CoverageReport",
        NotReport {
            what: "ReportGenerator's summary, which has no lines",
            instead: "reportgenerator -reporttypes:Cobertura",
        },
    ),
    (
        "test-results",
        NotReport {
            what: "the results of NUnit 2",
            instead: "nunit3-console --result=TestResult.xml, or: dotnet test --logger trx",
        },
    ),
];

/// Kinds that are recognised by the extension of their name.
const BY_EXTENSION: &[(&str, NotReport)] = &[
    (
        "coverage",
        NotReport {
            what: "Visual Studio's binary coverage",
            instead: "dotnet-coverage merge --output-format cobertura --output coverage.xml \
                      FILE.coverage",
        },
    ),
    (
        "dcvr",
        NotReport {
            what: "a snapshot of dotCover",
            instead: "dotCover report --Source=FILE.dcvr --Output=dotcover.xml \
                      --ReportType=DetailedXML",
        },
    ),
    (
        "xcresult",
        NotReport {
            what: "Xcode's result bundle",
            instead: "xcrun xccov view --report --json FILE.xcresult > coverage.json",
        },
    ),
    ("exec", EXECUTION_DATA),
    ("ec", EXECUTION_DATA),
];

const EXECUTION_DATA: NotReport = NotReport {
    what: "JaCoCo's execution data",
    instead: "java -jar jacococli.jar report FILE --classfiles target/classes --xml jacoco.xml",
};

/// The error for a file that no format recognises, if its content is of a known kind.
pub(crate) fn explain(head: &[u8]) -> Option<Error> {
    let text = if head.starts_with(b"        -:") { head } else { head.trim_ascii_start() };
    let dense: Vec<u8> =
        text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(64).collect();
    let starts_with_any = |starts: &[&[u8]]| {
        starts.iter().any(|start| {
            text.starts_with(start) || head.starts_with(start) || dense.starts_with(start)
        })
    };

    let by_start = BY_START.iter().find(|(starts, _)| starts_with_any(starts));
    let by_root = || {
        let root = xml::root(text)?;
        BY_ROOT.iter().find(|(name, _)| *name == root).map(|(_, kind)| kind)
    };

    by_start.map(|(_, kind)| kind).or_else(by_root).map(NotReport::error)
}

/// The error for a file that its name alone identifies.
pub(crate) fn explain_name(name: &str) -> Option<Error> {
    let (_, extension) = name.rsplit_once('.')?;
    if name == ".coverage" {
        return None;
    }

    BY_EXTENSION.iter().find(|(known, _)| *known == extension).map(|(_, kind)| kind.error())
}
