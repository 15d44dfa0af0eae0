//! Report files: their usual places, the files that an argument names, and reading them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::Context as _;
use crate::recording::globs::Globs;
use crate::report::Report;
use crate::report::formats::{self, Sources};
use crate::report::reading::not_reports;
use crate::{Error, Result, files};

/// Where test tools usually write their reports, as globs below the root of the work tree.
const USUAL: &[&str] = &[
    "coverage.xml",
    "coverage.json",
    "coverage.lcov",
    "coverage.info",
    "coverage.out",
    "coverage.txt",
    "cover.out",
    "c.out",
    "lcov.info",
    "cobertura.xml",
    "clover.xml",
    "jacoco.xml",
    "coverage.cobertura.xml",
    "coverage.opencover.xml",
    "tarpaulin-report.json",
    "coverage/lcov.info",
    "coverage/coverage-final.json",
    "coverage/cobertura-coverage.xml",
    "coverage/clover.xml",
    "coverage/coverage.xml",
    "coverage/coverage.json",
    "coverage/.resultset.json",
    "target/lcov.info",
    "target/coverage/*.info",
    "target/llvm-cov/*.info",
    "target/site/jacoco/jacoco.xml",
    "target/site/jacoco-aggregate/jacoco.xml",
    "target/scoverage.xml",
    "target/site/cobertura/coverage.xml",
    "target/tarpaulin/cobertura.xml",
    "build/reports/jacoco/*/*.xml",
    "build/reports/kover/report.xml",
    "build/coverage.info",
    "build/coverage.xml",
    "build/lcov.info",
    "build/logs/clover.xml",
    "build/logs/cobertura.xml",
    "*/target/site/jacoco/jacoco.xml",
    "*/build/reports/jacoco/*/*.xml",
    "TestResults/*/coverage.{cobertura.xml,opencover.xml,json,info}",
    "*/TestResults/*/coverage.{cobertura.xml,opencover.xml,json,info}",
    "*/coverage.{cobertura.xml,opencover.xml,json,info}",
    // Results of mutation testing.
    "reports/mutation/mutation.json",
    "StrykerOutput/*/reports/mutation-report.json",
    "target/pit-reports/mutations.xml",
    "target/pit-reports/*/mutations.xml",
    "build/reports/pitest/mutations.xml",
    "mutants.out/outcomes.json",
    "mutants/**/*.meta",
    // Test results.
    "junit.xml",
    "report.xml",
    "test-report.xml",
    "test-results.xml",
    "test-results/*.xml",
    "reports/junit.xml",
    "target/nextest/*/junit.xml",
    "target/surefire-reports/TEST-*.xml",
    "target/failsafe-reports/TEST-*.xml",
    "build/test-results/*/TEST-*.xml",
    "ctrf/ctrf-report.json",
    "TestResult.xml",
    "TestResults/*.{trx,xml}",
    "*/TestResults/*.{trx,xml}",
];

/// A report that has been read.
#[derive(Clone, Debug)]
pub struct Input {
    /// The file.
    pub path: PathBuf,
    /// The BLAKE3 digest of its bytes, in hex.
    pub digest: String,
    /// The report.
    pub report: Report,
}

/// The reports in the usual places below a folder (the current one if empty), sorted.
pub fn find(root: &Path) -> Vec<PathBuf> {
    let mut globs = Globs::default();
    let added = USUAL.iter().try_for_each(|place| globs.add(root, place));
    // Fails if there are too many files below `mutants`.
    let found = added.and_then(|()| globs.files()).unwrap_or_default();
    found.into_iter().filter(|path| looks_like_report(path) || is_report_of_nothing(path)).collect()
}

/// The files that arguments name, each file once, or the reason why an argument names none.
pub fn expand_all(arguments: &[PathBuf]) -> Vec<Result<PathBuf>> {
    once(arguments.iter().map(|argument| expand(argument)))
}

/// Does the same for paths and patterns below a folder. The folder's own name is taken literally.
pub fn expand_all_below(folder: &Path, arguments: &[String]) -> Vec<Result<PathBuf>> {
    once(arguments.iter().map(|argument| expand_below(folder, Path::new(argument))))
}

fn once(named: impl Iterator<Item = Result<Vec<PathBuf>>>) -> Vec<Result<PathBuf>> {
    let mut seen = BTreeSet::new();
    let each = named.flat_map(|named| match named {
        Ok(paths) => paths.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    });
    // A link, `./` or `a/../` in a name do not make it a different file. A pipe cannot be
    // canonicalised.
    let file = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    each.filter(|found| found.as_ref().map_or(true, |path| seen.insert(file(path)))).collect()
}

/// The files that an argument names, sorted: a file itself, all reports in a folder, or all files
/// that match a glob.
pub fn expand(argument: &Path) -> Result<Vec<PathBuf>> {
    expand_below(Path::new(""), argument)
}

fn expand_below(folder: &Path, argument: &Path) -> Result<Vec<PathBuf>> {
    let path = folder.join(argument);
    if path.is_dir() {
        if let Some(error) =
            path.file_name().and_then(|name| not_reports::explain_name(&name.to_string_lossy()))
        {
            return Err(error).during(|| format!("cannot read {}", path.display()));
        }
        let found = reports_in(&path);
        let nothing =
            || Error::new(format!("no file in the folder {} looks like a report", path.display()));
        return if found.is_empty() { Err(nothing().hint(KNOWN)) } else { Ok(found) };
    }
    let pattern = argument.to_string_lossy();
    if path.exists() || !pattern.contains(['*', '?', '[']) {
        return Ok(vec![path]); // if it does not exist, reading it will fail
    }
    let mut globs = Globs::default();
    globs.add(folder, &pattern)?;
    let mut found = globs.files()?;
    // Sorts the shortest first, so that a file with links to it is known by its own name.
    found.sort_by_cached_key(|path| (path.canonicalize().ok(), path.components().count()));
    if found.is_empty() {
        return Err(Error::new(format!("no file matches {pattern}")));
    }
    Ok(found)
}

const KNOWN: &str = "`covatlas formats` lists the supported formats";

fn reports_in(folder: &Path) -> Vec<PathBuf> {
    let is_wanted = |path: &PathBuf| looks_like_report(path) || is_report_of_nothing(path);
    files::below(folder).filter(is_wanted).collect()
}

/// Whether a file is the report of a tool that found nothing to report. `{}` may be anything, so
/// the name must be a usual one too.
fn is_report_of_nothing(path: &Path) -> bool {
    let has_usual_name = USUAL.iter().any(|place| Path::new(place).file_name() == path.file_name());
    has_usual_name
        && path.is_file()
        && File::open(path)
            .is_ok_and(|file| formats::is_report_of_nothing(&mut BufReader::new(file)))
}

fn looks_like_report(path: &Path) -> bool {
    path.is_file()
        && File::open(path).is_ok_and(|file| formats::sniff(&mut BufReader::new(file)).is_some())
}

/// Reads a report file in the named format, or in the one that its content shows.
pub fn read(path: &Path, format: Option<&str>) -> Result<Input> {
    let attempt = || format!("cannot read the report {}", path.display());
    if path.is_dir() {
        return Err(Error::new("it is a folder")
            .hint("`covatlas inspect` and `covatlas record` read folders"))
        .during(attempt);
    }
    read_from(path, format, files::open(path).during(attempt)?)
}

/// Reads a report that was made in another work tree, which is in `folder`.
pub fn read_below(folder: &Path, path: &Path) -> Result<Input> {
    let attempt = || format!("cannot read the report {}", path.display());
    let work_tree = WorkTree { root: folder.canonicalize().ok() };
    read_with(path, None, files::open(path).during(attempt)?, &work_tree)
}

/// Reads a report from a stream. `path` is its name.
pub fn read_from(path: &Path, format: Option<&str>, bytes: impl Read) -> Result<Input> {
    read_with(path, format, bytes, &WorkTree::around())
}

fn read_with(
    path: &Path,
    format: Option<&str>,
    bytes: impl Read,
    sources: &WorkTree,
) -> Result<Input> {
    let attempt = || format!("cannot read the report {}", path.display());
    let mut input =
        BufReader::with_capacity(1 << 16, Hashing { inner: bytes, hasher: blake3::Hasher::new() });
    let report = formats::read(&mut input, format, sources)
        .map_err(|error| by_name(path, format, error))
        .during(attempt)?;
    // The digest covers all bytes, including those that the parser did not need.
    io::copy(&mut input, &mut io::sink()).during(attempt)?;
    let digest = input.into_inner().hasher.finalize().to_hex().to_string();
    Ok(Input { path: path.to_owned(), digest, report })
}

/// The error, if the name of a file explains the problem better than its content.
fn by_name(path: &Path, format: Option<&str>, error: Error) -> Error {
    let is_unknown = format.is_none() && error.to_string().starts_with("unknown report format");
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    not_reports::explain_name(&name).filter(|_| is_unknown).unwrap_or(error)
}

/// The source files of the work tree around the current folder. Nothing outside of it is read,
/// whatever a report names.
struct WorkTree {
    root: Option<PathBuf>,
}

impl WorkTree {
    fn around() -> Self {
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
        let root = here
            .as_ref()
            .and_then(|here| here.ancestors().find(|folder| folder.join(".git").exists()));
        Self { root: root.map(Path::to_owned).or(here) }
    }
}

impl Sources for WorkTree {
    fn text(&self, path: &str) -> Option<String> {
        /// No hand-written source is larger.
        const LARGEST: u64 = 64 << 20;
        let root = self.root.as_ref()?;
        let file = root.join(path).canonicalize().ok()?;
        let small = file.metadata().is_ok_and(|about| about.is_file() && about.len() <= LARGEST);
        let inside = file.starts_with(root) && small;
        inside.then(|| std::fs::read_to_string(&file).ok()).flatten()
    }
}

/// A reader that digests the bytes that pass through it, so that a report is read only once and is
/// never entirely in memory.
struct Hashing<R> {
    inner: R,
    hasher: blake3::Hasher,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}
