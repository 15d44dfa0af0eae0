//! One file a format, one entry each in [`FORMATS`].

use std::io::BufRead;

use super::Report;
use crate::Result;

/// A report format.
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
pub const FORMATS: &[Format] = &[];

/// Reads a report of a named format, or of the one its content shows. `.gz` is unpacked, UTF-16 decoded.
pub fn read(input: &mut dyn BufRead, format: Option<&str>) -> Result<Report> {
    todo!("{format:?} {}", input.fill_buf().is_ok())
}
