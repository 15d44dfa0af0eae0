//! Reads coverage histories of other tools: one file per tool, with one entry each in
//! [`HISTORIES`].
//!
//! A document of a history is a file, or the content of a file at a commit of a data branch. It
//! contains one or more [`Measured`] results, with the commit or the time that the document gives.

pub mod codecov_api;
pub mod octocov;
pub mod python_coverage_comment;
pub mod reportgenerator;

use std::io::Read as _;

use crate::error::Context;
use crate::report::formats::Quirk;
use crate::report::reading::input;
use crate::report::{Dimension, Report, Tallies, Tally};
use crate::{Error, Result};

/// The history format of a tool.
#[derive(Debug)]
pub struct History {
    /// The name: `octocov`, …
    pub name: &'static str,
    /// The title on pages.
    pub title: &'static str,
    /// Where the tool keeps its history, as a phrase.
    pub kept: &'static str,
    /// Surprising rules of the format, and how they are handled.
    pub quirks: &'static [Quirk],
    /// Whether a document is of this format, judging by its first bytes.
    pub sniff: fn(&[u8]) -> bool,
    /// Reads a document.
    pub read: fn(&Document<'_>) -> Result<Vec<Measured>>,
}

/// Text in which a tool keeps the results of one or more commits.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The text, as returned by [`text`].
    pub text: &'a [u8],
    /// The time at which it was committed to its branch, in seconds since 1970 UTC.
    pub time: Option<i64>,
}

/// The coverage measured at one commit.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// The commit id as the document gives it, which may be abbreviated.
    pub commit: Option<String>,
    /// The time of the measurement, in seconds since 1970 UTC.
    pub time: Option<i64>,
    /// The branch.
    pub branch: Option<String>,
    /// The files, if they are known. The declared totals are in [`Report::stated`].
    pub report: Report,
}

/// All history formats, with the most specific detection rule first.
pub const HISTORIES: &[History] = &[
    reportgenerator::HISTORY,
    octocov::HISTORY,
    codecov_api::HISTORY,
    python_coverage_comment::HISTORY,
];

/// Finds the history format with a name.
pub fn named(name: &str) -> Option<&'static History> {
    HISTORIES.iter().find(|history| history.name == name)
}

/// Detects the history format of a document by its first bytes.
pub fn sniff(text: &[u8]) -> Option<&'static History> {
    const HEAD: usize = 8 << 10;
    let head = &text[..text.len().min(HEAD)];
    HISTORIES.iter().find(|history| (history.sniff)(head))
}

/// Unpacks a document if it is gzipped, and decodes it.
pub fn text(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    input::open(&mut bytes)?
        .text
        .read_to_end(&mut text)
        .during(|| "cannot read the document".to_owned())?;
    Ok(text)
}

/// Parses a JSON document into a format's own type.
fn json<'t, T: serde::Deserialize<'t>>(document: &Document<'t>) -> Result<T> {
    serde_json::from_slice(document.text).map_err(|cause| {
        Error::new(format!("line {}: the document is not as expected", cause.line())).because(cause)
    })
}

/// The tallies of `(dimension, covered, total)`. A dimension with a total of 0 was not measured.
fn totals(pairs: impl IntoIterator<Item = (Dimension, u64, u64)>) -> Tallies {
    let known = pairs.into_iter().filter(|(_, covered, total)| *total > 0 && covered <= total);
    known.map(|(dimension, covered, total)| (dimension, Tally { covered, total })).collect()
}

/// Whether `text` contains `word`.
fn holds(text: &[u8], word: &str) -> bool {
    memchr::memmem::find(text, word.as_bytes()).is_some()
}

/// The text after the colon of the first field, if JSON is an object whose first field has this
/// name.
fn first_field<'t>(head: &'t [u8], name: &str) -> Option<&'t [u8]> {
    let rest = head.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start();
    let rest = rest.strip_prefix(format!("\"{name}\"").as_bytes())?.trim_ascii_start();
    Some(rest.strip_prefix(b":")?.trim_ascii_start())
}
