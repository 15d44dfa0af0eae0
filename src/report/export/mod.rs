//! Writes merged coverage as reports of other formats: one file per format, one entry each in
//! [`EXPORTS`].
//!
//! The same files always give the same text: no clock is read. A count that is a lower bound is
//! written as that bound. What a format cannot express is left out; each file says what at its top.

pub mod cobertura;
pub mod codecov;
pub mod covdir;
pub mod json;
pub mod lcov;
pub mod sonar;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use crate::report::{FileCoverage, LineView};
use crate::{Error, Result, path};

/// The files that are written, by path.
pub type Files = BTreeMap<String, FileCoverage>;

/// A format that is written.
#[derive(Debug)]
pub struct Export {
    /// Its name: `lcov`, `cobertura`, …
    pub name: &'static str,
    /// Its title, for people: `Cobertura XML`.
    pub title: &'static str,
    /// Whether it has a place for everything.
    pub whole: bool,
    /// Writes it.
    pub write: fn(&Files, &mut dyn Write) -> io::Result<()>,
}

/// Every format that is written.
pub const EXPORTS: &[Export] = &[
    lcov::EXPORT,
    cobertura::EXPORT,
    sonar::EXPORT,
    codecov::EXPORT,
    covdir::EXPORT,
    json::EXPORT,
];

/// The format of a name.
pub fn named(name: &str) -> Result<&'static Export> {
    let known = EXPORTS.iter().find(|export| export.name == name);
    known.ok_or_else(|| {
        let names: Vec<&str> = EXPORTS.iter().map(|export| export.name).collect();
        Error::new(format!("`{name}` is no format that is written"))
            .hint(format!("one of: {}", names.join(", ")))
    })
}

/// Whether every count of hits is the count itself.
pub fn exact(files: &Files) -> bool {
    files.values().all(|file| {
        let lines = file.lines.iter().map(|line| line.hits);
        let branches = file.branches.iter().map(|branch| branch.hits);
        let functions = file.functions.iter().map(|function| function.hits);
        let conditions = file.conditions.iter().map(|condition| condition.hits);
        let blocks = file.blocks.iter().map(|block| block.hits);
        let regions = file.regions.iter().map(|region| region.hits);
        let all =
            lines.chain(branches).chain(functions).chain(conditions).chain(blocks).chain(regions);
        all.into_iter().all(crate::report::Hits::is_exact)
    })
}

/// A path as text formats have it: its own text, or the escaped one where it is not UTF-8.
fn name(file: &str) -> String {
    String::from_utf8(path::to_bytes(file)).unwrap_or_else(|_| file.to_owned())
}

/// How many of a line's branches were taken, of how many, where it has any.
fn branches(view: &LineView) -> Option<(u64, u64)> {
    (view.branches.total > 0).then_some((view.branches.covered, view.branches.total))
}

/// Text as it stands in an attribute of XML. What XML has no place for at all becomes the
/// replacement character.
struct Attribute<'a>(&'a str);

impl fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(character))?,
                '\0'..' ' | '\u{fffe}' | '\u{ffff}' => f.write_char(char::REPLACEMENT_CHARACTER)?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

/// A text as JSON has it.
fn json_text(text: &str) -> io::Result<String> {
    Ok(serde_json::to_string(text)?)
}
