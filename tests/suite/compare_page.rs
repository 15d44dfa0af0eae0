//! Tests the page that compares any two snapshots: replaying its data like the page's script
//! reproduces the timeline.

use std::collections::BTreeMap;
use std::fs;

use covatlas::Monitor;
use covatlas::history::FileState;
use covatlas::report::{Dimension, FileCoverage, Hits, Line};
use covatlas::store::{FileRecord, Key, Snapshot};
use serde_json::Value;

use crate::harness::{self, Project};

const FILES: u32 = 300;
const POINTS: u32 = 24;

/// Covered and all lines of a file at a point, or `None` if it does not exist there. Some files
/// never change, some change at each point, and some come and go.
fn lines(file: u32, point: u32) -> Option<(u32, u32)> {
    match file % 5 {
        0 => Some((2, 3)),
        1 if (point / 4 + file).is_multiple_of(3) => None,
        _ => Some(((file + point) % 4, 4)),
    }
}

fn snapshot(commit: &str, point: u32) -> Snapshot {
    let record = |file: u32| {
        let (covered, all) = lines(file, point)?;
        let line = |number| Line { number, hits: Hits::exactly(u64::from(number <= covered)) };
        let coverage =
            FileCoverage { lines: (1..=all).map(line).collect(), ..FileCoverage::default() };
        Some((format!("src/{:02}/f{file}.py", file % 7), FileRecord { source: None, coverage }))
    };
    let key =
        Key::new(commit.parse().expect("an id"), "unit", "linux").expect("the names are fine");
    harness::snapshot(key, (0..FILES).filter_map(record).collect())
}

/// The value in a data file.
fn data(project: &Project, key: &str) -> Value {
    let text = project.read(&format!("site/data/{key}.js"));
    let json =
        text.strip_prefix(&format!("__cov(\"{key}\",")).and_then(|rest| rest.strip_suffix(")\n"));
    serde_json::from_str(json.expect("a call with the file's stem and a value"))
        .expect("the value is JSON")
}

/// The index that the page names.
fn index(project: &Project) -> Value {
    let page = project.read("site/compare/index.html");
    let key = page.split("data-compare=\"").nth(1).and_then(|rest| rest.split('"').next());
    data(project, key.expect("the page names its data"))
}

fn numbers(list: &Value) -> Vec<i64> {
    list.as_array()
        .expect("a list")
        .iter()
        .map(|number| number.as_i64().expect("a number"))
        .collect()
}

fn keys(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().expect("a list").iter().map(|key| key.as_str().expect("a key"))
}

fn paths(project: &Project, index: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    for block in keys(&index["paths"]) {
        let mut before = String::new();
        for pair in data(project, block).as_array().expect("a list") {
            let shared = pair[0].as_u64().expect("a length") as usize;
            before = before.chars().take(shared).collect::<String>()
                + pair[1].as_str().expect("the rest");
            paths.push(before.clone());
        }
    }
    paths
}

/// The path, covered and all lines of each file after every list of a chunk.
fn replay(chunk: &Value, paths: &[String]) -> Vec<BTreeMap<String, (u64, u64)>> {
    let mut files: BTreeMap<i64, (usize, (u64, u64))> = BTreeMap::new();
    let mut points = Vec::new();
    for list in chunk.as_array().expect("lists") {
        let mut list = numbers(list).into_iter();
        while let Some(file) = list.next() {
            let path = match list.next().expect("a path") {
                -1 => {
                    files.remove(&file);
                    continue;
                }
                0 => files[&file].0,
                path => path as usize - 1,
            };
            let mut count = || list.next().expect("a count") as u64;
            files.insert(file, (path, (count(), count())));
        }
        points.push(files.values().map(|(path, lines)| (paths[*path].clone(), *lines)).collect());
    }
    points
}

fn measured(state: &FileState) -> (u64, u64) {
    let tally = state.tallies.get(&Dimension::Lines).unwrap_or_default();
    (tally.covered, tally.total)
}

#[test]
fn the_data_of_the_page_is_the_timeline_again_in_few_files() {
    let project = Project::new();
    project.write(".gitignore", "/site/\n");
    let snapshots: Vec<Snapshot> = (0..POINTS)
        .map(|point| snapshot(&project.commit(&format!("point {point}")), point))
        .collect();
    harness::put(&project, &snapshots);
    project.covatlas(["--quiet", "build"]).succeeds();

    let index = index(&project);
    let paths = paths(&project, &index);
    assert_eq!(index["columns"], serde_json::json!(["lines"]));
    let chunks = index["chunks"].as_array().expect("chunks");
    assert!((2..5).contains(&chunks.len()), "{} chunks", chunks.len());

    let mut replayed = Vec::new();
    for chunk in chunks {
        assert_eq!(chunk[0], replayed.len(), "a chunk begins where the one before ends");
        replayed.extend(replay(&data(&project, chunk[1].as_str().expect("a key")), &paths));
    }
    assert_eq!(replayed.len(), POINTS as usize);
    let history = Monitor::open(project.root())
        .expect("it is a repository")
        .history()
        .expect("there are snapshots");
    for (at, files) in replayed.iter().enumerate() {
        let walked: BTreeMap<String, (u64, u64)> = history
            .files_at(at)
            .into_iter()
            .map(|(path, (_, state))| (path.to_owned(), measured(state)))
            .collect();
        assert_eq!(*files, walked, "point {at}");
        let made: u64 = (0..FILES)
            .filter_map(|file| lines(file, at as u32))
            .map(|(covered, _)| u64::from(covered))
            .sum();
        assert_eq!(files.values().map(|(covered, _)| covered).sum::<u64>(), made, "point {at}");
        assert_eq!(index["totals"]["lines"][at][0], made);
    }
}

#[test]
fn one_more_snapshot_leaves_full_chunks_as_they_are() {
    let project = Project::new();
    project.write(".gitignore", "/site/\n");
    let chunks = || {
        project.covatlas(["--quiet", "build"]).succeeds();
        index(&project)["chunks"].as_array().expect("chunks").clone()
    };
    let snapshots: Vec<Snapshot> = (0..POINTS)
        .map(|point| snapshot(&project.commit(&format!("point {point}")), point))
        .collect();
    harness::put(&project, &snapshots);
    let before = chunks();
    harness::put(&project, &[snapshot(&project.commit("one more"), POINTS)]);
    let after = chunks();
    assert_eq!(before[..before.len() - 1], after[..before.len() - 1]);
    assert_ne!(before.last(), after.get(before.len() - 1));
}

#[test]
fn a_renamed_file_is_one_file() {
    let project = Project::new();
    let record = |path: &str, covered: u32| {
        project.commit(path);
        let lines = (1..=9)
            .map(|line| format!("DA:{line},{}\n", u32::from(line <= covered)))
            .collect::<Vec<_>>()
            .concat();
        fs::write(project.path("lcov.info"), format!("SF:{path}\n{lines}end_of_record\n"))
            .expect("it can be written");
        project.covatlas(["--quiet", "record", "lcov.info"]).succeeds();
    };
    project.write(".gitignore", "lcov.info\n/site/\n").write("old.py", "x = 1\n".repeat(9));
    record("old.py", 3);
    project.git(["mv", "old.py", "new.py"]);
    record("new.py", 5);
    project.covatlas(["--quiet", "build"]).succeeds();
    let index = index(&project);
    let chunk = data(&project, index["chunks"][0][1].as_str().expect("a key"));
    assert_eq!(chunk, serde_json::json!([[0, 1, 3, 9], [0, 2, 5, 9]]));
    assert_eq!(paths(&project, &index), ["old.py", "new.py"]);
}
