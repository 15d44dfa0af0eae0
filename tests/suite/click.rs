//! A real history: 60 reports of `pallets/click`'s own suite, recorded at their commits, against
//! coverage.py's totals.
//!
//! `COVATLAS_CLICK` names a clone of <https://github.com/pallets/click>, and
//! `../shared/histories/click` contains the reports (`<commit>.info`) and `expected.tsv`. Without
//! either, the test prints a message and ends.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use super::cli::parsed;
use super::harness::Project;

#[test]
fn every_commit_has_the_totals_that_coverage_py_states() {
    let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/histories/click");
    let (Ok(source), Ok(expected)) =
        (env::var("COVATLAS_CLICK"), fs::read_to_string(reports.join("expected.tsv")))
    else {
        println!(
            "skipped: COVATLAS_CLICK names no clone of pallets/click, or the reports are not there"
        );
        return;
    };
    let rows: Vec<Vec<&str>> =
        expected.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), 60);
    let project = Project::clone_of(&source, &["--no-checkout"]);
    let newest = rows[rows.len() - 1][1];
    project.git(["update-ref", "refs/heads/measured", newest]);
    project.write("covatlas.toml", "branch = \"measured\"\n");
    for row in &rows {
        let report = reports.join(format!("{}.info", row[1]));
        project
            .covatlas(["record", "--quiet", "--commit", row[1], report.to_str().expect("UTF-8")])
            .succeeds();
    }
    let log = parsed(&project.covatlas(["log", "--json"]).succeeds());
    let snapshots = log["snapshots"].as_array().expect("a list");
    assert_eq!(snapshots.len(), rows.len());
    for (row, snapshot) in rows.iter().zip(snapshots) {
        let stated: BTreeMap<&str, &str> = expected
            .lines()
            .next()
            .expect("a header")
            .split('\t')
            .zip(row.iter().copied())
            .collect();
        let figure =
            |dimension: &str, which: &str| snapshot["dimensions"][dimension][which].to_string();
        assert_eq!(snapshot["commit"], stated["commit"]);
        assert_eq!(figure("lines", "covered"), stated["covered_lines"], "{}", stated["commit"]);
        assert_eq!(figure("lines", "total"), stated["lines"], "{}", stated["commit"]);
        assert_eq!(
            figure("branches", "covered"),
            stated["covered_branches"],
            "{}",
            stated["commit"]
        );
        assert_eq!(figure("branches", "total"), stated["branches"], "{}", stated["commit"]);
    }
}
