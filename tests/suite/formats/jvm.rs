//! `JaCoCo`, Clover and scoverage XML, and the totals of Cobertura XML.

use covatlas::report::formats::{self, NoSources};
use covatlas::report::merge::merge;
use covatlas::report::{
    Arm, Branch, Dimension, FileCoverage, Hits, Instructions, Line, Report, Tallies, Tally,
};

use super::{chain, exactly, file, fixture, functions, lines, messages, of, read, sound, tally};

pub(super) const JACOCO: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
<!DOCTYPE report PUBLIC \"-//JACOCO//DTD Report 1.1//EN\" \"report.dtd\">\n\
<report name=\"r\"><sessioninfo id=\"s\" start=\"1\" dump=\"2\"/><package name=\"p/q\">\
<class name=\"p/q/A$B\" sourcefilename=\"A.java\"><method name=\"&lt;init&gt;\" desc=\"()V\" line=\"3\">\
<counter type=\"LINE\" missed=\"0\" covered=\"2\"/><counter type=\"METHOD\" missed=\"0\" covered=\"1\"/></method>\
<method name=\"f\" desc=\"(I)I\" line=\"7\"><counter type=\"METHOD\" missed=\"1\" covered=\"0\"/></method>\
<counter type=\"LINE\" missed=\"1\" covered=\"2\"/></class>\n\
<sourcefile name=\"A.java\"><line nr=\"3\" mi=\"0\" ci=\"4\" mb=\"0\" cb=\"0\"/>\
<line nr=\"4\" mi=\"1\" ci=\"2\" mb=\"1\" cb=\"2\"/><line nr=\"7\" mi=\"5\" ci=\"0\" mb=\"0\" cb=\"0\"/>\
<counter type=\"INSTRUCTION\" missed=\"6\" covered=\"6\"/><counter type=\"BRANCH\" missed=\"1\" covered=\"2\"/>\
<counter type=\"LINE\" missed=\"1\" covered=\"2\"/><counter type=\"METHOD\" missed=\"1\" covered=\"1\"/>\
</sourcefile></package>\n<counter type=\"LINE\" missed=\"1\" covered=\"2\"/></report>";
pub(super) const CLOVER: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<coverage clover=\"4.5.2\" generated=\"1\">\
<project timestamp=\"1\"><metrics statements=\"4\" coveredstatements=\"3\" conditionals=\"2\" coveredconditionals=\"1\" \
methods=\"1\" coveredmethods=\"1\"/><package name=\"p\"><file name=\"A.java\" path=\"C:\\p\\A.java\">\
<class name=\"A\"><metrics statements=\"9\" coveredstatements=\"9\" methods=\"9\" coveredmethods=\"9\"/></class>\
<metrics statements=\"4\" coveredstatements=\"3\" conditionals=\"2\" coveredconditionals=\"1\" methods=\"1\" \
coveredmethods=\"1\"/><line num=\"3\" type=\"method\" signature=\"f(int) : int\" count=\"2\"/>\n\
<line num=\"4\" type=\"stmt\" count=\"2\"/><line num=\"4\" type=\"cond\" truecount=\"0\" falsecount=\"2\"/>\
<line num=\"4\" type=\"stmt\" count=\"0\"/><line num=\"5\" type=\"stmt\" count=\"5\"/>\
<line num=\"6\" type=\"stmt\" count=\"2\"/></file></package></project>\n<testproject timestamp=\"1\">\
<metrics statements=\"1\" coveredstatements=\"1\"/><package name=\"p\"><file name=\"T\" path=\"T\">\
<line num=\"1\" type=\"stmt\" count=\"1\"/></file></package></testproject></coverage>";
pub(super) const SCOVERAGE: &str = "<scoverage statement-count=\"4\" statements-invoked=\"2\" branch-rate=\"50.00\">\
<packages><package name=\"p\"><classes>\n<class name=\"p.A\" filename=\"p/A.scala\"><methods><method name=\"p/A/f\">\
<statements><statement package=\"p\" class=\"A\" full-class-name=\"p.A\" source=\"/s/p/A.scala\" method=\"f\" start=\"30\" \
end=\"35\" line=\"4\" branch=\"true\" invocation-count=\"0\" ignored=\"false\">\n</statement>\
<statement class=\"A\" source=\"/s/p/A.scala\" method=\"f\" start=\"20\" line=\"4\" branch=\"true\" \
invocation-count=\"3\"/><statement class=\"A\" source=\"/s/p/A.scala\" method=\"f\" start=\"10\" line=\"3\" \
branch=\"false\" invocation-count=\"3\"/><statement class=\"A\" source=\"/s/p/A.scala\" method=\"f\" start=\"40\" \
line=\"5\" branch=\"false\" invocation-count=\"9\" ignored=\"true\"/></statements></method><method name=\"p/A/&lt;none&gt;\">\
<statements><statement class=\"A\" method=\"&lt;none&gt;\" start=\"50\" line=\"6\" branch=\"false\" \
invocation-count=\"0\"/></statements></method></methods></class></classes></package></packages></scoverage>";

fn hits(file: &FileCoverage) -> Vec<(u32, u64)> {
    file.lines.iter().map(|line| (line.number, line.hits.count())).collect()
}

/// Lines, branches, functions and the units of the tool.
fn totals(report: &Report, unit: Dimension) -> [(u64, u64); 4] {
    [Dimension::Lines, Dimension::Branches, Dimension::Functions, unit]
        .map(|dimension| tally(report, &dimension))
}

fn stated(report: &Report) -> Vec<(Dimension, Tally)> {
    report.stated.dimensions.iter().map(|(dimension, tally)| (*dimension, tally)).collect()
}

fn jacoco(inner: &str) -> Report {
    sound(format!("<report name=\"r\"><package name=\"p\">{inner}</package></report>").as_bytes())
}

#[test]
fn jacoco_lines_are_those_of_source_files_and_functions_those_of_classes() {
    let report = sound(JACOCO.as_bytes());
    assert_eq!((report.format, messages(&report)), ("jacoco", vec![]));
    let a = file(&report, "p/q/A.java");
    assert_eq!(hits(a), [(3, 1), (4, 1), (7, 0)]);
    assert!(!a.lines[0].hits.is_exact(), "how often a line ran is not counted");
    let branch = |index, hits| Branch { line: 4, block: 0, arm: Arm::Index(index), hits };
    let taken = Hits::at_least(1);
    assert_eq!(a.branches, [branch(0, taken), branch(1, taken), branch(2, Hits::ZERO)]);
    let instructions = |line, covered, total| Instructions { line, covered, total };
    assert_eq!(
        a.instructions,
        [instructions(3, 4, 4), instructions(4, 2, 3), instructions(7, 0, 5)]
    );
    assert_eq!(functions(a), [(3, "A$B.<init>()V", None, 1), (7, "A$B.f(I)I", None, 0)]);
    assert_eq!(a.summary.tallies, Tallies::default());
    assert_eq!(stated(&report), [(Dimension::Lines, of(2, 3))]);
}

#[test]
fn jacoco_classes_find_their_source_file_without_its_name() {
    let method = "<method name=\"f\" desc=\"()V\" line=\"1\"><counter type=\"METHOD\" missed=\"0\" covered=\"1\"/></method>";
    let class = |name: &str| format!("<class name=\"p/{name}\">{method}</class>");
    let source = |name: &str| {
        format!("<sourcefile name=\"{name}\"><line nr=\"1\" mi=\"0\" ci=\"1\"/></sourcefile>")
    };
    let classes = ["A", "A$In$1", "AB", "MainKt", "$odd", "Lost"].map(class).concat();
    let sources = ["$odd.java", "A.java", "AB.kt", "Main.kt"].map(source).concat();
    let report = jacoco(&format!("{classes}{sources}"));
    let names = |path| {
        functions(file(&report, path))
            .iter()
            .map(|function| function.1.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("p/A.java"), ["A$In$1.f()V", "A.f()V"]);
    assert_eq!(names("p/AB.kt"), ["AB.f()V"]);
    assert_eq!(names("p/Main.kt"), ["MainKt.f()V"]);
    assert_eq!(names("p/$odd.java"), ["$odd.f()V"]);
    assert_eq!(messages(&report), [(None, "the class `Lost` names no source file: left out")]);
}

#[test]
fn jacoco_counters_stand_where_records_give_another_number() {
    let counter = |kind: &str, missed, covered| {
        format!("<counter type=\"{kind}\" missed=\"{missed}\" covered=\"{covered}\"/>")
    };
    let counters =
        [counter("LINE", 1, 1), counter("METHOD", 2, 1), counter("CLASS", 1, 1)].concat();
    let report = jacoco(&format!(
        "<sourcefile name=\"A.kt\"><line nr=\"1\" mi=\"0\" ci=\"2\"/>{counters}</sourcefile>"
    ));
    assert_eq!(totals(&report, Dimension::Instructions), [(1, 2), (0, 0), (1, 3), (2, 2)]);
    let classes = ["A", "A$B"].map(|name| {
        let counters = [counter("LINE", 1, 2), counter("METHOD", 0, 1)].concat();
        format!("<class name=\"p/{name}\" sourcefilename=\"A.java\">{counters}</class>")
    });
    let report =
        jacoco(&format!("{}<class name=\"p/I\" sourcefilename=\"I.java\"/>", classes.concat()));
    assert_eq!(report.files.keys().collect::<Vec<_>>(), ["p/A.java"]);
    assert_eq!(totals(&report, Dimension::Instructions), [(4, 6), (0, 0), (2, 2), (0, 0)]);
}

#[test]
fn jacoco_lines_that_do_not_say_whether_they_ran_are_left_out() {
    let report = jacoco(
        "<sourcefile name=\"a.c\"><line nr=\"1\"/><line nr=\"2\" mb=\"1\" cb=\"1\"/>\
        <counter type=\"LINE\" missed=\"0\" covered=\"2\"/></sourcefile>",
    );
    assert_eq!(file(&report, "p/a.c").lines, []);
    assert_eq!(totals(&report, Dimension::Instructions), [(2, 2), (1, 2), (0, 0), (0, 0)]);
    assert_eq!(
        messages(&report),
        [(None, "the report states how many lines ran, but not which: they are left out")]
    );
}

#[test]
fn jacoco_groups_keep_files_of_one_path_apart() {
    let package = |name: &str, ci| {
        format!(
            "<package name=\"p\"><sourcefile name=\"{name}\"><line nr=\"1\" mi=\"1\" ci=\"{ci}\"/></sourcefile></package>"
        )
    };
    let (one, two) = (package("A.java", 1), package("A.java", 0));
    let text = format!(
        "<report name=\"r\"><group name=\"g\"><group name=\"one\">{one}<counter type=\"LINE\" missed=\"0\" covered=\"7\"/>\
        </group><group name=\"two\">{two}{}</group></group></report>",
        package("B.java", 1)
    );
    let report = sound(text.as_bytes());
    assert_eq!(messages(&report), []);
    assert_eq!(
        report.files.keys().collect::<Vec<_>>(),
        ["g/one/p/A.java", "g/two/p/A.java", "p/B.java"]
    );
    assert_eq!(lines(&report), of(2, 3));
}

/// From the sources of the writers: gcovr (dots), intellij-coverage (no package),
/// apex-code-coverage-transformer (whole paths).
#[test]
fn jacoco_packages_of_other_writers_are_folders() {
    let source = |name: &str| {
        format!("<sourcefile name=\"{name}\"><line nr=\"1\" mi=\"1\" ci=\"0\"/></sourcefile>")
    };
    let package = |name: &str, inner: String| format!("<package name=\"{name}\">{inner}</package>");
    let packages = [
        package("src.lib", source("a.c")),
        package(
            "Main",
            format!("<class name=\"Main\" sourcefilename=\"m.kt\"/>{}", source("m.kt")),
        ),
        package("force", source("force/classes/A.cls")),
        package("", source("b.c")),
    ];
    let report = sound(format!("<report name=\"r\">{}</report>", packages.concat()).as_bytes());
    assert_eq!(
        report.files.keys().collect::<Vec<_>>(),
        ["b.c", "force/classes/A.cls", "m.kt", "src/lib/a.c"]
    );
}

#[test]
fn kover_writes_no_counters_of_methods() {
    let method = |name: &str, covered| {
        format!(
            "<method name=\"{name}\" desc=\"()V\"><counter type=\"LINE\" missed=\"1\" covered=\"{covered}\"/></method>"
        )
    };
    let report = jacoco(&format!(
        "<class name=\"p/A\" sourcefilename=\"A.kt\">{}{}</class><class name=\"p/B\" sourcefilename=\"A.kt\">{}</class>\
        <sourcefile name=\"A.kt\"><line nr=\"1\" mi=\"0\" ci=\"2\" mb=\"0\" cb=\"0\"/><line nr=\"2\" mi=\"0\" ci=\"0\"/>\
        <counter type=\"BRANCH\" missed=\"0\" covered=\"0\"/></sourcefile>",
        method("f", 1),
        method("g", 0),
        method("f", 1)
    ));
    assert_eq!(
        functions(file(&report, "p/A.kt")),
        [(0, "A.f()V", None, 1), (0, "A.g()V", None, 0), (0, "B.f()V", None, 1)]
    );
    assert_eq!(totals(&report, Dimension::Instructions), [(1, 1), (0, 0), (2, 3), (2, 2)]);
}

#[test]
fn jacoco_files_that_stand_twice_are_merged() {
    let source = |mi, ci| {
        format!(
            "<sourcefile name=\"A.java\"><line nr=\"1\" mi=\"{mi}\" ci=\"{ci}\"/>\
            <counter type=\"METHOD\" missed=\"0\" covered=\"3\"/></sourcefile>"
        )
    };
    let report = jacoco(&[source(2, 1), source(0, 3)].concat());
    assert_eq!(totals(&report, Dimension::Instructions), [(1, 1), (0, 0), (0, 0), (3, 3)]);
}

#[test]
fn malformed_jacoco_is_skipped_and_named() {
    let report = jacoco(
        "<sourcefile name=\"A.java\"><line nr=\"0\" ci=\"1\"/>\n<line nr=\"1\" mi=\"x\" ci=\"1\"/>\n<line nr=\"2\" ci=\"1\" mb=\"-1\" cb=\"1\"/>\n\
        <line nr=\"3\" ci=\"1\" mb=\"4294967295\" cb=\"4294967295\"/>\n<counter type=\"LINE\" missed=\"99999999999\" covered=\"1\"/>\n\
        <counter type=\"METHOD\"/></sourcefile>",
    );
    let numbers: Vec<_> = report.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6].map(Some));
    assert_eq!(totals(&report, Dimension::Branches), [(2, 2), (0, 0), (0, 0), (0, 0)]);
    let report = sound(
        b"<report name=\"r\"><sessioninfo id=\"s\"/><counter type=\"LINE\" missed=\"1\" covered=\"1\"/></report>",
    );
    let expected = [
        "the report holds no source files",
        "the report states 1 of 2 lines, its records give 0 of 0: these count",
    ];
    assert_eq!(messages(&report), expected.map(|message| (None, message)));
    let error = read(&JACOCO.as_bytes()[..JACOCO.len() - 9]).expect_err("it is cut");
    assert!(chain(&error).contains("line 4"), "{}", chain(&error));
}

#[test]
fn clover_counts_lines_and_keeps_its_total_of_statements() {
    let report = sound(CLOVER.as_bytes());
    assert_eq!((report.format, messages(&report)), ("clover", vec![]));
    assert_eq!(report.files.keys().collect::<Vec<_>>(), ["C:\\p\\A.java"]);
    let a = file(&report, "C:\\p\\A.java");
    assert_eq!(hits(a), [(4, 2), (5, 5), (6, 2)]);
    assert_eq!(functions(a), [(3, "f(int) : int", None, 2)]);
    let branch =
        |words: &str, hits| Branch { line: 4, block: 0, arm: Arm::Text(words.into()), hits };
    assert_eq!(a.branches, [branch("false", exactly(2)), branch("true", Hits::ZERO)]);
    assert_eq!(totals(&report, Dimension::Statements), [(3, 3), (1, 2), (1, 1), (3, 4)]);
}

fn clover(root: &str, file: &str) -> Report {
    let text = format!(
        "<coverage{root}><project timestamp=\"1\"><file name=\"a\">{file}</file></project></coverage>"
    );
    sound(text.as_bytes())
}

fn metrics(statements: (u64, u64), conditionals: (u64, u64), methods: (u64, u64)) -> String {
    let pair =
        |name: &str, (covered, total)| format!("{name}=\"{total}\" covered{name}=\"{covered}\"");
    let pairs = [
        pair("statements", statements),
        pair("conditionals", conditionals),
        pair("methods", methods),
    ];
    format!("<metrics {}/>", pairs.join(" "))
}

#[test]
fn clover_conditions_with_a_count_are_istanbuls() {
    let line = |truth| {
        format!(
            "<line num=\"2\" count=\"7\" type=\"cond\" truecount=\"{truth}\" falsecount=\"1\"/>"
        )
    };
    let root = " clover=\"3.2.0\"";
    let report = clover(root, &format!("{}{}", metrics((1, 1), (4, 6), (1, 3)), line("2")));
    assert_eq!(hits(file(&report, "a")), [(2, 7)]);
    assert_eq!(file(&report, "a").branches.len(), 3);
    assert_eq!(totals(&report, Dimension::Statements), [(1, 1), (4, 6), (1, 3), (0, 0)]);
    let report = clover(root, &line("4294967295"));
    assert_eq!((report.warnings.len(), lines(&report)), (1, of(1, 1)));
    // Clover's own: one on each of two lines, and two on the first; a line without a statement ran
    // as often
    let condition = |line, truth| {
        format!("<line num=\"{line}\" type=\"cond\" truecount=\"{truth}\" falsecount=\"1\"/>")
    };
    let report =
        clover(" clover=\"4.4\"", &[condition(2, 2), condition(2, 0), condition(3, 0)].concat());
    assert_eq!(hits(file(&report, "a")), [(2, 3), (3, 1)]);
    assert_eq!(totals(&report, Dimension::Statements), [(2, 2), (4, 6), (0, 0), (0, 0)]);
}

#[test]
fn clover_totals_of_lines_count_where_lines_are_missing() {
    let method = "<line num=\"1\" type=\"method\" name=\"f\" count=\"1\"/>";
    let stmt = "<line num=\"2\" type=\"stmt\" count=\"0\"/>";
    let of_lines = |covered, total, lines: &str| {
        let report = clover("", &format!("{lines}{}", metrics((covered, total), (0, 0), (0, 1))));
        totals(&report, Dimension::Statements)
    };
    let nothing = (0, 0);
    assert_eq!(of_lines(3, 4, ""), [(3, 4), nothing, (0, 1), nothing], "there are no lines");
    assert_eq!(
        of_lines(1, 2, &[method, stmt].concat()),
        [(1, 2), nothing, (0, 1), nothing],
        "one is on the method's"
    );
    assert_eq!(
        of_lines(3, 4, &[method, stmt].concat()),
        [(0, 1), nothing, (0, 1), nothing],
        "the file was cut"
    );
    assert_eq!(of_lines(1, 1, stmt), [(0, 1), nothing, (0, 1), nothing], "they differ");
    let report = clover(" clover=\"4.4.1\"", &metrics((3, 4), (0, 0), (0, 1)));
    assert_eq!(totals(&report, Dimension::Statements), [nothing, nothing, (0, 1), (3, 4)]);
    let report = clover(" clover=\"1700000000\"", &metrics((3, 4), (0, 0), (0, 0)));
    assert_eq!(lines(&report), of(3, 4), "gcovr puts a time there");
}

#[test]
fn clover_files_stand_in_packages_projects_and_metrics() {
    let file = |name: &str| {
        format!("<file name=\"{name}\"><line num=\"1\" type=\"stmt\" count=\"-1\"/></file>")
    };
    let text = format!(
        "<coverage generated=\"1\"><project timestamp=\"1\"><metrics statements=\"9\" coveredstatements=\"9\">{}\
        <package name=\"p\">{}<metrics statements=\"8\" coveredstatements=\"8\"/></package></metrics>{}</project></coverage>",
        file("a"),
        file("b"),
        file("")
    );
    let report = sound(text.as_bytes());
    assert_eq!(report.files.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(lines(&report), of(0, 2));
    let expected = [
        "a <file> without a path or name: skipped",
        "the report states 9 of 9 lines, its records give 0 of 2: these count",
    ];
    assert_eq!(messages(&report).iter().map(|(_, message)| *message).collect::<Vec<_>>(), expected);
}

#[test]
fn malformed_clover_is_skipped_and_named() {
    let report = clover(
        "",
        "<line num=\"x\" type=\"stmt\" count=\"1\"/>\n<line num=\"1\" type=\"stmt\"/>\n<line num=\"1\" type=\"cond\" truecount=\"1\"/>\n\
        <metrics statements=\"1\" coveredstatements=\"2\"/>\n<line num=\"3\" count=\"99999999999999999999\"/>",
    );
    let numbers: Vec<_> = report.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(numbers, [1, 2, 3, 4].map(Some));
    assert_eq!(file(&report, "a").lines, [Line { number: 3, hits: Hits::at_least(Hits::MAX) }]);
    let report = sound(b"<coverage clover=\"4.4\"><project timestamp=\"1\"/></coverage>");
    assert_eq!(messages(&report), [(None, "the report holds no files")]);
}

#[test]
fn scoverage_statements_are_lines_branches_and_functions() {
    let report = sound(SCOVERAGE.as_bytes());
    assert_eq!((report.format, messages(&report)), ("scoverage", vec![]));
    assert_eq!(report.files.keys().collect::<Vec<_>>(), ["/s/p/A.scala", "p/A.scala"]);
    let a = file(&report, "/s/p/A.scala");
    assert_eq!(hits(a), [(3, 3), (4, 3)]);
    let branch = |index, hits| Branch { line: 4, block: 0, arm: Arm::Index(index), hits };
    assert_eq!(a.branches, [branch(0, exactly(3)), branch(1, Hits::ZERO)]);
    assert_eq!(functions(a), [(3, "A.f", None, 1)]);
    assert_eq!(hits(file(&report, "p/A.scala")), [(6, 0)]);
    assert_eq!(file(&report, "p/A.scala").functions, []);
    assert_eq!(totals(&report, Dimension::Statements), [(2, 3), (1, 2), (1, 1), (2, 4)]);
}

#[test]
fn malformed_scoverage_is_skipped_and_named() {
    let statements = "<statement line=\"1\" invocation-count=\"1\"/>\n<statement source=\"a\" line=\"0\" invocation-count=\"1\"/>\n\
        <statement source=\"a\" line=\"1\"/>\n<statement source=\"a\" line=\"1\" invocation-count=\"-1\"/>";
    let report = sound(
        format!(
            "<scoverage statement-count=\"-4\" statements-invoked=\"x\">{statements}</scoverage>"
        )
        .as_bytes(),
    );
    let numbers: Vec<_> = report.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3), Some(4), None]);
    assert!(report.files.is_empty() && report.stated.is_empty());
}

#[test]
fn the_totals_of_cobertura_are_compared() {
    let report = |totals: &str| {
        let line = "<line number=\"1\" hits=\"1\" condition-coverage=\"50% (1/2)\"/>";
        let class = format!("<class name=\"A\" filename=\"a\"><lines>{line}</lines></class>");
        sound(format!("<coverage line-rate=\"1\" {totals}>{class}</coverage>").as_bytes())
    };
    let right = report(
        "lines-valid=\"1.0\" lines-covered=\"1\" branches-valid=\"2\" branches-covered=\"1\"",
    );
    assert_eq!(messages(&right), []);
    assert_eq!(stated(&right), [(Dimension::Lines, of(1, 1)), (Dimension::Branches, of(1, 2))]);
    let wrong = report(
        "lines-valid=\"3\" lines-covered=\"2\" branches-valid=\"NaN\" branches-covered=\"1\"",
    );
    let message = "the report states 2 of 3 lines, its records give 1 of 1: these count";
    assert_eq!((messages(&wrong), lines(&wrong)), (vec![(None, message)], of(1, 1)));
    for none in [
        "lines-valid=\"3\"",
        "lines-valid=\"-1\" lines-covered=\"1\"",
        "lines-valid=\"1\" lines-covered=\"2\"",
    ] {
        assert!(report(none).stated.is_empty(), "{none}");
    }
}

#[test]
fn roots_of_one_name_are_told_apart() {
    for (text, format) in [
        ("<coverage generated=\"1\"><project timestamp=\"1\"/></coverage>", Some("clover")),
        ("<!-- a word -->\n<coverage clover=\"4.4\" generated=\"1\"></coverage>", Some("clover")),
        ("<coverage line-rate=\"1\" version=\"1\"><packages/></coverage>", Some("cobertura")),
        ("<coverage><sources/><packages/></coverage>", Some("cobertura")),
        ("<report name=\"r\"/>", None),
        ("<report name=\"r\"><group name=\"g\"/></report>", Some("jacoco")),
        (
            "<!DOCTYPE report PUBLIC \"-//JACOCO//DTD Report 1.0//EN\" \"report.dtd\"><report name=\"r\"/>",
            Some("jacoco"),
        ),
        ("<scoverage/>", Some("scoverage")),
    ] {
        assert_eq!(
            formats::sniff(&mut text.as_bytes()).map(|format| format.name),
            format,
            "{text}"
        );
    }
}

/// `JaCoCo`'s own counters, as its interface gives them: 15/19 lines, 5/8 branches, 10/14 methods,
/// 117/153 instructions.
#[test]
fn our_sample_has_the_totals_jacoco_states() {
    let report = fixture("jacoco.xml");
    assert_eq!(messages(&report), []);
    assert_eq!(totals(&report, Dimension::Instructions), [(15, 19), (5, 8), (10, 14), (117, 153)]);
    let shapes = file(&report, "shapes/Shapes.java");
    assert_eq!(shapes.summary.tallies, Tallies::default(), "the records give the totals");
    assert_eq!(functions(shapes)[1], (11, "Shapes.area(Ljava/lang/String;[D)D", None, 1));
    let groups = fixture("jacoco.groups.xml");
    assert_eq!(messages(&groups), []);
    let paths = ["one/shapes/Shapes.java", "two/shapes/Shapes.java"];
    assert_eq!(groups.files.keys().collect::<Vec<_>>(), paths);
    assert!(groups.files.values().all(|twin| twin == shapes));
    let merged = merge([report.files.clone(), report.files.clone()]);
    assert_eq!(merged["shapes/Shapes.java"].tallies(), shapes.tallies());
}

/// gcovr's own summary: 8 of 11 lines, 7 of 12 branches, 2 of 3 functions. Clover XML has only
/// lines.
#[test]
fn our_sample_has_the_totals_gcovr_states() {
    let nothing = (0, 0);
    let report = fixture("gcovr.jacoco.xml");
    assert_eq!(totals(&report, Dimension::Instructions), [(8, 11), (7, 12), (2, 3), nothing]);
    assert_eq!(report.warnings.len(), 1, "which lines ran is not known");
    let report = fixture("gcovr.clover.xml");
    assert_eq!(totals(&report, Dimension::Statements), [(8, 11), nothing, nothing, nothing]);
    assert_eq!(file(&report, "shapes.c").lines, file(&fixture("gcc.info"), "shapes.c").lines);
    assert_eq!((report.files.len(), messages(&report)), (1, vec![]));
}

/// `PHPUnit`'s own summary: 4/6 lines, one of which is on the line of its method, and 2/3 methods.
#[test]
fn our_sample_has_the_totals_phpunit_states() {
    let report = fixture("phpunit.clover.xml");
    assert_eq!(messages(&report), []);
    assert_eq!(totals(&report, Dimension::Statements), [(4, 6), (0, 0), (2, 3), (0, 0)]);
    let shapes = file(&report, "Shapes.php");
    assert_eq!(hits(shapes), [(12, 1), (19, 0), (25, 1), (26, 0), (28, 1)]);
    assert_eq!(
        functions(shapes),
        [(10, "add", None, 1), (15, "count", None, 1), (17, "clear", None, 0)]
    );
}

/// nyc's own summary: 4/6 lines, 7/9 branches, 2/3 functions; two of the branches are on a line
/// without a statement.
#[test]
fn our_sample_has_the_totals_nyc_states() {
    let clover = fixture("nyc.clover.xml");
    assert_eq!(messages(&clover), []);
    assert_eq!(totals(&clover, Dimension::Statements), [(4, 6), (7, 9), (2, 3), (0, 0)]);
    let cobertura = fixture("nyc.cobertura.xml");
    let lost = "the report states 7 of 9 branches, its records give 6 of 7: these count";
    assert_eq!(messages(&cobertura), [(None, lost)]);
    let (clover, cobertura) = (file(&clover, "round.js"), file(&cobertura, "round.js"));
    assert_eq!((&clover.lines, &clover.branches), (&cobertura.lines, &cobertura.branches));
}

#[test]
fn fixtures_cut_anywhere_are_errors() {
    for name in [
        "gcovr.jacoco.xml",
        "gcovr.clover.xml",
        "nyc.clover.xml",
        "nyc.cobertura.xml",
        "phpunit.clover.xml",
    ] {
        let path = format!("{}/tests/fixtures/reports/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read(path).expect("the fixture is there");
        let format = sound(&text).format;
        for cut in 0..text.trim_ascii().len() {
            assert!(
                formats::read(&mut &text[..cut], Some(format), &NoSources).is_err(),
                "{name} cut at {cut}"
            );
        }
    }
}
