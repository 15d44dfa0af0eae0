//! Writes merged coverage as reports of other formats: one file per format, with one entry each in
//! [`EXPORTS`].
//!
//! The same files always give the same text, since no clock is read. A lower bound of a count is
//! written as if it were the count. Whatever a format cannot express is left out; the top of each
//! file lists it.

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

/// The files to write, by path.
pub type Files = BTreeMap<String, FileCoverage>;

/// An output format.
#[derive(Debug)]
pub struct Export {
    /// The name: `lcov`, `cobertura`, …
    pub name: &'static str,
    /// The title on pages: `Cobertura XML`.
    pub title: &'static str,
    /// Whether the format can express everything.
    pub whole: bool,
    /// Writes the files.
    pub write: fn(&Files, &mut dyn Write) -> io::Result<()>,
}

/// Every output format.
pub const EXPORTS: &[Export] = &[
    lcov::EXPORT,
    cobertura::EXPORT,
    sonar::EXPORT,
    codecov::EXPORT,
    covdir::EXPORT,
    json::EXPORT,
];

/// Finds the output format with a name.
pub fn named(name: &str) -> Result<&'static Export> {
    let known = EXPORTS.iter().find(|export| export.name == name);
    known.ok_or_else(|| {
        let names: Vec<&str> = EXPORTS.iter().map(|export| export.name).collect();
        Error::new(format!("`{name}` is not an export format"))
            .hint(format!("one of: {}", names.join(", ")))
    })
}

/// Whether all hit counts are exact.
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

/// A path for text formats, or the escaped path if it is not UTF-8.
fn name(file: &str) -> String {
    String::from_utf8(path::to_bytes(file)).unwrap_or_else(|_| file.to_owned())
}

/// The covered and all branches of a line, if it has any.
fn branches(view: &LineView) -> Option<(u64, u64)> {
    (view.branches.total > 0).then_some((view.branches.covered, view.branches.total))
}

/// Text escaped for an XML attribute. Characters that XML cannot represent become the replacement
/// character.
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

/// Text as a JSON string.
fn json_text(text: &str) -> io::Result<String> {
    Ok(serde_json::to_string(text)?)
}
