//! Reports of compilers' tools: LCOV, gcov, gcovr, llvm-cov and Go.

use covatlas::report::{Condition, LineState, Region};

use super::*;

fn exact(report: &Report, expected: [(Dimension, (u64, u64)); 3]) {
    for (dimension, wanted) in expected {
        assert_eq!(tally(report, &dimension), wanted, "{dimension}");
    }
}

fn hits(file: &FileCoverage) -> Vec<(u32, u64)> {
    file.lines.iter().map(|line| (line.number, line.hits.count())).collect()
}

fn taken(file: &FileCoverage) -> Vec<(u32, u32, Arm, u64)> {
    file.branches
        .iter()
        .map(|one| (one.line, one.block, one.arm.clone(), one.hits.count()))
        .collect()
}

/// The conditions as line, decision, index, sense and hits.
fn conditions(file: &FileCoverage) -> Vec<(u32, u32, u32, Option<bool>, u64)> {
    let parts = |one: &Condition| (one.line, one.decision, one.index, one.sense, one.hits.count());
    file.conditions.iter().map(parts).collect()
}

fn index(number: u32) -> Arm {
    Arm::Index(number)
}

use Dimension::{Branches, Conditions, Functions, Lines, Regions, Statements};

// the tools' own summaries of our sample

#[test]
fn gcov_units_follow_each_other() {
    let report = fixture("gcov.json");
    assert_eq!(messages(&report), []);
    assert_eq!(report.files.keys().collect::<Vec<_>>(), ["boxes.cpp", "shapes.c"]);
    // `gcov`: 13 of 16 and 8 of 11 lines; 7 of 12 branches taken at least once. It leaves
    // templates' branches out.
    let counted = |path: &str, dimension| file(&report, path).counted().get(&dimension);
    assert_eq!(counted("boxes.cpp", Lines), Some(of(13, 16)));
    assert_eq!(
        (counted("shapes.c", Lines), counted("shapes.c", Branches)),
        (Some(of(8, 11)), Some(of(7, 12)))
    );
    let alone = fixture("shapes.gcov.json.gz");
    assert_eq!(alone.files["shapes.c"], report.files["shapes.c"]);
    // lcov reads the same notes and counts.
    let lcov = fixture("gcc.info");
    assert_eq!(hits(file(&lcov, "shapes.c")), hits(file(&alone, "shapes.c")));
}

/// gcov 12's report of classes with a virtual base, a deleting destructor, a template and lambdas.
/// lcov 1.16 counts 13 functions in the same run, of which 12 ran.
#[test]
fn gcov_functions_of_one_demangled_name_are_kept_apart() {
    let report = fixture("variants.gcov.json");
    assert_eq!((messages(&report), tally(&report, &Functions)), (vec![], (12, 13)));
    let names: Vec<_> =
        file(&report, "variants.cpp").functions.iter().filter(|one| one.start == 9).collect();
    let names: Vec<_> = names.iter().map(|one| (&*one.name, one.hits.count())).collect();
    assert_eq!(names, [("Base::~Base() [_ZN4BaseD0Ev]", 0), ("Base::~Base() [_ZN4BaseD2Ev]", 1)]);
    let twice = include_str!("../../fixtures/reports/variants.gcov.json").repeat(2);
    assert_eq!(
        tally(&sound(twice.as_bytes()), &Functions),
        (12, 13),
        "a unit that was measured twice"
    );
}

/// gcov 14 writes the branches of a header in a different order for each object file, but names the
/// blocks they connect.
#[test]
fn gcov_branches_are_told_by_their_blocks() {
    let branch = |to: u32, count: u32| {
        format!(
            r#"{{"count":{count},"fallthrough":true,"throw":false,"source_block_id":7,"destination_block_id":{to}}}"#
        )
    };
    let report = |branches: [String; 2]| {
        let list = branches.join(",");
        format!(
            r#"{{"gcc_version":"14","format_version":"2","files":[{{"file":"a.h","functions":[],
            "lines":[{{"line_number":5,"count":4,"unexecuted_block":false,"branches":[{list}]}}]}}]}}"#
        )
    };
    let both = report([branch(8, 0), branch(9, 4)]) + &report([branch(9, 0), branch(8, 4)]);
    assert_eq!(tally(&sound(both.as_bytes()), &Branches), (2, 2));
}

#[test]
fn gcovr_counts_a_template_once_an_instance() {
    let report = fixture("gcovr.json");
    assert_eq!(messages(&report), []);
    // `gcovr --json-summary`: 23 of 30 lines, 17 of 30 branches, 7 of 9 functions.
    let headline = [(Lines, (23, 30)), (Branches, (17, 30)), (Functions, (7, 9))];
    exact(&report, headline);
    let summary = fixture("gcovr-summary.json");
    assert_eq!(messages(&summary), []);
    exact(&summary, headline);
    let boxes = file(&report, "boxes.cpp");
    assert_eq!(boxes.excluded, [19]);
    // Lines 5, 7, 8 and 9 have two records each: 19 are 15 lines.
    assert_eq!(boxes.counted().get(&Lines), Some(of(13, 15)));
    assert_eq!(hits(boxes)[0], (5, 2));
    assert!(functions(boxes).contains(&(5, "int larger<int>(int, int)", None, 1)));
}

#[test]
fn gcovr_of_old_has_its_own_totals() {
    let report = fixture("gcovr-5.json");
    assert_eq!(messages(&report), []);
    exact(&report, [(Lines, (21, 26)), (Branches, (17, 28)), (Functions, (0, 0))]); // `gcovr`, `gcovr --branches`
}

#[test]
fn llvm_cov_has_the_totals_of_its_summary() {
    for (name, regions, mcdc) in [
        ("llvm-cov-14.json", (38, 48), (0, 0)),
        ("llvm-cov-19.json", (39, 50), (1, 8)),
        ("llvm-cov-bare.json", (39, 50), (1, 8)),
        ("llvm-cov-summary.json", (39, 50), (1, 8)),
    ] {
        let report = fixture(name);
        assert_eq!(messages(&report), [], "{name}");
        exact(&report, [(Lines, (26, 35)), (Branches, (19, 34)), (Functions, (6, 8))]);
        exact(&report, [(Regions, regions), (Conditions, mcdc), (Statements, (0, 0))]);
        assert_eq!(report.stated.dimensions, report.tallies(), "{name}");
    }
}

#[test]
fn llvm_cov_writes_the_same_lines_in_both_formats() {
    let (json, lcov) = (fixture("llvm-cov-19.json"), fixture("llvm-cov.info"));
    for path in ["boxes.cpp", "shapes.c"] {
        assert_eq!(hits(file(&json, path)), hits(file(&lcov, path)), "{path}");
    }
    // A macro's branches belong to the line that uses it: two uses on line 24, four branches.
    let boxes = file(&json, "boxes.cpp");
    assert_eq!(boxes.branches.iter().filter(|branch| branch.line == 24).count(), 4);
    // `width < 10` alone was shown to decide `(width < 10 && height < 10) || turn`.
    let shown: Vec<_> = conditions(boxes).into_iter().filter(|one| one.0 == 14).collect();
    assert_eq!(shown, [(14, 0, 0, None, 1), (14, 0, 1, None, 0), (14, 0, 2, None, 0)]);
    // The two instances of the template are one function.
    let larger = boxes.functions.iter().find(|function| function.start == 6).expect("it is there");
    assert_eq!((larger.hits, larger.end), (exactly(2), Some(10)));
}

#[test]
fn lcov_names_the_test_of_each_line() {
    let report = fixture("lcov-tests.info");
    assert_eq!(messages(&report), []);
    exact(&report, [(Lines, (15, 15)), (Branches, (11, 16)), (Functions, (6, 6))]); // `lcov --summary` of both
    let of_line = |line| report.contexts.of("boxes.cpp", line).collect::<Vec<_>>();
    assert_eq!(
        (of_line(24), of_line(14), of_line(17)),
        (vec!["plain", "with_debug"], vec!["plain"], vec!["with_debug"])
    );
    assert_eq!(of_line(18), [""; 0]);
}

#[test]
fn go_states_statements() {
    let report = fixture("go.out");
    assert_eq!(messages(&report), []);
    assert_eq!(tally(&report, &Statements), (5, 8)); // `go test`: 62.5% of statements
    assert_eq!(report.files.keys().collect::<Vec<_>>(), ["example.com/shapes/shapes.go"]);
}

// LCOV

#[test]
fn lcov_conditions_count_in_both_senses() {
    let text = "SF:a\nMCDC:4,2,t,1,0,'x, y' in 'f(x, y) && z'\nMCDC:4,2,f,0,0,'x, y' in 'f(x, y) && z'\n\
        MCDC:4,2,t,-,1,z\nMCDC:4,U2,f,3,1,z\nMCDC:4,3,t,7,0\nMCDC:4,2,t,2,0,\nMCF:4\nMCH:2\nDA:4,1\nLF:1\nLH:1\n\
        end_of_record\n";
    let report = sound(text.as_bytes());
    assert_eq!(messages(&report), []);
    let expected = [
        (4, 2, 0, Some(false), 0),
        (4, 2, 0, Some(true), 3),
        (4, 2, 1, Some(true), 0),
        (4, 3, 0, Some(true), 7),
    ];
    assert_eq!(conditions(file(&report, "a")), expected);
    assert_eq!(&*file(&report, "a").conditions[0].words, "'x, y' in 'f(x, y) && z'");
    assert_eq!(report.stated.dimensions.get(&Conditions), Some(of(2, 4)));
    for wrong in ["4,2,x,1,0,a", "4,2,t,1", "4,,t,1,0,a", "0,2,t,1,0,a", "4,2,t,1,-1,a"] {
        let report = sound(format!("SF:a\nMCDC:{wrong}\nend_of_record\n").as_bytes());
        assert_eq!((report.warnings.len(), file(&report, "a").conditions.len()), (1, 0), "{wrong}");
    }
}

#[test]
fn lcov_branches_that_no_test_can_reach_do_not_count() {
    let report =
        sound(b"SF:a\nBRDA:1,0,0,1\nBRDA:1,U0,1,-\nBRDA:1,eU0,2,-\nBRF:1\nBRH:1\nend_of_record\n");
    assert_eq!(messages(&report), []);
    assert_eq!(tally(&report, &Branches), (1, 1));
}

#[test]
fn sections_of_a_file_do_not_contradict_what_they_state() {
    let section = |test: &str, one: u32, two: u32| {
        format!(
            "TN:{test}\nSF:a\nFN:1,f\nFNDA:{one},f\nFNF:1\nFNH:{one}\nDA:1,{one}\nDA:2,{two}\nLF:2\nLH:1\nend_of_record\n"
        )
    };
    let text = section("one", 1, 0) + &section("two", 0, 1);
    let report = sound(text.as_bytes());
    assert_eq!(messages(&report), []);
    assert_eq!(lines(&report), of(2, 2));
    assert_eq!(report.stated.dimensions.get(&Lines), Some(of(2, 4)));
    let report = sound(text.replacen("LH:1", "LH:2", 1).as_bytes());
    let told = "the report states 3 of 4 lines, its records give 2 of 4: these count";
    assert_eq!(messages(&report), [(None, told)]);
}

#[test]
fn a_stripped_section_counts_by_its_totals() {
    let bare = "SF:a\nFNF:3\nFNH:1\nBRF:0\nBRH:0\nLF:7\nLH:4\nend_of_record\n";
    let report = sound(bare.as_bytes());
    exact(&report, [(Lines, (4, 7)), (Functions, (1, 3)), (Branches, (0, 0))]);
    let told = "`a` states totals of lines, functions without a record of them: the totals count";
    assert_eq!(messages(&report), [(Some(8), told)]);
    // Another section of the file has records. They count, and lines are not added up twice.
    let report = sound(
        format!("{bare}SF:a\nDA:1,1\nend_of_record\nSF:b\nDA:1,0\nLF:1\nLH:0\nend_of_record\n")
            .as_bytes(),
    );
    assert_eq!(file(&report, "a").tallies().get(&Lines), Some(of(1, 1)));
    assert_eq!(file(&report, "b").summary.tallies, covatlas::report::Tallies::default());
    // A total is ignored if more is hit than found, or only the found number is given.
    for wrong in ["LF:3\nLH:4", "LF:3"] {
        let report = sound(format!("SF:a\n{wrong}\nend_of_record\n").as_bytes());
        assert_eq!(lines(&report), of(0, 0), "{wrong}");
    }
}

#[test]
fn lcov_test_names_are_those_of_tests() {
    let section =
        |test: &str, hits: u32| format!("TN:{test}\nSF:a\nDA:1,{hits}\nDA:2,0\nend_of_record\n");
    let report = sound((section("GCOVR_report", 1) + &section("  ", 1)).as_bytes());
    assert!(report.contexts.is_empty());
    let text = section("unit,diff", 1)
        + "SF:b\nDA:3,1\nend_of_record\n"
        + &section("e2e", 0)
        + &section("", 5);
    let report = sound(text.as_bytes());
    assert_eq!(report.contexts.of("a", 1).collect::<Vec<_>>(), ["unit"]);
    assert_eq!(report.contexts.of("b", 3).collect::<Vec<_>>(), ["unit"]); // until the next name
    assert_eq!((report.contexts.of("a", 2).count(), report.contexts.files().count()), (0, 2));
}

#[test]
fn totals_of_any_size_do_not_wrap() {
    let huge = "SF:a\nLF:18446744073709551615\nLH:18446744073709551615\nend_of_record\n";
    let report = sound(huge.repeat(5).replace("SF:a", "KF:a").as_bytes());
    assert_eq!(lines(&report).missed(), 0);
    let apart: String = (0..5).map(|n| huge.replace("SF:a", &format!("SF:{n}"))).collect();
    assert_eq!(lines(&sound(apart.as_bytes())), of(u64::MAX, u64::MAX));
}

// gcov and gcovr

const GCOV: &str = r#"{"gcc_version": "14.2.0", "format_version": "2", "current_working_directory": "/b/x", "files": [
    {"file": "../a.c", "functions": [{"name": "_Z1fIiE", "demangled_name": "f<int>", "start_line": 1, "end_line": 4,
        "execution_count": 2, "blocks": 3}, {"name": "g", "start_line": 9, "execution_count": -1}],
    "lines": [
        {"line_number": 2, "function_name": "_Z1fIiE", "count": 1e+06, "unexecuted_block": false, "block_ids": [2],
        "branches": [{"count": 1, "throw": false, "fallthrough": true, "source_block_id": 2}, {"count": 0}],
        "conditions": [{"count": 4, "covered": 2, "not_covered_true": [0], "not_covered_false": [1, 0]}]},
        {"line_number": 2, "function_name": "_Z1fIcE", "count": 3, "branches": [{"count": 0}, {"count": 5}]},
        {"line_number": 9, "count": -4, "branches": null}, {"count": 1}]},
    {"file": "empty.h", "functions": [], "lines": []}]}"#;

#[test]
fn gcov_lines_of_templates_are_summed() {
    let report = sound(GCOV.as_bytes());
    assert_eq!(report.format, "gcov");
    let told = ["negative counts: taken as 0", "lines without a line number: skipped"];
    let told: Vec<_> = told
        .iter()
        .zip([2, 1])
        .map(|(what, number)| format!("`/b/a.c`: {number} {what}"))
        .collect();
    assert_eq!(
        report.warnings.iter().map(|warning| &warning.message).collect::<Vec<_>>(),
        told.iter().collect::<Vec<_>>()
    );
    assert_eq!(report.files.keys().collect::<Vec<_>>(), ["/b/a.c"]);
    let found = file(&report, "/b/a.c");
    assert_eq!(hits(found), [(2, 1_000_003), (9, 0)]);
    assert_eq!(taken(found), [(2, 0, index(0), 1), (2, 0, index(1), 5)]);
    assert_eq!(functions(found), [(1, "f<int>", Some(4), 2), (9, "g", None, 0)]);
    let expected = [(false, 0), (true, 0), (false, 0), (true, 1)];
    let expected: Vec<_> =
        (0..).zip(expected).map(|(n, (sense, hit))| (2, 0, n / 2, Some(sense), hit)).collect();
    assert_eq!(conditions(found), expected);
    // A header's lines in two units, and units in a row.
    let twice = sound(format!("{GCOV}\n{GCOV}\n\n").as_bytes());
    assert_eq!(hits(file(&twice, "/b/a.c"))[0], (2, 2_000_006));
}

#[test]
fn gcov_reports_that_are_none() {
    for text in [
        "{\"gcc_version\": \"12\"}",
        "{\"gcc_version\": \"12\", \"files\": 1}",
        "{\"gcc_version\": 12, \"files\": [[]]}",
    ] {
        assert!(read(text.as_bytes()).is_err(), "{text}");
    }
    let cut = format!("{GCOV}{}", &GCOV[..100]);
    let error = read(cut.as_bytes()).expect_err("the second unit is cut");
    assert!(error.hints()[0].contains("incomplete"), "{}", chain(&error));
    let report = sound(b"{\"gcc_version\": \"12\", \"files\": []}");
    assert_eq!(messages(&report), [(None, "no file in it has a line or a function")]);
    // A number of conditions must not decide how much memory is used.
    for count in ["130", "3", "4000000000", "-2", "null"] {
        let text = GCOV.replace(
            "\"conditions\": [{\"count\": 4",
            &format!("\"conditions\": [{{\"count\": {count}"),
        );
        let report = sound(text.as_bytes());
        assert_eq!(
            (report.warnings.len(), file(&report, "/b/a.c").conditions.len()),
            (3, 0),
            "{count}"
        );
    }
}

const GCOVR: &str = r#"{"files": [{"file": "src/a.c", "functions": [
        {"name": "f(int)", "lineno": 1, "execution_count": 3, "blocks_percent": 80.0, "pos": ["1:5", "6:1"]},
        {"name": "g", "lineno": 8, "execution_count": 0, "gcovr/excluded": true},
        {"demangled_name": "h()", "name": "_Z1hv", "lineno": 8}],
    "lines": [
        {"branches": [], "count": 0, "gcovr/noncode": true, "line_number": 1},
        {"branches": [{"count": 1}, {"count": 0, "gcovr/excluded": true}, {"count": 0}], "count": 3, "line_number": 2},
        {"branches": [{"count": 1, "branchno": 4, "source_block_id": 7, "destination_block_id": 8},
            {"count": 0, "source_block_id": 7, "destination_block_id": 9}], "count": 3, "line_number": 3,
            "gcovr/decision": {"type": "conditional", "count_true": 1, "count_false": 0},
            "conditions": [{"conditionno": 1, "count": 2, "covered": 1, "not_covered_false": [0],
                "not_covered_true": []}, {"count": 2, "covered": 0, "gcovr/excluded": true}]},
        {"branches": [{"count": 1}], "count": 1, "gcovr/excluded": true, "line_number": 4},
        {"branches": [], "count": 0, "gcovr/excluded": true, "line_number": 5, "function_name": "a"},
        {"branches": [], "count": 2, "line_number": 5, "function_name": "b"}]}],
    "gcovr/format_version": 0.5}"#;

#[test]
fn gcovr_leaves_out_what_is_excluded() {
    let report = sound(GCOVR.as_bytes());
    assert_eq!((report.format, messages(&report)), ("gcovr", vec![]));
    let found = file(&report, "src/a.c");
    assert_eq!(hits(found), [(2, 3), (3, 3), (5, 2)]);
    assert_eq!(found.excluded, [4]); // line 5 is in only one of its functions
    assert_eq!(
        taken(found),
        [(2, 0, index(0), 1), (2, 0, index(2), 0), (3, 7, index(4), 1), (3, 7, index(9), 0)]
    );
    assert_eq!(conditions(found), [(3, 1, 0, Some(false), 0), (3, 1, 0, Some(true), 1)]);
    assert_eq!(functions(found), [(1, "f(int)", Some(6), 3), (8, "h()", None, 0)]);
    assert_eq!(found.summary.tallies, covatlas::report::Tallies::default());
}

#[test]
fn gcovr_lines_of_two_functions_are_two_in_its_headline() {
    let line = |function: &str, number: u32, count: u32| {
        format!(
            "{{\"line_number\": {number}, \"function_name\": \"{function}\", \"count\": {count}, \"branches\": [{{\"count\": {count}}}]}}"
        )
    };
    let report = |lines: &[String]| {
        let text = format!(
            "{{\"gcovr/format_version\": \"0.15\", \"files\": [{{\"file\": \"a\", \"lines\": [{}]}}]}}",
            lines.join(",")
        );
        sound(text.as_bytes())
    };
    let both = report(&[line("f<int>", 1, 0), line("f<char>", 1, 2), line("f<int>", 2, 1)]);
    exact(&both, [(Lines, (2, 3)), (Branches, (2, 3)), (Functions, (0, 0))]);
    assert_eq!(hits(file(&both, "a")), [(1, 2), (2, 1)]);
    // The same line of the same function twice is one in gcovr too.
    let twice = report(&[line("f", 1, 0), line("f", 1, 2)]);
    exact(&twice, [(Lines, (1, 1)), (Branches, (1, 1)), (Functions, (0, 0))]);
}

#[test]
fn gcovr_reports_that_are_none() {
    assert!(read(b"{\"gcovr/format_version\": \"0.15\"}").is_err());
    let empty = sound(b"{\"gcovr/format_version\": \"0.15\", \"files\": []}");
    assert_eq!(messages(&empty), [(None, "it names no file")]);
    let summary = "{\"branch_percent\": 1, \"files\": [{\"filename\": \"a\", \"line_covered\": 9, \"line_total\": 3, \
        \"line_percent\": 1, \"branch_covered\": null, \"branch_total\": 2, \"function_total\": \"x\"}]}";
    assert!(read(summary.as_bytes()).is_err(), "a total is no number");
    let report = sound(summary.replace("\"x\"", "4").as_bytes());
    exact(&report, [(Lines, (0, 0)), (Branches, (0, 2)), (Functions, (0, 4))]);
}

// llvm-cov

fn llvm(file: &str, rest: &str) -> String {
    format!(
        "{{\"data\":[{{\"files\":[{{\"filename\":\"a.c\"{file}}}]{rest}}}],\"type\":\"llvm.coverage.json.export\",\"version\":\"2.0.1\"}}"
    )
}

#[test]
fn llvm_cov_lines_hold_until_the_next_segment() {
    // A function from line 1 to 9 that ran four times. In it are a branch on line 3 that never ran,
    // and a gap before it.
    let six = "[[1,12,4,true,true,false],[3,9,1,true,true,true],[3,20,0,true,true,false],[4,6,4,true,false,false],\
        [6,5,0,false,true,false],[7,5,4,true,false,false],[9,2,0,false,false,false]]";
    let report = sound(llvm(&format!(",\"segments\":{six}"), "").as_bytes());
    assert_eq!(messages(&report), []);
    let found = file(&report, "a.c");
    // Line 3 is wrapped by the function's 4. Line 6 starts with code that the preprocessor skipped,
    // and line 7 is inside it.
    assert_eq!(hits(found), [(1, 4), (2, 4), (3, 4), (4, 0), (5, 4), (8, 4), (9, 4)]);
    let regions = [((1, 12), 4), ((3, 20), 0)];
    assert_eq!(found.regions, regions.map(|(start, count)| Region { start, hits: exactly(count) }));
    assert_eq!(found.views().filter(|view| view.state == LineState::Uncovered).count(), 1);
    // Before 2.0.1 there were no gaps, and older ones had numbers for Booleans.
    let five = "[[1,1,2,1,1],[3,1,0,0,0]]";
    assert_eq!(
        hits(file(&sound(llvm(&format!(",\"segments\":{five}"), "").as_bytes()), "a.c")),
        [(1, 2), (2, 2), (3, 2)]
    );
    // Segments out of order or without a position are skipped.
    let odd = "[[0,1,2,true,true],[],[5,1,1,true,true],[4,1,9,true,true],[6,1,0,false,false]]";
    let report = sound(llvm(&format!(",\"segments\":{odd}"), "").as_bytes());
    assert_eq!(hits(file(&report, "a.c")), [(5, 1), (6, 1)]);
    assert_eq!(messages(&report), [(None, "`a.c`: 3 records without a place: skipped")]);
}

#[test]
fn llvm_cov_segments_do_not_span_more_lines_than_exist() {
    let text =
        llvm(",\"segments\":[[1,1,1,true,true,false],[4000000000,1,0,false,false,false]]", "");
    let report = sound(text.as_bytes());
    assert!(report.files.is_empty(), "no file has four thousand million lines");
    assert!(messages(&report)[0].1.contains("span"), "{:?}", messages(&report));
}

#[test]
fn llvm_cov_branches_are_true_and_false() {
    let file_part = ",\"branches\":[[3,9,3,14,5,0,0,0,4],[3,18,3,20,18446744073709551615,2,0,0,4],[]],\
        \"expansions\":[{\"branches\":[[90,4,90,6,1,0,1,0,4],[91,4,91,6,0,0,1,0,4]],\"filenames\":[\"a.c\"],\
        \"source_region\":[7,2,7,9,1,0,1,1],\"target_regions\":[[1,2,3,4,5,6,7,8]]}]";
    let report = sound(llvm(file_part, "").as_bytes());
    assert_eq!(report.warnings.len(), 1);
    let expected = [
        (3, 9, index(0), 5),
        (3, 9, index(1), 0),
        (3, 18, index(0), Hits::MAX),
        (3, 18, index(1), 2),
        (7, 2, index(0), 1),
        (7, 2, index(1), 0),
        (7, 2, index(2), 0),
        (7, 2, index(3), 0),
    ];
    assert_eq!(taken(file(&report, "a.c")), expected);
}

#[test]
fn llvm_cov_conditions_of_every_version() {
    // Two instances of one decision, and another on the line, as LLVM 19 and as LLVM 20 write them.
    for records in [
        "[[5,3,5,20,0,5,[true,false]],[5,3,5,20,0,5,[false,false]],[5,30,5,40,0,5,[false,true]]]",
        "[[5,30,5,40,1,2,0,0,5,[false,true]],[5,3,5,20,4,9,0,0,5,[true,false]]]",
    ] {
        let report = sound(llvm(&format!(",\"mcdc_records\":{records}"), "").as_bytes());
        let expected =
            [(5, 0, 0, None, 1), (5, 0, 1, None, 0), (5, 1, 0, None, 0), (5, 1, 1, None, 1)];
        assert_eq!(
            (messages(&report), conditions(file(&report, "a.c"))),
            (vec![], expected.to_vec()),
            "{records}"
        );
    }
}

#[test]
fn llvm_cov_functions_of_one_place_are_instances() {
    let function = |name: &str, count: u32, line: u32, column: u32| {
        format!(
            "{{\"name\":\"{name}\",\"count\":{count},\"filenames\":[\"b.h\",\"a.c\"],\
             \"regions\":[[{line},{column},9,2,{count},1,0,0],[8,1,8,2,0,0,0,0]]}}"
        )
    };
    let all = [function("f<int>", 2, 4, 1), function("f<char>", 0, 4, 1), function("g", 0, 4, 20)]
        .join(",");
    let report =
        sound(llvm("", &format!(",\"functions\":[{all},{{\"name\":\"nowhere\"}}]")).as_bytes());
    assert_eq!(functions(file(&report, "a.c")), [(4, "f<char>", Some(9), 2), (4, "g", Some(9), 0)]);
}

#[test]
fn llvm_cov_says_where_a_summary_is_not_the_sum() {
    let total = |covered: u32, count: u32| {
        format!("{{\"covered\":{covered},\"count\":{count},\"percent\":1.5}}")
    };
    let summary = |lines: String| {
        format!(
            ",\"segments\":[[1,1,2,true,true],[3,1,0,false,false]],\"summary\":{{\"lines\":{lines}}}"
        )
    };
    // The headline stands, and is what is stated.
    let text = llvm(&summary(total(5, 7)), &format!(",\"totals\":{{\"lines\":{}}}", total(5, 7)));
    let report = sound(text.as_bytes());
    assert_eq!((lines(&report), messages(&report)), (of(5, 7), vec![]));
    // A header of macros alone has no lines.
    let report = sound(llvm(&summary(total(0, 0)), "").as_bytes());
    assert_eq!((lines(&report), file(&report, "a.c").lines.len()), (of(0, 0), 0));
    // Totals that are not the sum of the files.
    let text = llvm(&summary(total(5, 7)), &format!(",\"totals\":{{\"lines\":{}}}", total(6, 7)));
    let told = "the report states 6 of 7 lines, its records give 5 of 7: these count";
    assert_eq!(messages(&sound(text.as_bytes())), [(None, told)]);
}

#[test]
fn llvm_cov_reports_that_are_none() {
    for text in [
        "{\"type\":\"llvm.coverage.json.export\"}",
        "{\"type\":\"llvm.coverage.json.export\",\"data\":[{}]}",
    ] {
        assert!(chain(&read(text.as_bytes()).expect_err("no files")).contains("`files`"), "{text}");
    }
    assert!(read(llvm(",\"segments\":[[\"x\"]]", "").as_bytes()).is_err());
    let none =
        sound(b"{\"data\":[{\"files\":[],\"totals\":{}}],\"type\":\"llvm.coverage.json.export\"}");
    assert_eq!(messages(&none), [(None, "it names no file")]);
}

// laws

fn bytes(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports").join(name))
        .expect("it is there")
}

/// Whole objects are all or nothing; rows, and units that follow each other, are a part.
#[test]
fn a_cut_report_is_an_error_or_a_part() {
    for text in [GCOV, GCOVR, &llvm(",\"branches\":[[3,9,3,14,5,0,0,0,4]]", ",\"functions\":[]")] {
        for cut in 0..text.len() {
            assert!(read(&text.as_bytes()[..cut]).is_err(), "{}", &text[..cut]);
        }
    }
    for name in [
        "gcov.json",
        "gcovr.json",
        "gcovr-summary.json",
        "llvm-cov-19.json",
        "llvm-cov-summary.json",
        "lcov-tests.info",
        "go.out",
    ] {
        let whole = bytes(name);
        let all = lines(&sound(&whole));
        for cut in (0..whole.len()).step_by(if whole.len() > 2000 { 7 } else { 1 }) {
            if let Ok(part) = read(&whole[..cut]) {
                assert!(lines(&part).total <= all.total, "{name}, {cut} bytes");
                assert!(
                    !name.starts_with("llvm") && !name.starts_with("gcovr")
                        || whole[cut..].trim_ascii().is_empty(),
                    "{name}, {cut}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn damaged_native_reports_never_panic(
        sample in 0..4usize, at in 0..20_000usize, with in proptest::collection::vec(any::<u8>(), 0..6)
    ) {
        let name = ["gcov.json", "gcovr.json", "llvm-cov-19.json", "lcov-tests.info"][sample];
        let mut damaged = bytes(name);
        let at = at % damaged.len();
        let end = damaged.len().min(at + with.len());
        damaged.splice(at..end, with);
        if let Ok(report) = read(&damaged) {
            prop_assert!(report.tallies().iter().all(|(_, tally)| tally.covered <= tally.total));
        }
    }
}
