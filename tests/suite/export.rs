//! Tests writing coverage in other formats: the output is read again with the same tallies, as far
//! as the format can express them, by our readers and by those of other tools if they are
//! installed.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::process::Command;

use covatlas::report::export::{self, Files};
use covatlas::report::formats::{self, NoSources};
use covatlas::report::{
    Arm, Branch, Condition, Dimension, FileCoverage, Function, Hits, Line, LineState, Report, Tally,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::cli::{LCOV, parsed, project};
use super::harness::{self, Project};

fn written(files: &Files, format: &str) -> String {
    let mut text = Vec::new();
    (export::named(format).expect("a format").write)(files, &mut text).expect("memory takes all");
    String::from_utf8(text).expect("the names are UTF-8")
}

fn read(text: &str, format: &str) -> Report {
    let found = formats::sniff(&mut BufReader::new(text.as_bytes())).map(|format| format.name);
    assert_eq!(found, Some(format), "{text}");
    let report = formats::read(&mut BufReader::new(text.as_bytes()), None, &NoSources);
    report.unwrap_or_else(|error| panic!("{:?}: {text}", error.chain()))
}

fn tally(file: &FileCoverage, dimension: &Dimension) -> Tally {
    file.tallies().get(dimension).unwrap_or_default()
}

// round trips through our own readers

/// Names that each format must escape in its own way.
const NAMES: [&str; 8] = [
    "plain",
    "f(int, int)",
    "7,seven",
    "a<b> & \"c\"",
    "line\nbreak",
    "ünï",
    "f@3",
    "operator,\t'()\\",
];

fn hits() -> impl Strategy<Value = Hits> {
    let count = prop_oneof![Just(0), 1..5u64, Just(Hits::MAX)];
    (count, any::<bool>())
        .prop_map(|(count, exact)| if exact { Hits::exactly(count) } else { Hits::at_least(count) })
}

fn file() -> impl Strategy<Value = FileCoverage> {
    let line = (1..12u32, hits()).prop_map(|(number, hits)| Line { number, hits });
    let words = prop_oneof![
        Just("exit"),
        Just("exit 2"),
        Just("if (a, b)"),
        Just("else"),
        Just("two\nlines")
    ];
    let arm = prop_oneof![
        (0..3u32).prop_map(Arm::Index),
        (1..3u32).prop_map(Arm::Jump),
        words.prop_map(|words| Arm::Text(words.into()))
    ];
    let branch = (1..12u32, 0..2u32, arm, hits()).prop_map(|(line, block, arm, hits)| Branch {
        line,
        block,
        arm,
        hits,
    });
    let function = (0..5u32, 0..NAMES.len(), proptest::option::of(5..7u32), hits());
    let function = function.prop_map(|(start, name, end, hits)| Function {
        start,
        name: NAMES[name].into(),
        end,
        hits,
    });
    let lists = (
        proptest::collection::vec(line, 0..12),
        proptest::collection::vec(branch, 0..12),
        proptest::collection::vec(function, 0..8),
    );
    lists.prop_map(|(lines, branches, functions)| {
        let mut file = FileCoverage { lines, branches, functions, ..FileCoverage::default() };
        file.tidy();
        file
    })
}

/// Conditions as in lcov, which distinguishes the decisions of a line by their number of
/// conditions.
fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    let words = prop_oneof![Just(""), Just("a && f(b, c)"), Just("two\nlines")];
    let condition = (1..4u32, 1..4u32, 0..3u32, any::<bool>(), words, hits());
    let condition = condition.prop_map(|(line, size, index, sense, words, hits)| {
        let index = index % size;
        Condition { line, decision: size, index, sense: Some(sense), words: words.into(), hits }
    });
    proptest::collection::vec(condition, 0..12)
}

fn files() -> impl Strategy<Value = Files> {
    let paths =
        vec!["a.c", "src/a.c", "src/deep/b & <c>.c", "/abs/\"x\".c", "ünï/\t.c", "src\\windows.cs"];
    proptest::collection::btree_map(
        proptest::sample::select(paths).prop_map(str::to_owned),
        file(),
        0..4,
    )
}

/// A file without branches on lines that are not coverable, since most formats cannot express
/// these.
fn of_lines(file: &FileCoverage) -> FileCoverage {
    let mut file = file.clone();
    file.branches.retain(|branch| file.lines.iter().any(|line| line.number == branch.line));
    file
}

proptest! {
    #[test]
    fn lcov_gives_back_every_line_branch_and_function(files in files()) {
        let report = read(&written(&files, "lcov"), "lcov");
        prop_assert_eq!(&report.warnings, &[]);
        prop_assert_eq!(report.files.keys().collect::<Vec<_>>(), files.keys().collect::<Vec<_>>());
        for (path, file) in &files {
            let again = &report.files[path];
            prop_assert_eq!(again.tallies(), file.tallies(), "{}: {:#?}", path, file);
            let counts = |file: &FileCoverage| file.lines.iter().map(|line| (line.number, line.hits.count())).collect::<Vec<_>>();
            prop_assert_eq!(counts(again), counts(file));
            let functions = |file: &FileCoverage| {
                let name = |name: &str| name.replace('\n', "\\x0a");
                let mut all: Vec<_> = file.functions.iter().map(|f| (f.start, name(&f.name), f.hits.count())).collect();
                all.sort();
                all
            };
            prop_assert_eq!(functions(again), functions(file));
        }
    }

    #[test]
    fn lcov_gives_back_conditions(conditions in conditions()) {
        let mut file = FileCoverage { conditions, ..FileCoverage::default() };
        file.tidy();
        let report = read(&written(&BTreeMap::from([("a.c".to_owned(), file.clone())]), "lcov"), "lcov");
        prop_assert_eq!(&report.warnings, &[]);
        let counts = |file: &FileCoverage| {
            let counts = file.conditions.iter().map(|c| (c.line, c.decision, c.index, c.sense, c.hits.count()));
            counts.collect::<Vec<_>>()
        };
        prop_assert_eq!(counts(&report.files["a.c"]), counts(&file));
    }

    #[test]
    fn cobertura_gives_back_lines_functions_and_the_branches_of_lines(files in files()) {
        let report = read(&written(&files, "cobertura"), "cobertura");
        prop_assert_eq!(&report.warnings, &[]);
        for (path, file) in &files {
            let mut wanted = of_lines(file);
            if file.lines.is_empty() {
                // Then no method has a line to start on, and those with the same name are one.
                wanted.functions.iter_mut().for_each(|function| function.start = 0);
                wanted.tidy();
            }
            prop_assert_eq!(report.files[path].tallies(), wanted.tallies(), "{}", path);
            let names = |file: &FileCoverage| file.functions.iter().map(|f| f.name.clone()).collect::<std::collections::BTreeSet<_>>();
            prop_assert_eq!(names(&report.files[path]), names(file));
        }
        prop_assert_eq!(report.files.len(), files.len());
    }

    #[test]
    fn sonar_gives_back_lines_and_their_branches(files in files()) {
        let report = read_any(&written(&files, "sonar"));
        for (path, file) in &files {
            let wanted = FileCoverage { functions: Vec::new(), ..of_lines(file) };
            prop_assert_eq!(report.files[path].tallies(), wanted.tallies(), "{}", path);
        }
        prop_assert_eq!(report.files.len(), files.len());
    }

    #[test]
    fn codecov_gives_back_lines_of_which_partial_ones_are_not_covered(files in files()) {
        let report = read(&written(&files, "codecov"), "codecov");
        for (path, file) in &files {
            let views: Vec<_> = file.views().collect();
            let covered = views.iter().filter(|view| view.state == LineState::Covered).count() as u64;
            let wanted = Tally { covered, total: views.len() as u64 };
            prop_assert_eq!(tally(&report.files[path], &Dimension::Lines), wanted, "{}", path);
            // A single branch is no decision, and a line that did not run took none.
            let decisions = views.iter().filter(|view| view.branches.total > 1);
            let branches = decisions.map(|view| if view.line.hits.is_hit() {
                view.branches
            } else {
                Tally { covered: 0, ..view.branches }
            });
            let wanted = branches.fold(Tally::default(), |sum, one| sum + one);
            prop_assert_eq!(tally(&report.files[path], &Dimension::Branches), wanted, "{}", path);
        }
        prop_assert_eq!(report.files.len(), files.len());
    }

    #[test]
    fn covdir_gives_back_lines(files in files()) {
        let report = read_any(&written(&files, "covdir"));
        prop_assert!(files.is_empty() || report.warnings.is_empty(), "{:?}", report.warnings);
        for (path, file) in &files {
            prop_assert_eq!(tally(&report.files[path], &Dimension::Lines), tally(file, &Dimension::Lines), "{}", path);
        }
        prop_assert_eq!(report.files.len(), files.len());
    }

    #[test]
    fn json_holds_everything(files in files()) {
        let all: Value = serde_json::from_str(&written(&files, "json")).expect("JSON");
        prop_assert_eq!(all["exact"].as_bool(), Some(export::exact(&files)));
        let mut totals = BTreeMap::<String, (u64, u64)>::new();
        for (path, file) in &files {
            let own = &all["files"][path];
            let length = |list: &str| own[list].as_array().map_or(0, Vec::len);
            prop_assert_eq!(length("lines"), file.lines.len());
            prop_assert_eq!(length("branches"), file.branches.len());
            prop_assert_eq!(length("functions"), file.functions.len());
            for (dimension, tally) in file.tallies().iter() {
                let sum = totals.entry(dimension.name().to_owned()).or_default();
                *sum = (sum.0 + tally.covered, sum.1 + tally.total);
            }
        }
        let wanted = |(covered, total): (u64, u64)| json!({ "covered": covered, "total": total });
        let wanted: BTreeMap<String, Value> = totals.into_iter().map(|(name, sum)| (name, wanted(sum))).collect();
        prop_assert_eq!(&all["totals"], &json!(wanted));
    }
}

/// Reads without checking whether an empty report is recognised.
fn read_any(text: &str) -> Report {
    let format = if text.starts_with('<') { "sonar" } else { "covdir" };
    let report = formats::read(&mut BufReader::new(text.as_bytes()), Some(format), &NoSources);
    report.unwrap_or_else(|error| panic!("{:?}: {text}", error.chain()))
}

// the bytes

/// Two files: one with every record that formats share, and one in a folder with a hostile name.
fn sample() -> Files {
    let line = |(number, hits)| Line { number, hits: Hits::exactly(hits) };
    let branch = |(line, index, hits)| Branch {
        line,
        block: 0,
        arm: Arm::Index(index),
        hits: Hits::exactly(hits),
    };
    let function = |(start, name, hits): (u32, &str, u64)| Function {
        start,
        name: name.into(),
        end: None,
        hits: Hits::exactly(hits),
    };
    let one = FileCoverage {
        lines: [(1, 4), (2, 0), (5, 1)].map(line).to_vec(),
        branches: [(1, 0, 3), (1, 1, 0), (5, 0, 1), (5, 1, 1)].map(branch).to_vec(),
        functions: [(1, "main", 4), (2, "unused", 0)].map(function).to_vec(),
        ..FileCoverage::default()
    };
    let other =
        FileCoverage { lines: [(1, 2), (3, 2)].map(line).to_vec(), ..FileCoverage::default() };
    BTreeMap::from([("src/a.c".to_owned(), one), ("src/a & b/c.c".to_owned(), other)])
}

#[test]
fn a_tracefile_is_what_geninfo_would_write() {
    let one = "SF:src/a.c\nFN:1,main\nFN:2,unused\nFNDA:4,main\nFNDA:0,unused\nFNF:2\nFNH:1\n\
               BRDA:1,0,0,3\nBRDA:1,0,1,0\nBRDA:5,0,0,1\nBRDA:5,0,1,1\nBRF:4\nBRH:3\n\
               DA:1,4\nDA:2,0\nDA:5,1\nLF:3\nLH:2\nend_of_record\n";
    let other = "SF:src/a & b/c.c\nDA:1,2\nDA:3,2\nLF:2\nLH:2\nend_of_record\n";
    assert_eq!(written(&sample(), "lcov"), format!("TN:\n{other}{one}"));
}

/// geninfo(1), section TRACEFILE FORMAT: indexes have no gaps, and there is one record per sense.
#[test]
fn a_condition_that_counts_once_is_written_in_both_senses_and_a_gap_is_unreachable() {
    let condition = |index, sense, hits| Condition {
        line: 7,
        decision: 0,
        index,
        sense,
        words: if index == 1 { "b, c".into() } else { "".into() },
        hits: Hits::exactly(hits),
    };
    let once = FileCoverage {
        conditions: vec![condition(0, None, 1), condition(1, None, 0)],
        ..FileCoverage::default()
    };
    let file = |file| BTreeMap::from([("a.c".to_owned(), file)]);
    assert_eq!(
        written(&file(once), "lcov"),
        "TN:\nSF:a.c\nMCDC:7,2,f,1,0,0\nMCDC:7,2,t,1,0,0\nMCDC:7,2,f,0,1,b, c\nMCDC:7,2,t,0,1,b, c\nMCF:4\nMCH:2\n\
         LF:0\nLH:0\nend_of_record\n"
    );
    let gap =
        FileCoverage { conditions: vec![condition(1, Some(true), 3)], ..FileCoverage::default() };
    assert_eq!(
        written(&file(gap), "lcov"),
        "TN:\nSF:a.c\nMCDC:7,U2,f,0,0,0\nMCDC:7,U2,t,0,0,0\nMCDC:7,U2,f,0,1,1\nMCDC:7,2,t,3,1,b, c\nMCF:1\nMCH:1\n\
         LF:0\nLH:0\nend_of_record\n"
    );
}

#[test]
fn codecov_covdir_and_sonar_are_what_their_documents_say() {
    let codecov = r#"{"coverage": {
  "src/a & b/c.c": {"1": 2, "3": 2},
  "src/a.c": {"1": "1/2", "2": 0, "5": "2/2"}
}}
"#;
    assert_eq!(written(&sample(), "codecov"), codecov);
    let file = |name: &str, coverage: Value, covered: u64, total: u64, percent: f64| {
        json!({ "name": name, "coverage": coverage, "linesCovered": covered, "linesTotal": total,
                "linesMissed": total - covered, "coveragePercent": percent })
    };
    let covdir: Value = serde_json::from_str(&written(&sample(), "covdir")).expect("JSON");
    let folder = &covdir["children"]["src"]["children"];
    assert_eq!(folder["a.c"], file("a.c", json!([4, 0, -1, -1, 1]), 2, 3, 66.67));
    assert_eq!(folder["a & b"]["children"]["c.c"], file("c.c", json!([2, -1, 2]), 2, 2, 100.0));
    assert_eq!(
        (&covdir["linesCovered"], &covdir["linesTotal"], &covdir["coveragePercent"]),
        (&json!(4), &json!(5), &json!(80.0))
    );
    let sonar = written(&sample(), "sonar");
    assert!(sonar.contains(r#"<file path="src/a &amp; b/c.c">"#), "{sonar}");
    assert!(sonar.contains(
        r#"<lineToCover lineNumber="1" covered="true" branchesToCover="2" coveredBranches="1"/>"#
    ));
}

#[test]
fn no_name_escapes_its_place() {
    let line = Line { number: 1, hits: Hits::exactly(1) };
    let file = FileCoverage { lines: vec![line], ..FileCoverage::default() };
    let path = "a\nend_of_record\nSF:b\u{1}\"><file path=\"c";
    let files = BTreeMap::from([(path.to_owned(), file)]);
    for export in export::EXPORTS.iter().filter(|export| export.name != "json") {
        let text = written(&files, export.name);
        let report =
            formats::read(&mut BufReader::new(text.as_bytes()), Some(export.name), &NoSources);
        let report = report.unwrap_or_else(|error| panic!("{}: {:?}", export.name, error.chain()));
        assert_eq!(report.files.len(), 1, "{}: {text}", export.name);
    }
}

#[test]
fn a_path_that_is_no_text_is_lcov_s_own_bytes_again() {
    let file = FileCoverage {
        lines: vec![Line { number: 1, hits: Hits::ZERO }],
        ..FileCoverage::default()
    };
    let files = BTreeMap::from([("bad\\xff.py".to_owned(), file)]);
    let mut text = Vec::new();
    (export::named("lcov").expect("a format").write)(&files, &mut text).expect("memory takes all");
    assert!(text.windows(8).any(|bytes| bytes == b"bad\xff.py\n"), "{text:?}");
    assert!(written(&files, "cobertura").contains("bad\\xff.py"));
}

#[test]
fn covdir_refuses_what_would_fill_the_disk_or_nest_without_end() {
    let covdir = export::named("covdir").expect("a format").write;
    let file = |number| FileCoverage {
        lines: vec![Line { number, hits: Hits::exactly(1) }],
        ..FileCoverage::default()
    };
    for (path, file) in
        [("a.c".to_owned(), file(u32::MAX)), ("a/".repeat(100_000) + "b.c", file(1))]
    {
        let error = covdir(&BTreeMap::from([(path, file)]), &mut Vec::new()).expect_err("too much");
        assert!(error.to_string().contains("cannot represent"), "{error}");
    }
}

// through other tools' readers

/// Runs another tool. Returns `None`, with a message, if it is not installed and is not required
/// (`.ci/run` installs the tools).
fn peer(command: &mut Command) -> Option<String> {
    match command.output() {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text).into_owned();
            assert!(output.status.success(), "{command:?}: {text}");
            Some(text)
        }
        Err(error) => {
            let name = command.get_program().display();
            assert!(
                std::env::var_os("COVATLAS_PEERS").is_none(),
                "{name} is to be installed: {error}"
            );
            println!("skipped: {name}: {error}");
            None
        }
    }
}

#[test]
fn lcov_reads_the_tracefile() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("lcov.info");
    fs::write(&path, written(&sample(), "lcov")).expect("writable");
    let mut lcov = Command::new("lcov");
    lcov.args(["--rc", "lcov_branch_coverage=1", "--summary"]).arg(&path);
    let Some(summary) = peer(&mut lcov) else { return };
    for wanted in ["4 of 5 lines", "1 of 2 functions", "3 of 4 branches"] {
        assert!(summary.contains(wanted), "{summary}");
    }
}

#[test]
fn pycobertura_reads_the_cobertura_report() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("coverage.xml");
    fs::write(&path, written(&sample(), "cobertura")).expect("writable");
    let mut pycobertura = Command::new("pycobertura");
    pycobertura.args(["show", "--format", "json"]).arg(&path);
    let Some(shown) = peer(&mut pycobertura) else { return };
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    // Line 1 of src/a.c ran and took one of two branches. pycobertura marks it with a `~` and
    // counts it as missed.
    let total = &shown["total"];
    assert_eq!((&total["Stmts"], &total["Miss"]), (&json!(5), &json!(2)), "{shown}");
    assert!(shown["files"].to_string().contains("~1, 2"), "{shown}");
}

#[test]
fn gcovr_reads_the_cobertura_report() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("coverage.xml");
    // gcovr 8.8 joins paths with the source's and needs an absolute one.
    let root = folder.path().canonicalize().expect("the folder is there");
    let xml = written(&sample(), "cobertura")
        .replace("<source>.<", &format!("<source>{}<", root.display()));
    fs::write(&path, xml).expect("writable");
    let mut gcovr = Command::new("gcovr");
    gcovr
        .current_dir(&folder)
        .args(["--root", ".", "--cobertura-add-tracefile"])
        .arg(&path)
        .arg("--json-summary");
    let Some(summary) = peer(&mut gcovr) else { return };
    let start = summary.find('{').expect("JSON");
    let summary: Value = serde_json::Deserializer::from_str(&summary[start..])
        .into_iter()
        .next()
        .expect("a value")
        .expect("JSON");
    assert_eq!(
        (&summary["line_covered"], &summary["line_total"]),
        (&json!(4), &json!(5)),
        "{summary}"
    );
    assert_eq!(
        (&summary["branch_covered"], &summary["branch_total"]),
        (&json!(3), &json!(4)),
        "{summary}"
    );
}

// the command

#[test]
fn reports_are_converted_and_merged_without_a_repository() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.info"), LCOV).expect("writable");
    fs::write(
        at("b.json"),
        r#"{"coverage": {"src/a.rs": {"2": 5, "4": 0}, "src/b.rs": {"1": 1}}}"#,
    )
    .expect("writable");
    let run = |arguments: &[&str]| {
        let mut covatlas = harness::clean(Command::new(env!("CARGO_BIN_EXE_covatlas")));
        harness::run(covatlas.current_dir(&folder).args(arguments))
    };
    let lcov = run(&["export", "--format", "lcov", "a.info", "b.json"]).succeeds();
    let wanted = "TN:\nSF:src/a.rs\nDA:1,3\nDA:2,5\nDA:4,0\nLF:3\nLH:2\nend_of_record\n\
                  SF:src/b.rs\nDA:1,1\nLF:1\nLH:1\nend_of_record\n";
    assert_eq!((lcov.stdout.as_str(), lcov.stderr.as_str()), (wanted, ""));
    let quiet = run(&["export", "--format", "sonar", "--output", "sonar.xml", "a.info"]).succeeds();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    let again = run(&["export", "--format", "codecov", "sonar.xml"]).succeeds();
    assert_eq!(again.stdout, "{\"coverage\": {\n  \"src/a.rs\": {\"1\": 1, \"2\": 0}\n}}\n");
    assert!(again.stderr.contains("lower bounds"), "{}", again.stderr);
    assert!(
        run(&["export", "--format", "lcov", "missing.info"])
            .exits(2)
            .stderr
            .contains("missing.info")
    );
    assert!(
        run(&["export", "--format", "lcov", "--suite", "unit", "a.info"])
            .exits(2)
            .stderr
            .contains("--suite")
    );
    assert!(run(&["export", "--format", "lcov"]).exits(2).stderr.contains("repository"));
}

#[test]
fn a_snapshot_is_written_by_commit_suite_and_branch() {
    let project = project();
    project.write("lcov.info", LCOV);
    project.covatlas(["record", "--suite", "unit", "lcov.info"]).succeeds();
    project.write("e2e.info", "SF:src/a.rs\nDA:1,0\nDA:2,12\nend_of_record\n");
    project.covatlas(["record", "--suite", "e2e", "e2e.info"]).succeeds();
    let lines = |arguments: &[&str]| {
        let ran = project
            .covatlas([&["export", "--format", "json", "--quiet"], arguments].concat())
            .succeeds();
        let all = parsed(&ran);
        assert_eq!(all["schema"], "covatlas/export/1");
        (all["files"]["src/a.rs"]["lines"].clone(), all["exact"].clone(), ran.stderr)
    };
    // The store keeps magnitudes: 3 hits are 2 or more, and 12 are 10 or more.
    let (merged, exact, said) = lines(&[]);
    assert_eq!((merged, exact), (json!([[1, 2], [2, 10]]), json!(false)));
    assert!(said.contains("lower bounds"), "{said}");
    assert_eq!(lines(&["--suite", "unit"]).0, json!([[1, 2], [2, 0]]));
    project.branch("topic").write("src/a.rs", "fn a() {}\nfn c() {}\n").commit("two");
    project.write("topic.info", "SF:src/a.rs\nDA:1,1\nDA:2,1\nend_of_record\n");
    project.covatlas(["record", "--suite", "unit", "topic.info"]).succeeds();
    for arguments in [["--branch", "topic"], ["--commit", "topic"]] {
        let (own, exact, said) = lines(&arguments);
        assert_eq!(
            (own, exact, said.as_str()),
            (json!([[1, 1], [2, 1]]), json!(true), ""),
            "{arguments:?}"
        );
    }
    for arguments in [["--branch", "main"], ["--commit", "main"]] {
        assert_eq!(lines(&arguments).0, json!([[1, 2], [2, 10]]), "{arguments:?}");
    }
    for (arguments, said) in [
        (["--suite", "smoke"], "known suites: e2e, unit"),
        (["--branch", "gone"], "no snapshot of the branch `gone`"),
    ] {
        let ran =
            project.covatlas([&["export", "--format", "lcov"], &arguments[..]].concat()).exits(2);
        assert!(ran.stderr.contains(said) && ran.stdout.is_empty(), "{ran:?}");
    }
}

#[test]
fn lines_that_changed_since_a_suite_ran_are_left_out_and_said() {
    let project = project();
    project.write("lcov.info", LCOV);
    project.covatlas(["record", "--suite", "slow", "lcov.info"]).succeeds();
    project.write("src/a.rs", "fn a() {}\nfn changed() {}\n").commit("two");
    project.write("lcov.info", "SF:src/a.rs\nDA:1,1\nend_of_record\n");
    project.covatlas(["record", "--suite", "fast", "lcov.info"]).succeeds();
    let ran = project.covatlas(["export", "--format", "lcov", "--suite", "slow"]).succeeds();
    assert!(ran.stdout.contains("DA:1,2\nLF:1"), "{}", ran.stdout);
    assert!(ran.stderr.contains("1 line changed since"), "{}", ran.stderr);
}

#[test]
fn an_empty_store_says_so() {
    let project: Project = project();
    let ran = project.covatlas(["export", "--format", "lcov"]).exits(2);
    assert!(ran.stderr.contains("no snapshot") && ran.stderr.contains("hint:"), "{}", ran.stderr);
}
