//! Histories of coverage that other tools keep: one file per tool, one entry each in [`HISTORIES`].
//!
//! A document of a history is a file, or the content of a file at a commit of a data branch. It
//! gives what was [`Measured`], with the commit or the time that the document states.

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

/// The history of a tool.
#[derive(Debug)]
pub struct History {
    /// Its name: `octocov`, …
    pub name: &'static str,
    /// Its title, for people.
    pub title: &'static str,
    /// Where the tool keeps it, in words.
    pub kept: &'static str,
    /// Where it surprises, and what is done about it.
    pub quirks: &'static [Quirk],
    /// Whether the first bytes of a document look like it.
    pub sniff: fn(&[u8]) -> bool,
    /// Reads a document.
    pub read: fn(&Document<'_>) -> Result<Vec<Measured>>,
}

/// Text in which a tool keeps what was measured at one commit, or at many.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The text, as it is read by [`text`].
    pub text: &'a [u8],
    /// When it was committed to the branch that holds it, seconds since 1970 UTC.
    pub time: Option<i64>,
}

/// The coverage that was measured at a commit.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// The commit's id as it is stated, which may be cut short.
    pub commit: Option<String>,
    /// When it was measured, seconds since 1970 UTC.
    pub time: Option<i64>,
    /// The branch.
    pub branch: Option<String>,
    /// The files, where they are known; the totals that are stated are in [`Report::stated`].
    pub report: Report,
}

/// Every history, the most specific sniffing rule first.
pub const HISTORIES: &[History] = &[
    reportgenerator::HISTORY,
    octocov::HISTORY,
    codecov_api::HISTORY,
    python_coverage_comment::HISTORY,
];

/// The history of a name.
pub fn named(name: &str) -> Option<&'static History> {
    HISTORIES.iter().find(|history| history.name == name)
}

/// The history that a document's first bytes show.
pub fn sniff(text: &[u8]) -> Option<&'static History> {
    const HEAD: usize = 8 << 10;
    let head = &text[..text.len().min(HEAD)];
    HISTORIES.iter().find(|history| (history.sniff)(head))
}

/// The text of a document: unpacked where it is gzipped, and decoded.
pub fn text(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    input::open(&mut bytes)?
        .text
        .read_to_end(&mut text)
        .during(|| "cannot read the document".to_owned())?;
    Ok(text)
}

/// A document of JSON as a value of a format's own type.
fn json<'t, T: serde::Deserialize<'t>>(document: &Document<'t>) -> Result<T> {
    serde_json::from_slice(document.text).map_err(|cause| {
        Error::new(format!("line {}: it is not as expected", cause.line())).because(cause)
    })
}

/// The dimensions of pairs of covered and total; those without a denominator were not measured.
fn totals(pairs: impl IntoIterator<Item = (Dimension, u64, u64)>) -> Tallies {
    let known = pairs.into_iter().filter(|(_, covered, total)| *total > 0 && covered <= total);
    known.map(|(dimension, covered, total)| (dimension, Tally { covered, total })).collect()
}

/// Whether `text` holds `word`.
fn holds(text: &[u8], word: &str) -> bool {
    memchr::memmem::find(text, word.as_bytes()).is_some()
}

/// Whether JSON is an object whose first field has this name; what stands behind the colon.
fn first_field<'t>(head: &'t [u8], name: &str) -> Option<&'t [u8]> {
    let rest = head.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start();
    let rest = rest.strip_prefix(format!("\"{name}\"").as_bytes())?.trim_ascii_start();
    Some(rest.strip_prefix(b":")?.trim_ascii_start())
}
