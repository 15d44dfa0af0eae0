//! One file a format, one entry each in [`FORMATS`].

pub mod cobertura;
pub mod coveragepy;
pub mod gocover;
pub mod lcov;

use std::io::BufRead;

use super::{Report, input};
use crate::{Error, Result};

/// A report format.
#[derive(Debug)]
pub struct Format {
    /// Its name: `lcov`, `cobertura`, …
    pub name: &'static str,
    /// Its title and the tools that write it, for people.
    pub title: &'static str,
    /// Whether the first bytes of a file look like it.
    pub sniff: fn(&[u8]) -> bool,
    /// Reads it.
    pub read: fn(&mut dyn BufRead) -> Result<Report>,
}

/// Every format, the most specific sniffing rule first.
pub const FORMATS: &[Format] = &[lcov::FORMAT, gocover::FORMAT, cobertura::FORMAT, coveragepy::FORMAT];

/// Reads a report of a named format, or of the one its content shows. `.gz` is unpacked, UTF-16 decoded.
pub fn read(input: &mut dyn BufRead, format: Option<&str>) -> Result<Report> {
    let named = format.map(named).transpose()?;
    let mut input = input::open(input)?;
    let format = match named {
        Some(format) => format,
        None => FORMATS.iter().find(|format| (format.sniff)(&input.head)).ok_or_else(unknown)?,
    };
    (format.read)(&mut input.text)
}

/// The format that the first bytes show, where they show one.
pub fn sniff(input: &mut dyn BufRead) -> Option<&'static Format> {
    let input = input::open(input).ok()?;
    FORMATS.iter().find(|format| (format.sniff)(&input.head))
}

/// The format of a name.
pub fn named(name: &str) -> Result<&'static Format> {
    let known = FORMATS.iter().find(|format| format.name == name);
    known.ok_or_else(|| Error::new(format!("`{name}` is not a report format")).hint(names()))
}

fn unknown() -> Error {
    Error::new("unknown report format").hint(names()).hint("name it with `--format` where its start is unusual")
}

fn names() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    format!("known formats: {}", names.join(", "))
}

/// Whether `text` holds `word`.
fn holds(text: &[u8], word: &str) -> bool {
    memchr::memmem::find(text, word.as_bytes()).is_some()
}
