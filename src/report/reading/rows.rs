//! Reads a text report row by row, without copying rows that are inside the reader's buffer.

use std::io::{self, BufRead};

use memchr::memchr;

use crate::Result;
use crate::error::Context;

/// The longest row that is read. The longest real ones are C++ symbols of about ten thousand bytes.
pub(crate) const LONGEST: usize = 1 << 20;

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a newline.
    Newline,
    /// With the end of the file.
    File,
    /// Not at all: it is longer than [`LONGEST`], and only its start is given.
    TooLong,
}

/// A row of a text file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    /// The row number, from 1.
    pub(crate) number: u64,
    /// The bytes without the line end (`\n` or `\r\n`).
    pub(crate) bytes: &'a [u8],
    /// How it ended.
    pub(crate) end: End,
}

/// Calls `each` with every row, in order, and returns the number of rows.
pub(crate) fn each(input: &mut dyn BufRead, mut each: impl FnMut(Row<'_>)) -> Result<u64> {
    let mut last = 0;
    scan(input, |row| {
        last = row.number;
        each(row);
    })
    .during(|| format!("cannot read the report after line {last}"))?;
    Ok(last)
}

fn scan(input: &mut dyn BufRead, mut each: impl FnMut(Row<'_>)) -> io::Result<()> {
    let mut number = 0;

    // The start of a row whose end is beyond the buffer.
    let mut carried = Vec::new();
    let mut pass = |bytes: &[u8], end: End| {
        number += 1;
        each(Row { number, bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes), end });
    };
    let mut too_long = false;
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        let size = buffer.len();
        let mut rest = buffer;
        while let Some(at) = memchr(b'\n', rest) {
            if carried.is_empty() && !too_long {
                pass(&rest[..at], End::Newline);
            } else {
                too_long |= !carry(&mut carried, &rest[..at]);
                pass(&carried, if too_long { End::TooLong } else { End::Newline });
                carried.clear();
                too_long = false;
            }
            rest = &rest[at + 1..];
        }
        too_long |= !carry(&mut carried, rest);
        input.consume(size);
    }
    if !carried.is_empty() {
        pass(&carried, if too_long { End::TooLong } else { End::File });
    }
    Ok(())
}

/// Appends up to [`LONGEST`] bytes. Returns false if not all fit.
fn carry(carried: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let room = LONGEST - carried.len();
    carried.extend_from_slice(&bytes[..bytes.len().min(room)]);
    bytes.len() <= room
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn rows_are_the_same_for_every_buffer() {
        let text = b"TN:\r\nSF:a\n\nDA:1,2\nlast";
        for capacity in 1..30 {
            let mut rows = Vec::new();
            let mut input = BufReader::with_capacity(capacity, &text[..]);
            each(&mut input, |row| rows.push((row.number, row.bytes.to_vec(), row.end)))
                .expect("memory is readable");
            let texts: Vec<&[u8]> = rows.iter().map(|(_, bytes, _)| bytes.as_slice()).collect();
            assert_eq!(texts, [&b"TN:"[..], b"SF:a", b"", b"DA:1,2", b"last"], "{capacity}");
            assert_eq!(rows[4], (5, b"last".to_vec(), End::File));
            assert_eq!(rows[3].2, End::Newline);
        }
    }

    #[test]
    fn an_endless_row_is_cut() {
        let mut text = vec![b'x'; LONGEST + 5];
        text.extend_from_slice(b"\nSF:a\n");
        let mut seen = Vec::new();
        each(&mut BufReader::with_capacity(4096, &text[..]), |row| {
            seen.push((row.number, row.bytes.len(), row.end));
        })
        .expect("memory is readable");
        assert_eq!(seen, [(1, LONGEST, End::TooLong), (2, 4, End::Newline)]);
    }
}
