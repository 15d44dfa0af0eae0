//! The formats of services and small tools: Codecov, Coveralls, covdir and SonarQube.

use covatlas::report::{
    Arm, Branch, Dimension, FileCoverage, Hits, LineState, MutationTotals, Report,
};

use super::{chain, fixture, lines, messages, of, read, sound};

const CODECOV: &str = r#"{
 "coverage": {
  "src/parts.rs": {"1": "1/1", "2": 0, "3": "1/2", "4": "0/2", "5": "3/3", "6": null, "7": "4", "8": 5},
  "src/list.py": [9, 1, 0, null, true, false, -1, "1/3"],
  "lib/simple.rb": {"lines": [2, 0, null]},
  "empty.rb": {}
 },
 "messages": {"src/list.py": {"1": "well"}}
}"#;

const COVERALLS: &str = r#"{"service_job_id": "7", "source_files": [
 {"name": "a.c", "source": "…", "coverage": [null, 3, 0, -1], "branches": [2, 0, 0, 1, 2, 0, 1, 0], "functions":
  [{"name": "f", "start": 2, "exec": true}, {"name": "g", "start": 3, "exec": false}]},
 {"name": "b.c", "coverage": "[1, null, 0]", "branches": null},
 {"name": "a.c", "coverage": [null, 1, 1], "branches": [2, 0, 1, 4]}
]}"#;

const COVDIR: &str = r#"{"children": {
  "/": {"children": {"opt": {"children": {"d.c": {"coverage": [10, 0], "linesTotal": 2}}}}, "linesTotal": 2},
  "src": {"children": {
    "a.c": {"coverage": [-1, 4, 0], "coveragePercent": 50.0, "linesCovered": 1, "linesTotal": 2, "name": "a.c"},
    "sub": {"children": {"b.c": {"coverage": [1]}}, "name": "sub"}}, "name": "src"},
  "totals.c": {"linesCovered": 3, "linesTotal": 5, "linesMissed": 2}
 }, "coveragePercent": 60.0, "linesCovered": 6, "linesMissed": 4, "linesTotal": 10, "name": ""}"#;

const SONAR: &str = r#"<?xml version="1.0"?>
<coverage version="1">
  <file path="src\a &amp; b.cs">
    <lineToCover lineNumber="2" covered="false"/>
    <lineToCover lineNumber="3" covered="true" branchesToCover="8" coveredBranches="7"/>
    <lineToCover lineNumber="4" covered="True" branchesToCover="2"/>
  </file>
  <file path="empty.cs"/>
  <file path="src\a &amp; b.cs"><lineToCover lineNumber="2" covered="true"></lineToCover></file>
</coverage>
"#;

fn file<'a>(report: &'a Report, path: &str) -> &'a FileCoverage {
    report.files.get(path).unwrap_or_else(|| panic!("{path} is not in {:?}", report.files.keys()))
}

fn tally(file: &FileCoverage, dimension: &Dimension) -> (u64, u64) {
    let tally = file.tallies().get(dimension).unwrap_or_default();
    (tally.covered, tally.total)
}

fn hits(file: &FileCoverage) -> Vec<(u32, String)> {
    file.lines.iter().map(|line| (line.number, line.hits.to_string())).collect()
}

fn states(file: &FileCoverage) -> Vec<(u32, LineState)> {
    file.views().map(|view| (view.line.number, view.state)).collect()
}

#[test]
fn a_partial_line_of_codecov_ran_and_is_not_covered() {
    let report = sound(CODECOV.as_bytes());
    assert_eq!((report.format, messages(&report)), ("codecov", vec![]));
    let parts = file(&report, "src/parts.rs");
    // Codecov's own count: 1, 5, 7 and 8 are hits, 3 is partial, 2 and 4 are misses.
    assert_eq!(tally(parts, &Dimension::Lines), (4, 7));
    assert_eq!(tally(parts, &Dimension::Branches), (4, 7));
    let wanted = [(1, "1+"), (2, "0"), (3, "1+"), (4, "0"), (5, "1+"), (7, "4"), (8, "5")];
    assert_eq!(hits(parts), wanted.map(|(line, hits)| (line, hits.to_owned())));
    assert_eq!(states(parts)[2], (3, LineState::Partial));
}

#[test]
fn codecov_lists_start_where_each_form_does() {
    let report = sound(CODECOV.as_bytes());
    let list = file(&report, "src/list.py");
    // Element 0 is unused; true (4) and 1/3 (7) are partial, false (5) and -1 (6) are not
    // coverable.
    assert_eq!(
        hits(list),
        [(1, "1"), (2, "0"), (4, "1+"), (7, "1+")].map(|(line, hits)| (line, hits.to_owned()))
    );
    assert_eq!(tally(list, &Dimension::Lines), (1, 4));
    assert_eq!(tally(list, &Dimension::Branches), (1, 3));
    assert_eq!(hits(file(&report, "lib/simple.rb")), [(1, "2".to_owned()), (2, "0".to_owned())]);
    assert!(file(&report, "empty.rb").is_empty());
}

#[test]
fn coveralls_counts_from_line_one_and_merges_a_name_that_repeats() {
    let report = sound(COVERALLS.as_bytes());
    assert_eq!((report.format, messages(&report)), ("coveralls", vec![]));
    let one = file(&report, "a.c");
    assert_eq!(hits(one), [(2, "4".to_owned()), (3, "1".to_owned())]);
    let branch = |index, hits| Branch {
        line: 2,
        block: 0,
        arm: Arm::Index(index),
        hits: Hits::exactly(hits),
    };
    assert_eq!(one.branches, [branch(0, 1), branch(1, 4)]);
    let functions: Vec<_> =
        one.functions.iter().map(|f| (f.start, &*f.name, f.hits.is_hit())).collect();
    assert_eq!(functions, [(2, "f", true), (3, "g", false)]);
    assert_eq!(hits(file(&report, "b.c")), [(1, "1".to_owned()), (3, "0".to_owned())]);
}

#[test]
fn covdir_paths_are_those_of_the_tree() {
    let report = sound(COVDIR.as_bytes());
    assert_eq!((report.format, messages(&report)), ("covdir", vec![]));
    assert_eq!(
        report.files.keys().collect::<Vec<_>>(),
        ["/opt/d.c", "src/a.c", "src/sub/b.c", "totals.c"]
    );
    assert_eq!(hits(file(&report, "src/a.c")), [(2, "4".to_owned()), (3, "0".to_owned())]);
    assert_eq!(tally(file(&report, "totals.c"), &Dimension::Lines), (3, 5));
    assert_eq!(lines(&report), of(6, 10));
    assert_eq!(report.stated.dimensions.get(&Dimension::Lines), Some(of(6, 10)));
    let other = sound(COVDIR.replace("\"linesTotal\": 10", "\"linesTotal\": 11").as_bytes());
    let said = "the report states 6 of 11 lines, its records give 6 of 10: these count";
    assert_eq!(messages(&other), [(None, said)]);
}

#[test]
fn sonar_says_whether_and_how_many() {
    let report = sound(SONAR.as_bytes());
    assert_eq!((report.format, messages(&report)), ("sonar", vec![]));
    let one = file(&report, "src\\a & b.cs");
    assert_eq!(
        hits(one),
        [(2, "1+"), (3, "1+"), (4, "1+")].map(|(line, hits)| (line, hits.to_owned()))
    );
    assert_eq!(tally(one, &Dimension::Branches), (7, 10));
    assert!(file(&report, "empty.cs").is_empty());
}

#[test]
fn what_gcovr_writes_for_services_has_its_totals() {
    // gcovr's own summary of the run: 8 of 11 lines, 7 of 12 branches.
    for name in ["gcovr.coveralls.json", "gcovr.sonar.xml"] {
        let report = fixture(name);
        assert_eq!(messages(&report), [], "{name}");
        let one = file(&report, "shapes.c");
        assert_eq!(tally(one, &Dimension::Lines), (8, 11), "{name}");
        assert_eq!(tally(one, &Dimension::Branches), (7, 12), "{name}");
        assert_eq!(report.mutation(), None::<MutationTotals>);
    }
    let coveralls = fixture("gcovr.coveralls.json");
    let lcov = fixture("gcc.info"); // geninfo's reading of the same program: the same counts
    let (_, lcov) = lcov.files.iter().next().expect("one file");
    assert_eq!(file(&coveralls, "shapes.c").lines, lcov.lines);
}

/// Each is a valid report with one bad record: the other line is read, and one warning says what
/// was skipped.
#[test]
fn bad_records_are_said_and_the_rest_is_used() {
    for (text, said) in [
        (r#"{"coverage": {"a": {"1": 1, "main": 1}}}"#, "1 keys of `a` are no line numbers"),
        (r#"{"coverage": {"a": {"1": 1, "2": "x"}}}"#, "line 2 of `a` is no coverage"),
        (r#"{"coverage": {"a": {"1": 1, "2": "3/2"}}}"#, "line 2 of `a` is no coverage"),
        (r#"{"coverage": {"a": {"1": 1, "2": [1]}}}"#, "line 2 of `a` is no coverage"),
        (r#"{"source_files": [{"name": "a", "coverage": [1]}, {"coverage": [1]}]}"#, "no name"),
        (r#"{"source_files": [{"name": "a", "coverage": [1, "x"]}]}"#, "line 2 of `a` is no count"),
        (
            r#"{"source_files": [{"name": "a", "coverage": [1], "branches": [1, 0, 0, 1, 2]}]}"#,
            "a branch of `a`",
        ),
        (
            r#"{"source_files": [{"name": "a", "coverage": [1], "branches": [0, 0, 0, 1]}]}"#,
            "a branch of `a`",
        ),
        (
            r#"{"children": {"a": {"coverage": [1, true]}}, "linesTotal": 1}"#,
            "line 2 of `a` is no count",
        ),
        (
            r#"<coverage version="1"><file path="a"><lineToCover lineNumber="1" covered="true"/>
            <lineToCover lineNumber="0" covered="true"/></file></coverage>"#,
            "lineNumber",
        ),
        (
            r#"<coverage version="1"><file path="a"><lineToCover lineNumber="1" covered="true" branchesToCover="1"
            coveredBranches="2"/></file></coverage>"#,
            "2 of 1 branches",
        ),
        (
            r#"<coverage version="1"><file path="a"><lineToCover lineNumber="1" covered="true"
            branchesToCover="4000000000"/></file></coverage>"#,
            "0 of 4000000000 branches",
        ),
        (
            r#"<coverage version="1"><file><lineToCover lineNumber="1" covered="true"/></file><file path="a">
            <lineToCover lineNumber="1" covered="true"/></file></coverage>"#,
            "without a path",
        ),
    ] {
        let report = sound(text.as_bytes());
        assert_eq!(lines(&report).covered, 1, "{text}");
        let [(_, message)] = messages(&report)[..] else { panic!("{text}: {:?}", report.warnings) };
        assert!(message.contains(said), "{text}: {message}");
    }
}

#[test]
fn a_fraction_makes_no_more_branches_than_a_report_has() {
    let report = sound(br#"{"coverage": {"a": {"1": "1/4000000000", "2": 1}}}"#);
    assert_eq!((lines(&report), report.files["a"].branches.len()), (of(1, 2), 0));
    assert!(messages(&report)[0].1.contains("line 1 of `a`"), "{:?}", report.warnings);
}

#[test]
fn what_holds_no_coverage_is_refused_or_said() {
    for (text, said) in [
        (r#"{"messages": {"coverage": "of what?"}}"#, "has no `coverage`"),
        (r#"{"coverage": "<string>"}"#, "unknown report format"),
        (r#"{"repo_token": "x"}"#, "has no `source_files`"),
        (r#"{"coveragePercent": 0.0, "linesTotal": 0}"#, "has no `children`"),
        (r#"{"coverage": {"a": {"1": 1}"#, "cannot read the Codecov JSON report"),
    ] {
        let error = read(text.as_bytes()).expect_err(text);
        assert!(chain(&error).contains(said), "{text}: {}", chain(&error));
    }
    for text in [
        r#"{"coverage": {}}"#,
        r#"{"source_files": []}"#,
        r#"{"children": {}, "coveragePercent": 0.0, "linesTotal": 0}"#,
        r#"<coverage version="1"><file path=""/></coverage>"#,
    ] {
        let report = sound(text.as_bytes());
        assert!(messages(&report).iter().any(|(_, said)| said.contains("names no file")), "{text}");
    }
}

#[test]
fn a_tree_as_deep_as_a_hostile_file_makes_it_is_refused() {
    let deep = format!(
        "{}{}",
        r#"{"children":{"b":{"coverage":[1]},"a":"#,
        r#"{"children":{"a":"#.repeat(5000)
    );
    let error = read(deep.as_bytes()).expect_err("no tree is that deep");
    assert!(chain(&error).contains("nest too deep"), "{}", chain(&error));
}

#[test]
fn a_report_cut_anywhere_is_an_error() {
    for text in [CODECOV, COVERALLS, COVDIR, SONAR] {
        for cut in 0..text.trim_end().len() {
            assert!(
                read(&text.as_bytes()[..cut]).is_err(),
                "{}",
                String::from_utf8_lossy(&text.as_bytes()[..cut])
            );
        }
    }
}

#[test]
fn like_formats_are_told_apart() {
    for (text, format) in [
        (r#"{"coverage":{"a":[null,1]}}"#, "codecov"),
        (r#"{"messages": {}, "coverage": {}}"#, "codecov"),
        (r#"{"git": {}, "source_files": [{"name": "a", "coverage": [1]}]}"#, "coveralls"),
        (r#"{"children": {"a": {"coverage": [1]}}}"#, "covdir"),
        (r#"{"name": "", "coveragePercent": 1, "linesTotal": 1, "children": {}}"#, "covdir"),
        (r#"<coverage version="1"><file path="a"/></coverage>"#, "sonar"),
        (r#"<coverage line-rate="1" version="1"><packages/></coverage>"#, "cobertura"),
    ] {
        assert_eq!(sound(text.as_bytes()).format, format, "{text}");
    }
}
