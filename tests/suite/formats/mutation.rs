//! Reports of mutants: what the metrics count, and the warnings about the rest.

use std::fs;
use std::path::Path;

use MutantStatus::{Killed, NoCoverage, Pending, Survived, Timeout};
use covatlas::report::formats::{self, NoSources, Sources};
use covatlas::report::{Mutant, MutantStatus, MutationTotals, Report};

use super::{fixture, messages, read, sound};

fn fates(report: &Report) -> Vec<(&str, MutantStatus)> {
    let mutants = report
        .files
        .iter()
        .flat_map(|(path, file)| file.mutants.iter().map(move |mutant| (path, mutant)));
    mutants.map(|(path, mutant)| (path.as_str(), mutant.status)).collect()
}

fn only(report: &Report) -> &Mutant {
    let mut mutants = report.files.values().flat_map(|file| &file.mutants);
    let first = mutants.next().expect("a mutant");
    assert!(mutants.next().is_none(), "there are more");
    first
}

fn score(report: &Report) -> Option<f64> {
    report.mutation().and_then(|totals| totals.score())
}

/// The numbers of killed, timed out, survived and uncovered mutants.
fn counts(totals: MutationTotals) -> [u64; 4] {
    [Killed, Timeout, Survived, NoCoverage].map(|status| totals.of(status))
}

// our own samples, by real tools

#[test]
fn our_samples_have_the_totals_that_the_tools_print() {
    for (name, expected, invalid) in [
        ("stryker.json", [9, 2, 4, 0], 0), // # killed 9, # timeout 2, # survived 4, 73.33
        ("cargo-mutants.json", [12, 1, 4, 0], 1), // 18 mutants tested: 4 missed, 12 caught, 1 unviable, 1 timeouts
        ("cosmic-ray.jsonl", [19, 3, 22, 0], 0),  // cr-report: 44 complete, 22 (50.00%) survive
        ("mutmut.meta", [20, 0, 8, 1], 0),        // export-cicd-stats, in mutmut-cicd-stats.json
    ] {
        let report = fixture(name);
        let totals = report.mutation().expect("mutants");
        assert_eq!(
            (counts(totals), totals.of(MutantStatus::Invalid)),
            (expected, invalid),
            "{name}"
        );
        assert_eq!(messages(&report), [], "{name}");
    }
    assert_eq!(
        score(&fixture("stryker.json")).map(|score| format!("{score:.2}")).as_deref(),
        Some("73.33")
    );
    let stated = fixture("mutmut-cicd-stats.json").stated.mutation.expect("totals");
    assert_eq!(counts(stated), [20, 0, 8, 1]);
}

#[test]
fn what_cosmic_ray_s_filters_skip_counts_in_no_metric_and_is_said() {
    let report = fixture("cosmic-ray-filtered.jsonl");
    let totals = report.mutation().expect("mutants");
    assert_eq!((counts(totals), totals.of(MutantStatus::Ignored)), ([19, 3, 9, 0], 13));
    // cr-rate prints 20.45, which is 9 of 44
    let message = "jobs that ran no test, and so count in no metric: 13; `cr-rate` counts them as killed, and sees 9 of 44 survive";
    assert_eq!(messages(&report), [(None, message)]);
}

const STRYKER: &str = r#"{
  "schemaVersion": "2", "thresholds": {"high": 80, "low": 60},
  "files": {"src/a.js": {"language": "javascript", "source": "\"mutants\": []", "mutants": [
    {"id": "1", "mutatorName": "BooleanLiteral", "replacement": "true", "status": "Killed", "killedBy": ["t1"], "coveredBy": ["t1", "t2"],
     "location": {"start": {"line": 3, "column": 5}, "end": {"line": 4, "column": 9}}},
    {"id": "2", "mutatorName": "BooleanLiteral", "replacement": "true", "status": "Survived", "coveredBy": ["t2"],
     "location": {"start": {"line": 3, "column": 5}, "end": {"line": 4, "column": 9}}},
    {"id": "3", "mutatorName": "Block", "description": "emptied", "status": "NoCoverage",
     "location": {"start": {"line": 7, "column": 1}, "end": {"line": 7, "column": 2}}},
    {"id": "4", "mutatorName": "Block", "status": "Timeout", "location": {"start": {"line": 8, "column": 1}, "end": {"line": 8, "column": 2}}},
    {"id": "5", "mutatorName": "Block", "status": "Exploded", "location": {"start": {"line": 9, "column": 1}, "end": {"line": 9, "column": 2}}}
  ]}},
  "testFiles": {"test/a.js": {"tests": [{"id": "t1", "name": "a is so"}, {"id": "t2", "name": "b is so"}]}}
}"#;

#[test]
fn stryker_counts_detected_of_valid_and_names_the_tests() {
    let report = sound(STRYKER.as_bytes());
    let totals = report.mutation().expect("mutants");
    assert_eq!(totals.of(Killed), 1);
    assert_eq!(totals.of(MutantStatus::Invalid), 1);
    assert_eq!(score(&report), Some(50.0)); // killed and timed out, of those, one survived and one not covered
    let mutants = &report.files["src/a.js"].mutants;
    assert_eq!(mutants.iter().map(|mutant| mutant.ordinal).collect::<Vec<_>>(), [0, 1, 0, 0, 0]);
    assert_eq!(
        (mutants[0].start, mutants[0].end, &*mutants[0].killed_by),
        ((3, 5), (4, 9), "a is so")
    );
    assert_eq!(&*mutants[2].replacement, "emptied");
    assert_eq!(report.contexts.of("src/a.js", 3).collect::<Vec<_>>(), ["a is so", "b is so"]);
    assert_eq!(report.contexts.of("src/a.js", 4).count(), 0, "only the first line is known to run");
    assert_eq!(report.contexts.of("src/a.js", 7).count(), 0);
    assert_eq!(messages(&report), [(None, "unknown status `Exploded`: counted in no metric")]);
}

#[test]
fn stryker_may_leave_fields_out_and_number_its_tests() {
    let text = r#"{"schemaVersion": "2", "thresholds": {}, "files": {"b.js": null, "c.js": {"mutants": null}, "a.js": {"mutants": [
      {"id": 1, "mutatorName": null, "status": "Killed", "killedBy": [7], "coveredBy": [7, "8", null],
       "location": {"start": {"line": 2, "column": 1}, "end": null}},
      {"id": "2", "mutatorName": "Block", "replacement": null, "status": "Survived", "killedBy": null, "coveredBy": null},
      {"id": "3", "status": null, "location": {"start": {"line": 5}}}]}},
      "testFiles": {"a": {"tests": [{"id": 7, "name": "seven"}, {"id": 8, "name": "eight"}, {"name": "nobody"}]}, "b": {"tests": null}}}"#;
    let report = sound(text.as_bytes());
    let mutants = &report.files["a.js"].mutants;
    let fates: Vec<_> =
        mutants.iter().map(|mutant| (mutant.start, mutant.end, mutant.status)).collect();
    let expected = [
        ((0, 0), (0, 0), Survived),
        ((2, 1), (2, 1), Killed),
        ((5, 0), (5, 0), MutantStatus::Invalid),
    ];
    assert_eq!(fates, expected);
    assert_eq!((&*mutants[1].mutator, &*mutants[1].killed_by), ("", "seven"));
    assert_eq!(report.contexts.of("a.js", 2).collect::<Vec<_>>(), ["seven", "eight"]);
    let expected = [
        "a mutant of `a.js` has no location: it counts, and lies at no line",
        "unknown status ``: counted in no metric",
    ];
    assert_eq!(messages(&report), expected.map(|message| (None, message)));
    assert!(
        sound(text.replace(r#"{"a": {"tests""#, r#"null, "x": {"a": {"tests""#).as_bytes())
            .files
            .contains_key("a.js")
    );
}

#[test]
fn a_report_without_mutants_says_so() {
    let report = sound(br#"{"schemaVersion": "1", "thresholds": {}, "files": {}}"#);
    assert_eq!(
        (report.mutation(), messages(&report)),
        (None, vec![(None, "the report holds no mutant")])
    );
    assert!(read(br#"{"schemaVersion": "1", "thresholds": {}}"#).is_err());
    assert!(read(&STRYKER.as_bytes()[..300]).is_err());
}

#[test]
fn pit_goes_by_detected() {
    let mutation = |attributes: &str, class: &str, line: &str| {
        format!(
            "<mutation {attributes}><sourceFile>Foo.java</sourceFile><mutatedClass>{class}</mutatedClass>\
             <lineNumber>{line}</lineNumber><mutator>org.pitest.MathMutator</mutator><indexes><index>5</index></indexes>\
             <killingTests>a.FooTest|a.BarTest</killingTests><description>replaced &quot;+&quot;</description></mutation>"
        )
    };
    let all = [
        mutation("detected='true' status='KILLED'", "com.example.Foo$Inner", "3"),
        mutation("detected='true' status='MEMORY_ERROR'", "com.example.Foo", "3"),
        mutation("detected='true' status='TIMED_OUT'", "Foo", "4"),
        mutation("detected='false' status='SURVIVED'", "Foo", "5"),
        mutation("detected='false' status='NO_COVERAGE'", "Foo", "6"),
        mutation("detected='false' status='NOT_STARTED'", "Foo", "7"),
        mutation("detected='false' status='SURVIVED'", "Foo", "-1"),
    ];
    let report = sound(
        format!("<?xml version='1.0'?><mutations partial='true'>{}</mutations>", all.concat())
            .as_bytes(),
    );
    let expected = [
        ("Foo.java", Timeout),
        ("Foo.java", Survived),
        ("Foo.java", NoCoverage),
        ("Foo.java", Pending),
        ("com/example/Foo.java", Killed),
        ("com/example/Foo.java", Killed),
    ];
    assert_eq!(fates(&report), expected);
    assert_eq!(score(&report), Some(60.0)); // three of five: what has no result is not counted
    let first = &report.files["com/example/Foo.java"].mutants[0];
    assert_eq!(
        (&*first.mutator, &*first.replacement, &*first.killed_by),
        ("MathMutator", "replaced \"+\"", "a.FooTest")
    );
    assert_eq!(messages(&report).len(), 1);
    assert!(read(b"<mutations></mutations>").is_err());
}

#[test]
fn pit_lists_tests_and_may_leave_detected_out() {
    let mutation = |attributes: &str, line: u32, tests: &str| {
        format!(
            "<mutation {attributes}><sourceFile>A.kt</sourceFile><mutatedClass>p.A</mutatedClass><lineNumber>{line}</lineNumber>\
             <mutator>M</mutator>{tests}</mutation>"
        )
    };
    let all = [
        mutation("status='KILLED'", 5, "<killingTest>a.T.[test-template:x(a|b)]</killingTest>"),
        mutation("status='TIMED_OUT'", 6, "<killingTest/>"),
        mutation(
            "detected='true' status='KILLED'",
            7,
            "<killingTests>one|two</killingTests><succeedingTests>three|one</succeedingTests>\
             <coveringTests>one|two|three|four</coveringTests>",
        ),
        mutation("status='RUN_ERROR'", 8, ""),
        mutation("status='SURVIVED'", 0, "<killingTests/><succeedingTests>one</succeedingTests>"),
        mutation("status='NO_COVERAGE'", 9, ""),
    ];
    let report = sound(format!("<mutations>{}</mutations>", all.concat()).as_bytes());
    let mutants = &report.files["p/A.kt"].mutants;
    let fates: Vec<_> = mutants.iter().map(|mutant| (mutant.start.0, mutant.status)).collect();
    assert_eq!(
        fates,
        [(0, Survived), (5, Killed), (6, Timeout), (7, Killed), (8, Killed), (9, NoCoverage)]
    );
    let killers: Vec<&str> = mutants.iter().map(|mutant| &*mutant.killed_by).collect();
    assert_eq!(killers, ["", "a.T.[test-template:x(a|b)]", "", "one", "", ""]);
    assert_eq!(report.contexts.of("p/A.kt", 5).collect::<Vec<_>>(), ["a.T.[test-template:x(a|b)]"]);
    assert_eq!(
        report.contexts.of("p/A.kt", 7).collect::<Vec<_>>(),
        ["one", "two", "three", "four"]
    );
    assert_eq!(messages(&report), []);
}

#[test]
fn cargo_mutants_leaves_out_the_baseline_and_what_does_not_build() {
    let outcome = |file: &str, summary: &str| {
        format!(
            r#"{{"scenario": {{"Mutant": {{"file": "{file}", "replacement": "true", "genre": "FnValue", "span":
            {{"start": {{"line": 4, "column": 5}}, "end": {{"line": 6, "column": 2}}}}}}}}, "summary": "{summary}"}}"#
        )
    };
    let outcomes = [
        r#"{"scenario": "Baseline", "summary": "Success"}"#.to_owned(),
        outcome("src/a.rs", "CaughtMutant"),
        outcome("src/b.rs", "MissedMutant"),
        outcome("src/c.rs", "Unviable"),
        outcome("src/d.rs", "Timeout"),
    ];
    let text = |missed: u32| {
        let outcomes = outcomes.join(",");
        format!(
            r#"{{"outcomes": [{outcomes}], "caught": 1, "missed": {missed}, "timeout": 1, "unviable": 1}}"#
        )
    };
    let report = sound(text(1).as_bytes());
    let [killed, survived] = [Killed, Survived];
    let expected = [
        ("src/a.rs", killed),
        ("src/b.rs", survived),
        ("src/c.rs", MutantStatus::Invalid),
        ("src/d.rs", Timeout),
    ];
    assert_eq!(fates(&report), expected);
    assert_eq!(score(&report).map(f64::round), Some(67.0));
    assert_eq!(messages(&report), []);
    let differs = sound(text(2).as_bytes());
    let message = "the report states 2 of 4 mutants detected, but lists 2 of 3: these count";
    assert_eq!(messages(&differs), [(None, message)]);
    let unfinished = br#"{"outcomes": [{"scenario": "Baseline", "summary": "Failure"}]}"#;
    assert!(read(unfinished).is_err());
}

#[test]
fn cargo_mutants_before_version_1_is_read() {
    let mutant = |line: u32, phases: &str| {
        format!(
            r#"{{"scenario": {{"Mutant": {{"file": "src/a.rs", "line": {line}, "function": "f", "replacement": "Default::default()"}}}},
            "log_path": "log", "phase_results": [{phases}]}}"#
        )
    };
    let phase =
        |name: &str, result: &str| format!(r#"{{"phase": "{name}", "cargo_result": "{result}"}}"#);
    let built = phase("Build", "Success");
    let outcomes = [
        r#"{"scenario": "SourceTree", "phase_results": []}"#.to_owned(),
        mutant(1, &format!("{built}, {}", phase("Test", "Failure"))),
        mutant(2, &format!("{built}, {}", phase("Test", "Success"))),
        mutant(3, &format!("{built}, {}", phase("Test", "Timeout"))),
        mutant(4, &phase("Build", "Failure")),
        mutant(5, &phase("Check", "Success")),
        r#"{"scenario": "Rehearsal", "summary": "Success"}"#.to_owned(),
        r#"{"scenario": {"Mutant": {"line": 4}}, "summary": "CaughtMutant"}"#.to_owned(),
    ];
    let report = sound(format!(r#"{{"outcomes": [{}]}}"#, outcomes.join(",")).as_bytes());
    let mutants = &report.files["src/a.rs"].mutants;
    let fates: Vec<_> = mutants.iter().map(|mutant| (mutant.start.0, mutant.status)).collect();
    assert_eq!(
        fates,
        [(1, Killed), (2, Survived), (3, Timeout), (4, MutantStatus::Invalid), (5, Pending)]
    );
    let expected = [
        "unknown scenario `Rehearsal`: left out",
        "unknown scenario `Mutant without a file`: left out",
    ];
    assert_eq!(messages(&report), expected.map(|message| (None, message)));
}

#[test]
fn cosmic_ray_counts_every_outcome_but_survival_as_killed() {
    let row = |result: &str| {
        format!(
            r#"[{{"job_id": "1", "mutations": [{{"module_path": "a.py", "operator_name": "core/NumberReplacer", "occurrence": 2,
            "start_pos": [33, 0], "end_pos": [33, 4]}}]}}, {result}]"#
        )
        .replace('\n', "")
    };
    let normal = |outcome: &str| {
        row(&format!(r#"{{"worker_outcome": "normal", "test_outcome": "{outcome}"}}"#))
    };
    let one = sound(normal("killed").as_bytes());
    let mutant = only(&one);
    assert_eq!((mutant.start, mutant.end, mutant.ordinal), ((33, 1), (33, 5), 0));
    for (result, expected) in [
        (normal("killed"), Killed),
        (normal("incompetent"), Killed),
        (normal("survived"), Survived),
        (row("null"), Pending),
        (row(r#"{"worker_outcome": "skipped", "test_outcome": null}"#), MutantStatus::Ignored),
        (row(r#"{"worker_outcome": "no-test", "test_outcome": null}"#), MutantStatus::Invalid),
        (row(r#"{"worker_outcome": "exception", "test_outcome": "incompetent"}"#), Killed),
        (row(r#"{"worker_outcome": "abnormal", "test_outcome": null}"#), Killed),
        (
            row(r#"{"worker_outcome": "normal", "test_outcome": "killed", "output": "timeout"}"#),
            Timeout,
        ),
    ] {
        assert_eq!(only(&sound(result.as_bytes())).status, expected, "{result}");
    }
    let text = format!("{}\n[{{\"job_id\": \"2\"\n", normal("killed"));
    assert_eq!(messages(&sound(text.as_bytes()))[0].0, Some(2));
    assert!(read(br#"[{"job_id": "1", "mutations": []}, null]"#).is_err());
    // The output of the tests may be long. Nothing of its row or the other rows is lost.
    let long = normal("survived")
        .replace("\"normal\"", &format!("\"normal\", \"output\": \"{}\"", "x".repeat(3 << 20)));
    let skipped = row(r#"{"worker_outcome": "skipped", "test_outcome": null}"#);
    let report =
        sound(format!("{long}\r\n\n[{{\"x\": 1}}]\n{}\n{skipped}", normal("killed")).as_bytes());
    assert_eq!(score(&report), Some(50.0));
    let expected = [
        (Some(3), "the row is no work item with its result: left out"),
        (
            None,
            "jobs that ran no test, and so count in no metric: 1; `cr-rate` counts them as killed, and sees 1 of 3 survive",
        ),
    ];
    assert_eq!(messages(&report), expected);
    let endless = format!(
        "{}\n{}",
        normal("killed"),
        normal("survived").replace("a.py", &"x".repeat(17 << 20))
    );
    let report = sound(endless.as_bytes());
    assert_eq!(
        messages(&report),
        [(Some(2), "the row is longer than 16 MiB: its mutant is left out")]
    );
    assert_eq!(score(&report), Some(100.0));
}

/// A work tree with these files.
struct Tree(&'static [(&'static str, &'static str)]);

impl Sources for Tree {
    fn text(&self, path: &str) -> Option<String> {
        self.0.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned())
    }
}

/// The sample's own sources.
struct Sample;

impl Sources for Sample {
    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sample").join(path),
        )
        .ok()
    }
}

fn mutmut(text: &str, sources: &dyn Sources) -> Report {
    let report = formats::read(&mut text.as_bytes(), None, sources);
    report.unwrap_or_else(|error| panic!("{:?}", error.chain()))
}

#[test]
fn mutmut_s_mutants_lie_at_their_function() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports/mutmut.meta");
    let report = mutmut(&fs::read_to_string(path).expect("the fixture is there"), &Sample);
    let lines: Vec<u32> =
        report.files["shapes.py"].mutants.iter().map(|mutant| mutant.start.0).collect();
    // `grep -n def shapes.py`: area 4, __init__ 15, add 18, total 21, debug 31
    let expected = [vec![4; 19], vec![15], vec![18], vec![21; 7], vec![31]].concat();
    assert_eq!(lines, expected);
}

#[test]
fn mutmut_s_exit_codes_and_names() {
    let codes = [
        ("1", Killed),
        ("3", Killed),
        ("37", Killed),
        ("0", Survived),
        ("5", NoCoverage),
        ("33", NoCoverage),
        ("34", MutantStatus::Ignored),
        ("36", Timeout),
        ("24", Timeout),
        ("-24", Timeout),
        ("152", Timeout),
        ("255", Timeout),
        ("2", Pending),
        ("null", Pending),
        ("-11", MutantStatus::Invalid),
        ("-9", MutantStatus::Invalid),
        ("4", MutantStatus::Invalid),
        ("\"x\"", MutantStatus::Invalid),
    ];
    for (code, expected) in codes {
        let text = format!(r#"{{"exit_code_by_key": {{"a.b.x_f__mutmut_1": {code}}}}}"#);
        let report = sound(text.as_bytes());
        let mutant = only(&report);
        assert_eq!((mutant.status, mutant.start), (expected, (0, 0)), "{code}");
        assert_eq!(
            messages(&report).len(),
            usize::from(expected == MutantStatus::Invalid),
            "{code}"
        );
        assert!(report.files.contains_key("a/b.py"), "{code}");
    }
    let tree = Tree(&[
        (
            "src/pkg/__init__.py",
            "class A:\n    def f(self):\n        def g(): pass\n\nasync def f():\n    pass\n\nclass B(\n    A\n):\n    def f(self):\n        pass\n",
        ),
        ("pkg/other.py", "@cached\ndef x_y(a): pass\n"),
    ]);
    let keys = [
        "pkg.xǁAǁf__mutmut_1",
        "pkg.x_f__mutmut_1",
        "pkg.xǁBǁf__mutmut_1",
        "pkg.x_g__mutmut_12",
        "pkg.other.x_x_y__mutmut_1",
    ];
    let entries: Vec<String> = keys.iter().map(|key| format!("\"{key}\": 1")).collect();
    let text = format!(r#"{{"exit_code_by_key": {{{}, "pkg.f": 0}}}}"#, entries.join(", "));
    let report = mutmut(&text, &tree);
    let places: Vec<_> = report
        .files
        .iter()
        .flat_map(|(path, file)| {
            file.mutants
                .iter()
                .map(move |mutant| (path.as_str(), mutant.start.0, &*mutant.replacement))
        })
        .collect();
    let package = "src/pkg/__init__.py";
    let expected = [
        ("pkg/other.py", 2, keys[4]),
        (package, 0, keys[3]),
        (package, 2, keys[0]),
        (package, 5, keys[1]),
        (package, 11, keys[2]),
    ];
    assert_eq!(places, expected);
    assert_eq!(messages(&report), [(None, "`pkg.f` is not the name of a mutant: left out")]);
    // A file without functions has no mutants, which is not an error.
    let nothing = mutmut(r#"{"exit_code_by_key": {}, "durations_by_key": {}}"#, &NoSources);
    assert_eq!((nothing.mutation(), messages(&nothing)), (None, vec![]));
    assert!(formats::read(&mut &b"{}"[..], Some("mutmut"), &NoSources).is_err());
    let totals =
        sound(br#"{"killed": 3, "survived": 1, "no_tests": 0, "total": 6, "check_was_interrupted_by_user": 0}"#);
    let expected = [
        "the totals do not say what became of 2 mutants",
        "the totals name no file, so that they cannot count: record `mutants/**/*.meta`",
    ];
    assert_eq!(messages(&totals), expected.map(|message| (None, message)));
}

/// The counts and the score are those of Infection's own test of its log (`JsonReporterTest.php`,
/// all mutations).
const INFECTION: &str = r#"{"stats": {"totalMutantsCount": 17, "killedCount": 2, "killedByStaticAnalysisCount": 1,
  "notCoveredCount": 2, "escapedCount": 2, "errorCount": 2, "syntaxErrorCount": 2, "skippedCount": 2, "ignoredCount": 2,
  "timeOutCount": 2, "msi": 69.23, "mutationCodeCoverage": 84.62, "coveredCodeMsi": 81.82}"#;

fn infection(uncovered: u32) -> String {
    let mutant = |line: u32| {
        format!(
            r#"{{"mutator": {{"mutatorName": "For_", "originalSourceCode": "<?php\n$a = 1;", "mutatedSourceCode": "<?php\n$a = 2;",
            "originalFilePath": "/app/src/A.php", "originalStartLine": {line}}},
            "diff": "--- Original\n+++ New\n@@ @@\n\n-  echo 'original';\n+  echo 'new';\n+  return;", "processOutput": "failed"}}"#
        )
    };
    let lists = [
        ("escaped", 2),
        ("timeouted", 2),
        ("killed", 2),
        ("killedByStaticAnalysis", 1),
        ("errored", 2),
        ("syntaxErrors", 2),
    ];
    let lists =
        lists.into_iter().chain([("uncovered", uncovered), ("ignored", 2)]).map(|(list, count)| {
            let mutants: Vec<String> = (0..count).map(|_| mutant(9)).collect();
            format!(r#", "{list}": [{}]"#, mutants.join(","))
        });
    format!("{INFECTION}{}}}", lists.collect::<String>())
}

#[test]
fn infection_counts_errors_as_killed_as_its_own_score_does() {
    let report = sound(infection(2).as_bytes());
    assert_eq!(counts(report.mutation().expect("mutants")), [7, 2, 2, 2]);
    assert_eq!(score(&report).map(|score| format!("{score:.2}")).as_deref(), Some("69.23"));
    assert_eq!(messages(&report), []);
    let mutants = &report.files["/app/src/A.php"].mutants;
    assert_eq!((mutants.len(), mutants[0].start, &*mutants[0].mutator), (15, (9, 0), "For_"));
    assert_eq!(&*mutants[0].replacement, "echo 'new';\nreturn;");
    let differs = "the report states 9 of 13 mutants detected, but lists 9 of 11: these count"; // --only-covered
    assert_eq!(messages(&sound(infection(0).as_bytes())), [(None, differs)]);
    let escaped = infection(2).replace("69.23", "53.85"); // timeoutsAsEscaped: 7 of 13
    let message = "the report states a score of 53.85 %, its counts give 69.23 %, with timeouts as detected: these count";
    assert_eq!(messages(&sound(escaped.as_bytes())), [(None, message)]);
}

#[test]
fn infection_s_summary_is_shown_and_counts_nowhere() {
    let report = sound(format!("{INFECTION}}}").as_bytes());
    assert_eq!((report.mutation(), report.stated.mutation.map(counts)), (None, Some([7, 2, 2, 2])));
    assert!(messages(&report)[0].1.starts_with("the summary names no file"));
    let lost = r#"{"stats": null, "killed": [{"mutator": {"mutatorName": "Plus"}}, null, 7], "x": "\"totalMutantsCount\""}"#;
    let report =
        formats::read(&mut lost.as_bytes(), Some("infection"), &NoSources).expect("it is read");
    assert_eq!(messages(&report).len(), 4); // three left out, and nothing is left
    assert!(formats::read(&mut &b"{}"[..], Some("infection"), &NoSources).is_err());
}
