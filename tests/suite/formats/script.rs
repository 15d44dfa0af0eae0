//! Reports of scripting languages and the like: Istanbul, V8, SimpleCov, xccov and coverage.py.

use std::fs;
use std::path::Path;

use covatlas::report::formats::{self, NoSources, Sources};
use covatlas::report::{Arm, Branch, Dimension, FileCoverage, Hits, Report, Tally};
use proptest::prelude::*;

use super::{chain, file, fixture, functions, messages, of, read, sound};

fn tallies(report: &Report) -> [Option<Tally>; 4] {
    use Dimension::{Branches, Functions, Lines, Statements};
    [Lines, Branches, Functions, Statements].map(|dimension| report.tallies().get(&dimension))
}

fn hits(file: &FileCoverage) -> Vec<(u32, u64)> {
    file.lines.iter().map(|line| (line.number, line.hits.count())).collect()
}

/// The sample's sources, at any path that a report gives.
struct Samples;

impl Sources for Samples {
    fn text(&self, path: &str) -> Option<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sample");
        fs::read_to_string(folder.join(Path::new(path).file_name()?)).ok()
    }
}

/// One source for every path.
struct Text(&'static str);

impl Sources for Text {
    fn text(&self, _path: &str) -> Option<String> {
        Some(self.0.to_owned())
    }
}

fn with(text: &str, sources: &dyn Sources) -> Report {
    let report = formats::read(&mut text.as_bytes(), None, sources);
    report.unwrap_or_else(|error| panic!("{:?}", error.chain()))
}

fn raw(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports").join(name);
    fs::read_to_string(path).expect("the fixture is there")
}

// our own sample, by real tools

#[test]
fn our_sample_has_the_totals_that_nyc_states() {
    for name in ["nyc.json", "nyc-summary.json"] {
        let report = fixture(name);
        assert_eq!(
            tallies(&report),
            [(12, 17), (9, 14), (5, 6), (15, 21)].map(|(hit, all)| Some(of(hit, all))),
            "{name}"
        );
        assert_eq!(messages(&report), [], "{name}");
    }
    let report = fixture("nyc.json");
    assert_eq!(functions(file(&report, "shapes.js"))[0], (7, "area", Some(17), 2));
    assert!(
        file(&report, "shapes.js").summary.tallies.is_empty(),
        "the records give all of nyc's totals"
    );
    assert_eq!(fixture("nyc-summary.json").stated.dimensions, report.tallies());
}

#[test]
fn our_sample_has_the_totals_that_c8_states() {
    for name in ["c8.json", "c8-summary.json"] {
        let report = fixture(name);
        let stated = [(41, 51), (10, 16), (5, 7), (41, 51)].map(|(hit, all)| Some(of(hit, all)));
        assert_eq!(tallies(&report), stated, "{name}");
        assert_eq!(messages(&report), [], "{name}");
    }
    let report = fixture("c8.json");
    let unused = file(&report, "unused.js");
    assert!(unused.branches.is_empty() && unused.functions.is_empty(), "c8 made them up");
}

#[test]
fn v8_is_converted_as_c8_does() {
    let report = with(&raw("v8.json"), &Samples);
    assert_eq!(messages(&report), []);
    assert_eq!(report.files.keys().collect::<Vec<_>>(), ["/sample/shapes.js"]);
    let (v8, c8) = (file(&report, "/sample/shapes.js"), &fixture("c8.json").files["shapes.js"]);
    let counted = [Dimension::Lines, Dimension::Branches, Dimension::Functions];
    assert_eq!(
        counted.map(|one| v8.tallies().get(&one)),
        counted.map(|one| c8.tallies().get(&one))
    );
    let ignored = 36..=39; // `c8 ignore next 3` and the three lines after it
    assert_eq!(v8.excluded, ignored.clone().collect::<Vec<_>>());
    let lines = c8.lines.iter().filter(|line| !ignored.contains(&line.number));
    assert_eq!(v8.lines, lines.copied().collect::<Vec<_>>());
    let branches = c8.branches.iter().filter(|branch| !ignored.contains(&branch.line));
    assert_eq!(v8.branches, branches.cloned().collect::<Vec<_>>());
    let functions = c8.functions.iter().filter(|function| !ignored.contains(&function.start));
    assert_eq!(v8.functions, functions.cloned().collect::<Vec<_>>());
}

#[test]
fn our_sample_has_the_lines_and_branches_that_ruby_counts() {
    // By hand from the sample: 16 lines of code, of which 30 (`clear`) and 35 (`debug`) never ran
    // in either of two runs, and neither did 5, the circle. Branches: 3 ways of `case`, 2 of `if`,
    // 2 of `&.`, and the body of `until`.
    let report = fixture("simplecov.json");
    assert_eq!(messages(&report), []);
    assert_eq!(tallies(&report), [Some(of(15, 18)), Some(of(5, 8)), None, None]);
    let file = file(&report, "shapes.rb");
    assert_eq!(hits(file)[..4], [(2, 2), (3, 2), (5, 0), (7, 1)], "both runs are summed");
    let safe =
        file.branches.iter().filter(|branch| branch.line == 18).map(|branch| branch.hits.count());
    assert_eq!(safe.collect::<Vec<_>>(), [1, 1], "one run each");
}

#[test]
fn our_sample_has_the_contexts_that_coverage_py_knows() {
    let report = fixture("coveragepy-contexts.json");
    assert_eq!(messages(&report), []);
    assert_eq!(tallies(&report)[..2], [Some(of(12, 26)), Some(of(5, 12))]);
    assert_eq!(report.stated.dimensions.get(&Dimension::Branches), Some(of(5, 12)));
    let of = |line| report.contexts.of("shapes.py", line).collect::<Vec<_>>();
    assert_eq!(of(8), ["test_shapes.test_square"]);
    assert_eq!(of(5).len(), 2);
    assert!(of(4).is_empty(), "`def` ran at import, in no test");
    assert_eq!(file(&report, "shapes.py").excluded, [31, 32]);
}

// Istanbul

const ISTANBUL: &str = r#"{"/w/a.js": {"path": "/w/a.js",
 "statementMap": {"0": {"start": {"line": 1, "column": 0}, "end": {"line": 1, "column": 9}},
  "1": {"start": {"line": 1, "column": 4}, "end": {"line": 3, "column": null}}, "2": {"start": {"line": 3, "column": 2}}},
 "s": {"0": 1, "1": 4, "2": 0},
 "fnMap": {"0": {"name": "f", "line": 1, "decl": {"start": {"line": 2, "column": 0}, "end": {"line": 2, "column": 1}},
  "loc": {"start": {"line": 2, "column": 3}, "end": {"line": 3, "column": 1}}}}, "f": {"0": 2},
 "branchMap": {"0": {"type": "if", "line": 3, "loc": {"start": {"line": 3, "column": 0}, "end": {"line": 3, "column": 5}},
  "locations": [{"start": {"line": 3, "column": 1}, "end": {"line": 3, "column": 5}}, {"start": {}, "end": {}}]}},
 "b": {"0": [3, 0]}, "bT": {"0": [1, 1]}, "inputSourceMap": {"version": 3}, "_coverageSchema": "1a1c01bb"}}"#;

#[test]
fn istanbul_lines_are_where_statements_start() {
    let report = sound(ISTANBUL.as_bytes());
    assert_eq!(messages(&report), []);
    assert_eq!(
        tallies(&report),
        [(1, 2), (1, 2), (1, 1), (2, 3)].map(|(hit, all)| Some(of(hit, all)))
    );
    let file = file(&report, "/w/a.js");
    assert_eq!(hits(file), [(1, 4), (3, 0)]);
    assert_eq!(functions(file), [(2, "f", Some(3), 2)]);
    assert_eq!(file.blocks[1].end, (3, 0), "Infinity is null in JSON");
    let branch = |index, hits| Branch {
        line: 3,
        block: 0,
        arm: Arm::Index(index),
        hits: Hits::exactly(hits),
    };
    assert_eq!(file.branches, [branch(0, 3), branch(1, 0)]);
}

#[test]
fn istanbul_of_old_counts_what_is_skipped_as_covered() {
    let text = r#"{"a.js":{"path":"a.js","s":{"1":0,"2":0,"3":2},"b":{"1":[0,1]},"f":{"1":0,"2":0},
        "fnMap":{"1":{"name":"f","line":2,"loc":{"start":{"line":2,"column":0},"end":{"line":2,"column":9}}},
        "2":{"name":"g","line":3,"skip":true,"loc":{"start":{"line":3,"column":0},"end":{"line":3,"column":9}}}},
        "statementMap":{"1":{"start":{"line":2,"column":0},"end":{"line":2,"column":5}},
        "2":{"start":{"line":3,"column":0},"end":{"line":3,"column":5},"skip":true},
        "3":{"start":{"line":4,"column":0},"end":{"line":4,"column":5}}},
        "branchMap":{"1":{"line":4,"type":"if","locations":[{"start":{"line":4,"column":0},"end":{"line":4,"column":0},
        "skip":true},{"start":{"line":4,"column":0},"end":{"line":4,"column":0}}]}}}}"#;
    let report = sound(text.as_bytes());
    assert_eq!(report.format, "istanbul");
    assert_eq!(
        tallies(&report),
        [(2, 3), (2, 2), (1, 2), (2, 3)].map(|(hit, all)| Some(of(hit, all)))
    );
    let file = file(&report, "a.js");
    assert_eq!((hits(file), &file.excluded), (vec![(2, 0), (4, 2)], &vec![3]));
    assert_eq!(functions(file), [(2, "f", None, 0)]);
}

#[test]
fn istanbul_counts_two_at_one_place_twice() {
    let span = r#"{"start":{"line":1,"column":0},"end":{"line":1,"column":9}}"#;
    let text = format!(
        r#"{{"a.js":{{"path":"a.js","statementMap":{{"0":{span},"1":{span}}},"s":{{"0":1,"1":0}},
        "fnMap":{{"0":{{"name":"f","loc":{span}}},"1":{{"name":"f","loc":{span}}}}},"f":{{"0":0,"1":5}},
        "branchMap":{{}},"b":{{}}}}}}"#
    );
    let report = sound(text.as_bytes());
    assert_eq!(tallies(&report), [Some(of(1, 1)), None, Some(of(1, 2)), Some(of(1, 2))]);
    assert_eq!(file(&report, "a.js").functions.len(), 1);
}

#[test]
fn istanbul_counts_without_a_place_stay_in_the_totals() {
    let text = r#"{"a.js":{"path":"a.js","statementMap":{},"s":{"0":1,"7":-1},"fnMap":{},"f":{"0":1e30},"branchMap":
        {"0":{"type":"if"}},"b":{"0":[1,0.5,null]}},"b.js":{"data":{"path":"b.js","statementMap":{"0":{"start":
        {"line":2.0,"column":0}}},"s":{"0":"3"},"fnMap":null,"f":{},"branchMap":{},"b":{}}},"c.js":{}}"#;
    let report = sound(text.as_bytes());
    assert_eq!(report.warnings.len(), 2, "{:?}", report.warnings);
    assert!(
        report.warnings[0].message.contains("6 counts belong to no place"),
        "{:?}",
        report.warnings
    );
    assert!(report.warnings[1].message.contains("`c.js` has no counts"), "{:?}", report.warnings);
    let expected = [Some(of(1, 1)), Some(of(2, 3)), Some(of(1, 1)), Some(of(2, 3))];
    assert_eq!(tallies(&report), expected);
    assert_eq!(hits(file(&report, "b.js")), [(2, 3)]);
    for wrong in ["{\"statementMap\": 1}", "{\"a.js\":{\"statementMap\":[]}}"] {
        assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
    }
    assert!(
        sound(b"{\"a.js\":{\"statementMap\":{}}}").warnings.len() > 1,
        "nothing is not a report without a word"
    );
}

#[test]
fn what_c8_made_up_gives_way_to_a_run() {
    let report = fixture("c8.json");
    let mut file = file(&report, "unused.js").clone();
    assert_eq!(file.tallies().get(&Dimension::Functions), Some(of(0, 1)));
    file.merge(file_of_v8(&[(0, 18, 1)], "module.exports = 1;"));
    assert_eq!(file.tallies().get(&Dimension::Branches), Some(of(1, 1)));
}

const SUMMARY: &str = r#"{"total": {"lines": {"total": 4, "covered": 3, "skipped": 0, "pct": 75},
 "statements": {"total": 4, "covered": 3, "skipped": 0, "pct": 75}, "functions": {"total": 0, "covered": 0, "pct": 100},
 "branches": {"total": 2, "covered": 1, "skipped": 0, "pct": 50}, "branchesTrue": {"total": 0, "covered": 0, "pct": "Unknown"}},
 "/w/a.js": {"lines": {"total": 4, "covered": 3, "skipped": 0, "pct": 75}, "statements": {"total": 4, "covered": 3, "pct": 75},
 "functions": {"total": 0, "covered": 0, "pct": "Unknown"}, "branches": {"total": 2, "covered": 1, "pct": 50}}}"#;

#[test]
fn a_summary_has_totals_and_no_lines() {
    let report = sound(SUMMARY.as_bytes());
    assert_eq!(messages(&report), []);
    assert_eq!(tallies(&report), [Some(of(3, 4)), Some(of(1, 2)), None, Some(of(3, 4))]);
    assert!(file(&report, "/w/a.js").lines.is_empty());
    let odd = SUMMARY.replace(
        "\"/w/a.js\": {\"lines\": {\"total\": 4, \"covered\": 3",
        "\"/w/a.js\": {\"lines\": {\"total\": 4, \"covered\": 5",
    );
    let report = sound(odd.as_bytes());
    assert_eq!(
        report.warnings.len(),
        2,
        "no sound total, and not the one that is stated: {:?}",
        report.warnings
    );
    assert_eq!(tallies(&report)[0], None);
}

// V8

fn file_of_v8(ranges: &[(u32, u32, u32)], text: &'static str) -> FileCoverage {
    let ranges: Vec<String> = ranges
        .iter()
        .map(|(start, end, count)| {
            format!(r#"{{"startOffset":{start},"endOffset":{end},"count":{count}}}"#)
        })
        .collect();
    let report = format!(
        r#"{{"result":[{{"scriptId":"1","url":"file:///w/a.js","functions":[{{"functionName":"","isBlockCoverage":true,
        "ranges":[{}]}}]}}]}}"#,
        ranges.join(",")
    );
    file(&with(&report, &Text(text)), "/w/a.js").clone()
}

#[test]
fn v8_lines_belong_to_the_last_range_that_spans_them() {
    let text = "one\ntwo🟦\nthree\n\nfive\n";
    // The second line ends at 9, the third is from 10 to 15, the empty one is at 16, and the fifth
    // from 17 to 21.
    let file = file_of_v8(&[(0, 21, 7), (3, 15, 0), (4, 8, 2)], text);
    assert_eq!(hits(&file), [(1, 7), (2, 0), (3, 0), (4, 7), (5, 7)]);
    let arms: Vec<_> = file
        .branches
        .iter()
        .map(|branch| (branch.line, &branch.arm, branch.hits.count()))
        .collect();
    let arm = |words: &str| Arm::Text(words.into());
    let expected =
        [(1, &arm("1:1 to 5:5"), 7), (2, &arm("2:0 to 3:6"), 0), (2, &arm("2:1 to 2:5"), 2)];
    assert_eq!(arms, expected);
    let broken = file_of_v8(&[(9, 2, 1), (4_000_000_000, 4_294_967_295, 0), (0, 0, 0)], text);
    assert_eq!(broken.tallies().get(&Dimension::Lines), Some(of(5, 5)));
}

#[test]
fn v8_names_scripts_by_their_urls() {
    let urls = [
        "node:fs",
        "internal/main.js",
        "",
        "evalmachine.<anonymous>",
        "chrome-extension://x/a.js",
        "file:///w/node_modules/b/c.js",
        "file:///w/a%20b%C3%A9.mjs?v=1",
        "file:///C:/w/a.js",
        "/w/old.js",
        "C:\\w\\old.js",
        "https://example.com:80/src/app.js?t=1#x",
        "http://example.com/",
        "http://example.com",
        "file:///w/%zz%",
    ];
    let scripts: Vec<String> = urls
        .iter()
        .map(|url| format!(r#"{{"url":{},"functions":[]}}"#, serde_json::Value::from(*url)))
        .collect();
    let report = with(&format!(r#"{{"result":[{}]}}"#, scripts.join(",")), &Text("x"));
    let expected =
        ["/w/%zz%", "/w/a bé.mjs", "/w/old.js", "C:/w/a.js", "C:\\w\\old.js", "src/app.js"];
    assert_eq!(report.files.keys().collect::<Vec<_>>(), expected);
    assert_eq!(messages(&report), []);
}

const PLAYWRIGHT: &str = r#"[{"url":"http://localhost:3000/src/a.js","scriptId":"6","source":"f();\nfunction f() {}\nfunction g() {\n}\n",
 "functions":[{"functionName":"","isBlockCoverage":true,"ranges":[{"startOffset":0,"endOffset":39,"count":1}]},
 {"functionName":"g","isBlockCoverage":false,"ranges":[{"startOffset":21,"endOffset":37,"count":0}]},
 {"functionName":"f","isBlockCoverage":true,"ranges":[{"startOffset":5,"endOffset":20,"count":1}]}]}]"#;
const CHROME: &str = r#"[{"url":"http://localhost/a.js","ranges":[{"start":0,"end":5},{"start":12,"end":14}],"text":"one();\ntwo();\nx;\n"}]"#;

#[test]
fn v8_reads_the_text_that_is_embedded() {
    let report = sound(PLAYWRIGHT.as_bytes());
    let file = file(&report, "src/a.js");
    assert_eq!(hits(file), [(1, 1), (2, 1), (3, 0), (4, 0)]);
    assert_eq!(functions(file), [(2, "f", Some(2), 1), (3, "g", Some(4), 0)]);
    assert_eq!(file.branches.len(), 2, "a function that was only counted is no branch");
}

#[test]
fn chromes_used_ranges_are_lines_that_ran() {
    let report = sound(CHROME.as_bytes());
    let states: Vec<_> = file(&report, "a.js").lines.iter().map(|line| line.hits).collect();
    assert_eq!(states, [Hits::at_least(1), Hits::at_least(1), Hits::ZERO]);
    assert_eq!(tallies(&report), [Some(of(2, 3)), None, None, None]);
}

#[test]
fn v8_without_sources_is_refused_not_guessed() {
    let error = read(raw("v8.json").as_bytes()).expect_err("there is no source");
    assert!(chain(&error).contains("without the text"), "{}", chain(&error));
    assert_eq!(error.hints().len(), 2);
    let internal = r#"{"result":[{"scriptId":"1","url":"node:fs","functions":[]}],"timestamp":1}"#;
    assert_eq!(
        messages(&sound(internal.as_bytes())),
        [(None, "the report holds no script of a project")]
    );
    // The text of one of the two is available.
    let both = PLAYWRIGHT.replacen('[', r#"[{"url":"file:///w/gone.js","functions":[]},"#, 1);
    let report = sound(both.as_bytes());
    assert_eq!(report.files.len(), 1);
    assert_eq!(messages(&report), [(None, "the text of `/w/gone.js` is not at hand: left out")]);
}

// SimpleCov

#[test]
fn simplecov_sums_commands_and_tells_branches_by_extent() {
    let run = |name: &str, lines: &str, id: u32, counts: [u32; 2], method: &str| {
        format!(
            r#""{name}":{{"coverage":{{"/w/a.rb":{{"lines":{lines},"branches":{{"[:if, {id}, 2, 0, 4, 3]":
            {{"[:then, {0}, 3, 2, 3, 4]":{1},"[:else, {2}, 2, 0, 4, 3]":{3}}}}},"methods":{{{method}}}}}}},"timestamp":1.5}}"#,
            id + 1,
            counts[0],
            id + 2,
            counts[1],
        )
    };
    let one = run(
        "unit",
        "[null,1,0,null,0]",
        0,
        [0, 1],
        r##""[\"#<Class:Shape>\", :area, 2, 0, 4, 3]":0"##,
    );
    let two = run(
        "system",
        "[null,2,null,null,0,3]",
        7,
        [4, 0],
        r#""[Shape, :area, 2, 0, 4, 3]":2,"[Shape, :\"a, :b\", 5, 0, 5, 3]":0"#,
    );
    let report = sound(format!("{{{one},{two}}}").as_bytes());
    assert_eq!(messages(&report), []);
    let file = file(&report, "/w/a.rb");
    assert_eq!(hits(file), [(2, 3), (3, 0), (5, 0), (6, 3)]);
    let branches: Vec<_> =
        file.branches.iter().map(|branch| (branch.line, branch.hits.count())).collect();
    assert_eq!(branches, [(2, 1), (2, 4)]);
    assert_eq!(functions(file), [(2, "Shape#area", Some(4), 2), (5, "Shape#a, :b", Some(5), 0)]);
}

#[test]
fn simplecov_of_old_has_arrays_alone() {
    let text = r#"{"RSpec": {"coverage": {"/w/a.rb": [null, 1, "ignored", 0, -1], "/w/b.rb": {"lines": null, "branches": {"[:if]": {"x": 1}},
        "methods": {"[A, :b]": 1, "[A, :b, 0, 1, 2, 3]": 1}}}, "timestamp": 1}, "empty": {"coverage": {}}}"#;
    let report = sound(text.as_bytes());
    assert_eq!(hits(file(&report, "/w/a.rb")), [(2, 1), (4, 0), (5, 0)]);
    let words: Vec<_> = messages(&report).into_iter().map(|(_, words)| words.to_owned()).collect();
    let malformed =
        ["`x` is no branch", "`[A, :b, 0, 1, 2, 3]` is no method", "`[A, :b]` is no method"];
    assert_eq!(words.len(), 3, "{words:?}");
    assert!(
        malformed.iter().zip(&words).all(|(wanted, found)| found.contains(wanted)),
        "{words:?}"
    );
}

const FORMATTED: &str = r#"{"meta": {"simplecov_version": "0.22.0", "branch_coverage": true, "method_coverage": true},
 "total": {"lines": {"covered": 1, "missed": 1, "total": 2}, "branches": {"covered": 1, "total": 2}, "methods": {"covered": 0, "total": 0}},
 "coverage": {"lib/a.rb": {"lines": [null, 1, 0, "ignored"], "branches": [
 {"type": "then", "start_line": 2, "end_line": 2, "coverage": 3, "inline": true, "report_line": 2},
 {"type": "then", "start_line": 2, "end_line": 2, "coverage": 0, "inline": true, "report_line": 2},
 {"type": "else", "start_line": 4, "end_line": 4, "coverage": "ignored", "inline": false, "report_line": 3}],
 "methods": [{"name": "A#b", "start_line": 2, "end_line": 3, "coverage": "ignored"}]}},
 "groups": {"Models": {"lines": {"covered": 0}}}, "errors": {}}"#;

#[test]
fn simplecovs_formatter_marks_what_is_left_out() {
    let report = sound(FORMATTED.as_bytes());
    assert_eq!((report.format, messages(&report)), ("simplecov-json", vec![]));
    assert_eq!(tallies(&report), [Some(of(1, 2)), Some(of(1, 2)), None, None]);
    assert_eq!(file(&report, "lib/a.rb").excluded, [4]);
    let report = sound(
        FORMATTED.replace("\"missed\": 1, \"total\": 2", "\"missed\": 1, \"total\": 3").as_bytes(),
    );
    assert!(report.warnings[0].message.contains("states 1 of 3 lines"), "{:?}", report.warnings);
    let old = r#"{"timestamp":1,"command_name":"RSpec","files":[{"filename":"/w/a.rb","covered_percent":50.0,"coverage":[null,1,0]},
        {"filename":"/w/b.rb","covered_percent":0.0,"coverage":{"lines":[0]}}],"metrics":{"covered_percent":33.3,"covered_lines":1,"total_lines":3}}"#;
    let report = sound(old.as_bytes());
    assert_eq!((report.format, messages(&report)), ("simplecov-json", vec![]));
    assert_eq!(tallies(&report)[0], Some(of(1, 3)));
}

// xccov

const XCCOV: &str = r#"{"coveredLines": 9, "lineCoverage": 0.75, "executableLines": 12, "targets": [
 {"coveredLines": 4, "executableLines": 6, "files": [{"coveredLines": 4, "executableLines": 6, "path": "/w/A.swift", "name": "A.swift",
  "functions": [{"name": "", "lineNumber": 3, "executionCount": 2}, {"name": "", "lineNumber": 3, "executionCount": 0}]}], "name": "App.app"},
 {"coveredLines": 3, "executableLines": 4, "files": [{"coveredLines": 3, "executableLines": 4, "path": "/w/A.swift", "functions": []}],
  "name": "Kit.framework"},
 {"coveredLines": 2, "executableLines": 2, "files": [{"coveredLines": 2, "executableLines": 2, "path": "/w/Tests.swift"}], "name": "Tests.xctest"}]}"#;

#[test]
fn xccov_leaves_tests_out_and_counts_a_shared_file_once() {
    let report = sound(XCCOV.as_bytes());
    let words: Vec<_> = messages(&report).into_iter().map(|(_, words)| words).collect();
    let stated = "the report states 7 of 10 lines, its records give 4 of 6: these count";
    assert_eq!(words, ["the target `Tests.xctest` holds tests: left out", stated]);
    assert_eq!(report.files.keys().collect::<Vec<_>>(), ["/w/A.swift"]);
    assert_eq!(tallies(&report)[0], Some(of(4, 6)));
    let targets = r#"[{"buildProductPath":"/w/App.app/App","coveredLines":4,"executableLines":6,"name":"App.app"}]"#;
    let report = sound(targets.as_bytes());
    assert_eq!(report.stated.dimensions.get(&Dimension::Lines), Some(of(4, 6)));
    assert_eq!((report.files.len(), report.warnings.len()), (0, 1));
}

#[test]
fn an_archive_of_xccov_has_lines() {
    let text = r#"{"/w/A.swift":[{"line":1,"isExecutable":false},{"line":2,"isExecutable":true,"executionCount":3,
        "subranges":[{"column":4,"executionCount":0,"length":5}]},{"line":3,"isExecutable":true,"executionCount":0},
        {"line":0,"isExecutable":true,"executionCount":1}]}"#;
    let report = sound(text.as_bytes());
    assert_eq!(report.format, "xccov");
    assert_eq!(hits(file(&report, "/w/A.swift")), [(2, 3), (3, 0)]);
}

// coverage.py

#[test]
fn contexts_of_pytest_cov_are_tests_without_their_phase() {
    let text = r#"{"meta":{"show_contexts":true},"files":{"a.py":{"executed_lines":[1,2],"missing_lines":[],"contexts":
        {"1":["","t.py::a|setup","t.py::a|run"],"2":["t.py::b|run"],"x":["t.py::c|run"]},"functions":{"f":
        {"executed_lines":[2],"contexts":{"1":["t.py::d|run"]}}}}},"totals":{}}"#;
    let report = sound(text.as_bytes());
    let of = |line| report.contexts.of("a.py", line).collect::<Vec<_>>();
    assert_eq!((of(1), of(2)), (vec!["t.py::a"], vec!["t.py::b"]));
    assert!(!report.contexts.tests().any(|test| test == "t.py::d"), "regions only repeat them");
}

/// coverage.py 7.6.10 reports for the run: 7 statements, 1 missed. Its JSON lists two docstrings
/// and an excluded line among the executed lines.
#[test]
fn coverage_pys_docstrings_are_no_lines() {
    let told = with(&raw("coveragepy-docstrings.json"), &Samples);
    assert_eq!(
        hits(file(&told, "tools.py")),
        [(3, 1), (6, 1), (9, 1), (11, 1), (12, 0), (13, 1), (19, 1)]
    );
    assert_eq!((tallies(&told)[0], messages(&told)), (Some(of(6, 7)), vec![]));
    let untold = fixture("coveragepy-docstrings.json");
    assert_eq!(tallies(&untold)[0], Some(of(6, 7)), "as stated");
    let words = messages(&untold);
    assert!(words.len() == 1 && words[0].1.contains("before 7.13.1"), "{words:?}");
    let more = raw("coveragepy-docstrings.json").replace("[1, 3, 6, 7,", "[1, 3, 5, 6, 7,");
    let more = with(&more, &Samples);
    assert!(
        messages(&more)[0].1.contains("before 7.13.1"),
        "an empty line is no docstring: the totals count"
    );
}

#[test]
fn coverage_py_of_old_states_branches_it_does_not_list() {
    let text = r#"{"meta":{"version":"5.0","show_contexts":false},"files":{"a.py":{"executed_lines":[1,2.0],"missing_lines":[4],
        "excluded_lines":[7,8],"summary":{"covered_lines":2,"num_statements":3,"num_branches":4,"covered_branches":3}}},
        "totals":{"covered_lines":2,"num_statements":4,"num_branches":4,"covered_branches":3}}"#;
    let report = sound(text.as_bytes());
    assert_eq!(tallies(&report), [Some(of(2, 3)), Some(of(3, 4)), None, None]);
    assert_eq!(file(&report, "a.py").excluded, [7, 8]);
    let differs = "the report states 2 of 4 lines, its records give 2 of 3: these count";
    assert_eq!(messages(&report), [(None, differs)]);
}

#[test]
fn functions_of_one_name_lose_the_line_that_tells_them_apart() {
    let text = r#"{"meta":{"show_contexts":false},"files":{"a.py":{"executed_lines":[1],"missing_lines":[],"functions":{
        "f":{"executed_lines":[2],"start_line":1},"f@9":{"executed_lines":[],"start_line":9},"g@x":{"executed_lines":[]}}}}}"#;
    let report = sound(text.as_bytes());
    assert_eq!(
        functions(file(&report, "a.py")),
        [(0, "g@x", None, 0), (1, "f", None, 1), (9, "f", None, 0)]
    );
}

// laws

const OWN: [&str; 7] = [
    ISTANBUL,
    SUMMARY,
    PLAYWRIGHT,
    CHROME,
    FORMATTED,
    XCCOV,
    r#"{"RSpec": {"coverage": {"/w/a.rb":
    {"lines": [null, 1], "branches": {"[:if, 0, 2, 0, 4, 3]": {"[:then, 1, 3, 2, 3, 4]": 1}}}}, "timestamp": 1}}"#,
];

#[test]
fn json_that_is_cut_is_an_error() {
    let fixtures =
        ["nyc.json", "c8.json", "v8.json", "simplecov.json", "coveragepy-contexts.json"].map(raw);
    for text in OWN.into_iter().chain(fixtures.iter().map(String::as_str)) {
        let whole = with(text, &Samples);
        let some = 1 + text.len() / 2500; // every byte of the small ones
        for cut in
            (0..text.trim_end().len()).step_by(some).filter(|&cut| text.is_char_boundary(cut))
        {
            assert!(
                formats::read(&mut &text.as_bytes()[..cut], Some(whole.format), &Samples).is_err(),
                "{}",
                &text[..cut]
            );
            let _ = formats::read(&mut &text.as_bytes()[..cut], None, &Samples);
        }
    }
}

proptest! {
    #[test]
    fn damaged_json_never_panics(sample in 0..OWN.len(), at in 0..3000usize, with in proptest::collection::vec(any::<u8>(), 0..6)) {
        let mut bytes = OWN[sample].as_bytes().to_vec();
        let at = at % bytes.len();
        let end = bytes.len().min(at + with.len());
        bytes.splice(at..end, with);
        if let Ok(report) = formats::read(&mut bytes.as_slice(), None, &NoSources) {
            prop_assert!(report.tallies().iter().all(|(_, tally)| tally.covered <= tally.total));
        }
    }
}
