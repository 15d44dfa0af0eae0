//! Runs the checks of the fuzz targets on known bytes: every seed and every fixture in every
//! format, whole and truncated.

#[path = "../fuzz/invariants.rs"]
mod invariants;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use covatlas::report::formats::FORMATS;
use walkdir::WalkDir;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The files below a folder with their bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("the folder is there"));
    let files =
        entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files.map(|path| (path.clone(), fs::read(path).expect("a sample is readable"))).collect()
}

fn samples() -> Vec<(PathBuf, Vec<u8>)> {
    [files(&folder("fuzz/seeds")), files(&folder("fixtures/reports"))].concat()
}

/// A failure names its input.
#[track_caller]
fn check(format: Option<&str>, path: &Path, bytes: &[u8]) -> Option<covatlas::report::Report> {
    let checked = std::panic::catch_unwind(|| invariants::check(format, bytes));
    let shown = || String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    checked.unwrap_or_else(|_| panic!("{} as {format:?}: {}", path.display(), shown())).ok()
}

#[test]
fn every_format_has_its_target_and_its_seeds() {
    let manifest = fs::read_to_string(folder("fuzz/Cargo.toml")).expect("the fuzz crate is there");
    let manifest: toml::Table = manifest.parse().expect("it is TOML");
    let targets = manifest["bin"].as_array().expect("it has targets").iter();
    let targets: Vec<&str> = targets.filter_map(|target| target["name"].as_str()).collect();
    let formats: BTreeSet<&str> = FORMATS.iter().map(|format| format.name).collect();
    assert_eq!(
        targets.iter().copied().collect::<BTreeSet<_>>(),
        formats,
        "tests/fuzz/Cargo.toml: [[bin]]"
    );
    assert_eq!(targets.len(), formats.len(), "a target stands twice");
    let seeds = fs::read_dir(folder("fuzz/seeds")).expect("there are seeds");
    let seeds: BTreeSet<String> = seeds
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        seeds,
        formats.into_iter().map(str::to_owned).collect(),
        "tests/fuzz/seeds: a folder a format"
    );
}

/// A fuzzer learns little from a seed that its own format refuses. Findings may be refused; their
/// names say so.
#[test]
fn every_seed_is_a_report_of_its_format() {
    for (path, bytes) in files(&folder("fuzz/seeds")) {
        let format =
            path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).expect("a name");
        let refused =
            path.file_stem().is_some_and(|name| name.to_string_lossy().starts_with("bad-"));
        match invariants::check(Some(format), &bytes) {
            Ok(_) => assert!(!refused, "{} is read", path.display()),
            Err(error) => assert!(refused, "{}: {:?}", path.display(), error.chain()),
        }
        if !refused {
            let shown = check(None, &path, &bytes).map(|report| report.format);
            assert_eq!(shown, Some(format), "{} is recognised", path.display());
        }
    }
}

#[test]
fn every_sample_through_every_format() {
    for (path, bytes) in samples() {
        for format in FORMATS {
            check(Some(format.name), &path, &bytes);
        }
    }
}

/// Small samples are cut at every byte, larger ones at fewer places, so that the work is the same.
#[test]
fn a_sample_cut_anywhere_is_an_error_or_a_sound_report() {
    const WORK: usize = 1 << 20;
    for (path, bytes) in samples() {
        let Some(report) = check(None, &path, &bytes) else { continue };
        let step = (bytes.len() * bytes.len() / WORK).max(1);
        for cut in (0..bytes.len()).step_by(step) {
            check(Some(report.format), &path, &bytes[..cut]);
        }
    }
}

/// Numbers that a faulty or malicious writer might write.
const NUMBERS: [&str; 9] = [
    "0",
    "-1",
    "1.5",
    "19999999",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "1e300",
    "99999999999999999999",
];

/// The positions of numbers in a text.
fn numbers(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for at in (0..text.len()).filter(|&at| text[at].is_ascii_digit()) {
        match found.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => found.push(at..at + 1),
        }
    }
    found
}

#[test]
fn any_number_of_a_seed_may_be_any_other() {
    for (path, bytes) in files(&folder("fuzz/seeds")) {
        let format = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        for range in numbers(&bytes) {
            for number in NUMBERS {
                let mut changed = bytes.clone();
                changed.splice(range.clone(), number.bytes());
                check(format, &path, &changed);
            }
        }
    }
}
