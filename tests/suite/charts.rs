//! Charts of the site, and the whole ECharts option of the trend chart. It is in
//! `tests/fixtures/charts/trend.json`, which is reviewed with every change. `COVATLAS_ACCEPT=1
//! cargo test --test suite charts` writes it anew.

use std::collections::BTreeMap;
use std::{env, fs};

use covatlas::config::Config;
use covatlas::report::{Arm, Branch, Dimension, FileCoverage, Hits, Line};
use covatlas::store::{FileRecord, Key};
use serde_json::Value;

use crate::harness::{self, Project};
use crate::site::{Memory, build};

const OPTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/charts/trend.json");

/// A file of ten lines and four branches, of which so many are covered.
fn coverage(lines: u32, arms: u32) -> FileCoverage {
    let hits = |is_hit: bool| Hits::exactly(u64::from(is_hit));
    let arm = |arm: u32| Branch { line: 1, block: 0, arm: Arm::Index(arm), hits: hits(arm < arms) };
    FileCoverage {
        lines: (1..=10).map(|number| Line { number, hits: hits(number <= lines) }).collect(),
        branches: (0..4).map(arm).collect(),
        ..FileCoverage::default()
    }
}

/// Three snapshots: lines rise above their target, branches fall below the same one.
fn project() -> Project {
    let project = Project::new();
    let snapshots = [(6, 3), (7, 3), (9, 2)].map(|(lines, arms)| {
        project.write("a.py", format!("{lines}\n"));
        let commit = project.commit("Change").parse().expect("git prints full ids");
        let key = Key::new(commit, "unit", "default").expect("the names are fine");
        let record = FileRecord { source: None, coverage: coverage(lines, arms) };
        harness::snapshot(key, BTreeMap::from([("a.py".to_owned(), record)]))
    });
    project.git(["tag", "v1"]);
    harness::put(&project, &snapshots);
    project
}

#[test]
fn the_option_of_the_trend_chart_is_the_reviewed_one() {
    let targets = BTreeMap::from([(Dimension::Lines, 80.0), (Dimension::Branches, 80.0)]);
    let mut site = Memory::default();
    build(&project(), &Config { targets, ..Config::default() }, &mut site);
    let option = option_of(&site, "trends/index.html");
    let option = format!("{option:#}\n");

    if env::var_os("COVATLAS_ACCEPT").is_some() {
        fs::write(OPTION, &option).expect("the option can be written");
    }
    let reviewed = fs::read_to_string(OPTION).expect("the option is there");
    assert_eq!(option, reviewed, "the option changed: review it, then set COVATLAS_ACCEPT=1");
}

#[test]
fn a_directory_whose_figures_stay_keeps_its_page() {
    let project = Project::new();
    let record = |lines| FileRecord { source: None, coverage: coverage(lines, 2) };
    let snapshot = |at: i64, lines: u32| {
        project.at(1_780_000_000 + at * 24 * 60 * 60);
        project.write("still/a.py", "text\n").write("busy/b.py", format!("{at}\n"));
        let commit = project.commit("Change").parse().expect("git prints full ids");
        let files = [("still/a.py", 5 + at.min(1) as u32), ("busy/b.py", lines)];
        let files = files.map(|(path, lines)| (path.to_owned(), record(lines)));
        let key = Key::new(commit, "unit", "default").expect("the names are fine");
        harness::put(&project, &[harness::snapshot(key, BTreeMap::from(files))]);
    };
    let pages = || {
        let mut site = Memory::default();
        build(&project, &Config::default(), &mut site);
        let page = |name: &str| {
            let page = site.files[&format!("files/{name}/index.html")].clone();
            String::from_utf8(page).expect("pages are UTF-8")
        };
        [page("still"), page("busy")]
    };

    // The first figures are older than the window of thirty days.
    for (at, lines) in
        [(0, 4), (1, 5), (40, 6), (41, 7), (42, 8), (43, 9), (44, 9), (45, 8), (46, 9)]
    {
        snapshot(at, lines);
    }
    for at in 47..50 {
        snapshot(at, if at % 2 == 0 { 8 } else { 9 });
    }
    let [still, busy] = pages();
    assert!(still.contains("class=\"l x\" d=\"M0 "), "the page has a sparkline");
    snapshot(50, 3);
    let [still_later, busy_later] = pages();
    assert_eq!(still, still_later);
    assert_ne!(busy, busy_later);
}

/// The option in the data file that the first chart of a page names.
fn option_of(site: &Memory, page: &str) -> Value {
    let html = String::from_utf8(site.files[page].clone()).expect("pages are UTF-8");
    let (_, src) = html.split_once("data-src=\"../").expect("a chart");
    let (src, _) = src.split_once('"').expect("the end of its address");
    let script = String::from_utf8(site.files[src].clone()).expect("data is UTF-8");
    let (_, json) = script.split_once(',').expect("a key before the data");
    let json = json.trim_end().strip_suffix(')').expect("a call");
    let mut file: Value = serde_json::from_str(json).expect("the data is JSON");
    file["option"].take()
}
