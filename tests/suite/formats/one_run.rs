//! Shards of one suite: placeholders of files that a shard does not load, and functions that share
//! a name.

use std::collections::BTreeMap;

use covatlas::report::merge::merge;
use covatlas::report::{Dimension, FileCoverage, Tally};

use super::{fixture, functions, lines, of, sound};

fn files(name: &str) -> BTreeMap<String, FileCoverage> {
    let all = fixture(name).files.into_iter();
    all.map(|(path, file)| (path.rsplit('/').next().unwrap_or_default().to_owned(), file)).collect()
}

fn total(files: &BTreeMap<String, FileCoverage>, dimension: &Dimension) -> Option<Tally> {
    files.values().map(FileCoverage::tallies).sum::<covatlas::report::Tallies>().get(dimension)
}

const FORMATS: [&str; 4] =
    ["coverage-final.json", "lcov.info", "cobertura-coverage.xml", "clover.xml"];

/// What istanbul-lib-coverage 3.2 makes of both shards' JSON: 20 of 22 lines and 3 of 3 functions
/// ran.
#[test]
fn a_file_that_a_shard_did_not_load_is_measured_by_the_other() {
    for format in FORMATS {
        let [a, b] = ["c8-a", "c8-b"].map(|shard| files(&format!("one-run/{shard}/{format}")));
        assert!(a["other.js"].placeholder && !a["calc.js"].placeholder, "{format}");
        assert!(b["calc.js"].placeholder && !b["other.js"].placeholder, "{format}");
        for both in [merge([a.clone(), b.clone()]), merge([b, a])] {
            assert_eq!(total(&both, &Dimension::Lines), Some(of(20, 22)), "{format}");
            // Clover states how many methods there are, file by file, and lists none.
            assert_eq!(total(&both, &Dimension::Functions), Some(of(3, 3)), "{format}");
            assert!(both.values().all(|file| !file.placeholder), "{format}");
        }
    }
}

/// c8 counts every physical line of a placeholder, nyc the lines with statements: 5 and 2 of them.
#[test]
fn the_lines_of_a_placeholder_are_not_those_of_a_run() {
    let placeholder =
        files("one-run/c8-b/coverage-final.json").remove("calc.js").expect("it is listed");
    let mut measured =
        files("one-run/nyc/coverage-final.json").remove("calc.js").expect("it is listed");
    let alone = measured.tallies();
    measured.merge(placeholder);
    assert_eq!(measured.tallies(), alone);
}

/// SimpleCov's own combiner drops a line that is 0 in one result and null in another.
#[test]
fn a_file_that_ruby_did_not_load_is_measured_by_another_command() {
    let text = r#"{"a": {"coverage": {"/w/a.rb": {"lines": [1, 1, null]}, "/w/b.rb": {"lines": [0, 0, 0, 0]}}},
        "b": {"coverage": {"/w/a.rb": {"lines": [0, 0, 0]}, "/w/b.rb": {"lines": [1, 0, null, null]}}}}"#;
    let report = sound(text.as_bytes());
    assert_eq!(lines(&report), of(3, 4));
    let json = |files: &str| {
        sound(
            format!(r#"{{"meta": {{"simplecov_version": "0.22.0"}}, "coverage": {{{files}}}}}"#)
                .as_bytes(),
        )
        .files
    };
    let loaded = json(r#""/w/b.rb": {"lines": [1, 0, null, null]}"#);
    let both = merge([json(r#""/w/b.rb": {"lines": [0, 0, 0, 0]}"#), loaded]);
    assert_eq!(total(&both, &Dimension::Lines), Some(of(1, 2)));
}

/// Bun names a function after its line (oven-sh/bun#35725); the section says whether it counts
/// both.
#[test]
fn functions_of_one_name_and_line_are_as_many_as_the_section_counts() {
    let text = |stated: &str| {
        let functions =
            "FN:1,(anonymous_0)\nFN:1,(anonymous_0)\nFNDA:1,(anonymous_0)\nFNDA:0,(anonymous_0)\n";
        format!("SF:/w/a.ts\n{functions}{stated}DA:1,1\nend_of_record\n")
    };
    let found = |text: &str| sound(text.as_bytes()).tallies().get(&Dimension::Functions);
    assert_eq!(found(&text("FNF:2\nFNH:1\n")), Some(of(1, 2)));
    assert_eq!(found(&text("FNF:2\nFNH:1\n").repeat(2)), Some(of(1, 2)), "of two workers");
    assert_eq!(found(&text("FNF:1\nFNH:1\n")), Some(of(1, 1)), "as lcov counts it");
}

/// Node.js 20 states 4 functions of which 2 ran: `Square` and its `area` did not.
#[test]
fn methods_of_one_name_are_apart_where_each_has_its_count() {
    let report = fixture("node.info");
    assert_eq!(report.warnings, []);
    assert_eq!(
        functions(&report.files["node.mjs"]),
        [
            (2, "Circle", None, 1),
            (3, "area", None, 1),
            (8, "Square", None, 0),
            (9, "area", None, 0)
        ]
    );
}

#[test]
fn functions_of_one_name_are_one_where_the_report_does_not_tell_them_apart() {
    let read = |records: &str| {
        let report = sound(format!("SF:a\n{records}DA:1,1\nend_of_record\n").as_bytes());
        let of_a = functions(&report.files["a"]);
        of_a.into_iter()
            .map(|(start, name, _, hits)| (start, name.to_owned(), hits))
            .collect::<Vec<_>>()
    };
    let f = |start, hits| (start, "f".to_owned(), hits);
    assert_eq!(read("FN:3,f\nFN:9,f\nFNDA:2,f\n"), [f(3, 2)], "one count for two");
    assert_eq!(read("FN:3,f\nFN:3,f\nFNDA:2,f\nFNDA:1,f\n"), [f(3, 3)], "one place");
    assert_eq!(read("FN:3,f\nFN:9,f\nFNDA:2,f\nFNDA:1,f\nFNF:1\n"), [f(3, 3)], "one is stated");
    assert_eq!(
        read("FN:3,f\nFN:9,f\nFNDA:2,f\nFNDA:1,f\nFNF:2\n"),
        [f(3, 2), f(9, 1)],
        "two are stated"
    );
    let g = (5, "g".to_owned(), 7);
    assert_eq!(
        read("FN:3,f\nFN:5,g\nFN:9,f\nFNDA:7,g\nFNDA:0,f\nFNDA:1,f\n"),
        [f(3, 0), g.clone(), f(9, 1)],
        "by name"
    );
    assert_eq!(
        read("FN:3,f\nFNDA:4,f\nFN:5,g\nFNDA:7,g\nFN:9,f\nFNDA:0,f\n"),
        [f(3, 4), g, f(9, 0)],
        "pair by pair"
    );
    assert_eq!(read("FNDA:4,f\n"), [f(0, 4)], "nowhere");
}
