//! Conformance: compares reports of real tools with totals that other tools computed, from a folder
//! beside the project. If that folder does not exist, nothing is tested and a message says so.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::PathBuf;

use covatlas::report::formats::{self, NoSources};
use covatlas::report::{Dimension, FileCoverage, MutantStatus, Report, Tally, Tests};

/// The formats by the folder of the corpus that holds their reports.
const FORMATS: [(&str, &[&str]); 30] = [
    ("cargo-mutants", &["cargo-mutants"]),
    ("clover", &["clover"]),
    ("cobertura", &["cobertura"]),
    ("codecov-json", &["codecov"]),
    ("cosmic-ray", &["cosmic-ray"]),
    ("covdir", &["covdir"]),
    ("coveragepy-json", &["coveragepy"]),
    ("coveralls-json", &["coveralls"]),
    ("ctrf", &["ctrf"]),
    ("cucumber-json", &["cucumber"]),
    ("dotcover", &["dotcover"]),
    ("gcov-json", &["gcov"]),
    ("gcovr-json", &["gcovr"]),
    ("go-test-json", &["go-test"]),
    ("gocover", &["gocover"]),
    ("istanbul-json", &["istanbul", "istanbul-summary"]),
    ("jacoco", &["jacoco"]),
    ("junit", &["junit"]),
    ("lcov", &["lcov"]),
    ("llvm-cov-json", &["llvm-cov"]),
    ("opencover", &["opencover"]),
    ("pit-xml", &["pit"]),
    ("scoverage", &["scoverage"]),
    ("simplecov", &["simplecov", "simplecov-json"]),
    ("sonar-generic", &["sonar"]),
    ("stryker-json", &["stryker"]),
    ("trx", &["trx"]),
    ("v8-json", &["v8"]),
    ("vs-coveragexml", &["vs-coverage"]),
    ("xccov-json", &["xccov"]),
];

fn corpus() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !folder.is_dir() {
        println!("skipped: no corpus beside the project");
        return None;
    }
    Some(folder)
}

/// A row of the manifest, by column name.
type Row = BTreeMap<String, String>;

fn rows(corpus: &std::path::Path) -> Vec<Row> {
    let manifest =
        fs::read_to_string(corpus.join("manifest.tsv")).expect("the manifest is readable");
    let mut lines = manifest.lines();
    let columns: Vec<&str> = lines.next().expect("the manifest has a head").split('\t').collect();
    lines
        .map(|line| {
            columns
                .iter()
                .map(|&column| column.to_owned())
                .zip(line.split('\t').map(str::to_owned))
                .collect()
        })
        .collect()
}

fn number(row: &Row, column: &str) -> Option<u64> {
    row.get(column)
        .filter(|text| !text.is_empty())
        .map(|text| text.parse().expect("a whole number"))
}

fn extra(row: &Row, key: &str) -> Option<u64> {
    let pairs = row["extra"].split(';').filter_map(|pair| pair.split_once('='));
    pairs
        .into_iter()
        .find(|(name, _)| *name == key)
        .map(|(_, value)| value.parse().expect("a whole number"))
}

fn tally(covered: Option<u64>, total: Option<u64>) -> Option<Tally> {
    Some(Tally { covered: covered?, total: total? })
}

/// The totals in a row, by dimension.
fn stated(row: &Row) -> Vec<(Dimension, Tally)> {
    let columns = |name: &str| {
        tally(number(row, &format!("{name}_covered")), number(row, &format!("{name}_valid")))
    };
    let extras = |name: &str| {
        tally(extra(row, &format!("{name}_covered")), extra(row, &format!("{name}_valid")))
    };
    let go = row["path"].starts_with("gocover/");
    let lines = if go {
        tally(extra(row, "block_span_lines_covered"), extra(row, "block_span_lines"))
    } else {
        columns("lines")
    };
    // The manifest takes Go's functions from the sources, since a profile has none.
    let functions = columns("functions").filter(|_| !go);
    let conditions = tally(extra(row, "condition_covered"), extra(row, "condition_total"));
    let all = [
        (Dimension::Lines, lines),
        (Dimension::Branches, columns("branches")),
        (Dimension::Functions, functions),
        (Dimension::Statements, extras("statements").or_else(|| extras("seqpoints"))),
        (Dimension::Regions, extras("regions")),
        (Dimension::Instructions, extras("instruction")),
        (Dimension::Conditions, extras("mcdc").or(conditions)),
    ];
    all.into_iter().filter_map(|(dimension, tally)| Some((dimension, tally?))).collect()
}

/// The values for mutants and tests that a row has and the report does not give, as messages.
fn unlike(row: &Row, report: &Report) -> Vec<String> {
    let mut unlike = Vec::new();
    let mut compare = |name: &str, found: Option<u64>| {
        if let Some(stated) = number(row, name)
            && found != Some(stated)
        {
            unlike.push(format!("{name} {found:?}, stated {stated}"));
        }
    };
    let mutation = report.mutation();
    let fates = [
        ("killed", MutantStatus::Killed),
        ("survived", MutantStatus::Survived),
        ("timeout", MutantStatus::Timeout),
        ("no_coverage", MutantStatus::NoCoverage),
    ];
    for (name, status) in fates {
        compare(name, mutation.map(|totals| totals.of(status)));
    }
    let tests = report.tests.as_ref().map(Tests::totals);
    compare("tests", tests.map(|totals| totals.tests));
    compare("failures", tests.map(|totals| totals.failures));
    compare("errors", tests.map(|totals| totals.errors));
    compare("skipped", tests.map(|totals| totals.skipped));
    if !row["score"].is_empty() {
        let stated: f64 = row["score"].parse().expect("a number");
        let found = mutation.and_then(|totals| totals.score());
        if found.is_none_or(|found| (found - stated).abs() > 0.0001) {
            unlike.push(format!("score {found:?}, stated {stated}"));
        }
    }
    unlike
}

/// The results of the row's competing rules for a dimension: `lines: root attrs=1/2; …=3/4 | LINE:
/// …`.
fn competing(row: &Row, dimension: &Dimension) -> Vec<Tally> {
    let clover = row["path"].starts_with("clover/"); // its columns of lines hold statements
    let named = |name: &str| match name {
        "LINE" => "lines",
        "METHOD" => "functions",
        "statements" if clover => "lines",
        _ => name,
    } == dimension.name();
    let parts = row["disagreement"].split(" | ").filter_map(|part| part.split_once(": "));
    let own = parts.filter(|(name, _)| named(name));
    own.flat_map(|(_, values)| values.split([';', ',']))
        .filter_map(|value| {
            let (covered, total) = value.rsplit_once('=')?.1.split_once('/')?;
            Some(Tally { covered: covered.trim().parse().ok()?, total: total.trim().parse().ok()? })
        })
        .collect()
}

/// The report's count in a dimension of the row. Clover's statements are in the columns of lines.
fn found(row: &Row, report: &Report, dimension: &Dimension) -> Tally {
    let statements = row["path"].starts_with("clover/") && *dimension == Dimension::Lines;
    let statements = report.tallies().get(&Dimension::Statements).filter(|_| statements);
    statements.unwrap_or_else(|| measured(report, dimension))
}

/// Whether the row has the total of a report that was reduced to some of its files: the report
/// declares it, and warns that its records give another.
fn cut(report: &Report, dimension: &Dimension, stated: Tally) -> bool {
    let claimed = report.stated.dimensions.get(dimension) == Some(stated);
    let words = format!("the report states {} of {} {dimension},", stated.covered, stated.total);
    claimed && report.warnings.iter().any(|warning| warning.message.starts_with(&words))
}

fn measured(report: &Report, dimension: &Dimension) -> Tally {
    report.tallies().get(dimension).unwrap_or_default()
}

fn read(path: &PathBuf) -> covatlas::Result<Report> {
    formats::read(
        &mut BufReader::new(File::open(path).expect("the report is there")),
        None,
        &NoSources,
    )
}

/// A medium row is contradicted by another rule, so the report may warn that its own totals are not
/// counted.
fn unexpected(row: &Row, report: &Report) -> Vec<String> {
    let contradicted = row["confidence"] == "medium";
    let differs = |message: &str| message.starts_with("the report states");
    let warnings = report.warnings.iter().map(|warning| warning.message.clone());
    warnings.filter(|message| !(contradicted && differs(message))).collect()
}

#[test]
fn every_report_has_the_totals_that_others_count() {
    let Some(corpus) = corpus() else { return };
    let mut wrong = Vec::new();
    for row in rows(&corpus) {
        let path = &row["path"];
        let (_, formats) = FORMATS
            .iter()
            .find(|(folder, _)| path.starts_with(&format!("{folder}/")))
            .expect("a format");
        if row["confidence"] == "none" {
            continue; // V8's ranges need the sources
        }
        let report = match read(&corpus.join(path)) {
            Ok(report) => report,
            Err(error) => {
                wrong.push(format!("{path}: {:?}", error.chain()));
                continue;
            }
        };
        assert!(formats.contains(&report.format), "{path}: taken for {}", report.format);
        if row["confidence"] == "low" {
            assert!(!report.warnings.is_empty(), "{path} needs a warning");
            continue;
        }
        let extra_words = unlike(&row, &report).into_iter().chain(unexpected(&row, &report));
        wrong.extend(extra_words.map(|word| format!("{path}: {word}")));
        for (dimension, stated) in stated(&row) {
            let found = found(&row, &report, &dimension);
            let others =
                || competing(&row, &dimension).contains(&found) || cut(&report, &dimension, stated);
            let accepted = row["confidence"] == "medium" && others();
            if found != stated && !accepted {
                wrong.push(format!("{path}: {dimension} {found:?}, stated {stated:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn files(corpus: &std::path::Path, path: &str) -> BTreeMap<String, FileCoverage> {
    read(&corpus.join(path)).expect("the report is sound").files
}

#[test]
fn both_tracefile_versions_of_one_run_agree() {
    let Some(corpus) = corpus() else { return };
    let (one, two) =
        (files(&corpus, "lcov/zlib-lcov116.info"), files(&corpus, "lcov/zlib-lcov2.info"));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (path, old) in &one {
        let new = &two[path];
        assert_eq!((&old.lines, &old.branches), (&new.lines, &new.branches), "{path}");
        let names = |file: &FileCoverage| {
            file.functions
                .iter()
                .map(|function| (function.start, function.name.clone(), function.hits))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(old), names(new), "{path}");
    }
}

#[test]
fn json_and_tracefile_of_one_coverage_py_run_agree() {
    let Some(corpus) = corpus() else { return };
    let json = files(&corpus, "coveragepy-json/itsdangerous.json");
    let lcov = files(&corpus, "lcov/itsdangerous-coveragepy.lcov");
    assert_eq!(json.keys().collect::<Vec<_>>(), lcov.keys().collect::<Vec<_>>());
    for (path, one) in &json {
        let other = &lcov[path];
        assert_eq!((&one.lines, &one.branches), (&other.lines, &other.branches), "{path}");
        for function in &other.functions {
            let same = one
                .functions
                .iter()
                .find(|same| same.start == function.start && same.name == function.name);
            assert_eq!(
                same.map(|same| same.hits),
                Some(function.hits),
                "{path}: {}",
                function.name
            );
        }
    }
}

#[test]
fn a_history_of_one_repository_has_the_totals_of_its_tool() {
    let Some(corpus) = corpus() else { return };
    for (folder, ending) in [("click", "info"), ("click-6y", "json")] {
        let folder = corpus.join("../histories").join(folder);
        let Ok(expected) = fs::read_to_string(folder.join("expected.tsv")) else { continue };
        for line in expected.lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            let report =
                read(&folder.join(format!("{}.{ending}", cells[1]))).expect("the report is sound");
            let cell = |index: usize| cells[index].parse::<u64>().expect("a whole number");
            let lines = Tally { covered: cell(2), total: cell(3) };
            let branches = Tally { covered: cell(4), total: cell(5) };
            assert_eq!(measured(&report, &Dimension::Lines), lines, "{line}");
            assert_eq!(measured(&report, &Dimension::Branches), branches, "{line}");
            assert_eq!(report.warnings, [], "{line}");
        }
    }
}

#[test]
fn no_report_is_taken_for_one_of_another_format() {
    let Some(corpus) = corpus() else { return };
    for row in rows(&corpus) {
        let (folder, _) = row["path"].split_once('/').expect("a folder a format");
        let (_, own) = FORMATS.iter().find(|(name, _)| *name == folder).expect("a format a folder");
        if let Ok(report) = read(&corpus.join(&row["path"])) {
            assert!(own.contains(&report.format), "{}: taken for {}", row["path"], report.format);
        }
    }
}
