//! Report formats: one file per format, with one entry each in [`FORMATS`].

pub mod cargo_mutants;
pub mod clover;
pub mod cobertura;
pub mod codecov;
pub mod cosmic_ray;
pub mod covdir;
pub mod coveragepy;
pub mod coveralls;
pub mod coverlet;
pub mod ctrf;
pub mod cucumber;
pub mod dotcover;
pub mod gcov;
pub mod gcovr;
pub mod gocover;
pub mod gotest;
pub mod infection;
pub mod istanbul;
pub mod istanbul_summary;
pub mod jacoco;
pub mod junit;
pub mod lcov;
pub mod llvm_cov;
pub mod mutmut;
pub mod nunit;
pub mod opencover;
pub mod pit;
pub mod scoverage;
pub mod simplecov;
pub mod simplecov_json;
pub mod sonar;
pub mod sonar_tests;
pub mod stryker;
pub mod tarpaulin;
pub mod trx;
pub mod v8;
pub mod vs_coverage;
pub mod xccov;
pub mod xunit;

use std::io::BufRead;

use crate::report::Report;
use crate::report::reading::warnings::Warnings;
use crate::report::reading::{input, not_reports};
use crate::{Error, Result};

/// A report format.
#[derive(Debug)]
pub struct Format {
    /// The name: `lcov`, `cobertura`, …
    pub name: &'static str,
    /// The title on pages: `Cobertura XML`.
    pub title: &'static str,
    /// The kind of report.
    pub kind: Kind,
    /// The tools that write it.
    pub tools: &'static [&'static str],
    /// How a file is recognised, as a phrase that completes "a file that …".
    pub sign: &'static str,
    /// Rules that are surprising or about which writers disagree, and how they are handled.
    pub quirks: &'static [Quirk],
    /// Whether a file is of this format, judging by its first bytes.
    pub sniff: fn(&[u8]) -> bool,
    /// Reads a report.
    pub read: fn(&mut dyn BufRead, &dyn Sources) -> Result<Report>,
}

/// The kind of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Coverage: what ran.
    Coverage,
    /// Mutation testing: the results of mutants.
    Mutation,
    /// The results of tests.
    Tests,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Coverage, Self::Mutation, Self::Tests];

    /// The heading in lists.
    pub fn title(self) -> &'static str {
        match self {
            Self::Coverage => "Coverage",
            Self::Mutation => "Mutation testing",
            Self::Tests => "Tests",
        }
    }

    /// The formats of this kind, sorted by name.
    pub fn formats(self) -> Vec<&'static Format> {
        let mut formats: Vec<&Format> =
            FORMATS.iter().filter(|format| format.kind == self).collect();
        formats.sort_by_key(|format| format.name);
        formats
    }
}

/// A rule for reading a format that is not obvious.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Quirk {
    /// The rule, and the reason for it.
    pub rule: &'static str,
    /// The source of the rule: a file of the tool's source, its manual, or a run of it.
    pub source: &'static str,
}

/// The texts of source files, for formats whose positions are offsets into them.
pub trait Sources {
    /// The text of the file at a path as the report writes it, or `None` if it is not available.
    fn text(&self, path: &str) -> Option<String>;
}

/// No source is available.
#[derive(Clone, Copy, Debug)]
pub struct NoSources;

impl Sources for NoSources {
    fn text(&self, _path: &str) -> Option<String> {
        None
    }
}

/// Every format, with the most specific detection rule first.
pub const FORMATS: &[Format] = &[
    lcov::FORMAT,
    gocover::FORMAT,
    clover::FORMAT,
    cobertura::FORMAT,
    jacoco::FORMAT,
    scoverage::FORMAT,
    coveragepy::FORMAT,
    llvm_cov::FORMAT,
    tarpaulin::FORMAT,
    gcovr::FORMAT,
    gcov::FORMAT,
    sonar::FORMAT,
    coveralls::FORMAT,
    covdir::FORMAT,
    codecov::FORMAT,
    pit::FORMAT,
    infection::FORMAT,
    mutmut::FORMAT,
    stryker::FORMAT,
    opencover::FORMAT,
    dotcover::FORMAT,
    vs_coverage::FORMAT,
    trx::FORMAT,
    xunit::FORMAT,
    nunit::FORMAT,
    junit::FORMAT,
    sonar_tests::FORMAT,
    gotest::FORMAT,
    ctrf::FORMAT,
    cucumber::FORMAT,
    cargo_mutants::FORMAT,
    cosmic_ray::FORMAT,
    istanbul_summary::FORMAT,
    istanbul::FORMAT,
    v8::FORMAT,
    simplecov_json::FORMAT,
    simplecov::FORMAT,
    coverlet::FORMAT,
    xccov::FORMAT,
];

/// Reads a report of the named format, or of the one that its content shows. Unpacks gzip, and
/// decodes UTF-16.
pub fn read(
    input: &mut dyn BufRead,
    format: Option<&str>,
    sources: &dyn Sources,
) -> Result<Report> {
    let named = format.map(named).transpose()?;
    let mut input = input::open(input)?;
    let shown = named.or_else(|| FORMATS.iter().find(|format| (format.sniff)(&input.head)));
    let Some(format) = shown else {
        let no_report = || not_reports::explain(&input.head).unwrap_or_else(unknown);
        return nothing(&input.head).ok_or_else(no_report);
    };
    let mut report = (format.read)(&mut input.text, sources)?;
    crate::report::reading::far_lines::leave_out(&mut report);
    Ok(report)
}

/// The format that the first bytes show, if any.
pub fn sniff(input: &mut dyn BufRead) -> Option<&'static Format> {
    let input = input::open(input).ok()?;
    FORMATS.iter().find(|format| (format.sniff)(&input.head))
}

/// Whether the content is an empty report that may be of several formats, such as `{}`.
pub fn is_report_of_nothing(input: &mut dyn BufRead) -> bool {
    input::open(input).is_ok_and(|input| nothing(&input.head).is_some())
}

/// Finds the format with a name.
pub fn named(name: &str) -> Result<&'static Format> {
    let known = FORMATS.iter().find(|format| format.name == name);
    known.ok_or_else(|| Error::new(format!("`{name}` is not a report format")).hint(names()))
}

fn unknown() -> Error {
    Error::new("unknown report format")
        .hint(names())
        .hint("name the format with `--format` if the report starts in an unusual way")
}

fn names() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    format!("known formats: {}", names.join(", "))
}

/// Whether `text` contains `word`.
fn holds(text: &[u8], word: &str) -> bool {
    memchr::memmem::find(text, word.as_bytes()).is_some()
}

/// The report of a tool that found nothing to report. Jest, nyc and SimpleCov then write `{}`.
fn nothing(head: &[u8]) -> Option<Report> {
    let text: Vec<u8> = head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let format = match text.as_slice() {
        b"{}" => istanbul::FORMAT.name,
        b"[]" | b"null" => xccov::FORMAT.name,
        b"{\"result\":[]}" => v8::FORMAT.name,
        b"<coverage/>" | b"<coverage></coverage>" => cobertura::FORMAT.name,
        xml if is_bare(xml, b"<reportname=") => jacoco::FORMAT.name,
        xml if is_bare(xml, b"<coverageversion=") => sonar::FORMAT.name,
        _ => return None,
    };
    let mut warnings = Warnings::default();
    warnings.add("empty reports", None, || {
        "the report is empty: the tool found nothing to report".to_owned()
    });
    Some(Report { format, warnings: warnings.finish(), ..Report::default() })
}

/// Whether XML without its blanks is a single empty element that begins like this.
fn is_bare(text: &[u8], start: &[u8]) -> bool {
    let element = text
        .strip_prefix(b"<?xml")
        .and_then(|rest| Some(&rest[memchr::memmem::find(rest, b"?>")? + 2..]));
    let element = element.unwrap_or(text);
    let ends = match memchr::memchr_iter(b'<', element).count() {
        1 => element.ends_with(b"/>"),
        2 => memchr::memmem::find(element, b"</").is_some() && element.ends_with(b">"),
        _ => false,
    };
    element.starts_with(start) && ends
}
