//! Checks what must be true for any bytes and any format. The fuzz targets and the ordinary tests
//! share this file.
//!
//! A violation is a panic that names it.

use std::io::BufReader;

use covatlas::Result;
use covatlas::report::formats::{self, Sources};
use covatlas::report::merge::merge;
use covatlas::report::{FileCoverage, Report, Tallies, Test};
use covatlas::store::cases::{self, Shards};
use covatlas::store::{FileRecord, codec};

/// A source text for formats whose positions are offsets into it.
struct AnyText;

impl Sources for AnyText {
    fn text(&self, _path: &str) -> Option<String> {
        Some("function f(a) {\n  return a ? 'é' : '🙂';\n}\n\nf(1);\r\n".to_owned())
    }
}

/// Reads the bytes in the named format, or in the one that they show, and checks the result.
pub(crate) fn check(format: Option<&str>, bytes: &[u8]) -> Result<Report> {
    let read =
        |capacity| formats::read(&mut BufReader::with_capacity(capacity, bytes), format, &AnyText);
    let report = read(bytes.len() + 1)?;
    assert_eq!(
        read(7).as_ref().ok(),
        Some(&report),
        "the same bytes in small pieces are the same report"
    );
    if let Some(name) = format {
        assert_eq!(report.format, name);
    }
    sensible(&report.tallies(), "the report");
    sensible(&report.stated.dimensions, "what the report states");
    if let Some(tests) = report.tests.as_ref().map(covatlas::report::Tests::totals) {
        let special = [tests.failures, tests.errors, tests.skipped, tests.other]
            .map(u128::from)
            .iter()
            .sum::<u128>();
        assert!(
            special <= u128::from(tests.tests),
            "more tests failed or were skipped than ran: {tests:?}"
        );
    }
    kept(report.tests.as_ref().map_or(&[], |tests| &tests.cases));
    for path in report.contexts.files() {
        assert!(
            report.files.contains_key(path),
            "tests ran {path:?}, which the report does not hold"
        );
    }
    for (path, file) in &report.files {
        check_file(path, file);
    }
    let again = merge([report.files.clone(), report.files.clone()]);
    assert!(again.keys().eq(report.files.keys()), "merging a report with itself keeps its files");
    Ok(report)
}

fn check_file(path: &str, file: &FileCoverage) {
    sensible(&file.tallies(), path);
    sensible(&file.summary.tallies, path);
    tidy(path, file);
    merges(path, file);
    stored(path, file);
}

fn sensible(tallies: &Tallies, of: &str) {
    for (dimension, tally) in tallies.iter() {
        assert!(
            tally.covered <= tally.total,
            "{of}: {} of {} {dimension}",
            tally.covered,
            tally.total
        );
    }
}

fn tidy(path: &str, file: &FileCoverage) {
    let mut again = file.clone();
    again.tidy();
    assert!(again == *file, "{path}: the lists are not sorted or hold duplicates");
}

/// The laws of merging: merging a run with itself covers the same, and two halves add up to the
/// whole in either order.
fn merges(path: &str, file: &FileCoverage) {
    let merged = |one: &FileCoverage, other: &FileCoverage| {
        let mut both = one.clone();
        both.merge(other.clone());
        both
    };
    let twice = merged(file, file);
    assert!(
        twice.counted() == file.counted(),
        "{path}: two equal runs cover {:?}",
        twice.counted()
    );
    assert!(
        twice.summary.tallies == file.summary.tallies,
        "{path}: two equal runs sum up to {:?}",
        twice.summary
    );
    let [even, odd] = [0, 1].map(|rest| every_second(file, rest));
    let whole = merged(&even, &odd);
    assert!(whole == merged(&odd, &even), "{path}: the order of two runs matters");
    assert!(whole.counted() == file.counted(), "{path}: two halves give {:?}", whole.counted());
}

/// The records at even positions, or those at odd ones.
fn every_second(file: &FileCoverage, rest: usize) -> FileCoverage {
    fn keep<T>(list: &mut Vec<T>, rest: usize) {
        let mut at = 0;
        list.retain(|_| {
            at += 1;
            at % 2 == rest
        });
    }
    let mut half = file.clone();
    keep(&mut half.lines, rest);
    keep(&mut half.branches, rest);
    keep(&mut half.functions, rest);
    keep(&mut half.conditions, rest);
    keep(&mut half.blocks, rest);
    keep(&mut half.regions, rest);
    keep(&mut half.instructions, rest);
    keep(&mut half.mutants, rest);
    keep(&mut half.excluded, rest);
    half
}

/// The store returns what it was given.
fn stored(path: &str, file: &FileCoverage) {
    let record = FileRecord { source: None, coverage: file.clone() };
    let text = codec::encode(&record).unwrap_or_else(|error| panic!("{path}: {:?}", error.chain()));
    let back = codec::decode(text.as_bytes())
        .unwrap_or_else(|error| panic!("{path}: {:?}\n{text}", error.chain()));
    assert!(back == record, "{path}: the store gives back {:?}\nof {record:?}", back.coverage);
    assert!(back.coverage.tallies() == file.tallies(), "{path}: stored, the totals are others");
}

/// The store returns the tests it was given, except for digits that a clock cannot measure.
fn kept(tests: &[Test]) {
    let tests =
        tests.iter().cloned().map(|test| Test { duration: test.duration.map(cases::kept), ..test });
    let given = cases::shards(tests);
    let mut back = Shards::new();
    for (shard, tests) in &given {
        let text = cases::encode(tests).expect("a shard is sorted");
        let tests = cases::decode(*shard, text.as_bytes());
        back.insert(*shard, tests.unwrap_or_else(|error| panic!("{:?}\n{text}", error.chain())));
    }
    if let Some(text) = cases::encode_durations(&given) {
        cases::decode_durations(text.as_bytes(), &mut back)
            .unwrap_or_else(|error| panic!("{:?}", error.chain()));
    }
    assert!(back == given, "the store gives back {back:?}\nof {given:?}");
}
