//! Tests that a run that is reported in several formats counts once, and that two runs count twice,
//! whatever their formats.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use covatlas::report::one_run::{Measured, merge_counted, repeats};
use covatlas::report::{FileCoverage, Hits, Line};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::arbitrary::coverage;
use super::harness::{Project, Ran};

fn reports() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports")
}

/// A project with the sources measured by the fixtures.
fn project() -> Project {
    let project = Project::new();
    for name in ["round.js", "shapes.js", "shapes.c", "shapes.py", "src/calc.js", "src/other.js"] {
        project.write(name, "code\n".repeat(60));
    }
    project.commit("one");
    project
}

fn put(project: &Project, fixture: &str, path: &str) {
    project.write(path, fs::read(reports().join(fixture)).expect("the fixture is there"));
}

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).expect("it is JSON")
}

/// The reports that did not count, each with the one that did.
fn same_run(recorded: &serde_json::Value) -> Vec<(String, String)> {
    let list = recorded["same_run"].as_array().cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    list.iter().map(|same| (text(&same["report"]), text(&same["counted"]))).collect()
}

const OF_NYC: [&str; 4] =
    ["clover.xml", "cobertura-coverage.xml", "coverage-final.json", "lcov.info"];

/// nyc 17 reports for the run: 9 of 14 lines, 5 of 8 branches.
#[test]
fn jests_and_nycs_formats_count_once() {
    let project = project();
    for name in OF_NYC {
        put(&project, &format!("one-run/nyc/{name}"), &format!("coverage/{name}"));
    }
    let alone = json(
        &project
            .covatlas(["record", "--dry-run", "--json", "coverage/coverage-final.json"])
            .succeeds(),
    );
    for arguments in [
        &["record", "--json", "--dry-run"][..],
        &["record", "--json", "--dry-run", "coverage"],
        &["record", "--json", "--dry-run", "coverage/*"],
        &[
            "record",
            "--json",
            "--dry-run",
            "coverage/lcov.info",
            "coverage/clover.xml",
            "coverage/coverage-final.json",
        ],
        &[
            "record",
            "--json",
            "--dry-run",
            "coverage/coverage-final.json",
            "coverage/clover.xml",
            "coverage/lcov.info",
        ],
    ] {
        let all = json(&project.covatlas(arguments).succeeds());
        assert_eq!(all["dimensions"], alone["dimensions"], "{arguments:?}");
        assert_eq!(all["warnings"], alone["warnings"], "{arguments:?}");
        let same = same_run(&all);
        assert!(
            same.iter()
                .all(|(report, counted)| counted == "coverage-final.json" && report != counted),
            "{same:?}"
        );
        assert!(same.iter().any(|(report, _)| report == "lcov.info"), "{arguments:?}");
    }
    let ran = project.covatlas(["record"]).succeeds();
    let note =
        "clover.xml, cobertura-coverage.xml, lcov.info report the same run as coverage-final.json";
    assert!(ran.stderr.contains(note), "{ran:?}");
    let run = project.covatlas(["build"]).succeeds();
    let page = project.read("site/trust/index.html");
    assert!(page.contains("lcov.info") && page.contains("coverage-final.json"), "{run:?}");
}

/// The formats of a run of c8, of coverage.py and of gcovr.
#[test]
fn other_tools_formats_count_once() {
    for (folder, formats, best) in [
        ("one-run/c8-a", &OF_NYC[..], "coverage-final.json"),
        (".", &["coveragepy.json", "coveragepy.lcov", "coveragepy.xml"], "coveragepy.json"),
        (
            ".",
            &["gcovr.clover.xml", "gcovr.coveralls.json", "gcovr.sonar.xml"],
            "gcovr.coveralls.json",
        ),
        (".", &["nyc.clover.xml", "nyc.cobertura.xml"], "nyc.cobertura.xml"),
    ] {
        let project = project();
        for name in formats {
            put(&project, &format!("{folder}/{name}"), &format!("out/{name}"));
        }
        let one = json(
            &project.covatlas(["record", "--dry-run", "--json", &format!("out/{best}")]).succeeds(),
        );
        let all = json(&project.covatlas(["record", "--dry-run", "--json", "out"]).succeeds());
        assert_eq!(all["dimensions"], one["dimensions"], "{formats:?}");
        let others = formats.iter().filter(|name| **name != best);
        assert_eq!(
            same_run(&all),
            others.map(|name| ((*name).to_owned(), best.to_owned())).collect::<Vec<_>>()
        );
    }
}

/// According to SimpleCov's own page, the lines between `# :nocov:` do not count.
#[test]
fn simplecovs_result_set_and_json_count_once() {
    let project = project();
    let root = project.root().display().to_string();
    let counts = "1, 1, 0, 0, null, 1";
    let branches = r#""branches": {"[:if, 0, 2, 2, 4, 5]": {"[:then, 1, 3, 4, 3, 9]": 1, "[:else, 2, 2, 2, 4, 5]": 0}}"#;
    project.write(
        "coverage/.resultset.json",
        format!(r#"{{"RSpec": {{"coverage": {{"{root}/shapes.py": {{"lines": [{counts}], {branches}}}}}, "timestamp": 1}}}}"#),
    );
    let list = r#""branches": [{"type": "then", "start_line": 3, "end_line": 3, "coverage": 1, "inline": false, "report_line": 2},
        {"type": "else", "start_line": 2, "end_line": 4, "coverage": 0, "inline": false, "report_line": 2}]"#;
    project.write(
        "coverage/coverage.json",
        format!(
            r#"{{"meta": {{"simplecov_version": "0.22.0"}},
            "coverage": {{"{root}/shapes.py": {{"lines": [1, 1, "ignored", "ignored", null, 1], {list}}}}}, "groups": {{}}}}"#
        ),
    );
    let all = json(&project.covatlas(["record", "--dry-run", "--json"]).succeeds());
    assert_eq!(all["dimensions"]["lines"], serde_json::json!({ "covered": 3, "total": 3 }));
    assert_eq!(all["dimensions"]["branches"], serde_json::json!({ "covered": 1, "total": 2 }));
    assert_eq!(same_run(&all), [(".resultset.json".to_owned(), "coverage.json".to_owned())]);
}

/// Unit tests take one way, end-to-end tests the other, so these are two runs. On line 2 both ways
/// were taken, but the reports cannot show this: Cobertura does not say which of its two branches
/// it counts.
#[test]
fn two_runs_in_two_formats_are_merged_line_by_line() {
    let project = project();
    let lcov = "SF:shapes.py\nDA:1,1\nDA:2,1\nDA:3,1\nDA:4,0\nBRDA:2,0,0,1\nBRDA:2,0,1,0\nBRDA:4,1,0,-\nBRDA:4,1,1,-\nend_of_record\n";
    project.write("coverage-unit.info", lcov);
    let line = |number: u32, hits: u32, branch: &str| {
        format!(r#"<line number="{number}" hits="{hits}"{branch}/>"#)
    };
    let of_two =
        |taken: u32| format!(r#" branch="true" condition-coverage="{}% ({taken}/2)""#, taken * 50);
    let lines =
        [line(1, 1, ""), line(2, 1, &of_two(1)), line(3, 0, ""), line(4, 1, &of_two(2))].concat();
    project.write(
        "coverage-e2e.xml",
        format!(
            r#"<coverage line-rate="1"><packages><package name="a"><classes><class name="a" filename="shapes.py">
            <lines>{lines}</lines></class></classes></package></packages></coverage>"#
        ),
    );
    for order in
        [["coverage-unit.info", "coverage-e2e.xml"], ["coverage-e2e.xml", "coverage-unit.info"]]
    {
        let all = json(
            &project.covatlas([&["record", "--dry-run", "--json"][..], &order].concat()).succeeds(),
        );
        assert_eq!(same_run(&all), []);
        assert_eq!(all["dimensions"]["lines"], serde_json::json!({ "covered": 4, "total": 4 }));
        assert_eq!(all["dimensions"]["branches"], serde_json::json!({ "covered": 3, "total": 4 }));
        let warnings = all["warnings"].as_array().expect("a list");
        assert!(warnings.iter().any(|warning| {
            warning["message"]
                .as_str()
                .is_some_and(|text| text.contains("number the branches of `shapes.py`"))
        }));
    }
}

fn lcov(lines: &[(u32, u64)], branches: &[(u32, u32, u32, u64)]) -> String {
    let lines = lines.iter().map(|(line, hits)| format!("DA:{line},{hits}\n"));
    let branches = branches
        .iter()
        .map(|(line, block, arm, hits)| format!("BRDA:{line},{block},{arm},{hits}\n"));
    format!("SF:shapes.py\n{}end_of_record\n", lines.chain(branches).collect::<String>())
}

fn istanbul(lines: &[(u32, u64)], branches: &[(u32, &[u64])]) -> String {
    let place = |line: u32| serde_json::json!({ "start": { "line": line, "column": 0 }, "end": { "line": line, "column": 9 } });
    let statements: BTreeMap<String, _> =
        (0..).zip(lines).map(|(at, (line, _))| (at.to_string(), place(*line))).collect();
    let hits: BTreeMap<String, u64> =
        (0..).zip(lines).map(|(at, (_, hits))| (at.to_string(), *hits)).collect();
    let decision = |(line, arms): &(u32, &[u64])| serde_json::json!({ "line": line, "type": "if", "loc": place(*line), "locations": vec![place(*line); arms.len()] });
    let map: BTreeMap<String, _> =
        (0..).zip(branches).map(|(at, branch)| (at.to_string(), decision(branch))).collect();
    let taken: BTreeMap<String, _> =
        (0..).zip(branches).map(|(at, (_, arms))| (at.to_string(), arms.to_vec())).collect();
    serde_json::json!({ "shapes.py": {
        "path": "shapes.py", "statementMap": statements, "s": hits, "branchMap": map, "b": taken, "fnMap": {}, "f": {},
    }})
    .to_string()
}

/// The tally of branches recorded from two reports in one folder, and the reports that do not
/// count.
fn recorded(one: (&str, &str), other: (&str, &str)) -> (serde_json::Value, Vec<(String, String)>) {
    let project = project();
    for (name, text) in [one, other] {
        project.write(&format!("out/{name}"), text);
    }
    let all = json(&project.covatlas(["record", "--dry-run", "--json", "out"]).succeeds());
    (all["dimensions"]["branches"].clone(), same_run(&all))
}

/// Unit and end-to-end tests run the same lines here, each a different number of times, and each
/// takes one way.
#[test]
fn two_runs_of_the_same_lines_are_not_taken_for_one() {
    let both = serde_json::json!({ "covered": 2, "total": 2 });
    let unit = lcov(&[(1, 1), (2, 1), (3, 1)], &[(2, 0, 0, 1), (2, 0, 1, 0)]);
    let end_to_end = istanbul(&[(1, 1), (2, 1), (3, 1)], &[(2, &[0, 1])]);
    assert_eq!(
        recorded(("unit.info", &unit), ("e2e.json", &end_to_end)),
        (both.clone(), vec![]),
        "the other way"
    );

    let unit = lcov(&[(1, 5), (2, 5), (3, 5)], &[(2, 0, 0, 5), (2, 0, 1, 4)]);
    let end_to_end = istanbul(&[(1, 1), (2, 2), (3, 1)], &[(2, &[1, 1])]);
    assert_eq!(
        recorded(("unit.info", &unit), ("e2e.json", &end_to_end)),
        (both.clone(), vec![]),
        "other hits"
    );

    let same = istanbul(&[(1, 5), (2, 5), (3, 5)], &[(2, &[5, 4])]);
    let once = vec![("unit.info".to_owned(), "unit.json".to_owned())];
    assert_eq!(recorded(("unit.info", &unit), ("unit.json", &same)), (both, once), "one run");
}

/// gcovr's Cobertura adds up the instances of a template on a line: 1 of 2 branches, while LCOV has
/// both ways.
#[test]
fn the_same_hits_tell_one_run_where_branches_are_put_together() {
    let taken = lcov(&[(1, 4), (2, 4), (3, 0)], &[(2, 0, 0, 2), (2, 0, 1, 2)]);
    let counted = r#"<coverage line-rate="1"><packages><package name="a"><classes><class name="a" filename="shapes.py"><lines>
        <line number="1" hits="4"/><line number="2" hits="4" branch="true" condition-coverage="50% (1/2)"/>
        <line number="3" hits="0"/></lines></class></classes></package></packages></coverage>"#;
    let (branches, same) = recorded(("coverage.info", &taken), ("coverage.xml", counted));
    assert_eq!(branches, serde_json::json!({ "covered": 2, "total": 2 }));
    assert_eq!(same, [("coverage.xml".to_owned(), "coverage.info".to_owned())]);
}

/// A job downloads the artifacts of another one twice.
#[test]
fn a_copy_of_a_report_counts_once() {
    let project = project();
    let text = lcov(&[(1, 1), (2, 3)], &[]);
    project.write("a/lcov.info", &text).write("b/lcov.info", &text);
    let all = json(&project.covatlas(["record", "--json", "a", "b"]).succeeds());
    assert_eq!(same_run(&all), [("lcov.info".to_owned(), "lcov.info".to_owned())]);
    let ran = project.covatlas(["record", "a", "b"]).succeeds();
    assert!(ran.stderr.contains("lcov.info was given in 2 copies, of which one counts"), "{ran:?}");
    let exported = project.covatlas(["export", "--format", "lcov"]).succeeds().stdout;
    assert!(exported.contains("DA:1,1\n"), "{exported}");
}

/// Unit tests are measured by nyc, end-to-end tests by c8, which numbers the branches differently.
/// Of the four branches that nyc lists, one was not taken in either run.
#[test]
fn reports_of_two_tools_in_one_format_do_not_add_up_branches() {
    let nyc =
        lcov(&[(2, 1), (3, 1), (9, 1)], &[(3, 0, 0, 1), (3, 0, 1, 0), (9, 1, 0, 1), (9, 1, 1, 1)]);
    let c8 = lcov(&[(2, 2), (3, 2), (9, 2)], &[(3, 4, 0, 2), (9, 6, 0, 2)]);
    let (branches, same) = recorded(("nyc.info", &nyc), ("c8.info", &c8));
    assert_eq!((branches, same), (serde_json::json!({ "covered": 3, "total": 4 }), vec![]));
}

fn measured_as(format: &'static str, folder: &str, files: &[(&str, &[(u32, u64)])]) -> Measured {
    let line = |&(number, hits): &(u32, u64)| Line { number, hits: Hits::exactly(hits) };
    let file = |lines: &[(u32, u64)]| FileCoverage {
        lines: lines.iter().map(line).collect(),
        ..FileCoverage::default()
    };
    let files = files.iter().map(|(path, lines)| ((*path).to_owned(), file(lines))).collect();
    Measured { format, folder: folder.into(), files, has_contexts: false }
}

/// c8 leaves one profile per process in `coverage/tmp`. Its report excludes the tests.
#[test]
fn profiles_of_several_processes_and_the_report_of_them_count_once() {
    let first =
        measured_as("v8", "coverage/tmp", &[("a.js", &[(1, 1), (2, 1)]), ("test.js", &[(1, 1)])]);
    let second =
        measured_as("v8", "coverage/tmp", &[("a.js", &[(1, 1), (2, 0)]), ("b.js", &[(1, 2)])]);
    let report =
        measured_as("lcov", "coverage", &[("a.js", &[(1, 2), (2, 1)]), ("b.js", &[(1, 2)])]);
    assert_eq!(repeats(&[first.clone(), report.clone(), second.clone()]), [Some(1), None, Some(1)]);
    let other_run =
        measured_as("lcov", "coverage", &[("a.js", &[(1, 2), (2, 0)]), ("b.js", &[(1, 2)])]);
    assert_eq!(repeats(&[first.clone(), other_run, second.clone()]), [None; 3], "another line ran");
    let elsewhere = Measured { folder: "e2e".into(), ..report };
    assert_eq!(repeats(&[first, elsewhere, second]), [None; 3], "another folder");
}

#[test]
fn shards_and_the_report_of_all_of_them_count_once() {
    let shards = [&[(1, 2), (2, 0)][..], &[(1, 1), (2, 3)]]
        .map(|lines| measured_as("lcov", "out", &[("a.c", lines)]));
    let all = measured_as("cobertura", "out", &[("a.c", &[(1, 3), (2, 3)])]);
    let repeats = repeats(&[shards[0].clone(), shards[1].clone(), all]);
    assert_eq!(repeats[..2], [None; 2]);
    assert!(repeats[2].is_some_and(|counted| counted < 2));
}

/// The same two runs as separate suites and as parts of a suite, on and off the timeline. Added by
/// position, the branches would be 4 of 6: both of line 2, and two of four on line 4.
#[test]
fn suites_in_two_formats_are_merged_line_by_line() {
    let lcov = "SF:shapes.py\nDA:1,1\nDA:2,1\nDA:3,1\nDA:4,0\nBRDA:2,0,0,0\nBRDA:2,0,1,1\nBRDA:4,1,0,-\nBRDA:4,1,1,-\nend_of_record\n";
    let line = |number: u32, hits: u32, branch: &str| {
        format!(r#"<line number="{number}" hits="{hits}"{branch}/>"#)
    };
    let of_two =
        |taken: u32| format!(r#" branch="true" condition-coverage="{}% ({taken}/2)""#, taken * 50);
    let lines =
        [line(1, 1, ""), line(2, 1, &of_two(1)), line(3, 0, ""), line(4, 1, &of_two(2))].concat();
    let cobertura = format!(
        r#"<coverage line-rate="1"><packages><package name="a"><classes><class name="a" filename="shapes.py">
        <lines>{lines}</lines></class></classes></package></packages></coverage>"#
    );
    for keys in
        [[("unit", "1"), ("e2e", "1")], [("unit", "1"), ("unit", "2")], [("a", "1"), ("z", "1")]]
    {
        let project = project();
        let record = |project: &Project| {
            for ((suite, part), (name, report)) in
                keys.iter().zip([("lcov.info", lcov), ("cobertura.xml", &cobertura)])
            {
                project.write(name, report);
                project.covatlas(["record", "--suite", suite, "--part", part, name]).succeeds();
            }
        };
        record(&project);
        let branches = |commit: &str| {
            let exported = project
                .covatlas(["export", "--format", "lcov", "--commit", commit])
                .succeeds()
                .stdout;
            let all = exported.lines().filter(|line| line.starts_with("BRDA:")).map(str::to_owned);
            let taken = all.clone().filter(|line| !line.ends_with(",0") && !line.ends_with(",-"));
            (taken.count(), all.count())
        };
        let log = json(&project.covatlas(["log", "--json"]).succeeds());
        let three_of_four = serde_json::json!({ "covered": 3, "total": 4 });
        assert_eq!(log["snapshots"][0]["dimensions"]["branches"], three_of_four, "{keys:?}");
        assert_eq!(branches("main"), (3, 4), "{keys:?}");
        project.branch("topic").write("README", "a change").commit("two");
        record(&project);
        assert_eq!(branches("topic"), (3, 4), "{keys:?}");
    }
}

/// coverage.py's XML of two jobs, in one call and as parts. Each job misses the way that the other
/// one took.
#[test]
fn coveragepys_xml_names_what_is_missing() {
    let project = project();
    let report = |(missing, ran): (u32, u32)| {
        let hits = |line| u32::from(line != missing);
        let line = format!(
            r#"hits="1" branch="true" condition-coverage="50% (1/2)" missing-branches="{missing}""#
        );
        format!(
            r#"<coverage line-rate="1"><packages><package name="a"><classes><class name="shapes.py" filename="shapes.py">
            <lines><line number="4" {line}/><line number="{ran}" hits="{}"/><line number="{missing}" hits="{}"/></lines>
            </class></classes></package></packages></coverage>"#,
            hits(ran),
            hits(missing),
        )
    };
    project.write("a/coverage.xml", report((7, 5))).write("b/coverage.xml", report((5, 7)));
    let both = serde_json::json!({ "covered": 2, "total": 2 });
    let all = json(&project.covatlas(["record", "--dry-run", "--json", "a", "b"]).succeeds());
    assert_eq!(all["dimensions"]["branches"], both);
    for part in ["a", "b"] {
        project.covatlas(["record", "--suite", "unit", "--part", part, part]).succeeds();
    }
    let log = json(&project.covatlas(["log", "--json"]).succeeds());
    assert_eq!(log["snapshots"][0]["dimensions"]["branches"], both);
}

/// The report gives the path relative to a folder of the repository, where `inspect` finds no
/// source.
#[test]
fn the_commits_text_tells_docstrings_from_code() {
    let project = Project::new();
    let sample = reports().join("../sample/tools.py");
    project.write("pkg/tools.py", fs::read(sample).expect("the sample is there")).commit("one");
    put(&project, "coveragepy-docstrings.json", "pkg/coverage.json");
    let inspected = json(&project.covatlas(["inspect", "--json", "pkg/coverage.json"]).succeeds());
    let six_of_seven = serde_json::json!({ "covered": 6, "total": 7 });
    assert_eq!(inspected["reports"][0]["dimensions"]["lines"], six_of_seven);
    assert!(inspected["reports"][0]["warnings"].to_string().contains("before 7.13.1"));
    let recorded = json(&project.covatlas(["record", "--json", "pkg/coverage.json"]).succeeds());
    assert_eq!(
        (&recorded["dimensions"]["lines"], &recorded["warnings"]),
        (&six_of_seven, &serde_json::json!([]))
    );
    let lcov = project.covatlas(["export", "--format", "lcov"]).succeeds().stdout;
    assert_eq!(lcov.lines().filter(|line| line.starts_with("DA:")).count(), 7);
}

#[test]
fn an_empty_report_does_not_stop_the_others() {
    let project = project();
    project
        .write("a/coverage-final.json", "{}")
        .write("b/empty.info", "")
        .write("c/lcov.info", "SF:shapes.py\nDA:1,1\nend_of_record\n");
    let ran = project
        .covatlas(["record", "--dry-run", "a/coverage-final.json", "b/empty.info", "c/lcov.info"])
        .succeeds();
    assert!(ran.stderr.contains("the report is empty") && ran.stdout.contains("1 of 1"), "{ran:?}");
    project.covatlas(["record", "--dry-run", "b/empty.info"]).exits(2);
    project.write("d/app.dcvr", "\u{1}\u{2}");
    let ran = project.covatlas(["inspect", "d/app.dcvr"]).exits(2);
    assert!(ran.stderr.contains("dotCover report --Source"), "{ran:?}");
}

/// What Jest writes if no file was instrumented. istanbul-reports then writes totals of 0.
#[test]
fn reports_of_nothing_are_found_inspected_and_recorded() {
    let project = project();
    let of_none = r#"{"total":0,"covered":0,"skipped":0,"pct":"Unknown"}"#;
    let names = ["lines", "statements", "functions", "branches"]
        .map(|name| format!(r#""{name}":{of_none}"#));
    project.write("none/coverage-summary.json", format!(r#"{{"total":{{{}}}}}"#, names.join(",")));
    let inspected =
        json(&project.covatlas(["inspect", "--json", "none/coverage-summary.json"]).succeeds());
    assert_eq!(
        (&inspected["reports"][0]["files"], &inspected["reports"][0]["dimensions"]),
        (&serde_json::json!(0), &serde_json::json!({}))
    );
    assert!(
        inspected["reports"][0]["warnings"][0]["message"]
            .as_str()
            .is_some_and(|text| text.contains("found nothing"))
    );
    project.write("coverage/coverage-final.json", "{}").write("coverage/tsconfig.json", "{}");
    for arguments in [&["record", "--dry-run"][..], &["record", "--dry-run", "coverage"]] {
        let ran = project.covatlas(arguments).succeeds();
        assert!(ran.stderr.contains("coverage-final.json: the report is empty"), "{ran:?}");
        assert!(!ran.stderr.contains("tsconfig"), "{ran:?}");
    }
    let script = "mkdir -p coverage; echo '{}' > coverage/coverage-final.json";
    project.covatlas(["backfill", "--", "sh", "-c", script]).succeeds();
    let script =
        "mkdir out; : > out/a.info; printf 'SF:shapes.py\\nDA:1,1\\nend_of_record\\n' > out/b.info";
    let ran = project
        .covatlas(["backfill", "--suite", "b", "--report", "out/*", "--", "sh", "-c", script])
        .succeeds();
    assert!(ran.stdout.contains("recorded 1 commit"), "{ran:?}");
    let script = "mkdir out; : > out/a.info; : > out/b.info";
    let ran = project
        .covatlas(["backfill", "--suite", "c", "--report", "out/*", "--", "sh", "-c", script])
        .exits(2);
    assert!(ran.stderr.contains("are empty"), "{ran:?}");
}

#[test]
fn tests_in_two_formats_count_once() {
    for (formats, best, tests) in [
        (&["pytest.ctrf.json", "pytest.junit.xml"][..], "pytest.junit.xml", 8),
        (&["vitest.junit.xml", "vitest.sonar-tests.xml"], "vitest.junit.xml", 6),
        (&["jest.ctrf.json", "jest.junit.xml", "jest.sonar-tests.xml"], "jest.junit.xml", 6),
    ] {
        let project = project();
        for name in formats {
            put(&project, name, &format!("out/{name}"));
        }
        let all = json(&project.covatlas(["record", "--dry-run", "--json", "out"]).succeeds());
        assert_eq!(all["tests"]["tests"], tests, "{formats:?}");
        let others = formats.iter().filter(|name| **name != best);
        assert_eq!(
            same_run(&all),
            others.map(|name| ((*name).to_owned(), best.to_owned())).collect::<Vec<_>>()
        );
    }
    let project = project();
    for name in ["pytest.ctrf.json", "vitest.junit.xml"] {
        put(&project, name, &format!("out/{name}"));
    }
    let all = json(&project.covatlas(["record", "--dry-run", "--json", "out"]).succeeds());
    assert_eq!(
        (&all["tests"]["tests"], same_run(&all).len()),
        (&serde_json::json!(14), 0),
        "two runs"
    );
}

/// Two machines run the same tests and write different formats. Their durations differ.
#[test]
fn tests_of_two_machines_count_twice() {
    let project = project();
    let junit = |time: &str| {
        format!(r#"<testsuite name="a"><testcase name="t" time="{time}"/></testsuite>"#)
    };
    let ctrf = r#"{"results": {"tool": {"name": "jest"}, "summary": {"tests": 1, "passed": 1, "failed": 0, "pending": 0,
        "skipped": 0, "other": 0, "start": 1, "stop": 2}, "tests": [{"name": "t", "status": "passed", "duration": 1500}]}}"#;
    project
        .write("windows/ctrf.json", ctrf)
        .write("linux/junit.xml", junit("0.6"))
        .write("out/junit.xml", junit("1.5"));
    let tests = |other: &str| {
        let ran = project
            .covatlas(["record", "--dry-run", "--json", "windows/ctrf.json", other])
            .succeeds();
        json(&ran)["tests"]["tests"].clone()
    };
    assert_eq!(tests("linux/junit.xml"), 2, "another time");
    assert_eq!(tests("out/junit.xml"), 1, "the same time");
}

/// Reports in several formats over a few files, some of them of the same run.
fn measured() -> impl Strategy<Value = Vec<Measured>> {
    let files = vec(coverage(), 2);
    let formats = vec(select(vec!["lcov", "cobertura", "istanbul", "jacoco", "v8"]), 2..=5);
    (files, formats, vec(any::<u8>(), 5)).prop_map(|(files, formats, change)| {
        let report = |(format, change): (&'static str, u8)| {
            let mut files: BTreeMap<String, FileCoverage> = ["a", "b"]
                .iter()
                .zip(&files)
                .map(|(path, file)| ((*path).to_owned(), file.clone()))
                .collect();
            // One in three differs in what ran.
            if change % 3 == 0 {
                files.values_mut().flat_map(FileCoverage::hits_mut).for_each(|hits| {
                    *hits = if hits.is_hit() { Hits::ZERO } else { Hits::exactly(1) };
                });
            }
            Measured {
                format,
                folder: PathBuf::from(format!("{}", change % 2)),
                files,
                has_contexts: false,
            }
        };
        formats.into_iter().zip(change).map(report).collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_reports_does_not_matter(reports in measured(), turn in 0..5usize) {
        let merged = |reports: Vec<Measured>| {
            let repeats = repeats(&reports);
            let kept = reports.iter().zip(&repeats).filter(|(_, repeats)| repeats.is_none());
            let mut kept: Vec<&str> = kept.map(|(report, _)| report.format).collect();
            kept.sort_unstable();
            let (files, differ) = merge_counted(reports, &repeats);
            (kept, files, differ)
        };
        let mut turned = reports.clone();
        let middle = turn % turned.len();
        turned.rotate_left(middle);
        let mut back = reports.clone();
        back.reverse();
        let wanted = merged(reports);
        prop_assert_eq!(&merged(turned), &wanted);
        prop_assert_eq!(&merged(back), &wanted);
        for file in wanted.1.values() {
            prop_assert!(file.is_tidy());
        }
    }

    /// A report that does not count loses no line that ran, if its file is measured by another one.
    #[test]
    fn a_line_that_ran_in_any_report_ran(reports in measured()) {
        let repeats = repeats(&reports);
        let (files, _) = merge_counted(reports.clone(), &repeats);
        for (path, file) in reports.iter().flat_map(|report| &report.files).filter(|(_, file)| !file.placeholder) {
            let merged = &files[path];
            for line in file.lines.iter().filter(|line| line.hits.is_hit()) {
                let again = merged.lines.iter().find(|other| other.number == line.number);
                prop_assert!(again.is_none_or(|again| again.hits.is_hit()), "{path}:{}", line.number);
            }
        }
    }
}
